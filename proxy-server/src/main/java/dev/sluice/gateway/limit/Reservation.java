package dev.sluice.gateway.limit;

/**
 * How much a call is to hold of what it takes only later: what is certain by now, an allowance for the estimate of its
 * prompt, and a slice of the answer ahead; and how far into the answer that reaches. Thread: any.
 */
final class Reservation {
    /** How much of an answer is held ahead. */
    private static final long SLICE_TOKENS = 32;

    /** A prompt may be so much larger than it was estimated: one part in so many. */
    private static final long ESTIMATE_MARGIN = 20;

    /** So much of a slice is left when the next one is asked for: one part in so many. */
    private static final long SLICE_MARGIN = 4;

    private Reservation() {}

    /** What a call takes at least: a prompt that is paid for with nothing left for the answer would be wasted. */
    static long need(Measure measure, LimitCall call, Grant grant) {
        if (!measure.isKnownLate()) {
            return 1;
        }
        long output = Math.min(grant.mostOutputTokens(), Math.max(1, call.expectedOutputTokens()));
        return Math.max(1, Amounts.of(measure, call.inputTokens(), output, call.rates()));
    }

    /** What is held beyond that, if there is enough of it. */
    static long ahead(Measure measure, long inputTokens, long outputTokens, Grant grant) {
        return measure.isKnownLate()
                ? slice(measure, outputTokens, grant)
                        + Amounts.of(measure, inputTokens / ESTIMATE_MARGIN, 0, grant.rates())
                : 0;
    }

    /** @return the output tokens at which to ask again, when {@code ahead} is held beyond {@code outputTokens} */
    static long covered(Measure measure, long ahead, long outputTokens, Grant grant) {
        long slice = Math.min(ahead, slice(measure, outputTokens, grant));
        long tokens = Amounts.outputTokens(measure, Math.max(0, slice), grant.rates());
        if (tokens == Long.MAX_VALUE || outputTokens >= grant.mostOutputTokens()) {
            return Long.MAX_VALUE;
        }
        return outputTokens + Math.max(1, tokens - tokens / SLICE_MARGIN);
    }

    private static long slice(Measure measure, long outputTokens, Grant grant) {
        long tokens = Math.min(SLICE_TOKENS, Math.max(0, grant.mostOutputTokens() - outputTokens));
        return Amounts.of(measure, 0, tokens, grant.rates());
    }
}
