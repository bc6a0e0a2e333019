package dev.sluice.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.store.AccountStore.External;
import dev.sluice.gateway.store.AccountStore.StoredUser;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** People and their logins as the database keeps them. Each test is one transaction, which is rolled back. */
class AccountStoreIT {
    private static final Duration MONTH = Duration.ofDays(30);
    private static final String HASH = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f";

    @TempDir
    static Path dataDir;

    private static Database database;

    private Connection connection;
    private AccountStore accounts;
    private SessionStore sessions;

    @BeforeAll
    static void start() {
        database = OwnDatabase.startedIn(dataDir);
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @BeforeEach
    void begin() throws SQLException {
        connection = database.pooled();
        connection.setAutoCommit(false);
        accounts = new AccountStore(connection);
        sessions = new SessionStore(connection);
    }

    @AfterEach
    void undo() throws SQLException {
        connection.rollback();
        connection.close();
    }

    private int execute(String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            return statement.executeUpdate();
        }
    }

    private long count(String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private StoredUser person() throws SQLException {
        return Objects.requireNonNull(accounts.register(UUID.randomUUID() + "@example.com", "Ada", HASH, "free"));
    }

    private static String id(StoredUser user) {
        return user.person().id();
    }

    // ---- people ---------------------------------------------------------------------------------------------------

    @Test
    void whoRegistersIsFoundByAddressAndById() throws SQLException {
        StoredUser user = Objects.requireNonNull(accounts.register("ada@example.com", "Ada", HASH, "premium"));

        assertThat(accounts.byEmail("ada@example.com")).isEqualTo(user);
        assertThat(accounts.byId(id(user))).isEqualTo(user);
        assertThat(accounts.held(id(user))).isEqualTo(user);
        assertThat(user.person().role()).isEqualTo(Role.MEMBER);
        assertThat(user.person().teamId()).isEqualTo("default");
        assertThat(user.person().tier()).isEqualTo("premium");
        assertThat(user.enabled()).isTrue();
        assertThat(user).hasToString(id(user));
        assertThat(accounts.byEmail("bob@example.com")).isNull();
    }

    @Test
    void anAddressIsTakenOnceWhateverItsLettersLookLike() throws SQLException {
        accounts.register("ada@example.com", "Ada", HASH, "free");

        assertThat(accounts.register("ada@example.com", "Eve", HASH, "free")).isNull();
        assertThat(accounts.register("ADA@example.com", "Eve", HASH, "free")).isNull();
    }

    @Test
    void whoIsInATeamThatIsSwitchedOffIsSwitchedOff() throws SQLException {
        StoredUser user = person();
        execute("UPDATE sluice.team SET enabled = false WHERE id = 'default'");

        assertThat(Objects.requireNonNull(accounts.byId(id(user))).enabled()).isFalse();
    }

    @Test
    void aNewPasswordIsANewVersionAndARehashedOneIsNot() throws SQLException {
        StoredUser user = person();
        String version = "SELECT version FROM sluice.app_user WHERE id = ?";

        accounts.rehashPassword(id(user), HASH + "0");
        assertThat(count(version, id(user))).isEqualTo(1);
        accounts.changePassword(id(user), HASH + "1");
        accounts.rename(id(user), "Grace");

        assertThat(count(version, id(user))).isEqualTo(3);
        StoredUser changed = Objects.requireNonNull(accounts.byId(id(user)));
        assertThat(changed.password()).isEqualTo(HASH + "1");
        assertThat(changed.person().name()).isEqualTo("Grace");
    }

    // ---- people of other issuers ----------------------------------------------------------------------------------

    private static External external(String name, Role role) {
        return new External("corp", "subject-1", "ada@example.com", name, "default", role, "premium");
    }

    @Test
    void somebodyOfAnotherIssuerIsOnePersonHoweverOftenTheyComeAndWhateverTheyAreCalledNow() throws SQLException {
        StoredUser first = Objects.requireNonNull(accounts.upsertExternal(external("Ada", Role.ADMIN)));
        StoredUser again = Objects.requireNonNull(accounts.upsertExternal(external("Ada L.", Role.AUDITOR)));

        assertThat(id(again)).isEqualTo(id(first));
        assertThat(again.person().name()).isEqualTo("Ada L.");
        assertThat(again.person().role()).isEqualTo(Role.AUDITOR);
        assertThat(again.issuer()).isEqualTo("corp");
        assertThat(again.password()).isNull();
    }

    @Test
    void aLoginThatChangesNothingIsNoNewVersion() throws SQLException {
        String version = "SELECT version FROM sluice.app_user WHERE id = ?";
        String id = id(Objects.requireNonNull(accounts.upsertExternal(external("Ada", Role.ADMIN))));

        accounts.upsertExternal(external("Ada", Role.ADMIN));
        assertThat(count(version, id)).isEqualTo(1);
        accounts.upsertExternal(external("Grace", Role.ADMIN));
        assertThat(count(version, id)).isEqualTo(2);
    }

    @Test
    void anAddressFromAnotherIssuerOpensNoAccountHere() throws SQLException {
        StoredUser own = Objects.requireNonNull(accounts.register("ada@example.com", "Ada", HASH, "free"));
        StoredUser theirs = Objects.requireNonNull(accounts.upsertExternal(external("Eve", Role.OWNER)));

        assertThat(id(theirs)).isNotEqualTo(id(own));
        assertThat(accounts.byEmail("ada@example.com")).isEqualTo(own);
    }

    @Test
    void whoNamesATeamThatDoesNotExistIsNobody() throws SQLException {
        assertThat(accounts.upsertExternal(
                        new External("corp", "s", "ada@example.com", "Ada", "nowhere", Role.MEMBER, "free")))
                .isNull();
    }

    @Test
    void whoIsSwitchedOffStaysSoWhateverTheIssuerSays() throws SQLException {
        String id = id(Objects.requireNonNull(accounts.upsertExternal(external("Ada", Role.ADMIN))));
        execute("UPDATE sluice.app_user SET enabled = false WHERE id = ?", id);

        assertThat(Objects.requireNonNull(accounts.upsertExternal(external("Ada", Role.OWNER)))
                        .enabled())
                .isFalse();
    }

    // ---- logins ---------------------------------------------------------------------------------------------------

    private SessionStore.Session found(String id) throws SQLException {
        return Objects.requireNonNull(sessions.find(id));
    }

    @Test
    void aSessionBeginsWithTheFirstGeneration() throws SQLException {
        StoredUser user = person();
        SessionStore.Started started = sessions.start(id(user), MONTH);
        SessionStore.Session session = found(started.id());

        assertThat(session.generation()).isEqualTo(1);
        assertThat(session.salt()).isEqualTo(started.salt()).hasSize(32);
        assertThat(session.live()).isTrue();
        assertThat(session.left()).isBetween(MONTH.minusMinutes(1), MONTH);
        assertThat(session.user()).isEqualTo(user);
        assertThat(sessions.find("0".repeat(32))).isNull();
    }

    @Test
    void aGenerationIsTurnedOnce() throws SQLException {
        String id = sessions.start(id(person()), MONTH).id();

        assertThat(sessions.rotate(id, 2, MONTH)).as("not yet").isFalse();
        assertThat(sessions.rotate(id, 1, MONTH)).isTrue();
        assertThat(sessions.rotate(id, 1, MONTH)).as("again").isFalse();
        assertThat(found(id).generation()).isEqualTo(2);
    }

    @Test
    void aSessionLastsNinetyDaysAtMostUnlessItMayBeLeftAloneForLonger() throws SQLException {
        String id = sessions.start(id(person()), MONTH).id();
        execute("UPDATE sluice.user_session SET created_at = now() - interval '80 days' WHERE id = ?", id);

        sessions.rotate(id, 1, MONTH);
        assertThat(found(id).left()).isBetween(Duration.ofDays(9), Duration.ofDays(10));
        sessions.rotate(id, 2, Duration.ofDays(180));
        assertThat(found(id).left()).isBetween(Duration.ofDays(99), Duration.ofDays(100));
    }

    @Test
    void whatHasEndedIsNotTurnedAndItsTokensAreRefusedWheneverTheyWereIssued() throws SQLException {
        String id = sessions.start(id(person()), MONTH).id();

        assertThat(sessions.revoke(id, "test")).isTrue();
        assertThat(sessions.revoke(id, "test")).as("again").isFalse();

        assertThat(found(id).live()).isFalse();
        assertThat(sessions.rotate(id, 1, MONTH)).isFalse();
        assertThat(count(
                        "SELECT count(*) FROM sluice.token_revocation WHERE subject = ?"
                                + " AND issued_before >= expires_at AND expires_at > now() + interval '1 hour'",
                        id))
                .isEqualTo(1);
    }

    @Test
    void allSessionsButOneEndAndNobodyElses() throws SQLException {
        String user = id(person());
        String kept = sessions.start(user, MONTH).id();
        String second = sessions.start(user, MONTH).id();
        String third = sessions.start(user, MONTH).id();
        String foreign = sessions.start(id(person()), MONTH).id();

        assertThat(sessions.revokeAll(user, kept, "test")).isEqualTo(2);

        assertThat(found(kept).live()).isTrue();
        assertThat(found(second).live()).isFalse();
        assertThat(found(third).live()).isFalse();
        assertThat(found(foreign).live()).isTrue();
        assertThat(sessions.revokeAll(user, null, "test")).isEqualTo(1);
        assertThat(count(
                        "SELECT count(*) FROM sluice.token_revocation WHERE subject IN (?, ?, ?)", kept, second, third))
                .isEqualTo(3);
    }

    @Test
    void ofTooManySessionsTheOneThatWasUsedLongestAgoEnds() throws SQLException {
        String user = id(person());
        String oldest = sessions.start(user, MONTH).id();
        execute("UPDATE sluice.user_session SET refreshed_at = now() - interval '1 day' WHERE id = ?", oldest);
        for (int i = 0; i < 99; i++) {
            sessions.start(user, MONTH);
        }
        assertThat(found(oldest).live()).isTrue();

        sessions.start(user, MONTH);

        assertThat(found(oldest).live()).isFalse();
        assertThat(count("SELECT count(*) FROM sluice.user_session WHERE user_id = ? AND revoked_at IS NULL", user))
                .isEqualTo(100);
    }

    @Test
    void whatNobodyNeedsToKnowAnyMoreIsForgotten() throws SQLException {
        String user = id(person());
        String old = sessions.start(user, MONTH).id();
        execute("UPDATE sluice.user_session SET expires_at = now() - interval '31 days' WHERE id = ?", old);
        execute("INSERT INTO sluice.token_revocation VALUES ('over', now(), now() - interval '1 second')");

        sessions.revoke(sessions.start(user, MONTH).id(), "test");

        assertThat(sessions.find(old)).isNull();
        assertThat(count("SELECT count(*) FROM sluice.token_revocation WHERE subject = 'over'"))
                .isZero();
    }

    // ---- the audit log --------------------------------------------------------------------------------------------

    @Test
    void whatIsWrittenDownStaysAsItIs() throws SQLException {
        new AuditLog(connection)
                .append(new AuditLog.Entry(
                        "usr_1",
                        "member",
                        "default",
                        "logout",
                        "session",
                        "s1",
                        "req_1",
                        "192.0.2.1",
                        null,
                        "{\"a\": 1}"));

        assertThat(count("SELECT count(*) FROM sluice.audit_log WHERE actor = 'usr_1' AND after ->> 'a' = '1'"))
                .isEqualTo(1);
        assertThatThrownBy(() -> execute("UPDATE sluice.audit_log SET actor = 'somebody else'"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("append only");
    }
}
