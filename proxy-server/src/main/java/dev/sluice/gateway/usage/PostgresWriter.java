package dev.sluice.gateway.usage;

import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Empties the {@link UsageQueue} into PostgreSQL, a batch a transaction.
 *
 * <pre>
 *            ┌────────────── stored ──────────────┐
 *            ▼                                    │
 *  collect ──► append ── duplicate ──► merge ─────┤
 *            │   │ ▲ └── away ─► wait ──┘ ▲ │     │
 *            │   │ └───────────────────────┼─┘    │
 *            │   └── refused ─► halve ─► one row ─┴─► dead letter
 * </pre>
 *
 * A batch is kept until it is stored. The first try appends by COPY; whatever goes wrong after that, the next try merges
 * (COPY into a temporary table, then {@code INSERT … ON CONFLICT DO NOTHING}), because a connection that broke may have
 * committed. So every event is stored once, however often it is sent. A row that the server refuses is found by halving
 * and kept as a dead letter; it never holds up the others. Nothing blocks for ever: the driver's timeouts and the
 * {@link WriterConnection}'s watchdog see to that.
 *
 * <p>Thread: {@code sluice-writer}; the figures from any.
 */
public final class PostgresWriter {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresWriter.class);
    private static final int BATCH = 2_000;
    /** As many waiting events are worth a batch at once. */
    private static final int WORTHWHILE = 500;

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /**
     * @param linger how long the first event of a batch waits for others
     * @param firstBackOff the wait after a first failure; doubled up to {@code lastBackOff}
     * @param patience how long one transaction may take before its connection is closed
     */
    record Pace(Duration linger, Duration firstBackOff, Duration lastBackOff, Duration patience) {
        static final Pace DEFAULT =
                new Pace(Duration.ofMillis(100), Duration.ofMillis(100), Duration.ofSeconds(5), Duration.ofSeconds(20));
    }

    private final UsageQueue queue;
    private final WriterConnection connection;
    private final InstantSource clock;
    private final Pace pace;
    private final UsageTable table = new UsageTable();
    private final Thread thread = new Thread(this::run, "sluice-writer");
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong deadLettered = new AtomicLong();
    private final AtomicLong unstorable = new AtomicLong();
    /** Events of the queue that are done with, one way or the other. */
    private final AtomicLong finished = new AtomicLong();

    private final UsageEvent[] batch = new UsageEvent[BATCH];
    /** Events of {@link #batch} that are not known to be stored. */
    private int held;

    /** Those of {@link #finished} that came before the batch in hand. */
    private long finishedBefore;

    private long backOffNanos;
    private boolean away;
    private boolean losing;
    private long lostBefore;

    private volatile @Nullable String lastError;
    private volatile long oldestMicros;
    private volatile boolean stopping;
    private volatile long deadlineNanos;

    public PostgresWriter(UsageQueue queue, ConnectionSource connections, InstantSource clock) {
        this(queue, connections, clock, Pace.DEFAULT);
    }

    PostgresWriter(UsageQueue queue, ConnectionSource connections, InstantSource clock, Pace pace) {
        this.queue = queue;
        this.connection = new WriterConnection(connections, table, clock, pace.patience());
        this.clock = clock;
        this.pace = pace;
        this.backOffNanos = pace.firstBackOff().toNanos();
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    /** Events that wait to be stored. */
    public long queued() {
        // What was finished is read first: the difference may be too large for a moment, never too small.
        long done = finished.get();
        return queue.accepted() - done;
    }

    /** Events stored since the start; one that was there already counts. */
    public long written() {
        return written.get();
    }

    /** Events that found the queue full, and refused rows that not even the dead letters took. */
    public long lost() {
        return queue.lost() + unstorable.get();
    }

    public long deadLettered() {
        return deadLettered.get();
    }

    /** What went wrong last, null when the last try succeeded. */
    public @Nullable String lastError() {
        return lastError;
    }

    /** How long ago the oldest event of the batch in hand ended; zero without one. */
    public Duration oldestPendingAge() {
        long oldest = oldestMicros;
        if (oldest == 0) {
            return Duration.ZERO;
        }
        long ageMillis = clock.millis() - oldest / 1_000;
        return Duration.ofMillis(Math.max(0, ageMillis));
    }

    /**
     * Stores what is queued, as far as it gets within {@code patience}, and ends.
     *
     * @return how many events were left behind
     */
    public long close(Duration patience) {
        deadlineNanos = System.nanoTime() + patience.toNanos();
        stopping = true;
        LockSupport.unpark(thread);
        try {
            if (!thread.join(patience)) {
                connection.abort();
                thread.join(Duration.ofSeconds(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        long left = queued();
        if (left > 0) {
            LOG.atError()
                    .addKeyValue("events", left)
                    .addKeyValue("lastError", lastError)
                    .log("usage events were left behind at shutdown and are lost");
        }
        return left;
    }

    private void run() {
        boolean open = true;
        while (open) {
            try {
                if (held == 0) {
                    held = collect();
                }
                noticeLoss();
                finished.set(finishedBefore);
                open = held > 0 ? deliver(0, held) : !stopping;
                if (open) {
                    Arrays.fill(batch, 0, held, null);
                    finishedBefore += held;
                    held = 0;
                    oldestMicros = 0;
                }
            } catch (RuntimeException | Error e) {
                // Whatever it is, this thread does not die of it: the batch is still in hand and is sent again.
                LOG.atError().setCause(e).log("the usage writer failed unexpectedly and goes on");
                waitNanos(IDLE_NANOS);
            }
        }
        connection.close();
    }

    /** @return how many events are in {@link #batch} */
    private int collect() {
        UsageEvent first = queue.poll();
        if (first == null && !stopping) {
            queue.await(IDLE_NANOS);
            first = queue.poll();
        }
        if (first == null) {
            return 0;
        }
        oldestMicros = first.endedAtMicros();
        if (!stopping && queue.size() < WORTHWHILE) {
            // Nobody has to wake the writer while it lingers: that is what makes an event cheap for its event loop.
            waitNanos(pace.linger().toNanos());
        }
        int count = 0;
        for (UsageEvent event = first; event != null; event = count < BATCH ? queue.poll() : null) {
            batch[count++] = event;
        }
        return count;
    }

    /** @return false when the time to stop came first */
    private boolean deliver(int from, int to) {
        boolean mayBeThere = false;
        while (true) {
            StoreFailure failure = store(from, to, mayBeThere);
            if (failure == null) {
                stored(to - from);
                written.addAndGet(to - from);
                return true;
            }
            switch (failure.kind()) {
                case DUPLICATE -> {
                    // A merge lets rows that are there be; what it still refuses is another matter.
                    if (mayBeThere) {
                        return split(from, to, failure);
                    }
                }
                case DATA -> {
                    return split(from, to, failure);
                }
                case AWAY, NOT_YET -> {
                    if (!backOff(failure)) {
                        return false;
                    }
                }
            }
            mayBeThere = true;
        }
    }

    private boolean split(int from, int to, StoreFailure failure) {
        if (to - from == 1) {
            return bury(batch[from], failure);
        }
        int middle = (from + to) >>> 1;
        return deliver(from, middle) && deliver(middle, to);
    }

    private boolean bury(UsageEvent event, StoreFailure why) {
        LOG.atError()
                .addKeyValue("eventId", event.eventId())
                .addKeyValue("why", why.message())
                .log("PostgreSQL refuses a usage event; it becomes a dead letter");
        while (true) {
            StoreFailure failure = guarded(on -> table.deadLetter(on, event, why.message()));
            if (failure == null) {
                stored(1);
                deadLettered.incrementAndGet();
                return true;
            }
            switch (failure.kind()) {
                case DUPLICATE, DATA -> {
                    LOG.atError()
                            .addKeyValue("eventId", event.eventId())
                            .addKeyValue("why", failure.message())
                            .log("PostgreSQL refuses a dead letter too; the event is lost");
                    stored(1);
                    unstorable.incrementAndGet();
                    return true;
                }
                case AWAY, NOT_YET -> {
                    if (!backOff(failure)) {
                        return false;
                    }
                }
            }
        }
    }

    private @Nullable StoreFailure store(int from, int to, boolean mayBeThere) {
        return guarded(on -> {
            if (mayBeThere) {
                table.merge(on, batch, from, to);
            } else {
                table.append(on, batch, from, to);
            }
        });
    }

    /** A connection that failed in any way but by a refused row is dropped. */
    private @Nullable StoreFailure guarded(WriterConnection.Work work) {
        StoreFailure failure;
        try {
            connection.use(work);
            return null;
        } catch (SQLException e) {
            failure = StoreFailure.of(e);
        } catch (RuntimeException e) {
            failure = StoreFailure.of(e);
        }
        lastError = failure.message();
        if (failure.kind() == StoreFailure.Kind.AWAY || failure.kind() == StoreFailure.Kind.NOT_YET) {
            connection.drop();
        }
        return failure;
    }

    private void stored(int events) {
        finished.addAndGet(events);
        lastError = null;
        backOffNanos = pace.firstBackOff().toNanos();
        if (away) {
            away = false;
            LOG.atInfo().addKeyValue("queued", queued()).log("usage is being written again");
        }
    }

    /** Waits before the next try. @return false when the time to stop came first */
    private boolean backOff(StoreFailure failure) {
        noticeLoss();
        long nanos = pace.firstBackOff().toNanos();
        if (failure.kind() == StoreFailure.Kind.AWAY) {
            if (!away) {
                away = true;
                LOG.atWarn()
                        .addKeyValue("why", failure.message())
                        .addKeyValue("queued", queued())
                        .log("usage cannot be written; it is queued and tried again");
            }
            nanos = backOffNanos / 2 + ThreadLocalRandom.current().nextLong(backOffNanos / 2 + 1);
            backOffNanos = Math.min(backOffNanos * 2, pace.lastBackOff().toNanos());
        }
        if (stopping) {
            long left = deadlineNanos - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            nanos = Math.min(nanos, Math.min(left, pace.firstBackOff().toNanos()));
        }
        waitNanos(nanos);
        return true;
    }

    private static void waitNanos(long nanos) {
        LockSupport.parkNanos(nanos);
    }

    /** Says so when the queue overflows, and when it no longer does. Here, for an event loop must not log. */
    private void noticeLoss() {
        long lost = queue.lost();
        if (lost > lostBefore && !losing) {
            losing = true;
            LOG.atError()
                    .addKeyValue("capacity", queue.capacity())
                    .log("the usage queue is full: usage events are being lost");
        } else if (lost == lostBefore && losing && queue.size() < queue.capacity() / 2) {
            losing = false;
            LOG.atWarn().addKeyValue("lostSinceStart", lost).log("the usage queue has room again");
        }
        lostBefore = lost;
    }
}
