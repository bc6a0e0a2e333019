package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.Reach;
import dev.sluice.gateway.auth.Role;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Users as operators deal with them, as one transaction sees them; how they log in is {@link AccountStore}'s. Thread: that
 * of the connection.
 */
public final class UserStore {
    private static final String COLUMNS = """
            SELECT id, email, name, team_id, role, tier, enabled, issuer, password IS NOT NULL AS has_password, version,
                   created_at, updated_at, last_login_at
            FROM sluice.app_user""";

    private final Connection connection;

    /** @param connection the caller's, who commits and closes it */
    public UserStore(Connection connection) {
        this.connection = connection;
    }

    /**
     * Which users a list has.
     *
     * @param text part of address or name, in whatever case; null for any, as with the others
     * @param after the id after which the list begins; empty: from the beginning
     */
    public record Filter(
            @Nullable String teamId,
            @Nullable Role role,
            @Nullable Boolean enabled,
            @Nullable String text,
            String after,
            int limit) {}

    /**
     * Adds a user who is known here.
     *
     * @param password argon2id in PHC string format; null: cannot log in with a password
     * @return whether the address was not taken
     */
    public boolean insert(String id, UserRow.Settings settings, @Nullable String password) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                INSERT INTO sluice.app_user (email, name, team_id, role, tier, enabled, id, password)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (lower(email)) WHERE issuer IS NULL DO NOTHING""")) {
            int index = set(statement, settings);
            statement.setString(index, id);
            statement.setString(index + 1, password);
            return statement.executeUpdate() == 1;
        }
    }

    public @Nullable UserRow find(String id) throws SQLException {
        return one(COLUMNS + " WHERE id = ?", id);
    }

    /** The same, and until the end of the transaction nobody else changes it. */
    public @Nullable UserRow hold(String id) throws SQLException {
        return one(COLUMNS + " WHERE id = ? FOR UPDATE", id);
    }

    /** Whether somebody who is known here has this address, which is in lower case. */
    public boolean hasEmail(String email) throws SQLException {
        return one(COLUMNS + " WHERE lower(email) = ? AND issuer IS NULL", email) != null;
    }

    /** In the order of their ids; those within {@code reach} only. */
    public List<UserRow> list(Reach reach, Filter filter) throws SQLException {
        Role role = filter.role();
        Conditions conditions = new Conditions()
                .and("id > ?", filter.after())
                .and("team_id = ?", reach.onlyTeam())
                .and("id = ?", reach.onlyUser())
                .and("team_id = ?", filter.teamId())
                .and("role = ?", role == null ? null : role.label())
                .and("enabled = ?", filter.enabled())
                .and(
                        "email || ' ' || name ILIKE ? ESCAPE '\\'",
                        filter.text() == null ? null : Columns.containing(filter.text()));
        try (PreparedStatement statement =
                connection.prepareStatement(COLUMNS + conditions.sql() + " ORDER BY id LIMIT ?")) {
            statement.setInt(conditions.bind(statement, 1), filter.limit());
            return rows(statement);
        }
    }

    /**
     * Of a user who is held.
     *
     * @param password argon2id in PHC string format; null: the one there is
     */
    public void update(String id, UserRow.Settings settings, @Nullable String password) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                UPDATE sluice.app_user
                SET email = ?, name = ?, team_id = ?, role = ?, tier = ?, enabled = ?, password = coalesce(?, password),
                    version = version + 1, updated_at = now()
                WHERE id = ?""")) {
            int index = set(statement, settings);
            statement.setString(index, password);
            statement.setString(index + 1, id);
            statement.executeUpdate();
        }
    }

    private static int set(PreparedStatement statement, UserRow.Settings settings) throws SQLException {
        int index = 1;
        statement.setString(index++, settings.email());
        statement.setString(index++, settings.name());
        statement.setString(index++, settings.teamId());
        statement.setString(index++, settings.role().label());
        statement.setString(index++, settings.tier());
        statement.setBoolean(index++, settings.enabled());
        return index;
    }

    private @Nullable UserRow one(String sql, String parameter) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, parameter);
            List<UserRow> rows = rows(statement);
            return rows.isEmpty() ? null : rows.get(0);
        }
    }

    private static List<UserRow> rows(PreparedStatement statement) throws SQLException {
        List<UserRow> rows = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                rows.add(new UserRow(
                        row.getString("id"),
                        new UserRow.Settings(
                                row.getString("email"),
                                row.getString("name"),
                                row.getString("team_id"),
                                role(row.getString("role")),
                                row.getString("tier"),
                                row.getBoolean("enabled")),
                        row.getString("issuer"),
                        row.getBoolean("has_password"),
                        row.getLong("version"),
                        Columns.timeOf(row, "created_at"),
                        Columns.timeOf(row, "updated_at"),
                        Columns.time(row, "last_login_at")));
            }
        }
        return rows;
    }

    private static Role role(String label) throws SQLException {
        Role role = Role.of(label);
        if (role == null) {
            throw new SQLException("a user has the role '" + label + "'");
        }
        return role;
    }
}
