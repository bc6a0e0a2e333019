package dev.sluice.gateway.limit;

import org.jspecify.annotations.Nullable;

/**
 * What one call holds of the limits it is under, from its admission to its settlement. Made once for each call, or kept for
 * the next one by whoever made it; only the {@link Limiter} writes to it. Thread: the call's event loop.
 */
public final class Grant {
    private @Nullable Refusal refusal;

    /** Why the last admission was refused, or the last extension; null when neither was. */
    public @Nullable Refusal refusal() {
        return refusal;
    }

    /** Whether something is held: from an admission to the settlement. */
    public boolean isHeld() {
        return false;
    }

    /** Output tokens at which {@link Limiter#extend} is to be asked again; {@link Long#MAX_VALUE}: never. */
    public long coveredTokens() {
        return Long.MAX_VALUE;
    }

    /** Of the rule on {@code measure} that is nearest to its end; -1 where there is none. */
    public long limit(Measure measure) {
        return -1;
    }

    /** What is left of it. */
    public long remaining(Measure measure) {
        return -1;
    }

    /** When more of it is there: milliseconds from the admission on. */
    public long resetMillis(Measure measure) {
        return -1;
    }

    /** The highest of its rules' percentages to be told of that has been passed; 0 for none. */
    public int warnPercent() {
        return 0;
    }

    /** The name of that rule. */
    public @Nullable String warnRule() {
        return null;
    }
}
