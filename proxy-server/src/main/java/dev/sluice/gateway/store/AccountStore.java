package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.Person;
import dev.sluice.gateway.auth.Role;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * People as one transaction sees them. Nobody is let in whose team is switched off: for that, and for being switched off
 * oneself, there is one word, {@link StoredUser#enabled}.
 *
 * <p>An e-mail address is expected as it is compared: in lower case. Thread: that of the connection.
 */
public final class AccountStore {
    private static final SecureRandom RANDOM = new SecureRandom();

    private static final String USER = """
            SELECT u.id, u.email, u.name, u.team_id, u.role, u.tier, u.password, u.issuer,
                   u.enabled AND t.enabled AS enabled, u.created_at
            FROM sluice.app_user u JOIN sluice.team t ON t.id = u.team_id
            """;

    private final Connection connection;

    /** @param connection the caller's, who commits and closes it */
    public AccountStore(Connection connection) {
        this.connection = connection;
    }

    /**
     * @param password argon2id in PHC string format; null: cannot log in with a password
     * @param issuer name of the configured issuer that knows this person; null: known here
     * @param enabled whether user and team are
     */
    public record StoredUser(
            Person person,
            String email,
            @Nullable String password,
            @Nullable String issuer,
            boolean enabled,
            OffsetDateTime createdAt) {

        static StoredUser read(ResultSet row) throws SQLException {
            Role role = Role.of(row.getString("role"));
            if (role == null) {
                throw new SQLException("a user has the role '" + row.getString("role") + "'");
            }
            return new StoredUser(
                    new Person(
                            row.getString("id"),
                            row.getString("name"),
                            row.getString("team_id"),
                            role,
                            row.getString("tier")),
                    row.getString("email"),
                    row.getString("password"),
                    row.getString("issuer"),
                    row.getBoolean("enabled"),
                    row.getObject("created_at", OffsetDateTime.class));
        }

        @Override
        public String toString() {
            return person.id();
        }
    }

    /** What another issuer says of somebody. */
    public record External(
            String issuer, String subject, String email, String name, String teamId, Role role, String tier) {}

    /** The one person who logs in with this address and a password. */
    public @Nullable StoredUser byEmail(String email) throws SQLException {
        return one(USER + "WHERE lower(u.email) = ? AND u.issuer IS NULL", email);
    }

    public @Nullable StoredUser byId(String id) throws SQLException {
        return one(USER + "WHERE u.id = ?", id);
    }

    /** The same, and until the end of the transaction nobody switches this person off or changes the password. */
    public @Nullable StoredUser held(String id) throws SQLException {
        return one(USER + "WHERE u.id = ? FOR NO KEY UPDATE OF u", id);
    }

    private @Nullable StoredUser one(String sql, String parameter) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, parameter);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? StoredUser.read(row) : null;
            }
        }
    }

    /** Somebody new in the default team; null when the address is taken. */
    public @Nullable StoredUser register(String email, String name, String password, String tier) throws SQLException {
        String id = Person.newId(RANDOM);
        try (PreparedStatement statement = connection.prepareStatement("""
                INSERT INTO sluice.app_user (id, email, name, password, tier, last_login_at) VALUES (?, ?, ?, ?, ?, now())
                ON CONFLICT (lower(email)) WHERE issuer IS NULL DO NOTHING""")) {
            statement.setString(1, id);
            statement.setString(2, email);
            statement.setString(3, name);
            statement.setString(4, password);
            statement.setString(5, tier);
            return statement.executeUpdate() == 0 ? null : byId(id);
        }
    }

    /**
     * The person whom an issuer knows, with what it says now: made at the first login, brought up to date at each. Null when
     * it names a team that does not exist. Who is switched off stays so.
     */
    public @Nullable StoredUser upsertExternal(External known) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                INSERT INTO sluice.app_user AS u (id, issuer, subject, email, name, team_id, role, tier, last_login_at)
                SELECT ?, ?, ?, ?, ?, t.id, ?, ?, now() FROM sluice.team t WHERE t.id = ?
                ON CONFLICT (issuer, subject) DO UPDATE SET
                    email = excluded.email, name = excluded.name, team_id = excluded.team_id, role = excluded.role,
                    tier = excluded.tier, last_login_at = now(),
                    version = u.version + ((u.email, u.name, u.team_id, u.role, u.tier)
                        IS DISTINCT FROM (excluded.email, excluded.name, excluded.team_id, excluded.role, excluded.tier))::int,
                    updated_at = CASE WHEN (u.email, u.name, u.team_id, u.role, u.tier)
                        IS DISTINCT FROM (excluded.email, excluded.name, excluded.team_id, excluded.role, excluded.tier)
                        THEN now() ELSE u.updated_at END
                RETURNING u.id""")) {
            statement.setString(1, Person.newId(RANDOM));
            statement.setString(2, known.issuer());
            statement.setString(3, known.subject());
            statement.setString(4, known.email());
            statement.setString(5, known.name());
            statement.setString(6, known.role().label());
            statement.setString(7, known.tier());
            statement.setString(8, known.teamId());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? byId(row.getString(1)) : null;
            }
        }
    }

    /** @param password argon2id in PHC string format */
    public void changePassword(String userId, String password) throws SQLException {
        update(
                "UPDATE sluice.app_user SET password = ?, version = version + 1, updated_at = now() WHERE id = ?",
                password,
                userId);
    }

    /** The same password, hashed with other parameters: nothing that anybody can see has changed. */
    public void rehashPassword(String userId, String password) throws SQLException {
        update("UPDATE sluice.app_user SET password = ? WHERE id = ?", password, userId);
    }

    public void rename(String userId, String name) throws SQLException {
        update(
                "UPDATE sluice.app_user SET name = ?, version = version + 1, updated_at = now() WHERE id = ?",
                name,
                userId);
    }

    public void noteLogin(String userId) throws SQLException {
        update("UPDATE sluice.app_user SET last_login_at = now() WHERE id = ?", userId);
    }

    private void update(String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            statement.executeUpdate();
        }
    }
}
