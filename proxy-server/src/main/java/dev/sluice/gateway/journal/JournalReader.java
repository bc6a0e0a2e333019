package dev.sluice.gateway.journal;

import dev.sluice.gateway.journal.JournalDirectory.Found;
import dev.sluice.gateway.journal.JournalDirectory.Inventory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back what earlier lives of a gateway left in its journal: every CLOSE that can be read, then every OPEN without one.
 * Nothing is deleted before {@link #discard()}, so it may be read as often as needed; what it gives may be stored already.
 *
 * <p>Memory is a window of a file, and some hundred bytes for each attempt that was open.
 *
 * <p>Thread: writer, or the command line's; blocks on the disk.
 */
public final class JournalReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalReader.class);

    /** Told what is found. All buffers are borrowed: valid during the call. */
    public interface Visitor {
        void onClose(UUID attempt, ByteBuffer payload);

        /**
         * An attempt that the end of the process cut off.
         *
         * @param open what its OPEN holds
         * @param progress what its last PROGRESS holds; null without one
         */
        void onInterrupted(UUID attempt, ByteBuffer open, @Nullable ByteBuffer progress);
    }

    /**
     * What a run has found.
     *
     * @param damagedSegments segments with a part that could not be read; {@link #discard()} keeps them
     * @param unreadableRecords records lost in them, at least
     */
    public record Recovery(int segments, long closes, long interrupted, int damagedSegments, long unreadableRecords) {}

    /**
     * What one file of a journal holds.
     *
     * @param problem what is wrong with it, else null
     * @param node whose it is; null when that cannot be read
     * @param createdMicros when it was prepared; wall clock, microseconds since the epoch
     * @param usedBytes up to the end of the last record
     * @param unreadableRecords records that cannot be read, with readable ones behind them
     */
    public record SegmentReport(
            String file,
            @Nullable String problem,
            @Nullable UUID node,
            long createdMicros,
            long opens,
            long progresses,
            long closes,
            long usedBytes,
            long unreadableRecords) {}

    private final JournalDirectory directory;
    private final SegmentFiles files;
    private final Path path;
    private final Inventory inventory;
    private final @Nullable JournalLock lock;
    private final Set<Path> damaged = new HashSet<>();
    private long unreadable;
    private boolean recovered;
    private volatile boolean discarded;

    JournalReader(Path path, Inventory inventory, SegmentFiles files, @Nullable JournalLock lock) {
        this.path = path;
        this.directory = new JournalDirectory(path);
        this.inventory = inventory;
        this.files = files;
        this.lock = lock;
    }

    /**
     * For the journal of a gateway that no longer runs, of whatever node.
     *
     * @throws JournalLockedException when it does run
     */
    public static JournalReader ofDirectory(Path directory) throws IOException {
        JournalLock lock = JournalLock.take(directory);
        try {
            Inventory inventory = new JournalDirectory(directory).takeOver();
            return new JournalReader(directory, inventory, new DiskFiles(), lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Looks at every segment, also of a journal that is written to just now; changes nothing and takes no lock. */
    public static List<SegmentReport> inspect(Path directory) throws IOException {
        List<SegmentReport> reports = new ArrayList<>();
        for (Found found : new JournalDirectory(directory).look()) {
            reports.add(report(found));
        }
        return reports;
    }

    /** Segments that earlier lives left. */
    public int segments() {
        return discarded ? 0 : inventory.segments().size();
    }

    /** Bytes on the disk of what earlier lives left. Thread: any. */
    public long bytes() {
        long bytes = 0;
        if (!discarded) {
            for (Found found : inventory.segments()) {
                bytes += found.bytes();
            }
        }
        return bytes;
    }

    /** Reads everything, from the first segment on. What {@code visitor} throws ends it; it can be run again. */
    public Recovery recover(Visitor visitor) {
        damaged.clear();
        unreadable = 0;
        Map<UUID, Outstanding> outstanding = new LinkedHashMap<>();
        long closes = 0;
        for (Found found : inventory.segments()) {
            closes += recover(found, outstanding, visitor);
        }
        long interrupted = 0;
        for (Map.Entry<UUID, Outstanding> entry : outstanding.entrySet()) {
            if (interrupt(entry.getKey(), entry.getValue(), visitor)) {
                interrupted++;
            }
        }
        recovered = true;
        return new Recovery(inventory.segments().size(), closes, interrupted, damaged.size(), unreadable);
    }

    /**
     * Says that everything {@link #recover} gave is stored: the segments are deleted, the damaged ones set aside.
     *
     * @throws IllegalStateException when nothing was recovered yet
     */
    public void discard() throws IOException {
        if (!recovered) {
            throw new IllegalStateException("nothing was recovered from " + path + " yet");
        }
        if (discarded) {
            return;
        }
        for (Found found : inventory.segments()) {
            if (damaged.contains(found.file())) {
                directory.quarantine(found.file(), "parts of it cannot be read");
            } else {
                delete(found.file());
            }
        }
        discarded = true;
        files.forceDirectory(path);
    }

    @Override
    public void close() throws IOException {
        if (lock != null) {
            lock.close();
        }
    }

    private long recover(Found found, Map<UUID, Outstanding> outstanding, Visitor visitor) {
        long closes = 0;
        if (!found.intact()) {
            damaged.add(found.file());
        }
        try (SegmentScan scan = scan(found)) {
            while (scan.next(found.recordsEnd())) {
                UUID attempt = scan.attempt();
                switch (scan.type()) {
                    case RecordFormat.OPEN -> {
                        if (!isStoredElsewhere(scan.closedIn())) {
                            outstanding.put(attempt, new Outstanding(new Place(found, scan.offset())));
                        }
                    }
                    case RecordFormat.PROGRESS -> {
                        Outstanding open = outstanding.get(attempt);
                        if (open != null) {
                            open.progress = new Place(found, scan.offset());
                        }
                    }
                    case RecordFormat.CLOSE -> {
                        outstanding.remove(attempt);
                        closes++;
                        visitor.onClose(attempt, scan.payload());
                    }
                    default -> throw new IllegalStateException("record of type " + scan.type());
                }
            }
            if (scan.gaps() > 0) {
                damaged.add(found.file());
                unreadable += scan.missing();
            }
        } catch (IOException e) {
            unreadable(found, e);
        }
        return closes;
    }

    /** The CLOSE went to a segment that is gone: segments go when their CLOSEs are stored, and not before. */
    private boolean isStoredElsewhere(int closedIn) {
        return closedIn != 0 && !inventory.numbers().contains(closedIn);
    }

    private boolean interrupt(UUID attempt, Outstanding open, Visitor visitor) {
        ByteBuffer begun = payload(open.begun);
        if (begun == null) {
            return false;
        }
        Place progress = open.progress;
        visitor.onInterrupted(attempt, begun, progress == null ? null : payload(progress));
        return true;
    }

    private @Nullable ByteBuffer payload(Place place) {
        Found found = place.segment;
        try (SegmentScan scan = SegmentScan.open(found.file(), header(found), place.offset)) {
            return scan.next(found.recordsEnd()) && scan.offset() == place.offset ? scan.payload() : null;
        } catch (IOException e) {
            unreadable(found, e);
            return null;
        }
    }

    private void unreadable(Found found, IOException e) {
        damaged.add(found.file());
        LOG.atWarn()
                .setMessage("a segment of the journal cannot be read to its end")
                .addKeyValue("file", found.file())
                .setCause(e)
                .log();
    }

    private void delete(Path file) {
        try {
            files.delete(file);
        } catch (IOException e) {
            // It is read again after the next start, which changes no total.
            LOG.atWarn()
                    .setMessage("a segment of the journal cannot be deleted")
                    .addKeyValue("file", file)
                    .setCause(e)
                    .log();
        }
    }

    private static SegmentReport report(Found found) {
        SegmentHeader header = found.header();
        if (header == null) {
            return new SegmentReport(name(found), found.problem(), null, 0, 0, 0, 0, 0, 0);
        }
        long[] records = new long[RecordFormat.CLOSE + 1];
        long used = SegmentHeader.BYTES;
        long missing = 0;
        String problem = found.intact() ? null : "its header is damaged; the copy at its end was read";
        try (SegmentScan scan = scan(found)) {
            while (scan.next(found.recordsEnd())) {
                records[scan.type()]++;
                used = scan.position();
            }
            missing = scan.missing();
        } catch (IOException e) {
            problem = "it cannot be read to its end: " + e.getMessage();
        }
        return new SegmentReport(
                name(found),
                problem,
                header.node(),
                header.createdMicros(),
                records[RecordFormat.OPEN],
                records[RecordFormat.PROGRESS],
                records[RecordFormat.CLOSE],
                used,
                missing);
    }

    private static String name(Found found) {
        return found.file().getFileName().toString();
    }

    private static SegmentScan scan(Found found) throws IOException {
        return SegmentScan.open(found.file(), header(found), SegmentHeader.BYTES);
    }

    private static SegmentHeader header(Found found) {
        SegmentHeader header = found.header();
        if (header == null) {
            throw new IllegalStateException(found.file() + " has no header");
        }
        return header;
    }

    private record Place(Found segment, long offset) {}

    private static final class Outstanding {
        private final Place begun;
        private @Nullable Place progress;

        Outstanding(Place begun) {
            this.begun = begun;
        }
    }
}
