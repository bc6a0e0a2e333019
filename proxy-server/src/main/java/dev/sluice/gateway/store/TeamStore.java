package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.Reach;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Teams as one transaction sees them. Thread: that of the connection. */
public final class TeamStore {
    private static final String COLUMNS =
            "SELECT id, name, tier, enabled, version, created_at, updated_at FROM sluice.team";

    private final Connection connection;

    /** @param connection the caller's, who commits and closes it */
    public TeamStore(Connection connection) {
        this.connection = connection;
    }

    /**
     * What belongs to a team.
     *
     * @param keys that are not revoked
     * @param users who are not switched off
     * @param all keys and users, whatever became of them
     */
    public record Belongings(long keys, long users, long all) {}

    /** @return whether neither id nor name was taken */
    public boolean insert(String id, String name, @Nullable String tier, boolean enabled) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO sluice.team (id, name, tier, enabled) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")) {
            statement.setString(1, id);
            statement.setString(2, name);
            statement.setString(3, tier);
            statement.setBoolean(4, enabled);
            return statement.executeUpdate() == 1;
        }
    }

    public @Nullable TeamRow find(String id) throws SQLException {
        return one(COLUMNS + " WHERE id = ?", id);
    }

    /** The same, and until the end of the transaction nobody else changes it, and nothing new comes to belong to it. */
    public @Nullable TeamRow hold(String id) throws SQLException {
        return one(COLUMNS + " WHERE id = ? FOR UPDATE", id);
    }

    /** Whether a team has this name. */
    public boolean hasName(String name) throws SQLException {
        return one(COLUMNS + " WHERE name = ?", name) != null;
    }

    /** In the order of their ids; those within {@code reach} only. */
    public List<TeamRow> list(Reach reach, @Nullable String name, String after, int limit) throws SQLException {
        Conditions conditions = new Conditions()
                .and("id > ?", after)
                .and("id = ?", reach.onlyTeam())
                .and("name ILIKE ? ESCAPE '\\'", name == null ? null : Columns.containing(name));
        try (PreparedStatement statement =
                connection.prepareStatement(COLUMNS + conditions.sql() + " ORDER BY id LIMIT ?")) {
            statement.setInt(conditions.bind(statement, 1), limit);
            return rows(statement);
        }
    }

    /** Of a team that is held. */
    public void update(String id, String name, @Nullable String tier, boolean enabled) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                UPDATE sluice.team SET name = ?, tier = ?, enabled = ?, version = version + 1, updated_at = now()
                WHERE id = ?""")) {
            statement.setString(1, name);
            statement.setString(2, tier);
            statement.setBoolean(3, enabled);
            statement.setString(4, id);
            statement.executeUpdate();
        }
    }

    public Belongings belongings(String id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT (SELECT count(*) FROM sluice.api_key WHERE team_id = t.id AND revoked_at IS NULL) AS keys,
                       (SELECT count(*) FROM sluice.app_user WHERE team_id = t.id AND enabled) AS users,
                       (SELECT count(*) FROM sluice.api_key WHERE team_id = t.id)
                           + (SELECT count(*) FROM sluice.app_user WHERE team_id = t.id) AS everything
                FROM sluice.team t WHERE t.id = ?""")) {
            statement.setString(1, id);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? new Belongings(row.getLong("keys"), row.getLong("users"), row.getLong("everything"))
                        : new Belongings(0, 0, 0);
            }
        }
    }

    /** Of a team that has nothing. */
    public void delete(String id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("DELETE FROM sluice.team WHERE id = ?")) {
            statement.setString(1, id);
            statement.executeUpdate();
        }
    }

    private @Nullable TeamRow one(String sql, String parameter) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, parameter);
            List<TeamRow> rows = rows(statement);
            return rows.isEmpty() ? null : rows.get(0);
        }
    }

    private static List<TeamRow> rows(PreparedStatement statement) throws SQLException {
        List<TeamRow> rows = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                rows.add(new TeamRow(
                        row.getString("id"),
                        row.getString("name"),
                        row.getString("tier"),
                        row.getBoolean("enabled"),
                        row.getLong("version"),
                        Columns.timeOf(row, "created_at"),
                        Columns.timeOf(row, "updated_at")));
            }
        }
        return rows;
    }
}
