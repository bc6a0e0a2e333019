package dev.sluice.gateway.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads the CLOSEs that an appender did not hand to the writer, because the writer's queue was full: all of them, once, in
 * their order, across segments.
 *
 * <pre>
 *  event loop  ──► queue ── full: fallBehind() ──► file only ── next CLOSE after it was asked ──► queue
 *                                     │                ▲                            │
 *  writer                             └─ begins here   └─ at the tip: asks          └─ ends here, exactly
 * </pre>
 *
 * Such a time between two uses of the queue is a {@link Stretch}. Its end is published before the CLOSE behind it is; so a
 * reader that sees that CLOSE below the tip also sees that it is not its own. A stretch can begin before the one before it
 * was read to its end: they wait in line.
 *
 * <p>Thread: writer.
 */
public final class CatchUp {
    /** Told of a CLOSE. Thread: writer. */
    public interface Visitor {
        /**
         * @param segment where it is to be acknowledged once it is stored
         * @param payload borrowed: valid during the call
         */
        void onClose(JournalSegment segment, UUID attempt, ByteBuffer payload);
    }

    private final Queue<Stretch> stretches;
    private final AtomicLong unreadable = new AtomicLong();
    private @Nullable Stretch stretch;
    private @Nullable JournalSegment segment;
    /** Null when nothing was read in {@link #segment} so far, or there is nothing to read in it. */
    private @Nullable SegmentScan scan;

    private long position;
    private boolean claimed;

    CatchUp(Queue<Stretch> stretches) {
        this.stretches = stretches;
    }

    /** Whether something was written that the writer was not handed, or may be. */
    public boolean isPending() {
        return stretch != null || !stretches.isEmpty();
    }

    /**
     * Gives up to {@code max} CLOSEs to {@code visitor}. When there are no more for now, it asks the appender to use the
     * queue again.
     *
     * @return how many were given; less than {@code max} says that there are no more for now
     * @throws IOException when a file cannot be read; what was given stays given, and the next call goes on behind it
     */
    public int read(Visitor visitor, int max) throws IOException {
        int given = 0;
        while (true) {
            Stretch current = stretch;
            if (current == null) {
                current = stretches.poll();
                if (current == null) {
                    return given;
                }
                stretch = current;
                enter(current.segment, current.offset, true);
            }
            JournalSegment here = current();
            // In this order: the tip is final when there is a following segment, and the end is set before the tip
            // passes it.
            JournalSegment following = here.next();
            int tip = here.tip();
            End end = current.end;
            boolean endsHere = end != null && end.segment == here;
            given += readUpTo(endsHere && end != null ? end.offset : tip, visitor, max - given);
            if (given == max) {
                return given;
            }
            if (endsHere) {
                stretch = null;
                leave();
            } else if (following == null) {
                current.resumeAsked = true;
                return given;
            } else {
                boolean holds = following.tryClaim();
                leave();
                enter(following, SegmentHeader.BYTES, holds);
            }
        }
    }

    /** Ends the reading: what was not read is recovered after the next start. */
    public void close() {
        if (segment != null) {
            stretch = null;
            leave();
        }
    }

    private int readUpTo(long limit, Visitor visitor, int max) throws IOException {
        if (!claimed || position >= limit || max == 0) {
            return 0;
        }
        JournalSegment here = current();
        SegmentScan records = scan;
        if (records == null) {
            records = SegmentScan.open(here.file(), here.header(), position);
            scan = records;
        }
        int given = 0;
        int gaps = records.gaps();
        while (given < max && records.next(limit)) {
            position = records.position();
            if (records.type() == RecordFormat.CLOSE) {
                given++;
                visitor.onClose(here, records.attempt(), records.payload());
            }
        }
        unreadable.addAndGet(records.gaps() - gaps);
        return given;
    }

    private JournalSegment current() {
        JournalSegment here = segment;
        if (here == null) {
            throw new IllegalStateException("no segment is being read");
        }
        return here;
    }

    private void enter(JournalSegment entered, int offset, boolean holdsClaim) {
        segment = entered;
        position = offset;
        claimed = holdsClaim;
    }

    private void leave() {
        SegmentScan records = scan;
        scan = null;
        JournalSegment left = current();
        segment = null;
        if (claimed) {
            claimed = false;
            left.disclaim();
        }
        if (records != null) {
            records.close();
        }
    }

    /** Places in live segments that could not be read although they had been written. */
    long unreadable() {
        return unreadable.get();
    }

    /** From a CLOSE that did not go through the queue up to the next one that does. */
    static final class Stretch {
        private final JournalSegment segment;
        private final int offset;
        private volatile boolean resumeAsked;
        private volatile @Nullable End end;

        Stretch(JournalSegment segment, int offset) {
            this.segment = segment;
            this.offset = offset;
        }

        boolean isResumeAsked() {
            return resumeAsked;
        }

        void end(JournalSegment endSegment, int endOffset) {
            end = new End(endSegment, endOffset);
        }
    }

    private record End(JournalSegment segment, int offset) {}
}
