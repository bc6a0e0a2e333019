package dev.sluice.gateway.admin;

import dev.sluice.gateway.store.AuditLog;
import dev.sluice.gateway.store.KeyStore;
import dev.sluice.gateway.store.TeamStore;
import dev.sluice.gateway.store.UserStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A change on its way: the transaction it is made in, and whose it is. {@link Changes} makes one, hands it to what does the
 * work, and commits only if the work has been {@link #audit written down}. Thread: that of the request.
 */
final class Change {
    private final Connection connection;
    private final AdminRequest request;
    private final Set<String> keys = new LinkedHashSet<>();
    private boolean audited;
    private boolean unchanged;

    Change(Connection connection, AdminRequest request) {
        this.connection = connection;
        this.request = request;
    }

    Connection connection() {
        return connection;
    }

    AdminRequest request() {
        return request;
    }

    KeyStore keys() {
        return new KeyStore(connection);
    }

    UserStore users() {
        return new UserStore(connection);
    }

    TeamStore teams() {
        return new TeamStore(connection);
    }

    /**
     * Writes the change down.
     *
     * @param object its type, such as {@code key}
     * @param before what it looked like; null when it is new
     * @param after null when it is gone
     */
    void audit(String action, String object, String id, String team, @Nullable Record before, @Nullable Record after)
            throws SQLException {
        new AuditLog(connection)
                .append(new AuditLog.Entry(
                        actor(request),
                        request.caller().role().label(),
                        team,
                        action,
                        object,
                        id,
                        request.requestId(),
                        request.from().getHostAddress(),
                        before == null ? null : Json.text(before),
                        after == null ? null : Json.text(after)));
        audited = true;
    }

    /** The id of the user, or what else the caller is called. */
    static String actor(AdminRequest request) {
        String user = request.caller().userId();
        return user == null ? request.caller().keyId() : user;
    }

    /** The gateway takes key {@code id} over as it is after the commit. */
    void announceKey(String id) {
        keys.add(id);
    }

    Set<String> announcedKeys() {
        return keys;
    }

    /** What was asked for is so already. */
    void changesNothing() {
        unchanged = true;
    }

    /** @throws IllegalStateException when something may have been changed and nobody has written it down */
    boolean isToBeCommitted() {
        if (!audited && !unchanged) {
            throw new IllegalStateException("a change wrote no row to the audit log");
        }
        return audited;
    }
}
