package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;

/**
 * What the gateway itself counted of an attempt, in tokens of the model; {@link Usage#UNKNOWN} where it did not count.
 * Immutable; thread: any.
 *
 * @param inputExact whether {@code inputTokens} was counted with the model's own tokenizer, in a prompt of plain text
 * @param outputExact whether {@code outputTokens} was counted with the model's own tokenizer
 * @param lowerBound whether the model also generates what is billed and never shown
 */
public record Counted(
        long inputTokens, boolean inputExact, long outputTokens, boolean outputExact, boolean lowerBound) {

    /** Nothing was counted. */
    public static final Counted NOTHING = new Counted(Usage.UNKNOWN, false, Usage.UNKNOWN, false, false);
}
