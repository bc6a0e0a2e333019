package dev.sluice.gateway.route;

/**
 * How an attempt ended, as far as it matters for the next one: whether another attempt may follow, and what it says about
 * the target. Thread: any.
 */
public enum Outcome {
    /** The provider answered. */
    OK(false, false),
    /** The caller's request is at fault: it would be at every target. */
    CALLER_ERROR(false, false),
    /** The provider refused because of its limits: this key will be refused for a while. */
    LIMITED(true, false),
    /** The provider refused the gateway's key, or does not have the model: the same again would be refused, too. */
    DENIED(true, false),
    /** No connection, a lost one, a 5xx, no answer that could be understood. */
    UNAVAILABLE(true, true),
    /** The first token did not come in time. */
    SLOW(true, true),
    /** The gateway or the caller ended it: says nothing about the target. */
    ABANDONED(false, false);

    private final boolean retryable;
    private final boolean failure;

    Outcome(boolean retryable, boolean failure) {
        this.retryable = retryable;
        this.failure = failure;
    }

    /** Whether another attempt may do better. */
    public boolean isRetryable() {
        return retryable;
    }

    /** Whether it counts against the target in its circuit breaker. */
    public boolean isFailure() {
        return failure;
    }

    /** Whether the same target may do better a moment later. */
    public boolean mayRepeatHere() {
        return failure || this == LIMITED;
    }

    /** What an error status of a provider means. */
    public static Outcome ofStatus(int status) {
        return switch (status) {
            case 429 -> LIMITED;
            case 401, 402, 403, 404 -> DENIED;
            case 408, 409, 425 -> UNAVAILABLE;
            default -> status >= 500 || status < 400 ? UNAVAILABLE : CALLER_ERROR;
        };
    }
}
