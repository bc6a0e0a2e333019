package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.Reach;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes down who did what: one row for each change, in the change's own transaction, so that there is never one without
 * the other. Rows are never changed, the database refuses. Thread: that of the connection.
 */
public final class AuditLog {
    private final Connection connection;

    /** @param connection that of the change; the caller commits and closes it */
    public AuditLog(Connection connection) {
        this.connection = connection;
    }

    /**
     * Nothing in it is secret.
     *
     * @param actor who: id of a user, or another word for somebody who is none
     * @param actorRole label of a role
     * @param teamId whose matter it is
     * @param action such as {@code login}
     * @param objectType such as {@code user}
     * @param requestId of the request that asked for it
     * @param address from where
     * @param before JSON of what was changed; null where there is nothing to tell
     * @param after the same, as it is now
     */
    public record Entry(
            String actor,
            String actorRole,
            String teamId,
            String action,
            String objectType,
            String objectId,
            @Nullable String requestId,
            @Nullable String address,
            @Nullable String before,
            @Nullable String after) {}

    /** An entry as it was written. */
    public record Row(long id, Instant at, Entry entry) {}

    /**
     * Which entries a list has; null for any.
     *
     * @param from the first instant that counts
     * @param to the first that does not
     * @param before the id before which the list begins
     */
    public record Filter(
            @Nullable String actor,
            @Nullable String action,
            @Nullable String objectType,
            @Nullable String objectId,
            @Nullable String teamId,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable Long before,
            int limit) {}

    public void append(Entry entry) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                INSERT INTO sluice.audit_log
                    (actor, actor_role, team_id, action, object_type, object_id, request_id, address, before, after)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb)""")) {
            statement.setString(1, entry.actor);
            statement.setString(2, entry.actorRole);
            statement.setString(3, entry.teamId);
            statement.setString(4, entry.action);
            statement.setString(5, entry.objectType);
            statement.setString(6, entry.objectId);
            statement.setString(7, entry.requestId);
            statement.setString(8, entry.address);
            statement.setString(9, entry.before);
            statement.setString(10, entry.after);
            statement.executeUpdate();
        }
    }

    /** The latest first; those within {@code reach} only. */
    public List<Row> list(Reach reach, Filter filter) throws SQLException {
        Conditions conditions = new Conditions()
                .and("team_id = ?", reach.onlyTeam())
                .and("actor = ?", filter.actor())
                .and("action = ?", filter.action())
                .and("object_type = ?", filter.objectType())
                .and("object_id = ?", filter.objectId())
                .and("team_id = ?", filter.teamId())
                .and("at >= ?", filter.from() == null ? null : filter.from().atOffset(ZoneOffset.UTC))
                .and("at < ?", filter.to() == null ? null : filter.to().atOffset(ZoneOffset.UTC))
                .and("id < ?", filter.before());
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT * FROM sluice.audit_log" + conditions.sql() + " ORDER BY id DESC LIMIT ?")) {
            statement.setInt(conditions.bind(statement, 1), filter.limit());
            return rows(statement);
        }
    }

    private static List<Row> rows(PreparedStatement statement) throws SQLException {
        List<Row> rows = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                rows.add(new Row(
                        row.getLong("id"),
                        Columns.timeOf(row, "at"),
                        new Entry(
                                row.getString("actor"),
                                row.getString("actor_role"),
                                row.getString("team_id"),
                                row.getString("action"),
                                row.getString("object_type"),
                                row.getString("object_id"),
                                row.getString("request_id"),
                                row.getString("address"),
                                row.getString("before"),
                                row.getString("after"))));
            }
        }
        return rows;
    }
}
