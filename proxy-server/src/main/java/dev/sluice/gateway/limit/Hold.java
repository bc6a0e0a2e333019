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
    }

    void clear() {
        rule = null;
        counter = null;
        bucket = null;
        pool = null;
        isOpen = false;
    }
}
