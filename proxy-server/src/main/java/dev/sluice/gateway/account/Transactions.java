package dev.sluice.gateway.account;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs pieces of work on the database, each in a transaction of its own, whole or not at all. A few at once: the pool is
 * the operators', too, and an outage must not fill it with people who log in. Thread: any that may block.
 */
final class Transactions {
    static final int MOST_AT_ONCE = 2;
    private static final long PATIENCE_MILLIS = 3_000;

    private final ConnectionSource connections;
    private final Semaphore places = new Semaphore(MOST_AT_ONCE, /* fair= */ true);

    Transactions(ConnectionSource connections) {
        this.connections = connections;
    }

    /** @param <T> what comes of it */
    @FunctionalInterface
    interface Work<T> {
        @Nullable
        T run(Connection connection) throws SQLException;
    }

    /** For work that always comes to something. */
    <T> T run(Work<T> work) throws SQLException, BusyException, InterruptedException {
        return Objects.requireNonNull(find(work));
    }

    <T> @Nullable T find(Work<T> work) throws SQLException, BusyException, InterruptedException {
        if (!places.tryAcquire(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
            throw new BusyException("Too many accounts are being asked for at the moment. Please try again.");
        }
        try (Connection connection = connections.open()) {
            connection.setAutoCommit(false);
            try {
                T result = work.run(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                rollBack(connection, e);
                throw e;
            }
        } finally {
            places.release();
        }
    }

    private static void rollBack(Connection connection, Exception cause) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            // The connection is gone, and the transaction with it.
            cause.addSuppressed(e);
        }
    }
}
