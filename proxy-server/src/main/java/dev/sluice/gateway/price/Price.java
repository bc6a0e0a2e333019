package dev.sluice.gateway.price;

import dev.sluice.codec.chat.Usage;

/**
 * What one model costs: rates in nano-dollars for each million tokens, {@link #NO_RATE} where the model has none.
 * Immutable; thread: any.
 *
 * @param standard the rates of ordinary prompts
 * @param longPrompt the rates when the whole prompt, cached tokens included, has {@code longPromptFrom} tokens or more;
 *     they then hold for the whole request
 * @param longPromptFrom {@link Long#MAX_VALUE} when there is no such step
 */
record Price(Rates standard, Rates longPrompt, long longPromptFrom) {

    static final long NO_RATE = -1;

    /** What stands for "no price" where null cannot. Every real price has a rate for its input. */
    static Price none() {
        Rates nothing = new Rates(NO_RATE, NO_RATE, NO_RATE, NO_RATE);
        return new Price(nothing, nothing, Long.MAX_VALUE);
    }

    boolean isNone() {
        return standard.input == NO_RATE;
    }

    /**
     * @param input plain prompt tokens
     * @param cachedInput prompt tokens served from the provider's cache; {@link #NO_RATE}: as plain ones
     * @param cacheWrite prompt tokens written into the provider's cache; {@link #NO_RATE}: as plain ones
     * @param output generated tokens, reasoning included; {@link #NO_RATE}: the model generates none
     */
    record Rates(long input, long cachedInput, long cacheWrite, long output) {}

    /**
     * What {@code usage} costs. The provider's figures overlap (the cached and the written share are part of the input,
     * reasoning is part of the output); they are taken apart first, so that no token is paid for twice. A cached share
     * larger than the input it is part of is cut down to it.
     *
     * @return nano-dollars, or {@link Money#UNKNOWN} when a figure that matters is missing
     */
    long cost(Usage usage) {
        long input = usage.inputTokens();
        if (input == Usage.UNKNOWN) {
            return Money.UNKNOWN;
        }
        Rates rates = input >= longPromptFrom ? longPrompt : standard;
        long output = usage.outputTokens();
        if (rates.output == NO_RATE ? output > 0 : output == Usage.UNKNOWN) {
            return Money.UNKNOWN;
        }
        long cached = Math.min(Math.max(usage.cachedTokens(), 0), input);
        long written = Math.min(Math.max(usage.cacheWriteTokens(), 0), input - cached);
        return Money.cost(
                input - cached - written,
                rates.input,
                cached,
                rates.cachedInput == NO_RATE ? rates.input : rates.cachedInput,
                written,
                rates.cacheWrite == NO_RATE ? rates.input : rates.cacheWrite,
                Math.max(output, 0),
                Math.max(rates.output, 0));
    }
}
