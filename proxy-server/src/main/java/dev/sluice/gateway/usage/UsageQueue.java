package dev.sluice.gateway.usage;

import dev.sluice.gateway.journal.JournalSegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MpscChunkedArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Carries usage events from the event loops to the writer by the short way: bounded, lock-free, and it never blocks who
 * offers. It is small, for what it does not take the writer reads from the journal: with PostgreSQL away the heap stays
 * as it is. It grows in chunks, so that an idle gateway pays for a small one.
 *
 * <p>Waking: the writer sets {@code parked} and looks once more before it sleeps; an offering thread reads it after its
 * event is in. The queue's compare-and-set on the way in is the fence that makes one of the two see the other.
 *
 * <p>Thread: {@link #offer} any; {@link #poll} and {@link #await} the writer's.
 */
public final class UsageQueue {
    /** At 30,000 events a second twice as many as come while the writer lingers. */
    private static final int CAPACITY = 16_384;

    private static final int CHUNK = 1_024;

    /** @param segment of the journal, told when the event is stored; null when nobody waits for that */
    record Entry(UsageEvent event, @Nullable JournalSegment segment) {}

    private final MpscChunkedArrayQueue<Entry> entries;
    private final AtomicLong overflowed = new AtomicLong();
    private volatile @Nullable Thread parked;

    public UsageQueue() {
        this(CAPACITY);
    }

    /** @param capacity events it may hold; rounded up to a power of two */
    UsageQueue(int capacity) {
        entries = new MpscChunkedArrayQueue<>(Math.min(CHUNK, Math.max(2, capacity / 2)), capacity);
    }

    /** @return false when it is full */
    boolean offer(UsageEvent event, @Nullable JournalSegment segment) {
        if (!entries.offer(new Entry(event, segment))) {
            overflowed.incrementAndGet();
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
    Entry poll() {
        return entries.poll();
    }

    /** Sleeps until an event is there, the time is over, or the thread is unparked. */
    void await(long nanos) {
        parked = Thread.currentThread();
        if (entries.isEmpty()) {
            LockSupport.parkNanos(this, nanos);
        }
        parked = null;
    }

    int size() {
        return entries.size();
    }

    /** Events that were taken in since the start. */
    long accepted() {
        return entries.currentProducerIndex();
    }

    /** Events that found it full. */
    public long overflowed() {
        return overflowed.get();
    }
}
