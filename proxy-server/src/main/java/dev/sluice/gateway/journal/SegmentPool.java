package dev.sluice.gateway.journal;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps spare segments at every appender, ahead of what it may need, and takes back the released ones: a few are written
 * over, the others deleted.
 *
 * <p>A full disk shows here and nowhere else, while a segment is filled with zeros: the unfinished file is deleted, and it
 * is tried again every second.
 *
 * <p>Thread: journal.
 */
final class SegmentPool {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentPool.class);
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Sealed segments that stay mapped for each appender, to be written over; more are a backlog, and read from files. */
    private static final int MAPPED = 2;

    private final Path directory;
    private final UUID node;
    private final long life;
    private final JournalSettings settings;
    private final SegmentFiles files;
    private final InstantSource clock;
    private final JournalAppender[] appenders;

    /** Spare, active and sealed ones, oldest first. */
    private final List<JournalSegment> live = new ArrayList<>();

    private final List<JournalSegment> released = new ArrayList<>();
    /** Released and kept to be written over. */
    private final Deque<JournalSegment> free = new ArrayDeque<>();

    private long nextNumber;
    private long retryNanos;
    private String shortage = "";
    private boolean mayRetry = true;
    private long freeBytes = -1;

    SegmentPool(
            Path directory,
            UUID node,
            long firstNumber,
            JournalSettings settings,
            SegmentFiles files,
            InstantSource clock,
            JournalAppender[] appenders) {
        this.directory = directory;
        this.node = node;
        this.nextNumber = firstNumber;
        this.settings = settings;
        this.files = files;
        this.clock = clock;
        this.appenders = appenders;
        this.life = UUID.randomUUID().getMostSignificantBits();
    }

    List<JournalSegment> live() {
        return live;
    }

    /** Why no segment could be made at the last try; empty when one could. */
    String shortage() {
        return shortage;
    }

    /** What the disk had left at the last look, -1 before. */
    long freeBytes() {
        return freeBytes;
    }

    int keptSegments() {
        return free.size() + released.size();
    }

    /** Gives every appender the spares it lacks. */
    void prepare(long nowNanos) {
        if (!mayRetry && nowNanos - retryNanos < 0 && free.isEmpty()) {
            return;
        }
        try {
            // In turns: on a short disk no appender gets its second one before each has its first.
            for (boolean given = true; given; ) {
                given = false;
                for (JournalAppender appender : appenders) {
                    if (appender.missingSpares() > 0) {
                        appender.giveSpare(spare(appender));
                        given = true;
                    }
                }
            }
            if (!shortage.isEmpty()) {
                LOG.atInfo().setMessage("the journal has room again").log();
            }
            shortage = "";
            mayRetry = true;
        } catch (IOException e) {
            if (shortage.isEmpty()) {
                LOG.atError()
                        .setMessage(
                                "the journal gets no new segment; calls are refused once the room at hand is used up")
                        .addKeyValue("directory", directory)
                        .addKeyValue("reason", e.getMessage())
                        .log();
            }
            shortage = String.valueOf(e.getMessage());
            mayRetry = false;
            retryNanos = nowNanos + RETRY_NANOS;
        }
    }

    /** Finds the segments that nobody needs any more. They go with {@link #reuseReleased()}, after the next force. */
    void collectReleased() {
        for (Iterator<JournalSegment> each = live.iterator(); each.hasNext(); ) {
            JournalSegment segment = each.next();
            if (segment.tryRelease()) {
                each.remove();
                released.add(segment);
            }
        }
    }

    /**
     * Keeps some of the collected segments and deletes the others. What was appended before they were collected has been
     * forced to the disk: a CLOSE must not be lost together with its OPEN, which lay in another segment.
     */
    void reuseReleased() {
        boolean deleted = false;
        for (JournalSegment segment : released) {
            if (segment.mapping() != null
                    && !segment.isReplaced()
                    && !segment.isFailed()
                    && free.size() < appenders.length) {
                free.add(segment);
            } else {
                delete(segment);
                deleted = true;
            }
        }
        released.clear();
        if (deleted) {
            forceDirectory();
        }
    }

    /** Ends the mapping of sealed segments in which nothing can change: a backlog costs files, and no memory. */
    void unmapBacklog() {
        int mapped = 0;
        for (int i = live.size() - 1; i >= 0; i--) {
            JournalSegment segment = live.get(i);
            if (segment.isSealed()
                    && !segment.isFailed()
                    && !segment.hasOpens()
                    && segment.mapping() != null
                    && segment.forcedTo() == segment.tip()
                    && ++mapped > MAPPED * appenders.length) {
                segment.unmap();
            }
        }
    }

    /** Deletes every file in which there is nothing left. No appender is used any more. */
    void close() {
        collectReleased();
        for (Iterator<JournalSegment> each = live.iterator(); each.hasNext(); ) {
            JournalSegment segment = each.next();
            if (!segment.isSealed() && !segment.hasOpens() && !segment.hasUnacknowledged()) {
                each.remove();
                released.add(segment);
            }
        }
        released.addAll(free);
        free.clear();
        released.forEach(this::delete);
        released.clear();
        forceDirectory();
    }

    private JournalSegment spare(JournalAppender appender) throws IOException {
        long number = nextNumber++;
        SegmentHeader header = new SegmentHeader(
                node, number, appender.index(), life, micros(clock.instant()), settings.segmentBytes());
        Path file = directory.resolve(JournalDirectory.segmentName(number));
        JournalSegment old = free.poll();
        MappedByteBuffer mapping = old == null ? create(header, file) : reuse(old, header, file);
        JournalSegment segment = new JournalSegment(header, file, mapping, appender.acknowledgedCloses());
        live.add(segment);
        return segment;
    }

    private MappedByteBuffer create(SegmentHeader header, Path file) throws IOException {
        freeBytes = files.usableBytes(directory);
        if (freeBytes < settings.segmentBytes() + settings.minFreeBytes()) {
            throw new IOException("the disk has " + freeBytes + " bytes left; a segment takes "
                    + settings.segmentBytes() + ", and " + settings.minFreeBytes() + " are to stay free");
        }
        Path draft = directory.resolve(JournalDirectory.draftName(header.number()));
        MappedByteBuffer mapping = files.create(draft, settings.segmentBytes());
        try {
            write(header, mapping);
            files.force(mapping, 0, SegmentHeader.BYTES);
            files.rename(draft, file);
            files.forceDirectory(directory);
            return mapping;
        } catch (IOException e) {
            try {
                files.delete(draft);
            } catch (IOException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    /**
     * Writes over a released file, in its mapping. The new header makes its old records invalid at once; a crash before the
     * rename leaves a file whose name is not its number, and the header is what counts.
     */
    private MappedByteBuffer reuse(JournalSegment old, SegmentHeader header, Path file) throws IOException {
        MappedByteBuffer mapping = old.mapped();
        old.unmap();
        write(header, mapping);
        files.rename(old.file(), file);
        return mapping;
    }

    private static void write(SegmentHeader header, MappedByteBuffer mapping) {
        header.write(mapping, 0);
        header.write(mapping, header.segmentBytes() - SegmentHeader.BYTES);
    }

    private void delete(JournalSegment segment) {
        segment.unmap();
        try {
            files.delete(segment.file());
        } catch (IOException e) {
            LOG.atWarn()
                    .setMessage("a segment of the journal cannot be deleted")
                    .addKeyValue("file", segment.file())
                    .setCause(e)
                    .log();
        }
    }

    private void forceDirectory() {
        try {
            files.forceDirectory(directory);
        } catch (IOException e) {
            // A deleted segment that comes back after a loss of power is read again, which changes no total.
            LOG.atDebug()
                    .setMessage("the journal's directory cannot be forced")
                    .setCause(e)
                    .log();
        }
    }

    private static long micros(Instant instant) {
        return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1_000;
    }
}
