package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.KeyDigest;
import dev.sluice.gateway.auth.KeyDirectory;
import dev.sluice.gateway.auth.KeyLookup;
import dev.sluice.gateway.auth.KeyRecord;
import dev.sluice.gateway.auth.Pepper;
import dev.sluice.gateway.auth.Peppers;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Single keys in the database: one that somebody presents and nobody here knows yet is looked up, one that was hashed with
 * the previous pepper gets the digest of the current one.
 *
 * <p>Anybody can make up keys that have to be looked up: few look-ups run at once, so that the operators keep their
 * connections. Thread: look-ups any that may block; {@link #onOldPepper} any.
 */
public final class StoredKeys implements KeyLookup, KeyDirectory.Rehash {
    private static final int MOST_AT_ONCE = 2;
    private static final long PATIENCE_MILLIS = 2_000;
    private static final int MOST_REHASHES = 1_000;

    private static final String REHASH =
            "UPDATE sluice.api_key SET digest = ?, pepper_id = ? WHERE id = ? AND pepper_id = ?";

    private record Fresh(String id, KeyDigest digest) {}

    private final Database database;
    private final String pepper;
    private final @Nullable String previousPepper;
    private final Semaphore places = new Semaphore(MOST_AT_ONCE, /* fair= */ true);
    private final BlockingQueue<Fresh> rehashes = new ArrayBlockingQueue<>(MOST_REHASHES);

    public StoredKeys(Database database, Peppers peppers) {
        this.database = database;
        this.pepper = peppers.current().id();
        Pepper before = peppers.previous();
        this.previousPepper = before == null ? null : before.id();
    }

    @Override
    public @Nullable KeyRecord byId(String id) throws IOException {
        if (database.state().phase() == Database.Phase.DOWN) {
            // Without it the pool would be waited for.
            throw new IOException("the database is away");
        }
        try {
            if (!places.tryAcquire(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                throw new IOException("too many keys are being looked up");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        try (Connection connection = database.pooled();
                PreparedStatement statement = connection.prepareStatement(KeyRows.BY_ID)) {
            statement.setString(1, id);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? KeyRows.read(row) : null;
            }
        } catch (SQLException e) {
            throw new IOException("the database does not tell", e);
        } finally {
            places.release();
        }
    }

    /** One that finds no place is told again when its key is used again. */
    @Override
    public void onOldPepper(String id, KeyDigest fresh) {
        rehashes.offer(new Fresh(id, fresh));
    }

    /** Stores the digests that have gathered, where the key is still the one that came. */
    void storeRehashes(Connection connection) throws SQLException {
        if (rehashes.isEmpty() || previousPepper == null) {
            return;
        }
        List<Fresh> all = new ArrayList<>();
        rehashes.drainTo(all);
        try (PreparedStatement statement = connection.prepareStatement(REHASH)) {
            for (Fresh each : all) {
                statement.setBytes(1, each.digest().bytes());
                statement.setString(2, pepper);
                statement.setString(3, each.id());
                statement.setString(4, previousPepper);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }
}
