package dev.sluice.gateway.admin;

import dev.sluice.gateway.account.ConnectionSource;
import dev.sluice.gateway.auth.KeyRecord;
import dev.sluice.gateway.store.KeyStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells this gateway at once what has become of a key; the others hear of it from the database.
 *
 * <p>Two changes of one key, here or at another node, may be told in another order than they were committed in. So after
 * telling, the key is read again, until what was told last is what the database has: whatever is committed later is told
 * later. Else a revoked key could come back. Thread: that of the request.
 */
public final class KeyPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(KeyPublisher.class);

    private final ConnectionSource connections;
    private final Consumer<KeyRecord> directory;

    /** @param directory where this process looks keys up */
    public KeyPublisher(ConnectionSource connections, Consumer<KeyRecord> directory) {
        this.connections = connections;
        this.directory = directory;
    }

    /** Of changes that have been committed. Never fails: what cannot be read now comes with the feed. */
    void publish(Collection<String> ids) {
        if (ids.isEmpty()) {
            return;
        }
        try (Connection connection = connections.open()) {
            KeyStore keys = new KeyStore(connection);
            for (String id : ids) {
                publish(keys, id);
            }
        } catch (SQLException e) {
            LOG.atWarn().setCause(e).log("a key was changed and could not be read again; the feed will bring it");
        }
    }

    private void publish(KeyStore keys, String id) throws SQLException {
        KeyRecord told = keys.inForce(id);
        while (told != null) {
            directory.accept(told);
            KeyRecord now = keys.inForce(id);
            if (told.equals(now)) {
                return;
            }
            told = now;
        }
    }
}
