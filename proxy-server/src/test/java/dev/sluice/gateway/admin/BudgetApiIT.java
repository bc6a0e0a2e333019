package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.admin.AdminRig.Answer;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.limit.CallFilter;
import dev.sluice.gateway.limit.Dimension;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.LimitRules;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Window;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
final class BudgetApiIT {
    private static final String BUDGETS = "/admin/api/budgets";
    private static final String SPEND = "\"subject\":\"user\",\"value\":\"ada\",\"measure\":\"cost\",\"amount\":";

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
    void makesShowsChangesAndRemovesABudget() throws Exception {
        Answer made = rig.post(
                AdminRig.TOKEN,
                BUDGETS,
                "{\"name\":\"Ada's month\"," + SPEND + "\"25.10/month\",\"time_zone\":\"Asia/Jerusalem\"}");
        String path = BUDGETS + "/" + made.field("id");

        assertThat(made.status()).as(made.body()).isEqualTo(201);
        assertThat(made.header("etag")).isEqualTo("\"1\"");
        assertThat(made.body())
                .contains("\"team\":\"default\",\"subject\":\"user\",\"value\":\"ada\",\"measure\":\"cost\","
                        + "\"amount\":\"25.1/month\",\"calendar\":true,\"time_zone\":\"Asia/Jerusalem\","
                        + "\"strict\":false,\"warn\":[80,100],\"enabled\":true,"
                        + "\"used\":null,\"left\":null,\"resets_at\":null,\"version\":1");
        assertThat(rig.query("SELECT amount FROM sluice.budget WHERE name = 'Ada''s month'"))
                .containsExactly("25100000000");

        assertThat(change(path, "{\"amount\":\"30/week\"}", null).status()).isEqualTo(428);
        assertThat(change(path, "{\"amount\":\"30/week\"}", "\"7\"").status()).isEqualTo(412);
        Answer changed = change(path, "{\"amount\":\"0.000000001/hour\",\"strict\":true,\"warn\":[100,50]}", "\"1\"");
        assertThat(changed.status()).as(changed.body()).isEqualTo(200);
        assertThat(changed.body())
                .contains("\"amount\":\"0.000000001/hour\",\"calendar\":false", "\"strict\":true,\"warn\":[50,100]")
                .contains("\"version\":2");

        assertThat(rig.send(AdminRig.TOKEN, "DELETE", path, null).status()).isEqualTo(204);
        assertThat(rig.get(AdminRig.TOKEN, path).status()).isEqualTo(404);
        assertThat(rig.query("SELECT action FROM sluice.audit_log WHERE object_type = 'budget' AND object_id = '"
                        + made.field("id") + "' ORDER BY id"))
                .containsExactly("create", "update", "delete");
    }

    private static Answer change(String path, String body, String version) throws Exception {
        return version == null
                ? rig.send(AdminRig.TOKEN, "PATCH", path, body)
                : rig.send(AdminRig.TOKEN, "PATCH", path, body, "if-match", version);
    }

    @Test
    void saysWhatIsUsedAndLeftOfABudgetWithOneCounter() throws Exception {
        Answer made = rig.post(AdminRig.TOKEN, BUDGETS, "{\"name\":\"used\"," + SPEND + "\"2.50/month\"}");
        LimitRule rule = rule(2_500_000_000L);
        rig.standings.ofBudgets.put(
                made.field("id"),
                new LimitFigures.Standing(rule, "", 1_250_000_001L, 0, Instant.parse("2026-12-01T00:00:00Z")));

        Answer shown = rig.get(AdminRig.TOKEN, BUDGETS + "/" + made.field("id"));

        assertThat(shown.body())
                .contains("\"used\":\"1.250000001\",\"left\":\"1.249999999\",\"resets_at\":\"2026-12-01T00:00:00Z\"");
    }

