package dev.sluice.gateway.store;

import dev.sluice.gateway.store.AccountStore.StoredUser;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Logins as one transaction sees them: how they begin, go on, and end. What ends here ends on every node, for a row of
 * {@code token_revocation} goes with it.
 *
 * <p>All times are the database's, so that nodes whose clocks differ agree on them. Thread: that of the connection.
 */
public final class SessionStore {
    /** However often it is refreshed, a login does not last longer; unless it may be left alone for longer. */
    public static final Duration LONGEST = Duration.ofDays(90);

    /** No access token is good for longer, whoever issues it: it would outlive what takes it back. */
    public static final Duration LONGEST_TOKEN = Duration.ofHours(8);

    /** Clocks differ. */
    private static final int TOKENS_LAST_SECONDS = (int) LONGEST_TOKEN.toSeconds() + 120;

    /** Of one person at a time; of more, the one that was used least recently ends. */
    private static final int MOST_OF_ONE = 100;

    private static final int ID_BYTES = 16;
    private static final int SALT_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * A session that ended never comes back, so every token of it is refused whenever it was issued: the clock of the node
     * that issued it does not matter.
     */
    private static final String REVOKE_TOKENS = """
            INSERT INTO sluice.token_revocation (subject, issued_before, expires_at)
            SELECT id, now() + make_interval(secs => ?), now() + make_interval(secs => ?) FROM ended
            ON CONFLICT (subject) DO UPDATE SET
                issued_before = excluded.issued_before, expires_at = excluded.expires_at""";

    private static final String PRUNE = "DELETE FROM sluice.token_revocation WHERE expires_at < now()";

    private final Connection connection;

    /** @param connection the caller's, who commits and closes it */
    public SessionStore(Connection connection) {
        this.connection = connection;
    }

    /**
     * @param salt of its refresh tokens, hex
     * @param generation of the refresh token that is good now
     */
    public record Started(String id, String salt, int generation) {}

    /**
     * @param salt of its refresh tokens, hex
     * @param live whether it has neither ended nor run out
     * @param sinceRefresh how long the token of this generation has been the good one
     * @param left how long it lasts if it is left alone
     */
    public record Session(
            String id,
            String salt,
            int generation,
            boolean live,
            Duration sinceRefresh,
            Duration left,
            StoredUser user) {}

    /** @param idle how long it lasts when it is not used */
    public Started start(String userId, Duration idle) throws SQLException {
        byte[] id = new byte[ID_BYTES];
        byte[] salt = new byte[SALT_BYTES];
        RANDOM.nextBytes(id);
        RANDOM.nextBytes(salt);
        Started started =
                new Started(HexFormat.of().formatHex(id), HexFormat.of().formatHex(salt), 1);
        tidy(userId);
        try (PreparedStatement statement = connection.prepareStatement("""
                INSERT INTO sluice.user_session (id, user_id, salt, expires_at)
                VALUES (?, ?, ?, now() + make_interval(secs => ?))""")) {
            statement.setString(1, started.id());
            statement.setString(2, userId);
            statement.setBytes(3, salt);
            statement.setDouble(4, seconds(idle));
            statement.executeUpdate();
        }
        return started;
    }

