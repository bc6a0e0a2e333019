package dev.sluice.gateway.usage;

import dev.sluice.gateway.journal.JournalSegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The events that the writer has in hand. They are stored from the first to the last; with each the segment of the
 * journal that holds it is told, and what is behind {@link #done} is still to be stored. Thread: writer.
 */
final class Batch {
    private final UsageEvent[] events;
    private final @Nullable JournalSegment[] segments;
    private int done;
    private int size;
    private boolean toBeMerged;

    Batch(int capacity) {
        events = new UsageEvent[capacity];
        segments = new JournalSegment[capacity];
    }

    /** @param segment told when the event is stored; null when nobody waits for that */
    void add(UsageEvent event, @Nullable JournalSegment segment) {
        // Another one like it may be there already, of another start: only a merge looks.
        toBeMerged |= EventIds.isOnce(event.eventId());
        events[size] = event;
        segments[size++] = segment;
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

    /** How many more it takes. */
    int room() {
        return events.length - size;
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
        JournalSegment segment = segments[one];
        segments[one] = segments[other];
        segments[other] = segment;
    }

    /** The next {@code count} events are safe. */
    void stored(int count) {
        int end = done + count;
        while (done < end) {
            JournalSegment segment = segments[done];
            int closes = 0;
            while (done < end && segments[done] == segment) {
                done++;
                closes++;
            }
            if (segment != null) {
                segment.acknowledge(closes);
            }
        }
    }

    /** The next event is given up for this time: the journal keeps it. */
    void passOver() {
        done++;
    }

    void clear() {
        Arrays.fill(events, 0, size, null);
        Arrays.fill(segments, 0, size, null);
        size = 0;
        done = 0;
        toBeMerged = false;
    }
}
