package dev.sluice.gateway.usage;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@link PostgresWriter}'s one connection: opened when it is needed, with the day's partitions made, dropped when it
 * failed. A watchdog closes it when a transaction stands still: the driver's read timeout does not end a write that a
 * hung server no longer takes.
 *
 * <p>Thread: writer; {@link #abort} any.
 */
final class WriterConnection {
    private static final Logger LOG = LoggerFactory.getLogger(WriterConnection.class);
    private static final long PARTITION_CHECK_NANOS = TimeUnit.HOURS.toNanos(1);

    /** One transaction. */
    @FunctionalInterface
    interface Work {
        void on(Connection connection) throws SQLException;
    }

    private final ConnectionSource source;
    private final UsageTable table;
    private final InstantSource clock;
    private final Duration patience;
    private final ScheduledThreadPoolExecutor watchdog;
    private volatile @Nullable Connection connection;
    private @Nullable LocalDate partitionedDay;
    private long partitionedAtNanos;

    WriterConnection(ConnectionSource source, UsageTable table, InstantSource clock, Duration patience) {
        this.source = source;
        this.table = table;
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
            partitionedDay = null;
        }
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        if (!today.equals(partitionedDay) || System.nanoTime() - partitionedAtNanos > PARTITION_CHECK_NANOS) {
            ensurePartitions(current, today);
        }
        watched(current, work);
    }

    /** Rows find a place without a partition of their own too; a refusal is therefore no reason not to write. */
    private void ensurePartitions(Connection current, LocalDate today) throws SQLException {
        try {
            watched(current, on -> table.ensurePartitions(on, today.minusDays(1), today.plusDays(2)));
        } catch (SQLException e) {
            if (current.isClosed() || e.getSQLState() == null || e.getSQLState().startsWith("08")) {
                throw e;
            }
            LOG.atWarn()
                    .addKeyValue("why", StoreFailure.of(e).message())
                    .log("day partitions were not made; rows go to the default partition meanwhile");
        }
        partitionedDay = today;
        partitionedAtNanos = System.nanoTime();
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