    /** Makes room: what nobody needs to know any more goes, and what is too many ends. */
    private void tidy(String userId) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "DELETE FROM sluice.user_session WHERE user_id = ? AND expires_at < now() - interval '30 days'")) {
            statement.setString(1, userId);
            statement.executeUpdate();
        }
        end("""
                UPDATE sluice.user_session SET revoked_at = now(), revoked_reason = 'too many' WHERE id IN (
                    SELECT id FROM sluice.user_session WHERE user_id = ? AND revoked_at IS NULL
                    ORDER BY refreshed_at DESC, id OFFSET ?)""", statement -> {
            statement.setString(1, userId);
            statement.setInt(2, MOST_OF_ONE - 1);
            return 3;
        });
    }

    public @Nullable Session find(String id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT s.id AS session_id, encode(s.salt, 'hex') AS salt, s.generation, s.revoked_at IS NULL AND s.expires_at > now() AS live,
                       extract(epoch FROM now() - s.refreshed_at) AS since_refresh,
                       extract(epoch FROM s.expires_at - now()) AS time_left,
                       u.id, u.email, u.name, u.team_id, u.role, u.tier, u.password, u.issuer,
                       u.enabled AND t.enabled AS enabled, u.created_at
                FROM sluice.user_session s
                    JOIN sluice.app_user u ON u.id = s.user_id
                    JOIN sluice.team t ON t.id = u.team_id
                WHERE s.id = ?""")) {
            statement.setString(1, id);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? read(row) : null;
            }
        }
    }

    private static Session read(ResultSet row) throws SQLException {
        return new Session(
                row.getString("session_id"),
                row.getString("salt"),
                row.getInt("generation"),
                row.getBoolean("live"),
                Duration.ofMillis((long) (row.getDouble("since_refresh") * 1_000)),
                Duration.ofMillis((long) (row.getDouble("time_left") * 1_000)),
                StoredUser.read(row));
    }

    /**
     * The next refresh token is the good one from now on; at most one caller gets there for each generation.
     *
     * @param generation of the one that was presented
     * @param idle how long the session lasts from now on when it is not used; never beyond {@link #LONGEST} altogether
     * @return whether it was the good one
     */
    public boolean rotate(String id, int generation, Duration idle) throws SQLException {
        Duration longest = idle.compareTo(LONGEST) > 0 ? idle : LONGEST;
        try (PreparedStatement statement = connection.prepareStatement("""
                UPDATE sluice.user_session SET generation = generation + 1, refreshed_at = now(),
                    expires_at = least(now() + make_interval(secs => ?), created_at + make_interval(secs => ?))
                WHERE id = ? AND generation = ? AND revoked_at IS NULL AND expires_at > now()""")) {
            statement.setDouble(1, seconds(idle));
            statement.setDouble(2, seconds(longest));
            statement.setString(3, id);
            statement.setInt(4, generation);
            return statement.executeUpdate() == 1;
        }
    }

    /** Ends one login. @return whether it had not ended before */
    public boolean revoke(String id, String reason) throws SQLException {
        return end("""
                        UPDATE sluice.user_session SET revoked_at = now(), revoked_reason = ?
                        WHERE id = ? AND revoked_at IS NULL""", statement -> {
                    statement.setString(1, reason);
                    statement.setString(2, id);
                    return 3;
                })
                > 0;
    }

    /**
     * Ends all logins of a person, or all but one.
     *
     * @param except the one that goes on; null: none
     * @return how many
     */
    public int revokeAll(String userId, @Nullable String except, String reason) throws SQLException {
        return end("""
                UPDATE sluice.user_session SET revoked_at = now(), revoked_reason = ?
                WHERE user_id = ? AND id IS DISTINCT FROM ? AND revoked_at IS NULL""", statement -> {
            statement.setString(1, reason);
            statement.setString(2, userId);
            statement.setString(3, except);
            return 4;
        });
    }

    /** Ends all logins of all people of a team. @return how many */
    public int revokeTeam(String teamId, String reason) throws SQLException {
        return end("""
                UPDATE sluice.user_session SET revoked_at = now(), revoked_reason = ?
                WHERE user_id IN (SELECT id FROM sluice.app_user WHERE team_id = ?) AND revoked_at IS NULL""", statement -> {
            statement.setString(1, reason);
            statement.setString(2, teamId);
            return 3;
        });
    }

    /**
     * Refuses the access tokens that a person has; logins go on, and give tokens that say what is true now. For when the
     * role, the team or the tier has changed that tokens speak of.
     */
    public void refuseTokens(String userId) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                INSERT INTO sluice.token_revocation (subject, issued_before, expires_at)
                VALUES (?, now(), now() + make_interval(secs => ?))
                ON CONFLICT (subject) DO UPDATE SET
                    issued_before = excluded.issued_before, expires_at = excluded.expires_at""")) {
            statement.setString(1, userId);
            statement.setDouble(2, TOKENS_LAST_SECONDS);
            statement.executeUpdate();
        }
    }

    private static double seconds(Duration duration) {
        return (double) duration.toSeconds();
    }

    private interface Parameters {
        /** @return the number of the next one */
        int set(PreparedStatement statement) throws SQLException;
    }

    /** @param update of sessions, without what it returns */
    private int end(String update, Parameters parameters) throws SQLException {
        int ended;
        try (PreparedStatement statement =
                connection.prepareStatement("WITH ended AS (" + update + " RETURNING id) " + REVOKE_TOKENS)) {
            int next = parameters.set(statement);
            statement.setDouble(next, TOKENS_LAST_SECONDS);
            statement.setDouble(next + 1, TOKENS_LAST_SECONDS);
            ended = statement.executeUpdate();
        }
        if (ended > 0) {
            try (PreparedStatement statement = connection.prepareStatement(PRUNE)) {
                statement.executeUpdate();
            }
        }
        return ended;
    }
}