    private static LimitRule rule(long limit) {
        return new LimitRule(
                "spend/cost/month",
                "spend",
                new CallFilter(
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of("free"),
                        List.of("gpt-*"),
                        List.of(),
                        List.of(),
                        Map.of("project", "search")),
                List.of(Dimension.of(Dimension.Kind.KEY), new Dimension(Dimension.Kind.TAG, "env")),
                Measure.COST,
                limit,
                new Window(Window.Period.MONTH, true, ZoneId.of("Asia/Jerusalem")),
                0,
                true,
                250,
                List.of(80));
    }

    @Test
    void makesABudgetOnceHoweverOftenItIsAskedFor() throws Exception {
        String body = "{\"name\":\"once\"," + SPEND + "\"1/day\"}";

        Answer first = rig.post(AdminRig.TOKEN, BUDGETS, body, "idempotency-key", "budget-once");
        Answer again = rig.post(AdminRig.TOKEN, BUDGETS, body, "idempotency-key", "budget-once");

        assertThat(again.body()).isEqualTo(first.body());
        assertThat(rig.query("SELECT count(*) FROM sluice.budget WHERE name = 'once'"))
                .containsExactly("1");
    }

    @Test
    void refusesASecondOneOfTheSameNameInATeam() throws Exception {
        rig.team("names");
        String body = "{\"name\":\"twice\"," + SPEND + "\"1/day\"";
        assertThat(rig.post(AdminRig.TOKEN, BUDGETS, body + "}").status()).isEqualTo(201);
        Answer other = rig.post(AdminRig.TOKEN, BUDGETS, body + ",\"team\":\"names\"}");
        assertThat(other.status()).isEqualTo(201);

        Answer refused = rig.post(AdminRig.TOKEN, BUDGETS, body + "}");
        Answer third = rig.post(AdminRig.TOKEN, BUDGETS, body.replace("twice", "thrice") + ",\"team\":\"names\"}");
        Answer renamed = change(BUDGETS + "/" + third.field("id"), "{\"name\":\"twice\"}", "\"1\"");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.body()).contains("budget_exists", "`twice`");
        assertThat(renamed.status()).isEqualTo(409);
    }

    @Test
    void keepsATeamToItself() throws Exception {
        rig.team("tenant");
        String admin = rig.tokenOf(rig.person("tenant", Role.ADMIN));
        String foreign = rig.post(AdminRig.TOKEN, BUDGETS, "{\"name\":\"foreign\"," + SPEND + "\"1/day\"}")
                .field("id");
        String everybodys = rig.post(
                        AdminRig.TOKEN, BUDGETS, "{\"name\":\"everybody\",\"team\":null," + SPEND + "\"1/day\"}")
                .field("id");

        Answer made = rig.post(admin, BUDGETS, "{\"name\":\"own\"," + SPEND + "\"1/day\"}");

        assertThat(made.field("team")).isEqualTo("tenant");
        assertThat(rig.get(admin, BUDGETS).body()).contains("\"own\"").doesNotContain("foreign", "everybody");
        for (String id : List.of(foreign, everybodys)) {
            assertThat(rig.get(admin, BUDGETS + "/" + id).status()).isEqualTo(404);
            assertThat(rig.send(admin, "PATCH", BUDGETS + "/" + id, "{\"enabled\":false}", "if-match", "\"1\"")
                            .status())
                    .isEqualTo(404);
            assertThat(rig.send(admin, "DELETE", BUDGETS + "/" + id, null).status())
                    .isEqualTo(404);
        }
        assertThat(rig.post(admin, BUDGETS, "{\"name\":\"x\",\"team\":null," + SPEND + "\"1/day\"}")
                        .body())
                .contains("allowed: `tenant`");
        assertThat(rig.get(AdminRig.TOKEN, BUDGETS + "?team=tenant&name=OW").body())
                .contains("\"own\"")
                .doesNotContain("foreign");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'subject':'usr','measure':'cost','amount':'1/day' | `subject` is `usr`; allowed: key, user",
                "'subject':'ip','value':'10.0.0.1','measure':'cost','amount':'1/day' | none for all, ip and session",
                "'subject':'tier','value':'gold','measure':'cost','amount':'1/day' | `gold`; allowed: free, premium",
                "'subject':'key','measure':'money','amount':'1/day' | `measure` is `money`; allowed: requests, tokens",
                "'subject':'key','measure':'cost','amount':'1/dya' | no known period; did you mean 'day'?",
                "'subject':'key','measure':'cost','amount':'1.0000000001/day' | is not an amount of dollars",
                "'subject':'key','measure':'tokens','amount':'1.5/day' | is not a number of them",
                "'subject':'key','measure':'cost','amount':'1/day','time_zone':'Mars' | allowed: UTC or a name",
                "'subject':'key','measure':'cost','amount':'1/day','warn':[0] | `warn` has 0; allowed: 1 to 100",
                "'subject':'key','measure':'cost','amount':'1/day','warn':[1.5] | whole numbers",
                "'subject':'key','measure':'cost','amount':'1/day','team':'nowhere' | a team that there is",
                "'subject':'key','measure':'cost','amount':1 | allowed: text"
            })
    void saysWhatIsWrong(String members, String why) throws Exception {
        Answer refused =
                rig.post(AdminRig.TOKEN, BUDGETS, "{'name':'w',".replace('\'', '"') + members.replace('\'', '"') + "}");

        assertThat(refused.status()).as(refused.body()).isEqualTo(400);
        assertThat(refused.body()).contains(why);
    }

    @Test
    void changesAreAnnounced() throws Exception {
        try (var connection = rig.connect();
                var statement = connection.createStatement()) {
            statement.execute("LISTEN sluice_identity");
            rig.post(AdminRig.TOKEN, BUDGETS, "{\"name\":\"heard\"," + SPEND + "\"1/day\"}");

            assertThat(connection.unwrap(org.postgresql.PGConnection.class).getNotifications(10_000))
                    .isNotEmpty();
        }
    }

    @Test
    void showsTheRulesInForceAndWhoIsNearTheirEnd() throws Exception {
        LimitRule rule = rule(100_000_000);
        rig.standings.rules = new LimitRules(List.of(rule), 3);
        rig.standings.nearest = List.of(new LimitFigures.Standing(
                rule, "Ab3dEf9h|prod", 79_000_000, 1_000_000, Instant.parse("2026-12-01T00:00:00Z")));

        assertThat(rig.get(AdminRig.TOKEN, "/admin/api/limits").body())
                .isEqualTo(
                        "{\"nodes\":3,\"rules\":[{\"id\":\"spend/cost/month\",\"name\":\"spend\",\"measure\":\"cost\","
                                + "\"amount\":\"0.1/month\",\"calendar\":true,\"time_zone\":\"Asia/Jerusalem\",\"burst\":0,"
                                + "\"strict\":true,\"queue_ms\":250,\"warn\":[80],\"per\":[\"key\",\"tag:env\"],\"for\":{"
                                + "\"keys\":[],\"users\":[],\"end_users\":[],\"teams\":[],\"tiers\":[\"free\"],"
                                + "\"models\":[\"gpt-*\"],\"providers\":[],\"endpoints\":[],\"tags\":{\"project\":\"search\"}}}],"
                                + "\"counters\":[{\"rule\":\"spend/cost/month\",\"subject\":\"Ab3dEf9h|prod\",\"used\":\"0.079\","
                                + "\"held\":\"0.001\",\"limit\":\"0.1\",\"percent\":80,"
                                + "\"resets_at\":\"2026-12-01T00:00:00Z\"}]}");
        assertThat(rig.get(rig.tokenOf(rig.person("default", Role.ADMIN)), "/admin/api/limits")
                        .status())
                .isEqualTo(403);
    }
}
