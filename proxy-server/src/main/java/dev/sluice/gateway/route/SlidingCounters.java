package dev.sluice.gateway.route;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts of what happened within the last while, in a ring of slices of time: the oldest slice falls out as a new one
 * begins. Under {@link CircuitBreaker}, {@link FirstTokenTimes} and {@link HedgeBudget}.
 *
 * <p>Without locks, and therefore not exact to the last count: who first needs a new slice clears the old one, and what
 * others add in that instant may be lost. Nothing here needs more than that. Thread: any.
 */
final class SlidingCounters {
    private static final long NEVER = Long.MIN_VALUE;
    private static final long NOT_BEGUN = Long.MIN_VALUE;

    private final int counters;
    private final int slices;
    private final long sliceNanos;
    /** Number of the stretch of time that each slice stands for. */
    private final AtomicLongArray stamps;

    private final AtomicLongArray counts;
    /** When the first was counted. Times are told from there, because the clock's zero is anywhere, and it comes round. */
    private final AtomicLong beginNanos = new AtomicLong(NOT_BEGUN);

    /** @param windowNanos of which the last slice is still running */
    SlidingCounters(int counters, int slices, long windowNanos) {
        this.counters = counters;
        this.slices = slices;
        this.sliceNanos = Math.max(1, windowNanos / slices);
        this.stamps = new AtomicLongArray(slices);
        this.counts = new AtomicLongArray(counters * slices);
        for (int i = 0; i < slices; i++) {
            stamps.set(i, NEVER);
        }
    }

    void add(int counter, long amount, long nowNanos) {
        if (beginNanos.get() == NOT_BEGUN) {
            beginNanos.compareAndSet(NOT_BEGUN, nowNanos);
        }
        long stamp = stamp(nowNanos);
        int slice = Math.floorMod(stamp, slices);
        long old = stamps.get(slice);
        if (old < stamp && stamps.compareAndSet(slice, old, stamp)) {
            for (int i = slice * counters; i < (slice + 1) * counters; i++) {
                counts.set(i, 0);
            }
        }
        counts.addAndGet(slice * counters + counter, amount);
    }

    long sum(int counter, long nowNanos) {
        long newest = stamp(nowNanos);
        long sum = 0;
        for (int slice = 0; slice < slices; slice++) {
            if (isLive(slice, newest)) {
                sum += counts.get(slice * counters + counter);
            }
        }
        return sum;
    }

    /** All counters at once, into {@code sums}. Returns the sum of them. */
    long sumAll(long[] sums, long nowNanos) {
        long newest = stamp(nowNanos);
        long total = 0;
        for (int slice = 0; slice < slices; slice++) {
            if (isLive(slice, newest)) {
                for (int i = 0; i < counters; i++) {
                    long count = counts.get(slice * counters + i);
                    sums[i] += count;
                    total += count;
                }
            }
        }
        return total;
    }

    private long stamp(long nowNanos) {
        return Math.floorDiv(nowNanos - beginNanos.get(), sliceNanos);
    }

    /** A slice of another loop whose clock reading is a moment ahead counts, too. */
    private boolean isLive(int slice, long newest) {
        long stamp = stamps.get(slice);
        return stamp != NEVER && newest - stamp < slices;
    }
}
