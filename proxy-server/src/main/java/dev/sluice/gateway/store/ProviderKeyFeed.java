package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.ProviderKeys;
import dev.sluice.gateway.auth.SealedSecret;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/**
 * Keeps {@link ProviderKeys} as the database has them: they are few, and each look of the {@link KeyFeed} reads them all.
 * What was sealed with the pepper before this one is sealed anew on the way. Thread: that of the feed.
 */
public final class ProviderKeyFeed implements KeyFeed.Part {
    private final ProviderKeys keys;
    private Map<String, SealedSecret> rows = Map.of();

    public ProviderKeyFeed(ProviderKeys keys) {
        this.keys = keys;
    }

    @Override
    public void read(Connection connection) throws SQLException {
        Map<String, SealedSecret> found = new HashMap<>();
        for (ProviderKeyRow row : new ProviderKeyStore(connection).all()) {
            found.put(row.name(), row.sealed());
        }
        rows = found;
        keys.replaceAll(found);
    }

    @Override
    public void write(Connection connection) throws SQLException {
        ProviderKeyStore store = new ProviderKeyStore(connection);
        for (Map.Entry<String, SealedSecret> row : rows.entrySet()) {
            SealedSecret renewed = keys.envelope().renewed(row.getValue(), row.getKey());
            if (renewed != null) {
                store.rewrap(row.getKey(), row.getValue(), renewed);
            }
        }
    }
}
