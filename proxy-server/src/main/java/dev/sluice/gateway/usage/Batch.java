package dev.sluice.gateway.usage;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The events that the writer has in hand. They are stored from the first to the last; with each its {@link Receipt} is
 * given, and what is behind {@link #done} is still to be stored. Thread: writer.
 */
final class Batch {
    private final UsageEvent[] events;
    private final @Nullable Receipt[] receipts;
    private int done;
    private int size;
    private boolean toBeMerged;

    Batch(int capacity) {
        events = new UsageEvent[capacity];
        receipts = new Receipt[capacity];
    }

    /** @param receipt told when the event is stored; null when nobody waits for that */
    void add(UsageEvent event, @Nullable Receipt receipt) {
        events[size] = event;
        receipts[size++] = receipt;
    }

    /** Those from {@link #done} to {@link #size} are still to be stored. */
    UsageEvent[] events() {
        return events;
    }

    int done() {
        return done;
    }

    int size() {
        return size;
    }

    /** How many are still to be stored. */
    int left() {
        return size - done;
    }

    boolean isEmpty() {
        return done == size;
    }

    boolean isFull() {
        return size == events.length;
    }

    /** Whether some of the events may have been stored before. */
    boolean isToBeMerged() {
        return toBeMerged;
    }

    void merge() {
        toBeMerged = true;
    }

    /** When the event that ended first did, microseconds since the epoch; 0 without one. */
    long oldestMicros() {
        long oldest = 0;
        for (int i = done; i < size; i++) {
            long ended = events[i].endedAtMicros();
            oldest = oldest == 0 ? ended : Math.min(oldest, ended);
        }
        return oldest;
    }

    /**
     * Puts the events that began before {@code micros} in front of the others.
     *
     * @return where the others begin
     */
    int oldFirst(long micros) {
        int old = done;
        for (int i = done; i < size; i++) {
            if (events[i].startedAtMicros() < micros) {
                swap(i, old++);
            }
        }
        return old;
    }

    private void swap(int one, int other) {
        UsageEvent event = events[one];
        events[one] = events[other];
        events[other] = event;
        Receipt receipt = receipts[one];
        receipts[one] = receipts[other];
        receipts[other] = receipt;
    }

    /** The next {@code count} events are safe. */
    void stored(int count) {
        int end = done + count;
        while (done < end) {
            Receipt receipt = receipts[done++];
            if (receipt != null) {
                receipt.stored();
            }
        }
    }

    void clear() {
        Arrays.fill(events, 0, size, null);
        Arrays.fill(receipts, 0, size, null);
        size = 0;
        done = 0;
        toBeMerged = false;
    }
}
