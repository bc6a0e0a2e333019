package dev.sluice.gateway.limit;

/**
 * Why a call may not go on. Immutable; thread: any.
 *
 * @param used of the limit, as far as this node knows
 * @param asked by the call
 * @param limit in force for this caller
 * @param retryAfterMillis when it may be worth another try; 0 when never, or nobody knows
 */
public record Refusal(Reason reason, LimitRule rule, long used, long asked, long limit, long retryAfterMillis) {

    /** Of which kind it is. */
    public enum Reason {
        /** Requests, tokens, or calls at once. */
        RATE,
        /** Money. */
        BUDGET,
        /** This one call is too large, now and later. */
        TOO_LARGE,
        /** A strict rule whose state cannot be told. */
        UNAVAILABLE
    }
}
