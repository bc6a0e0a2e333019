package dev.sluice.gateway.redis;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** What came of asks, and how long answers took; counted since the start, for metrics. Thread: any. */
public final class LeaseFigures {
    private static final long[] BOUNDS_MICROS = {250, 500, 1_000, 2_000, 5_000, 10_000, 20_000};

    private final LongAdder granted = new LongAdder();
    private final LongAdder exhausted = new LongAdder();
    private final LongAdder unavailable = new LongAdder();
    private final LongAdder timedOut = new LongAdder();
    private final LongAdder opened = new LongAdder();
    private final LongAdder nanos = new LongAdder();
    private final AtomicLongArray latencies = new AtomicLongArray(BOUNDS_MICROS.length);

    void onAnswer(boolean enough, long tookNanos) {
        (enough ? granted : exhausted).increment();
        nanos.add(tookNanos);
        int slot = 0;
        while (slot < BOUNDS_MICROS.length - 1 && tookNanos > BOUNDS_MICROS[slot] * 1_000) {
            slot++;
        }
        latencies.incrementAndGet(slot);
    }

    void onUnavailable() {
        unavailable.increment();
    }

    void onTimeout() {
        timedOut.increment();
    }

    void onOpened() {
        opened.increment();
    }

    /** Asks of any answer. */
    public long asks() {
        return granted() + exhausted() + unavailable();
    }

    public long granted() {
        return granted.sum();
    }

    public long exhausted() {
        return exhausted.sum();
    }

    public long unavailable() {
        return unavailable.sum();
    }

    /** Of the unavailable ones: those that were sent, and not answered in time. */
    public long timedOut() {
        return timedOut.sum();
    }

    /** How often the nodes have stopped to agree. */
    public long opened() {
        return opened.sum();
    }

    /** Of all answers together. */
    public long latencyNanos() {
        return nanos.sum();
    }

    /** Upper ends of {@link #latencies}, in microseconds; what took longer than the last has no answer. */
    public static long[] boundsMicros() {
        return BOUNDS_MICROS.clone();
    }

    /** How many answers took up to each of {@link #boundsMicros}, and longer than the one before it. */
    public long[] latencies() {
        long[] counts = new long[BOUNDS_MICROS.length];
        for (int slot = 0; slot < counts.length; slot++) {
            counts[slot] = latencies.get(slot);
        }
        return counts;
    }
}
