package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.Reach;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lists of gateway keys for those who count pages and call keys by their names; keys that are revoked are none to them. As
 * one transaction sees them. Thread: that of the connection.
 */
public final class UnrevokedKeys {
    private static final String UNREVOKED = "status <> ?";
    private static final String REVOKED = KeyRow.Status.REVOKED.label();

    private final Connection connection;

    /** @param connection the caller's, who commits and closes it */
    public UnrevokedKeys(Connection connection) {
        this.connection = connection;
    }

    /** @param name the whole of it; null for any, as with the others */
    public record Filter(
            @Nullable String teamId,
            @Nullable String ownerId,
            @Nullable String name) {}

    public long count(Reach reach, Filter filter, Instant now) throws SQLException {
        Conditions conditions = conditions(reach, filter);
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT count(*) FROM (" + KeyStore.COLUMNS + conditions.sql() + ") AS listed")) {
            KeyStore.nows(statement, now);
            conditions.bind(statement, KeyStore.NOWS + 1);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /** The newest first. */
    public List<KeyRow> page(Reach reach, Filter filter, long offset, int limit, Instant now) throws SQLException {
        Conditions conditions = conditions(reach, filter);
        try (PreparedStatement statement = connection.prepareStatement(
                KeyStore.COLUMNS + conditions.sql() + " ORDER BY created_at DESC, id OFFSET ? LIMIT ?")) {
            KeyStore.nows(statement, now);
            int next = conditions.bind(statement, KeyStore.NOWS + 1);
            statement.setLong(next, offset);
            statement.setInt(next + 1, limit);
            return KeyStore.rows(statement);
        }
    }

    /** Ids of those that are called {@code name}. */
    public List<String> named(Reach reach, String name, Instant now) throws SQLException {
        return page(reach, new Filter(null, null, name), 0, Integer.MAX_VALUE, now).stream()
                .map(KeyRow::id)
                .toList();
    }

    private static Conditions conditions(Reach reach, Filter filter) {
        return new Conditions()
                .and(UNREVOKED, REVOKED)
                .and("team_id = ?", reach.onlyTeam())
                .and("owner_id = ?", reach.onlyUser())
                .and("team_id = ?", filter.teamId())
                .and("owner_id = ?", filter.ownerId())
                .and("name = ?", filter.name());
    }
}
