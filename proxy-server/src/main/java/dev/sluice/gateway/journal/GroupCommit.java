package dev.sluice.gateway.journal;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forces to the disk what the appenders wrote, one call for everybody who waits.
 *
 * <p><b>When a force fails</b>, the kernel may have dropped what it could not write and call the next force of the same file
 * a success. So that file is never forced again. Its appender leaves it for a spare one; then its bytes, which are still in
 * memory, are written to a new file that takes its place under the same name. With that everything is durable, and who
 * waited is told so. If that fails as well, they are told the truth, and it is tried again every second, each time with a
 * new file. Until it succeeds no attempt is let through.
 *
 * <p>Thread: journal.
 */
final class GroupCommit {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final SegmentFiles files;
    private final JournalAppender[] appenders;
    private final List<List<Waiter>> waiting = new ArrayList<>();
    private final List<JournalSegment> failed = new ArrayList<>();
    private String failure = "";
    /** The next replacement is tried then. */
    private long retryNanos;
    /** Whoever waits for a segment that is not replaced by then is told. */
    private long patienceNanos;

    /** Somebody who waits until a segment is on the disk up to a position. */
    record Waiter(JournalSegment segment, int position, DurabilityListener listener) {}

    GroupCommit(SegmentFiles files, JournalAppender[] appenders) {
        this.files = files;
        this.appenders = appenders;
        for (int i = 0; i < appenders.length; i++) {
            waiting.add(new ArrayList<>());
        }
    }

    boolean hasFailed() {
        return !failed.isEmpty();
    }

    /** What the disk said; empty when nothing failed. */
    String failure() {
        return failure;
    }

    /** Forces everything that was appended before the call, and tells those who wait for it. */
    void forceAll(List<JournalSegment> live, long nowNanos) {
        // First who waits, then what is written: whoever is found here has written before.
        for (int i = 0; i < appenders.length; i++) {
            Waiter waiter = appenders[i].pollWaiter();
            while (waiter != null) {
                waiting.get(i).add(waiter);
                waiter = appenders[i].pollWaiter();
            }
        }
        for (JournalSegment segment : live) {
            force(segment, nowNanos);
        }
        tellDurable();
    }

    /** Replaces the files that could not be forced, as soon as nobody writes to them. */
    void replaceFailed(long nowNanos) {
        failed.removeIf(JournalSegment::isReleased);
        if (failed.isEmpty()) {
            failure = "";
            tellDurable();
            return;
        }
        for (JournalSegment segment : failed) {
            if (!segment.isSealed()) {
                JournalAppender appender = appenders[segment.header().appender()];
                tell(appender, () -> appender.leave(segment));
            }
        }
        if (nowNanos - retryNanos >= 0) {
            replaceSealed(nowNanos);
        }
        tellDurable();
        if (!failed.isEmpty() && nowNanos - patienceNanos >= 0) {
            patienceNanos = nowNanos + RETRY_NANOS;
            tellFailed();
        }
    }

    /** The end: nobody will be told later. */
    void close() {
        tellFailed();
    }

    private void force(JournalSegment segment, long nowNanos) {
        MappedByteBuffer mapping = segment.mapping();
        int from = segment.forcedTo();
        int tip = segment.tip();
        if (mapping == null || !segment.isStarted() || segment.isFailed() || segment.isReplaced() || from == tip) {
            return;
        }
        try {
            files.force(mapping, from, tip - from);
            segment.setForcedTo(tip);
        } catch (IOException e) {
            segment.setFailed(true);
            failed.add(segment);
            failure = String.valueOf(e.getMessage());
            retryNanos = nowNanos;
            patienceNanos = nowNanos + RETRY_NANOS;
            LOG.atError()
                    .setMessage("the disk did not keep what the journal wrote; it is written to a new file")
                    .addKeyValue("file", segment.file())
                    .addKeyValue("reason", failure)
                    .log();
        }
    }

    private void replaceSealed(long nowNanos) {
        for (Iterator<JournalSegment> each = failed.iterator(); each.hasNext(); ) {
            JournalSegment segment = each.next();
            if (segment.isSealed()) {
                try {
                    replace(segment);
                    each.remove();
                    LOG.atInfo()
                            .setMessage("a segment of the journal was written to a new file")
                            .addKeyValue("file", segment.file())
                            .log();
                } catch (IOException e) {
                    failure = String.valueOf(e.getMessage());
                    retryNanos = nowNanos + RETRY_NANOS;
                    patienceNanos = nowNanos;
                }
            }
        }
    }

    private void replace(JournalSegment segment) throws IOException {
        Path draft = segment.file().resolveSibling(JournalDirectory.draftName(segment.number()));
        files.copy(segment.mapped(), draft);
        files.rename(draft, segment.file());
        Path directory = draft.getParent();
        if (directory != null) {
            files.forceDirectory(directory);
        }
        // The mapping is that of the old file, which has no name any more: it must never be used for another segment.
        segment.setReplaced();
        segment.setFailed(false);
        segment.setForcedTo(segment.tip());
    }

    private void tellDurable() {
        for (int i = 0; i < appenders.length; i++) {
            List<DurabilityListener> told = new ArrayList<>();
            waiting.get(i).removeIf(waiter -> {
                JournalSegment segment = waiter.segment();
                boolean durable =
                        !hasFailedUpTo(segment) && (segment.isReleased() || segment.forcedTo() >= waiter.position());
                return durable && told.add(waiter.listener());
            });
            tell(appenders[i], told, true);
        }
    }

    /** Whether this segment, or one that its appender used before, is not on the disk. */
    private boolean hasFailedUpTo(JournalSegment segment) {
        for (JournalSegment each : failed) {
            if (each.header().appender() == segment.header().appender() && each.number() <= segment.number()) {
                return true;
            }
        }
        return false;
    }

    private void tellFailed() {
        for (int i = 0; i < appenders.length; i++) {
            List<DurabilityListener> told = new ArrayList<>();
            waiting.get(i).forEach(waiter -> told.add(waiter.listener()));
            waiting.get(i).clear();
            tell(appenders[i], told, false);
        }
    }

    private static void tell(JournalAppender appender, List<DurabilityListener> listeners, boolean durable) {
        if (!listeners.isEmpty()) {
            tell(appender, () -> listeners.forEach(listener -> listener.onDurable(durable)));
        }
    }

    private static void tell(JournalAppender appender, Runnable task) {
        try {
            appender.owner().execute(task);
        } catch (RejectedExecutionException e) {
            LOG.atDebug()
                    .setMessage("the event loop of a journal's appender has ended")
                    .log();
        }
    }
}
