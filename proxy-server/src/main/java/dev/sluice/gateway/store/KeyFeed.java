package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.KeyDirectory;
import dev.sluice.gateway.auth.KeyRecord;
import dev.sluice.gateway.auth.Revocations;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the {@link KeyDirectory} and the {@link Revocations} as the database has them.
 *
 * <pre>
 *   news (LISTEN), or 3 s ──▶ look: what changed since the last one ──▶ directory, revocations
 *                               │
 *                               └ the first one, after a failed one, or another database ──▶ load: everything
 * </pre>
 *
 * <p>Each row carries the id of the transaction that wrote it last. A look reads what was written at or after the oldest
 * transaction that was open at the look before (PostgreSQL's {@code pg_snapshot_xmin}), in the same snapshot as the next such
 * mark: one that began early and commits late is seen, and some rows are seen twice, which changes nothing. A mark that
 * goes backwards is one of another database, such as a restored one.
 *
 * <p>A load of many keys takes seconds; looks go on beside it, and what they bring is newer than what it brings.
 *
 * <p>Thread: {@code sluice-keys} looks, {@code sluice-keys-load} loads; the figures any.
 */
public final class KeyFeed implements AutoCloseable {
    static final String APPLICATION = "sluice-keys";

    private static final Logger LOG = LoggerFactory.getLogger(KeyFeed.class);
    private static final long LOOK_MILLIS = 3_000;
    private static final long RETRY_MILLIS = 500;
    /** However many announcements come. */
    private static final long SHORTEST_GAP_MILLIS = 50;

    private static final long CLOSE_PATIENCE_MILLIS = 5_000;

    private static final String MARK = "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)";
    private static final String REVOKED = """
            SELECT subject, CAST(floor(extract(epoch FROM issued_before)) AS bigint),
                   CAST(ceil(extract(epoch FROM expires_at)) AS bigint)
            FROM sluice.token_revocation WHERE changed >= CAST(? AS xid8)""";

    private final Database database;
    private final KeyDirectory directory;
    private final Revocations revocations;
    private final StoredKeys keys;
    private final InstantSource clock;
    private final IdentityListener listener;
    private final Thread thread = new Thread(this::run, "sluice-keys");
    private final List<Part> parts = new CopyOnWriteArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Semaphore news = new Semaphore(0);
    private final AtomicLong looks = new AtomicLong();
    private final AtomicLong loads = new AtomicLong();
    private volatile @Nullable Thread loader;
    private volatile boolean mustLoad = true;
    private volatile boolean loaded;
    private volatile long goodNanos = System.nanoTime();
    private volatile @Nullable String failure;
    /** Of the last look; 0 before there was one. */
    private long mark;

    /** Something else that changes are announced of. */
    public interface Part {

        /** Reads what it wants to know; at each look, and so in the same snapshot as everything else. */
        void read(Connection connection) throws SQLException;

        /** Behind the look: writes what is to be written about it. */
        void write(Connection connection) throws SQLException;
    }

    public KeyFeed(
            Database database, KeyDirectory directory, Revocations revocations, StoredKeys keys, InstantSource clock) {
        this.database = database;
        this.directory = directory;
        this.revocations = revocations;
        this.keys = keys;
        this.clock = clock;
        this.listener = new IdentityListener(database, this::onNews);
        thread.setDaemon(true);
    }

    /** From the next look on {@code part} is read, too. Thread: any. */
    public void follow(Part part) {
        parts.add(part);
        news.release();
    }

    /** Begins in the background. */
    public void start() {
        thread.start();
        listener.start();
    }

    /** How long ago the last look was that found the database. */
    public double ageSeconds() {
        return (System.nanoTime() - goodNanos) / 1e9;
    }

    /** Whether changes are announced; if not they are found by looking every few seconds. */
    public boolean isPushed() {
        return listener.isListening();
    }

    /** Whether everything has been loaded from the database in this life. */
    public boolean isLoaded() {
        return loaded;
    }

    /** Why the last look or load failed; null when it did not. */
    public @Nullable String failure() {
        return failure;
    }

    /** Looks that found the database. */
    public long looks() {
        return looks.get();
    }

    /** Times that everything was loaded. */
    public long loads() {
        return loads.get();
    }

    private void onNews() {
        news.release();
    }

    private void run() {
        try {
            while (closing.getCount() > 0) {
                boolean good = tryToLook();
                if (good && mustLoad && loader == null) {
                    beginToLoad();
                }
                if (closing.await(SHORTEST_GAP_MILLIS, TimeUnit.MILLISECONDS)) {
                    return;
                }
                news.tryAcquire(good ? LOOK_MILLIS : RETRY_MILLIS, TimeUnit.MILLISECONDS);
                news.drainPermits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean tryToLook() {
        try (Connection connection = database.pooled()) {
            look(connection);
            revocations.prune(clock.instant().getEpochSecond());
            keys.storeRehashes(connection);
            for (Part part : parts) {
                part.write(connection);
            }
        } catch (SQLException | RuntimeException e) {
            // What was removed by the time it is back would never be heard of.
            mustLoad = true;
            onFailure(e);
            return false;
        }
        looks.incrementAndGet();
        goodNanos = System.nanoTime();
        return true;
    }

    private void look(Connection connection) throws SQLException {
        connection.setReadOnly(true);
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        long next = mark(connection);
        if (next < mark) {
            LOG.atWarn()
                    .addKeyValue("transaction", next)
                    .addKeyValue("before", mark)
                    .log("the database is another one than before; all keys are loaded");
            mustLoad = true;
            mark = 0;
        }
        if (mark != 0) {
            readKeys(connection, mark);
        }
        readRevocations(connection, mark);
        for (Part part : parts) {
            part.read(connection);
        }
        connection.commit();
        mark = next;
        // A look that failed leaves this to the pool.
        connection.setAutoCommit(true);
        connection.setReadOnly(false);
    }

    private static long mark(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(MARK)) {
            row.next();
            return row.getLong(1);
        }
    }

    private void readKeys(Connection connection, long since) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(KeyRows.CHANGED)) {
            statement.setFetchSize(KeyCursor.FETCHED);
            statement.setString(1, Long.toString(since));
            List<KeyRecord> some = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    some.add(KeyRows.read(rows));
                    if (some.size() == KeyCursor.FETCHED) {
                        directory.apply(some);
                        some.clear();
                    }
                }
            }
            directory.apply(some);
        }
    }

    private void readRevocations(Connection connection, long since) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(REVOKED)) {
            statement.setString(1, Long.toString(since));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    revocations.add(rows.getString(1), rows.getLong(2), rows.getLong(3));
                }
            }
        }
    }

    private void beginToLoad() {
        mustLoad = false;
        Thread next = new Thread(this::load, "sluice-keys-load");
        next.setDaemon(true);
        loader = next;
        next.start();
    }

    private void load() {
        long begun = System.nanoTime();
        try (Connection connection = database.connect(APPLICATION)) {
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            directory.replaceAll(new KeyCursor(connection));
            connection.commit();
            onLoaded(System.nanoTime() - begun);
        } catch (KeyCursor.BrokenException e) {
            mustLoad = true;
            onFailure(e.reason());
        } catch (SQLException | RuntimeException e) {
            mustLoad = true;
            onFailure(e);
        } finally {
            loader = null;
            news.release();
        }
    }

    private synchronized void onLoaded(long tookNanos) {
        loads.incrementAndGet();
        loaded = true;
        failure = null;
        LOG.atInfo()
                .addKeyValue("keys", directory.size())
                .addKeyValue("millis", TimeUnit.NANOSECONDS.toMillis(tookNanos))
                .log("keys are loaded and current");
    }

    /** Those who own the database say that it is away; here it is said once what that means for keys. */
    private synchronized void onFailure(Exception why) {
        boolean first = failure == null;
        failure = String.valueOf(why.getMessage());
        if (closing.getCount() > 0 && first && loaded) {
            LOG.atWarn()
                    .addKeyValue("why", failure)
                    .addKeyValue("keys", directory.size())
                    .log("changes of keys are not seen; those that are known go on working");
        }
        if (why instanceof RuntimeException && first) {
            LOG.atError().setCause(why).log("keys could not be read from the database");
        }
    }

    /** Ends everything. Whoever owns the database closes it afterwards. */
    @Override
    public void close() {
        closing.countDown();
        listener.close();
        try {
            thread.join(CLOSE_PATIENCE_MILLIS);
            Thread loading = loader;
            if (loading != null) {
                loading.join(CLOSE_PATIENCE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
