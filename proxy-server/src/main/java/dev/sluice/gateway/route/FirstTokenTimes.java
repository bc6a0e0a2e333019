package dev.sluice.gateway.route;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Times to first token seen within the last minute on a route, by band of prompt size: says when an answer is late enough
 * for a hedge.
 *
 * <p>A histogram whose buckets grow with the time they stand for, eight to each doubling, so that what it says is within
 * a tenth of the truth from a millisecond to a quarter of an hour. Thread: any.
 */
final class FirstTokenTimes {
    private static final int SLICES = 6;
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int FEWEST = 20;

    /** Shorter times, of 2^20 ns (about a millisecond), are all the same. */
    private static final int FLOOR_BITS = 20;

    private static final int DOUBLINGS = 20;
    private static final int PART_BITS = 3;
    private static final int PARTS = 1 << PART_BITS;
    private static final int BUCKETS = DOUBLINGS * PARTS;
    private static final double PER_CENT = 100;

    /** For so long a percentile is taken for what it was: looking at all buckets for each request would cost more. */
    private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Of each band; made when a band is first used. */
    private final AtomicReferenceArray<SlidingCounters> bands = new AtomicReferenceArray<>(Ask.BANDS);

    /** Of each band what was found last. */
    private final AtomicReferenceArray<@Nullable Found> found = new AtomicReferenceArray<>(Ask.BANDS);

    private record Found(int percentile, long atNanos, long nanos) {}

    /** An attempt sent its first generated output, or was given up after so long without any. */
    void add(int band, long ttftNanos, long nowNanos) {
        SlidingCounters times = bands.get(band);
        if (times == null) {
            bands.compareAndSet(band, null, new SlidingCounters(BUCKETS, SLICES, WINDOW_NANOS));
            times = bands.get(band);
        }
        times.add(bucket(ttftNanos), 1, nowNanos);
    }

    /**
     * The time within which {@code percentile} percent of the first tokens came.
     *
     * @return nanoseconds; -1 while too few have been seen
     */
    long percentileNanos(int percentile, int band, long nowNanos) {
        SlidingCounters times = bands.get(band);
        if (times == null) {
            return -1;
        }
        Found before = found.get(band);
        if (before != null && before.percentile == percentile && nowNanos - before.atNanos < FRESH_NANOS) {
            return before.nanos;
        }
        long nanos = percentileNanos(times, percentile, nowNanos);
        if (nanos >= 0) {
            found.set(band, new Found(percentile, nowNanos, nanos));
        }
        return nanos;
    }

    private static long percentileNanos(SlidingCounters times, int percentile, long nowNanos) {
        long[] counts = new long[BUCKETS];
        long total = times.sumAll(counts, nowNanos);
        if (total < FEWEST) {
            return -1;
        }
        double rank = total * percentile / PER_CENT;
        double below = 0;
        int bucket = 0;
        while (bucket < BUCKETS - 1 && below + counts[bucket] < rank) {
            below += counts[bucket];
            bucket++;
        }
        double within = counts[bucket] == 0 ? 0 : Math.clamp((rank - below) / counts[bucket], 0, 1);
        return (long) (lowest(bucket) + within * (lowest(bucket + 1) - lowest(bucket)));
    }

    private static int bucket(long nanos) {
        if (nanos >> FLOOR_BITS == 0 || nanos < 0) {
            return 0;
        }
        int highest = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos);
        int part = (int) (nanos >> (highest - PART_BITS)) & (PARTS - 1);
        return Math.min(BUCKETS - 1, ((highest - FLOOR_BITS) << PART_BITS) + part);
    }

    private static double lowest(int bucket) {
        return bucket == 0
                ? 0
                : (double) (PARTS + (bucket & (PARTS - 1))) * (1L << ((bucket >> PART_BITS) + FLOOR_BITS - PART_BITS));
    }
}
