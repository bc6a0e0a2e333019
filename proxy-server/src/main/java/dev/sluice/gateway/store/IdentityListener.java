package dev.sluice.gateway.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears at once that something about keys or logins has changed: a connection of its own on which PostgreSQL's
 * {@code sluice_identity} is listened to. It only says that there is news; what it is, the {@link KeyFeed} reads. One that has been
 * silent for a while is asked whether it is still there.
 *
 * <p>Thread: {@code sluice-keys-listen}; {@link #isListening} any.
 */
final class IdentityListener implements AutoCloseable {
    static final String APPLICATION = "sluice-listener";

    private static final Logger LOG = LoggerFactory.getLogger(IdentityListener.class);
    private static final int SILENCE_MILLIS = 5_000;
    private static final int PROBE_SECONDS = 2;
    private static final long RETRY_FIRST_MILLIS = 200;
    private static final long RETRY_LAST_MILLIS = 5_000;

    private final Database database;
    private final Runnable onNews;
    private final Thread thread = new Thread(this::run, "sluice-keys-listen");
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile @Nullable Connection open;
    private volatile boolean listening;
    /** Whether it has been told that nobody listens. */
    private boolean complained;

    /** @param onNews called on this listener's thread; must not block */
    IdentityListener(Database database, Runnable onNews) {
        this.database = database;
        this.onNews = onNews;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    boolean isListening() {
        return listening;
    }

    private void run() {
        long retryMillis = RETRY_FIRST_MILLIS;
        try {
            while (closing.getCount() > 0) {
                try (Connection connection = database.connect(APPLICATION)) {
                    open = connection;
                    listen(connection);
                } catch (SQLException e) {
                    retryMillis = listening ? RETRY_FIRST_MILLIS : Math.min(RETRY_LAST_MILLIS, retryMillis * 2);
                    onLost(String.valueOf(e.getMessage()));
                } finally {
                    open = null;
                    listening = false;
                }
                long waitMillis = retryMillis / 2 + ThreadLocalRandom.current().nextLong(retryMillis / 2 + 1);
                if (closing.await(waitMillis, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void listen(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("LISTEN sluice_identity");
        }
        onListening();
        PGConnection notified = connection.unwrap(PGConnection.class);
        while (closing.getCount() > 0) {
            PGNotification[] news = notified.getNotifications(SILENCE_MILLIS);
            if (news != null && news.length > 0) {
                onNews.run();
            } else if (!connection.isValid(PROBE_SECONDS)) {
                throw new SQLException("the connection is dead");
            }
        }
    }

    private void onListening() {
        listening = true;
        if (complained) {
            complained = false;
            LOG.atInfo().log("changes of keys are announced again");
        }
        // Whatever happened while nobody listened.
        onNews.run();
    }

    private void onLost(String why) {
        boolean expected = listening || database.state().phase() == Database.Phase.UP;
        if (!complained && expected && closing.getCount() > 0) {
            complained = true;
            LOG.atWarn()
                    .addKeyValue("why", why)
                    .log("changes of keys are not announced any more; they are looked for every few seconds");
        }
    }

    @Override
    public void close() {
        closing.countDown();
        Connection connection = open;
        if (connection != null) {
            try {
                // Its thread is reading from it.
                connection.abort(Runnable::run);
            } catch (SQLException e) {
                LOG.atTrace().setCause(e).log("aborting a connection that had failed");
            }
        }
        try {
            thread.join(TimeUnit.SECONDS.toMillis(PROBE_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
