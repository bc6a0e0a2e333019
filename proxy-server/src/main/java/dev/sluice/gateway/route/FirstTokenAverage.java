package dev.sluice.gateway.route;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long a target takes to its first token, lately: an average for each band of prompt sizes.
 *
 * <p>The average is the time-weighted, peak-sensitive one of Finagle's load balancer (Peak EWMA), gentler in both respects:
 * <pre>
 *   keep    = e^(-elapsed / 5 s), at most 0.95, or 0.85 when the sample is above the average
 *   average = keep * average + (1 - keep) * sample
 * </pre>
 * A quiet target's samples weigh by the time between them, a busy one's by their number, so that it takes neither long to
 * learn that it has become slower. Finagle jumps to each peak and comes down slowly. First tokens have a long tail even
 * where all is well; measured in simulation, an average that sat on the last outlier sent a seventh of the load to a target
 * four times as slow, because the one with more requests saw more outliers.
 *
 * <p>Who looks slow gets no requests, and therefore no samples that would say otherwise. So the value that balancers see
 * shrinks while there are none, by a factor of e in 25 s: a target four times as slow as another is asked again after
 * about half a minute. One request then sets it right, either way: after so long a time the old value counts for nothing.
 *
 * <p>Thread: any.
 */
final class FirstTokenAverage {
    private static final double SMOOTHING_NANOS = 5e9;
    private static final double FORGETTING_NANOS = 25e9;
    private static final double MOST_KEPT = 0.95;
    private static final double MOST_KEPT_WHEN_RISING = 0.85;

    /** Of each band; 0 while there is none. */
    private final AtomicLongArray bands = new AtomicLongArray(Ask.BANDS);

    void add(int band, long ttftNanos, long nowNanos) {
        double sample = Math.max(1, ttftNanos);
        for (; ; ) {
            long old = bands.get(band);
            long next = TimedFloat.pack(old == 0 ? sample : mixed(old, sample, nowNanos), nowNanos);
            if (bands.compareAndSet(band, old, next)) {
                return;
            }
        }
    }

    private static double mixed(long old, double sample, long nowNanos) {
        double average = TimedFloat.value(old);
        double most = sample > average ? MOST_KEPT_WHEN_RISING : MOST_KEPT;
        double ageNanos = TimedFloat.ageNanos(old, nowNanos);
        double keep = ageNanos == 0 ? most : Math.min(Math.exp(-ageNanos / SMOOTHING_NANOS), most);
        return keep * average + (1 - keep) * sample;
    }

    /** The average as of the last sample; -1 while there is none. */
    long nanos(int band) {
        long packed = bands.get(band);
        return packed == 0 ? -1 : (long) TimedFloat.value(packed);
    }

    /**
     * The average, less for each moment without a sample.
     *
     * @return nanoseconds; that of prompts of another size where there is none; -1 while there is none at all
     */
    double fadedNanos(int band, long nowNanos) {
        long packed = bands.get(band);
        int smallest = Ask.isWhole(band) ? Ask.SIZES : 0;
        for (int other = smallest; packed == 0 && other < smallest + Ask.SIZES; other++) {
            packed = bands.get(other);
        }
        return packed == 0 ? -1 : TimedFloat.faded(packed, FORGETTING_NANOS, nowNanos);
    }

    void reset() {
        for (int band = 0; band < Ask.BANDS; band++) {
            bands.set(band, 0);
        }
    }
}
