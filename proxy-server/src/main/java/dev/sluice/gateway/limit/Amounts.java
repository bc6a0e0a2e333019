package dev.sluice.gateway.limit;

import dev.sluice.gateway.price.TokenRates;
import org.jspecify.annotations.Nullable;

/** How much a call takes of what a rule counts. Rounded up, once for each direction. Thread: any. */
final class Amounts {
    private static final long MILLION = 1_000_000;

    private Amounts() {}

    static long of(Measure measure, long inputTokens, long outputTokens, @Nullable TokenRates rates) {
        return switch (measure) {
            case TOKENS -> inputTokens + outputTokens;
            case INPUT_TOKENS -> inputTokens;
            case OUTPUT_TOKENS -> outputTokens;
            case COST -> rates == null ? 0 : cost(inputTokens, rates.input()) + cost(outputTokens, rates.output());
            case REQUESTS, CONCURRENT, MAX_TOKENS, REQUEST_BYTES -> 1;
        };
    }

    /** How many output tokens {@code amount} is enough for; {@link Long#MAX_VALUE} when they cost nothing. */
    static long outputTokens(Measure measure, long amount, @Nullable TokenRates rates) {
        return switch (measure) {
            case TOKENS, OUTPUT_TOKENS -> amount;
            case COST -> rates == null || rates.output() == 0 ? Long.MAX_VALUE : tokens(amount, rates.output());
            case INPUT_TOKENS, REQUESTS, CONCURRENT, MAX_TOKENS, REQUEST_BYTES -> Long.MAX_VALUE;
        };
    }

    /** In two steps, so that no product is too large for a long. */
    private static long cost(long tokens, long rate) {
        return tokens / MILLION * rate + (tokens % MILLION * rate + MILLION - 1) / MILLION;
    }

    /** Slices are small: never more than some hundred tokens' worth. */
    private static long tokens(long amount, long rate) {
        return amount > Long.MAX_VALUE / MILLION ? amount / rate * MILLION : amount * MILLION / rate;
    }
}
