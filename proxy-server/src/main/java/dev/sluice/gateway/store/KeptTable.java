package dev.sluice.gateway.store;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What providers keep, and for which team: {@code sluice.kept_object}. Notes are written a moment later, together; while the
 * database is away they wait, and the latest are lost when they are too many.
 *
 * <p>Thread: {@code sluice-kept} writes; {@link #note} and the figures any; {@link #find} any that may block.
 */
public final class KeptTable implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KeptTable.class);
    private static final int MOST_WAITING = 10_000;
    private static final int BATCH = 500;
    private static final int MOST_AT_ONCE = 2;
    private static final long PATIENCE_MILLIS = 2_000;
    private static final long RETRY_MILLIS = 1_000;
    private static final long CLOSE_PATIENCE_MILLIS = 5_000;
    private static final long SWEEP_NANOS = TimeUnit.DAYS.toNanos(1);

    private static final String INSERT =
            "INSERT INTO sluice.kept_object (id, provider, team_id) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING";
    private static final String FIND = "SELECT provider, team_id FROM sluice.kept_object WHERE id = ?";
    /** A provider keeps an answer for thirty days; there is one for each call, so that they would be many. */
    private static final String SWEEP = "DELETE FROM sluice.kept_object WHERE id IN (SELECT id FROM sluice.kept_object"
            + " WHERE id >= 'resp_' AND id < 'resp`' AND created_at < now() - interval '60 days' LIMIT 50000)";

    private record Note(String id, String provider, String team) {}

    /** Where something is, and whose it is. */
    public record Kept(String provider, String team) {}

    private final Database database;
    private final BlockingQueue<Note> notes = new ArrayBlockingQueue<>(MOST_WAITING);
    private final Semaphore places = new Semaphore(MOST_AT_ONCE, /* fair= */ true);
    private final Thread thread = new Thread(this::run, "sluice-kept");
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicLong lost = new AtomicLong();
    private long sweptNanos = System.nanoTime() - SWEEP_NANOS;

    public KeptTable(Database database) {
        this.database = database;
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    /** Has it written down, for the first who says so; never blocks. */
    public void note(String id, String provider, String team) {
        if (!notes.offer(new Note(id, provider, team))) {
            lost.incrementAndGet();
        }
    }

    /** Notes that found no place, or were refused. */
    public long lost() {
        return lost.get();
    }

    /**
     * Looks it up.
     *
     * @return null when nobody has noted it
     * @throws IOException when the database does not tell
     */
    public @Nullable Kept find(String id) throws IOException {
        if (database.state().phase() == Database.Phase.DOWN) {
            throw new IOException("the database is away");
        }
        try {
            if (!places.tryAcquire(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                throw new IOException("too much is being looked up");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        try (Connection connection = database.pooled();
                PreparedStatement statement = connection.prepareStatement(FIND)) {
            statement.setString(1, id);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? new Kept(row.getString(1), row.getString(2)) : null;
            }
        } catch (SQLException e) {
            throw new IOException("the database does not tell", e);
        } finally {
            places.release();
        }
    }

    private void run() {
        List<Note> batch = new ArrayList<>();
        try {
            while (closing.getCount() > 0 || !notes.isEmpty()) {
                Note first = notes.poll(RETRY_MILLIS, TimeUnit.MILLISECONDS);
                if (first == null) {
                    continue;
                }
                batch.add(first);
                notes.drainTo(batch, BATCH - 1);
                while (!isWritten(batch)) {
                    if (closing.await(RETRY_MILLIS, TimeUnit.MILLISECONDS)) {
                        lost.addAndGet(batch.size());
                        return;
                    }
                }
                batch.clear();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether there is nothing left to be done about {@code batch}. */
    private boolean isWritten(List<Note> batch) {
        try (Connection connection = database.pooled()) {
            try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
                for (Note note : batch) {
                    insert.setString(1, note.id());
                    insert.setString(2, note.provider());
                    insert.setString(3, note.team());
                    insert.addBatch();
                }
                insert.executeBatch();
            }
            sweep(connection);
            return true;
        } catch (SQLException e) {
            String state = e.getSQLState();
            if (state != null && state.startsWith("22")) {
                // The provider's text is no text for PostgreSQL: it never will be.
                lost.addAndGet(batch.size());
                LOG.atWarn().addKeyValue("why", e.getMessage()).log("what a provider keeps could not be noted");
                return true;
            }
            return false;
        }
    }

    private void sweep(Connection connection) throws SQLException {
        long now = System.nanoTime();
        if (now - sweptNanos < SWEEP_NANOS) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(SWEEP)) {
            // Else there are more.
            if (statement.executeUpdate() == 0) {
                sweptNanos = now;
            }
        }
    }

    /** Writes what waits, if the database is there. */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(CLOSE_PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
