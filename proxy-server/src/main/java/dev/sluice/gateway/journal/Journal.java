package dev.sluice.gateway.journal;

import dev.sluice.gateway.journal.JournalDirectory.Inventory;
import dev.sluice.gateway.journal.JournalSettings.Durability;
import dev.sluice.gateway.journal.JournalState.Condition;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The write-ahead log of usage records, in one directory, for one process at a time. A record that was appended survives
 * the process; what it survives beyond that is {@link JournalSettings#durability()}.
 *
 * <p>Each event loop has its own {@link #appender}. Behind them one thread prepares, forces and takes back segments: all
 * file operations of a running journal are its, and no append waits for it.
 *
 * <p>Thread: {@link #open} and {@link #close} that of the start and the stop; the figures any; the work is done on
 * {@code sluice-journal}.
 */
public final class Journal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final JournalSettings settings;
    private final JournalLock lock;
    private final UUID node;
    private final JournalReader recovered;
    private final JournalAppender[] appenders;
    private final SegmentPool pool;
    private final GroupCommit commit;
    private final AcknowledgementLag lag;
    private final long intervalNanos;
    private final Thread thread = new Thread(this::run, "sluice-journal");
    private final AtomicBoolean signalled = new AtomicBoolean();

    private long lastForceNanos = System.nanoTime();
    private volatile boolean accepting = true;
    private volatile boolean stopping;
    private volatile JournalState state = new JournalState(Condition.READY, -1, "");
    private volatile SegmentCounts counts = new SegmentCounts(0, 0, 0);

    private record SegmentCounts(int spare, int active, int sealed) {}

    private Journal(
            Path directory,
            JournalSettings settings,
            int appenders,
            SegmentFiles files,
            InstantSource clock,
            JournalLock lock)
            throws IOException {
        Inventory inventory = new JournalDirectory(directory).takeOver();
        this.settings = settings;
        this.lock = lock;
        this.node = inventory.node();
        this.recovered = new JournalReader(directory, inventory, files, null);
        this.appenders = new JournalAppender[appenders];
        for (int i = 0; i < appenders; i++) {
            this.appenders[i] = new JournalAppender(i, this, settings);
        }
        this.pool =
                new SegmentPool(directory, node, inventory.highestNumber() + 1, settings, files, clock, this.appenders);
        this.commit = new GroupCommit(files, this.appenders);
        this.lag = new AcknowledgementLag(this.appenders);
        this.intervalNanos = settings.forceInterval().toNanos();
        thread.setDaemon(true);
    }

    /**
     * Opens the journal in {@code directory}, makes that when it is not there, and starts its thread. Segments of earlier
     * lives stay until {@link #recovered()} was read and discarded. What lies in the directory never keeps it from opening,
     * nor does a full disk: then {@link #state()} says so and OPENs are refused.
     *
     * @param appenders how many event loops there are
     * @throws JournalLockedException when another journal has the directory
     * @throws IOException when there can be no such directory
     */
    public static Journal open(Path directory, JournalSettings settings, int appenders) throws IOException {
        Journal journal = open(directory, settings, appenders, new DiskFiles(), InstantSource.system());
        journal.thread.start();
        return journal;
    }

    /** Without its thread: the caller calls {@link #pass}. */
    static Journal open(
            Path directory, JournalSettings settings, int appenders, SegmentFiles files, InstantSource clock)
            throws IOException {
        if (appenders < 1) {
            throw new IllegalArgumentException(appenders + " appenders; allowed: 1 and more");
        }
        JournalDirectory.create(directory);
        JournalLock lock = JournalLock.take(directory);
        try {
            Journal journal = new Journal(directory, settings, appenders, files, clock, lock);
            journal.pass(System.nanoTime());
            return journal;
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /**
     * The end of the journal that belongs to one event loop.
     *
     * @param index from 0 on
     * @param owner runs what it is given on that event loop, which makes all calls of the appender
     */
    public JournalAppender appender(int index, Executor owner) {
        JournalAppender appender = appenders[index];
        appender.setOwner(owner);
        return appender;
    }

    /** What earlier lives left; to be read and discarded by the writer. */
    public JournalReader recovered() {
        return recovered;
    }

    /** Whose journal this is. It stays the same across restarts. */
    public UUID nodeId() {
        return node;
    }

    public JournalState state() {
        return state;
    }

    public JournalFigures figures() {
        long records = 0;
        long closes = 0;
        long refused = 0;
        long skipped = 0;
        long unreadable = 0;
        long acknowledged = 0;
        for (JournalAppender appender : appenders) {
            // What is acknowledged is read first: the difference is never too small.
            acknowledged += appender.acknowledgedCloses().getAcquire();
            closes += appender.closesAppended();
            records += appender.recordsAppended();
            refused += appender.opensRefused();
            skipped += appender.progressSkipped();
            unreadable += appender.catchUp().unreadable();
        }
        SegmentCounts now = counts;
        long own = (long) (now.spare + now.active + now.sealed) * settings.segmentBytes();
        return new JournalFigures(
                own + recovered.bytes(),
                now.spare,
                now.active,
                now.sealed,
                recovered.segments(),
                records,
                closes - acknowledged,
                lag.oldestMillis(System.nanoTime()),
                refused,
                skipped,
                unreadable);
    }

    /**
     * Forces what was written, deletes the segments with nothing left in them, and lets go of the directory. The appenders
     * are not used any more, and the writer has acknowledged what it could; what is still open or not acknowledged is recovered by the next journal in this directory.
     */
    @Override
    public void close() throws IOException {
        if (stopping) {
            return;
        }
        accepting = false;
        stopping = true;
        if (!thread.isAlive()) {
            end();
        } else {
            LockSupport.unpark(thread);
            if (!isOver()) {
                LOG.atError()
                        .setMessage("the journal's thread hangs on the disk; its directory stays locked")
                        .log();
                return;
            }
        }
        lock.close();
    }

    private boolean isOver() {
        try {
            return thread.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void run() {
        while (!stopping) {
            signalled.set(false);
            try {
                pass(System.nanoTime());
            } catch (RuntimeException e) {
                LOG.atError()
                        .setMessage("the journal's thread stumbled")
                        .setCause(e)
                        .log();
            }
            if (!stopping) {
                LockSupport.parkNanos(this, intervalNanos);
            }
        }
        end();
    }

    /** One round of everything the journal thread does. */
    void pass(long nowNanos) {
        if (nowNanos - lastForceNanos >= intervalNanos || isAwaited()) {
            lastForceNanos = nowNanos;
            pool.collectReleased();
            commit.forceAll(pool.live(), nowNanos);
            if (!commit.hasFailed()) {
                pool.reuseReleased();
            }
            pool.unmapBacklog();
            lag.look(nowNanos);
        }
        pool.prepare(nowNanos);
        commit.replaceFailed(nowNanos);
        publish();
    }

    private void end() {
        long now = System.nanoTime();
        commit.forceAll(pool.live(), now);
        commit.replaceFailed(now);
        commit.close();
        pool.close();
        state = new JournalState(Condition.CLOSED, pool.freeBytes(), "");
    }

    private boolean isAwaited() {
        if (forcesEachClose()) {
            for (JournalAppender appender : appenders) {
                if (appender.hasWaiters()) {
                    return true;
                }
            }
        }
        return false;
    }

    private void publish() {
        int spare = pool.keptSegments();
        int active = 0;
        int sealed = 0;
        for (JournalSegment segment : pool.live()) {
            if (segment.isSealed()) {
                sealed++;
            } else if (segment.isStarted()) {
                active++;
            } else {
                spare++;
            }
        }
        counts = new SegmentCounts(spare, active, sealed);
        if (commit.hasFailed()) {
            state = new JournalState(Condition.FAILED, pool.freeBytes(), commit.failure());
        } else if (!pool.shortage().isEmpty()) {
            state = new JournalState(Condition.SHORT, pool.freeBytes(), pool.shortage());
        } else {
            state = new JournalState(Condition.READY, pool.freeBytes(), "");
        }
        accepting = !commit.hasFailed() && !stopping;
    }

    // What the appenders ask, on their event loops.

    boolean isAccepting() {
        return accepting;
    }

    boolean forcesEachClose() {
        return settings.durability() == Durability.FSYNC;
    }

    /** Makes the journal thread look soon. Costs a system call once for each of its rounds, at most. */
    void wake() {
        if (!signalled.get() && !signalled.getAndSet(true)) {
            LockSupport.unpark(thread);
        }
    }
}
