package dev.sluice.gateway.route;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many requests a target has been given lately: each counts as one, and fades by a factor of e in 30 s. At an even
 * rate that is the number of requests in 30 s. Thread: any.
 */
final class RecentLoad {
    private static final double FADING_NANOS = 30e9;

    private final AtomicLong load = new AtomicLong();

    void add(long nowNanos) {
        for (; ; ) {
            long old = load.get();
            if (load.compareAndSet(old, TimedFloat.pack(faded(old, nowNanos) + 1, nowNanos))) {
                return;
            }
        }
    }

    double requests(long nowNanos) {
        return faded(load.get(), nowNanos);
    }

    private static double faded(long packed, long nowNanos) {
        return packed == 0 ? 0 : TimedFloat.faded(packed, FADING_NANOS, nowNanos);
    }
}
