package dev.sluice.gateway.limit;

import org.jspecify.annotations.Nullable;

/** What one call has of one counter. Belongs to a {@link Grant}, and is used again. Thread: the call's. */
final class Hold {
    @Nullable
    ActiveRule rule;

    @Nullable
    Counter counter;

    /** The window it was taken from, for a counter that opens a new one now and then. */
    @Nullable
    Bucket bucket;

    /** Where in its window it was taken, as the counter sees it. */
    long mark;

    /** How much. */
    long amount;

    /** In force for this caller. */
    long limit;

    boolean isOpen;

    /** From which leases it was taken; null: nothing is shared. */
    @Nullable
    LeasePool pool;

    /** How much of them. */
    long leased;

    /** How much there could be at once, as it stood when the call was decided; -1: it has not been looked at. */
    long whole;

    /** What was left of it then. */
    long left;

    void begin(ActiveRule of, Counter from, long limitNow) {
        rule = of;
        counter = from;
        bucket = null;
        mark = 0;
        amount = 0;
        limit = limitNow;
        isOpen = false;
        pool = null;
        leased = 0;
        whole = -1;
        left = 0;
    }

    /** It stands so; of two looks at it the one counts that saw less. */
    void stand(long of, long remaining) {
        if (whole < 0 || isLess(remaining, of, left, whole)) {
            whole = of;
            left = remaining;
        }
    }

    /** Whether it is nearer to its end than {@code other}. */
    boolean isNearer(Hold other) {
        return isLess(left, whole, other.left, other.whole);
    }

    private static boolean isLess(long left, long of, long otherLeft, long otherOf) {
        return (double) left * otherOf < (double) otherLeft * of;
    }

    void clear() {
        rule = null;
        counter = null;
        bucket = null;
        pool = null;
        isOpen = false;
    }
}
