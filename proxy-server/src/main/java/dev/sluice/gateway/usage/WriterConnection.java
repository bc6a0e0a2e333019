package dev.sluice.gateway.usage;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@link PostgresWriter}'s one connection: opened when it is needed, dropped when it failed. At the
 * first use, every hour and every midnight (UTC) it makes the partitions of the days to come and drops those that are no
 * longer kept. A watchdog closes it when a transaction stands still: the driver's read timeout does not end a write that a
 * hung server no longer takes.
 *
 * <p>Thread: writer; {@link #abort} any.
 */
final class WriterConnection {
    private static final Logger LOG = LoggerFactory.getLogger(WriterConnection.class);
    private static final long UPKEEP_NANOS = TimeUnit.HOURS.toNanos(1);
    private static final int DAYS_AHEAD = 7;

    /** One transaction. */
    @FunctionalInterface
    interface Work {
        void on(Connection connection) throws SQLException;
    }

    private final ConnectionSource source;
    private final UsageTable table;
    private final Keeping keeping;
    private final InstantSource clock;
    private final Duration patience;
    private final ScheduledThreadPoolExecutor watchdog;
    private volatile @Nullable Connection connection;
    private @Nullable LocalDate keptDay;
    private long keptAtNanos;

    WriterConnection(
            ConnectionSource source, UsageTable table, Keeping keeping, InstantSource clock, Duration patience) {
        this.source = source;
        this.table = table;
        this.keeping = keeping;
        this.clock = clock;
        this.patience = patience;
        this.watchdog = new ScheduledThreadPoolExecutor(1, task -> {
            Thread watcher = new Thread(task, "sluice-writer-watchdog");
            watcher.setDaemon(true);
            return watcher;
        });
        watchdog.setRemoveOnCancelPolicy(true);
    }

    void use(Work work) throws SQLException {
        Connection current = connection;
        if (current == null) {
            current = source.open();
            connection = current;
            keptDay = null;
        }
        Instant now = clock.instant();
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        if (!today.equals(keptDay) || System.nanoTime() - keptAtNanos > UPKEEP_NANOS) {
            upkeep(current, now, today);
        }
        watched(current, work);
    }

    private void upkeep(Connection current, Instant now, LocalDate today) throws SQLException {
        tried(
                current,
                on -> table.ensurePartitions(on, today.minusDays(1), today.plusDays(DAYS_AHEAD)),
                "day partitions were not made; rows go to the default partition meanwhile");
        LocalDate firstDay = keeping.firstDay(now);
        AtomicInteger dropped = new AtomicInteger();
        do {
            dropped.set(0);
            tried(
                    current,
                    on -> dropped.set(table.dropPartitions(on, firstDay)),
                    "partitions of days beyond the retention were not dropped; that is tried again in an hour");
            if (dropped.get() > 0) {
                LOG.atInfo()
                        .addKeyValue("days", dropped.get())
                        .addKeyValue("before", firstDay)
                        .log("usage of days beyond the retention was dropped");
            }
        } while (dropped.get() > 0);
        keptDay = today;
        keptAtNanos = System.nanoTime();
    }

    /** Rows are stored all the same; a refusal is therefore no reason not to go on. */
    private void tried(Connection current, Work work, String consequence) throws SQLException {
        try {
            watched(current, work);
        } catch (SQLException e) {
            if (current.isClosed() || e.getSQLState() == null || e.getSQLState().startsWith("08")) {
                throw e;
            }
            LOG.atWarn().addKeyValue("why", StoreFailure.of(e).message()).log(consequence);
        }
    }

    private void watched(Connection current, Work work) throws SQLException {
        ScheduledFuture<?> watch = watchdog.schedule(
                () -> {
                    LOG.atWarn()
                            .addKeyValue("millis", patience.toMillis())
                            .log("PostgreSQL takes too long to store usage; the connection is closed");
                    abort(current);
                },
                patience.toNanos(),
                TimeUnit.NANOSECONDS);
        try {
            work.on(current);
        } finally {
            watch.cancel(false);
        }
    }

    /** Forgets a connection that failed. */
    void drop() {
        abort();
        connection = null;
    }

    /** Ends whatever is going on, so that the writer comes back with an error. */
    void abort() {
        Connection current = connection;
        if (current != null) {
            abort(current);
        }
    }

    /** Closes the socket at once, without a farewell that a hung server would not hear. */
    private static void abort(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.atDebug().setCause(e).log("closing a connection that had failed");
        }
    }

    /** The end. */
    void close() {
        Connection current = connection;
        connection = null;
        try {
            if (current != null) {
                watched(current, Connection::close);
            }
        } catch (SQLException e) {
            LOG.atDebug().setCause(e).log("closing the writer's connection");
        } finally {
            watchdog.shutdownNow();
        }
    }
}
