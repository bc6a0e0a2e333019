package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.admin.AdminRig.Answer;
import dev.sluice.gateway.auth.Person;
import dev.sluice.gateway.auth.Role;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TeamApiIT {
    private static final String TEAMS = "/admin/api/teams";
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
    void makesShowsAndChangesATeam() throws Exception {
        Answer made = rig.post(AdminRig.TOKEN, TEAMS, "{\"id\":\"shop\",\"name\":\"The shop\",\"tier\":\"premium\"}");

        assertThat(made.status()).isEqualTo(201);
        assertThat(made.body()).contains("\"id\":\"shop\"", "\"enabled\":true", "\"version\":1");
        Answer changed = rig.send(
                AdminRig.TOKEN, "PATCH", TEAMS + "/shop", "{\"name\":\"Shop\",\"tier\":null}", "if-match", "\"1\"");
        assertThat(changed.status()).isEqualTo(200);
        assertThat(changed.body()).contains("\"name\":\"Shop\",\"tier\":null", "\"version\":2");
        assertThat(rig.get(AdminRig.TOKEN, TEAMS + "?name=sho").body())
                .contains("\"Shop\"")
                .doesNotContain("default");
        assertThat(rig.post(AdminRig.TOKEN, TEAMS, "{\"id\":\"shop\",\"name\":\"Other\"}")
                        .body())
                .contains("team_exists", "id `shop`");
        assertThat(rig.post(AdminRig.TOKEN, TEAMS, "{\"id\":\"other\",\"name\":\"Shop\"}")
                        .body())
                .contains("team_exists", "name `Shop`");
        assertThat(rig.post(AdminRig.TOKEN, TEAMS, "{\"name\":\"No id\"}").field("id"))
                .hasSize(36);
        assertThat(rig.post(AdminRig.TOKEN, TEAMS, "{\"id\":\"../x\",\"name\":\"x\"}")
                        .status())
                .isEqualTo(400);
        assertThat(rig.query("SELECT action FROM sluice.audit_log WHERE object_id = 'shop' ORDER BY id"))
                .containsExactly("create", "update");
    }

    @Test
    void removesOnlyWhatNobodyNeeds() throws Exception {
        rig.team("busy");
        Person user = rig.person("busy", Role.MEMBER);
        String key = rig.post(AdminRig.TOKEN, "/admin/api/keys", "{\"name\":\"k\",\"team\":\"busy\"}")
                .field("id");

        Answer refused = rig.send(AdminRig.TOKEN, "DELETE", TEAMS + "/busy", null);
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.body()).contains("team_not_empty", "\"keys\":1,\"users\":1");

        rig.send(AdminRig.TOKEN, "DELETE", "/admin/api/keys/" + key, null);
        rig.send(AdminRig.TOKEN, "DELETE", "/admin/api/users/" + user.id(), null);
        assertThat(rig.send(AdminRig.TOKEN, "DELETE", TEAMS + "/busy", null).status())
                .isEqualTo(204);
        // Its keys have to be known as revoked, so it stays, switched off.
        assertThat(rig.get(AdminRig.TOKEN, TEAMS + "/busy").field("enabled")).isEqualTo("false");
        rig.team("empty");
        assertThat(rig.send(AdminRig.TOKEN, "DELETE", TEAMS + "/empty", null).status())
                .isEqualTo(204);
        assertThat(rig.get(AdminRig.TOKEN, TEAMS + "/empty").status()).isEqualTo(404);
        assertThat(rig.query("SELECT action FROM sluice.audit_log WHERE object_id IN ('busy', 'empty') ORDER BY id"))
                .containsExactly("disable", "delete");
    }

    @Test
    void theDefaultTeamIsAlwaysThere() throws Exception {
        assertThat(rig.send(AdminRig.TOKEN, "DELETE", TEAMS + "/default", null).body())
                .contains("default_team");
        assertThat(rig.send(AdminRig.TOKEN, "PATCH", TEAMS + "/default", "{\"enabled\":false}", "if-match", "\"1\"")
                        .body())
                .contains("default_team");
    }

    @Test
    void showsMembersAndLogsThemOutWhenTheTeamIsSwitchedOff() throws Exception {
        rig.team("together");
        Person first = rig.person("together", Role.ADMIN);
        Person second = rig.person("together", Role.MEMBER);
        rig.execute("INSERT INTO sluice.user_session (id, user_id, salt, expires_at) VALUES ('s-of-team', '"
                + second.id() + "', '\\x00', now() + interval '1 day')");

        assertThat(rig.get(AdminRig.TOKEN, TEAMS + "/together/members").body()).contains(first.id(), second.id());
        assertThat(rig.get(AdminRig.TOKEN, TEAMS + "/nowhere/members").status()).isEqualTo(404);
        rig.send(AdminRig.TOKEN, "PATCH", TEAMS + "/together", "{\"enabled\":false}", "if-match", "\"1\"");

        assertThat(rig.query("SELECT count(*) FROM sluice.token_revocation WHERE subject = 's-of-team'"))
                .containsExactly("1");
    }

    @Test
    void showsWhatWasChangedByWhomToWhoeverMaySeeIt() throws Exception {
        rig.team("watched");
        String auditor = rig.tokenOf(rig.person("watched", Role.AUDITOR));
        String key = rig.post(AdminRig.TOKEN, "/admin/api/keys", "{\"name\":\"k\",\"team\":\"watched\"}")
                .field("id");
        rig.post(AdminRig.TOKEN, "/admin/api/keys", "{\"name\":\"not theirs\"}");
        rig.send(AdminRig.TOKEN, "DELETE", "/admin/api/keys/" + key, null);

        Answer all = rig.get(auditor, "/admin/api/audit");
        assertThat(all.body())
                .containsSubsequence("\"action\":\"revoke\"", "\"action\":\"create\"")
                .contains("\"before\":null", "\"actor\":\"admin-token\"", "\"team\":\"watched\"")
                .doesNotContain("not theirs");
        Answer first = rig.get(auditor, "/admin/api/audit?limit=1&object_type=key&object_id=" + key);
        assertThat(first.body()).contains("revoke").doesNotContain("\"create\"");
        assertThat(rig.get(auditor, "/admin/api/audit?limit=1&cursor=" + first.field("next_cursor"))
                        .body())
                .contains("\"create\"");
        assertThat(rig.get(auditor, "/admin/api/audit?action=rotate").body()).contains("\"data\":[]");
        assertThat(rig.get(auditor, "/admin/api/audit?to=2020-01-01T00:00:00Z").body())
                .contains("\"data\":[]");
        assertThat(rig.get(auditor, "/admin/api/audit?from=yesterday").status()).isEqualTo(400);
        assertThat(rig.get(auditor, "/admin/api/audit?team=default").body()).contains("\"data\":[]");
    }
}
