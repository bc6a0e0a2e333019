package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.SealedSecret;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Table {@code provider_key}: sealed keys of providers. Every change is announced. Thread: that of the connection. */
public final class ProviderKeyStore {
    private static final String COLUMNS = "id, wrapped_key, sealed, version, created_at, updated_at";

    private final Connection connection;

    /** @param connection the caller commits and closes it */
    public ProviderKeyStore(Connection connection) {
        this.connection = connection;
    }

    List<ProviderKeyRow> all() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT " + COLUMNS + " FROM sluice.provider_key")) {
            return rows(statement);
        }
    }

    /**
     * Some of them, in the order of their names.
     *
     * @param after the name before the first one; empty to begin with the first of all
     */
    public List<ProviderKeyRow> list(String after, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT " + COLUMNS
                + " FROM sluice.provider_key WHERE id > ? COLLATE \"C\" ORDER BY id COLLATE \"C\" LIMIT ?")) {
            statement.setString(1, after);
            statement.setInt(2, limit);
            return rows(statement);
        }
    }

    /** The one called {@code name}, locked until the end of the transaction; null when there is none. */
    public @Nullable ProviderKeyRow lock(String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT " + COLUMNS + " FROM sluice.provider_key WHERE id = ? FOR UPDATE")) {
            statement.setString(1, name);
            return only(statement);
        }
    }

    /** Keeps a key under {@code name}, in place of one that may be there. */
    public ProviderKeyRow put(String name, SealedSecret sealed) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                INSERT INTO sluice.provider_key AS k (id, wrapped_key, sealed) VALUES (?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET wrapped_key = excluded.wrapped_key, sealed = excluded.sealed,
                    version = k.version + 1, updated_at = now()
                RETURNING\s""" + COLUMNS)) {
            statement.setString(1, name);
            statement.setBytes(2, sealed.wrappedKey());
            statement.setBytes(3, sealed.content());
            ProviderKeyRow kept = only(statement);
            if (kept == null) {
                throw new SQLException("the key of a provider was not kept");
            }
            return kept;
        }
    }

    /** Puts another wrapping around the same key, unless somebody has changed it meanwhile. */
    void rewrap(String name, SealedSecret before, SealedSecret after) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "UPDATE sluice.provider_key SET wrapped_key = ? WHERE id = ? AND wrapped_key = ?")) {
            statement.setBytes(1, after.wrappedKey());
            statement.setString(2, name);
            statement.setBytes(3, before.wrappedKey());
            statement.executeUpdate();
        }
    }

    /** @return whether there was one */
    public boolean delete(String name) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("DELETE FROM sluice.provider_key WHERE id = ?")) {
            statement.setString(1, name);
            return statement.executeUpdate() > 0;
        }
    }

    private static List<ProviderKeyRow> rows(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            List<ProviderKeyRow> found = new ArrayList<>();
            while (rows.next()) {
                found.add(row(rows));
            }
            return found;
        }
    }

    private static @Nullable ProviderKeyRow only(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            return rows.next() ? row(rows) : null;
        }
    }

    private static ProviderKeyRow row(ResultSet row) throws SQLException {
        return new ProviderKeyRow(
                row.getString(1),
                new SealedSecret(row.getBytes(2), row.getBytes(3)),
                row.getLong(4),
                row.getObject(5, OffsetDateTime.class).toInstant(),
                row.getObject(6, OffsetDateTime.class).toInstant());
    }
}
