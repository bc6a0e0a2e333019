package dev.sluice.gateway.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Writes down who did what: one row for each change, in the change's own transaction, so that there is never one without
 * the other. Rows are never changed. Thread: that of the connection.
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
}
