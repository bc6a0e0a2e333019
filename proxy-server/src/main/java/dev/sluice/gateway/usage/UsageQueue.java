package dev.sluice.gateway.usage;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MpscChunkedArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Carries usage events from the event loops to the writer: bounded, lock-free, and it never blocks who offers. It grows
 * in chunks, so that an idle gateway pays for a small one.
 *
 * <p>Waking: the writer sets {@code parked} and looks once more before it sleeps; an offering thread reads it after its
 * event is in. The queue's compare-and-set on the way in is the fence that makes one of the two see the other.
 *
 * <p>Thread: {@link #offer} any; {@link #poll} and {@link #await} the writer's.
 */
public final class UsageQueue {
    private static final int CHUNK = 1_024;
    private static final int LARGEST = 262_144;
    /** About what an event with its strings takes. */
    private static final int EVENT_BYTES = 512;

    private final MpscChunkedArrayQueue<UsageEvent> events;
    private final AtomicLong lost = new AtomicLong();
    private volatile @Nullable Thread parked;

    /** @param capacity events it may hold; rounded up to a power of two */
    public UsageQueue(int capacity) {
        events = new MpscChunkedArrayQueue<>(Math.min(CHUNK, Math.max(2, capacity / 2)), capacity);
    }

    /** Holds 262,144 events, or as many as fit a quarter of a small heap. */
    public static UsageQueue sizedToHeap() {
        long affordable = Runtime.getRuntime().maxMemory() / 4 / EVENT_BYTES;
        return new UsageQueue(Math.clamp(affordable, CHUNK * 2, LARGEST));
    }

    /** @return false when it was full: the event is lost, and counted as such */
    boolean offer(UsageEvent event) {
        if (!events.offer(event)) {
            lost.incrementAndGet();
            return false;
        }
        Thread sleeper = parked;
        if (sleeper != null) {
            parked = null;
            LockSupport.unpark(sleeper);
        }
        return true;
    }

    @Nullable
    UsageEvent poll() {
        return events.poll();
    }

    /** Sleeps until an event is there, the time is over, or the thread is unparked. */
    void await(long nanos) {
        parked = Thread.currentThread();
        if (events.isEmpty()) {
            LockSupport.parkNanos(this, nanos);
        }
        parked = null;
    }

    int size() {
        return events.size();
    }

    /** Events that were taken in since the start. */
    long accepted() {
        return events.currentProducerIndex();
    }

    int capacity() {
        return events.capacity();
    }

    /** Events that found it full. */
    long lost() {
        return lost.get();
    }
}
