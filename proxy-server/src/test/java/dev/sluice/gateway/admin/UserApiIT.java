package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.admin.AdminRig.Answer;
import dev.sluice.gateway.auth.Person;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.store.SessionStore;
import java.sql.Connection;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class UserApiIT {
    private static final String USERS = "/admin/api/users";
    private static AdminRig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = new AdminRig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @Test
    void makesAUserWhoCanLogInAndNeverShowsThePassword() throws Exception {
        Answer made = rig.post(
                AdminRig.TOKEN,
                USERS,
                "{\"email\":\" Ada@Example.org \",\"name\":\"Ada\",\"password\":\"correct horse battery\",\"role\":\"auditor\"}",
                "idempotency-key",
                "ada-1");

        assertThat(made.status()).isEqualTo(201);
        assertThat(made.body())
                .contains("\"email\":\"ada@example.org\"", "\"role\":\"auditor\"", "\"login\":\"password\"")
                .contains("\"team\":\"default\"", "\"tier\":\"free\"", "\"version\":1")
                .doesNotContain("correct horse", "argon2");
        assertThat(rig.query("SELECT password FROM sluice.app_user WHERE email = 'ada@example.org'"))
                .singleElement()
                .asString()
                .startsWith("$argon2id$");
        assertThat(rig.query("SELECT concat(before, after) FROM sluice.audit_log WHERE object_id = '" + made.field("id")
                        + "'"))
                .singleElement()
                .asString()
                .contains("Ada")
                .doesNotContain("correct horse", "argon2", "password\": \"");
        assertThat(rig.post(AdminRig.TOKEN, USERS, "{\"email\":\"ADA@example.org\"}")
                        .body())
                .contains("email_taken");
    }

    @Test
    void changesAUserAndRefusesTheTokensThatSayOtherwise() throws Exception {
        Person user = rig.person(rig.team("moves-from"), Role.ADMIN);
        rig.team("moves-to");
        String session = session(user);

        Answer changed = rig.send(
                AdminRig.TOKEN,
                "PATCH",
                USERS + "/" + user.id(),
                "{\"role\":\"member\",\"team\":\"moves-to\"}",
                "if-match",
                "\"1\"");

        assertThat(changed.status()).isEqualTo(200);
        assertThat(changed.header("etag")).isEqualTo("\"2\"");
        assertThat(changed.body()).contains("\"team\":\"moves-to\"", "\"role\":\"member\"");
        assertThat(rig.query("SELECT count(*) FROM sluice.token_revocation WHERE subject = '" + user.id() + "'"))
                .containsExactly("1");
        assertThat(rig.query("SELECT revoked_at FROM sluice.user_session WHERE id = '" + session + "'"))
                .containsExactly("null");
    }

    @Test
    void whoIsSwitchedOffIsLoggedOutAndLosesTheKeys() throws Exception {
        Person user = rig.person(rig.team("leavers"), Role.MEMBER);
        String session = session(user);
        String key = rig.post(
                        AdminRig.TOKEN,
                        "/admin/api/keys",
                        "{\"name\":\"k\",\"team\":\"leavers\",\"owner\":\"" + user.id() + "\"}")
                .field("id");

        assertThat(rig.send(AdminRig.TOKEN, "DELETE", USERS + "/" + user.id(), null)
                        .status())
                .isEqualTo(204);
        assertThat(rig.send(AdminRig.TOKEN, "DELETE", USERS + "/" + user.id(), null)
                        .status())
                .isEqualTo(204);

        assertThat(rig.get(AdminRig.TOKEN, USERS + "/" + user.id()).field("enabled"))
                .isEqualTo("false");
        assertThat(rig.query("SELECT subject FROM sluice.token_revocation WHERE subject IN ('" + session + "', '"
                        + user.id() + "')"))
                .hasSize(2);
        assertThat(rig.query("SELECT revoked_reason FROM sluice.user_session WHERE id = '" + session + "'"))
                .containsExactly("switched off");
        assertThat(rig.get(AdminRig.TOKEN, "/admin/api/keys/" + key).field("status"))
                .isEqualTo("disabled");
        assertThat(rig.query("SELECT action FROM sluice.audit_log WHERE object_id = '" + user.id() + "'"))
                .containsExactly("disable");
    }

    @Test
    void endsAllLoginsOfAUser() throws Exception {
        Person user = rig.person("default", Role.MEMBER);
        String first = session(user);
        String second = session(user);

        assertThat(rig.post(rig.tokenOf(user), USERS + "/" + user.id() + "/logout", "")
                        .status())
                .isEqualTo(204);

        assertThat(rig.query("SELECT count(*) FROM sluice.user_session WHERE revoked_at IS NOT NULL AND id IN ('"
                        + first + "', '" + second + "')"))
                .containsExactly("2");
        assertThat(rig.query(
                        "SELECT actor || ' ' || actor_role || ' ' || action FROM sluice.audit_log WHERE object_id = '"
                                + user.id() + "'"))
                .containsExactly(user.id() + " member logout");
    }

    @Test
    void nobodyMakesSomebodyOrChangesSomebodyAboveOneself() throws Exception {
        String team = rig.team("ladder");
        String admin = rig.tokenOf(rig.person(team, Role.ADMIN));
        Person owner = rig.person(team, Role.OWNER);
        Person member = rig.person(team, Role.MEMBER);

        Answer made = rig.post(admin, USERS, "{\"email\":\"boss@example.org\",\"role\":\"owner\"}");
        assertThat(made.status()).isEqualTo(403);
        assertThat(made.body()).contains("role_above_own", "allowed: admin, auditor, member, service");
        assertThat(rig.send(admin, "PATCH", USERS + "/" + member.id(), "{\"role\":\"owner\"}", "if-match", "\"1\"")
                        .status())
                .isEqualTo(403);
        assertThat(rig.send(
                                admin,
                                "PATCH",
                                USERS + "/" + owner.id(),
                                "{\"password\":\"correct horse battery\"}",
                                "if-match",
                                "\"1\"")
                        .status())
                .isEqualTo(403);
        assertThat(rig.send(admin, "DELETE", USERS + "/" + owner.id(), null).status())
                .isEqualTo(403);
        assertThat(rig.post(admin, USERS + "/" + owner.id() + "/logout", "").status())
                .isEqualTo(403);
        assertThat(rig.post(admin, USERS, "{\"email\":\"peer@example.org\",\"role\":\"admin\"}")
                        .status())
                .isEqualTo(201);
    }

    @Test
    void nobodyPutsAUserIntoAnotherTenant() throws Exception {
        String admin = rig.tokenOf(rig.person(rig.team("inside"), Role.ADMIN));
        rig.team("outside");

        Answer made = rig.post(admin, USERS, "{\"email\":\"spy@example.org\",\"team\":\"outside\"}");

        assertThat(made.status()).isEqualTo(400);
        assertThat(made.body())
                .isEqualTo(rig.post(admin, USERS, "{\"email\":\"spy@example.org\",\"team\":\"nowhere\"}")
                        .body()
                        .replace("nowhere", "outside"));
    }

    @Test
    void whoMovesLeavesTheKeysBehindFirst() throws Exception {
        Person user = rig.person(rig.team("has-keys"), Role.MEMBER);
        rig.team("elsewhere");
        rig.post(
                AdminRig.TOKEN,
                "/admin/api/keys",
                "{\"name\":\"k\",\"team\":\"has-keys\",\"owner\":\"" + user.id() + "\"}");

        Answer refused = rig.send(
                AdminRig.TOKEN, "PATCH", USERS + "/" + user.id(), "{\"team\":\"elsewhere\"}", "if-match", "\"1\"");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.body()).contains("user_has_keys", "1 keys of the team `has-keys`");
    }

    @Test
    void whatAnIssuerSaysIsNotChangedHere() throws Exception {
        Person user = rig.person("default", Role.MEMBER);
        rig.execute("UPDATE sluice.app_user SET issuer = 'corp', subject = 's1' WHERE id = '" + user.id() + "'");
        String path = USERS + "/" + user.id();

        assertThat(rig.send(AdminRig.TOKEN, "PATCH", path, "{\"role\":\"admin\"}", "if-match", "\"1\"")
                        .body())
                .contains("user_of_issuer");
        assertThat(rig.send(AdminRig.TOKEN, "PATCH", path, "{\"enabled\":false}", "if-match", "\"1\"")
                        .status())
                .isEqualTo(200);
        assertThat(rig.get(AdminRig.TOKEN, path).field("login")).isEqualTo("corp");
    }

    @Test
    void listsByWhatIsAskedFor() throws Exception {
        String team = rig.team("listed");
        Person admin = rig.person(team, Role.ADMIN);
        Person member = rig.person(team, Role.MEMBER);

        assertThat(rig.get(AdminRig.TOKEN, USERS + "?team=listed&role=member").body())
                .contains(member.id())
                .doesNotContain(admin.id());
        assertThat(rig.get(AdminRig.TOKEN, USERS + "?q=" + member.id().toUpperCase(java.util.Locale.ROOT))
                        .body())
                .contains(member.id());
        assertThat(rig.get(AdminRig.TOKEN, USERS + "?team=listed&enabled=false").body())
                .isEqualTo("{\"data\":[],\"next_cursor\":null}");
        assertThat(rig.get(AdminRig.TOKEN, USERS + "?enabled=maybe").status()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | email",
                "{\"email\":\"nobody\"} | email",
                "{\"email\":\"a@b.c\",\"role\":\"king\"} | role",
                "{\"email\":\"a@b.c\",\"tier\":\"gold\"} | tier",
                "{\"email\":\"a@b.c\",\"password\":\"short\"} | password",
                "{\"email\":\"a@b.c\",\"version\":7} | version",
                "{\"email\":\"a@b.c\",\"issuer\":\"corp\"} | issuer",
            })
    void refusesWhatCannotBeMeant(String body, String parameter) throws Exception {
        Answer refused = rig.post(AdminRig.TOKEN, USERS, body);

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.field("param")).isEqualTo(parameter);
        assertThat(refused.body()).doesNotContain("short");
    }

    private static String session(Person user) throws Exception {
        try (Connection connection = rig.connect()) {
            return new SessionStore(connection)
                    .start(user.id(), Duration.ofDays(1))
                    .id();
        }
    }
}
