package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sluice.gateway.admin.AdminRig.Answer;
import dev.sluice.gateway.auth.AccessTable;
import dev.sluice.gateway.auth.AccessTable.Scope;
import dev.sluice.gateway.auth.ApiKey;
import dev.sluice.gateway.auth.Person;
import dev.sluice.gateway.auth.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The calls of LiteLLM's public documentation, as its users make them: {@code Authorization: Bearer} and JSON. */
@Timeout(120)
class LitellmAliasIT {
    private static AdminRig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = new AdminRig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static Answer post(String path, String body) throws Exception {
        return rig.post(AdminRig.TOKEN, path, body, "content-type", "application/json");
    }

    private static Answer get(String path) throws Exception {
        return rig.get(AdminRig.TOKEN, path);
    }

    private static Answer generated(String body) throws Exception {
        Answer made = post("/key/generate", body);
        assertThat(made.status()).as(made.body()).isEqualTo(200);
        return made;
    }

    private static String stored(String id, String column) throws Exception {
        return rig.query("SELECT (" + column + ")::text FROM sluice.api_key WHERE id = '" + id + "'")
                .get(0);
    }

    @Test
    void theExamplesOfItsDocumentationWork() throws Exception {
        Answer made = generated("{\"models\": [\"gpt-3.5-turbo\", \"gpt-4\", \"claude-2\"], \"duration\": \"20m\","
                + " \"metadata\": {\"user\": \"someone@example.org\"}}");
        String key = made.field("key");
        ApiKey text = Objects.requireNonNull(ApiKey.parse(key));
        assertThat(made.field("token_id")).isEqualTo(text.id());
        assertThat(made.field("key_name")).isEqualTo("sk-slc-" + text.id() + "...");
        assertThat(Instant.parse(made.field("expires")))
                .isBetween(
                        Instant.now().plus(Duration.ofMinutes(19)),
                        Instant.now().plus(Duration.ofMinutes(21)));

        Answer info = get("/key/info?key=" + key);
        assertThat(info.status()).isEqualTo(200);
        assertThat(info.body())
                .startsWith("{\"key\":\"" + key + "\",\"info\":{\"token\":\"" + text.id() + "\"")
                .contains(
                        "\"models\":[\"gpt-3.5-turbo\",\"gpt-4\",\"claude-2\"]",
                        "\"metadata\":{\"user\":\"someone@example.org\"}",
                        "\"aliases\":{}",
                        "\"config\":{}",
                        "\"max_parallel_requests\":null",
                        "\"spend\":0.000000000");

        Answer updated = post(
                "/key/update",
                "{\"key\": \"" + key + "\", \"models\": [\"gpt-3.5-turbo\", \"gpt-4\"],"
                        + " \"metadata\": {\"user\": \"another@example.org\"}, \"team_id\": \"core-infra\"}");
        assertThat(updated.status()).as(updated.body()).isEqualTo(200);
        assertThat(updated.body())
                .startsWith("{\"key\":\"" + key + "\"")
                .contains(
                        "\"models\":[\"gpt-3.5-turbo\",\"gpt-4\"]",
                        "\"metadata\":{\"user\":\"another@example.org\"}",
                        "\"team_id\":\"core-infra\"",
                        "the team `core-infra` was made");

        Answer deleted = post("/key/delete", "{\"keys\": [\"" + key + "\"]}");
        assertThat(deleted.status()).isEqualTo(200);
        assertThat(deleted.body()).isEqualTo("{\"deleted_keys\":[\"" + key + "\"]}");
        assertThat(stored(text.id(), "revoked_at IS NOT NULL")).isEqualTo("true");
        assertThat(get("/key/info?key=" + key).status()).isEqualTo(404);
    }

    @Test
    void limitsAreGivenBackAndSaidToHaveNoEffect() throws Exception {
        Answer made = generated(
                "{\"max_budget\": 10, \"budget_duration\": \"30d\", \"tpm_limit\": 100000,"
                        + " \"rpm_limit\": null, \"aliases\": {\"gpt-4\": \"mine\"}, \"permissions\": {}, \"nobody_knows\": [1]}");

        assertThat(made.body())
                .contains(
                        "\"max_budget\":10,",
                        "\"budget_duration\":\"30d\"",
                        "\"tpm_limit\":100000",
                        "\"rpm_limit\":null",
                        "\"aliases\":{\"gpt-4\":\"mine\"}",
                        "\"warnings\":[\"`max_budget` is kept, and has no effect in this version\"",
                        "\"`aliases` is kept")
                .doesNotContain("`permissions`", "`rpm_limit` is kept", "nobody_knows", "_litellm");

        Answer updated = post(
                "/key/update", "{\"key\":\"" + made.field("token") + "\",\"max_budget\":null,\"metadata\":{\"a\":1}}");
        assertThat(updated.body())
                .contains("\"max_budget\":null", "\"tpm_limit\":100000", "\"metadata\":{\"a\":1}")
                .doesNotContain("warnings");
        assertThat(post("/key/update", "{\"key\":\"" + made.field("token") + "\",\"metadata\":{\"_litellm\":{}}}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void aKeyIsBlockedAndUnblocked() throws Exception {
        String key = generated("{\"key_alias\":\"blocked one\"}").field("key");
        String id = Objects.requireNonNull(ApiKey.parse(key)).id();

        Answer blocked = post("/key/block", "{\"key\": \"" + key + "\"}");
        assertThat(blocked.status()).isEqualTo(200);
        assertThat(blocked.body()).contains("\"blocked\":true").doesNotContain(key);
        assertThat(stored(id, "enabled")).isEqualTo("false");

        assertThat(post("/key/unblock", "{\"key\": \"" + id + "\"}").body()).contains("\"blocked\":false");
        assertThat(stored(id, "enabled")).isEqualTo("true");
        assertThat(rig.query("SELECT action FROM sluice.audit_log WHERE object_id = '" + id + "' ORDER BY id"))
                .containsExactly("create", "update", "update");
    }

    @Test
    void listsHavePagesAndLeaveOutWhatIsDeleted() throws Exception {
        rig.team("listed");
        for (int i = 0; i < 3; i++) {
            generated("{\"team_id\":\"listed\",\"key_alias\":\"listed-" + i + "\"}");
        }
        Answer gone = generated("{\"team_id\":\"listed\",\"key_alias\":\"listed-gone\"}");
        post("/key/delete", "{\"key_aliases\":[\"listed-gone\"]}");

        Answer first = get("/key/list?team_id=listed&size=2");
        Answer second = get("/key/list?team_id=listed&size=2&page=2&return_full_object=true");

        assertThat(first.body())
                .contains("\"total_count\":3,\"current_page\":1,\"total_pages\":2")
                .doesNotContain(gone.field("token_id"), "key_alias");
        assertThat(second.body()).contains("\"key_alias\":\"listed-0\"", "\"current_page\":2");
        assertThat(get("/key/list?key_alias=listed-1").body()).contains("\"total_count\":1");
        assertThat(get("/key/list?size=1000").status()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"in the path", "in the body"})
    void aKeyGetsAnotherSecretAndTheOldOneEndsUnlessItIsGivenTime(String where) throws Exception {
        String old = generated("{\"models\":[\"gpt-4\"]}").field("key");
        String id = Objects.requireNonNull(ApiKey.parse(old)).id();
        boolean path = where.equals("in the path");

        Answer graceful = path
                ? post(
                        "/key/" + old + "/regenerate",
                        "{\"grace_period\":\"24h\",\"max_budget\":100,\"models\":[\"gpt-4o\"]}")
                : post(
                        "/key/regenerate",
                        "{\"key\":\"" + old
                                + "\",\"grace_period\":\"24h\",\"max_budget\":100,\"models\":[\"gpt-4o\"]}");

        assertThat(graceful.status()).as(graceful.body()).isEqualTo(200);
        String fresh = graceful.field("key");
        assertThat(fresh).isNotEqualTo(old);
        assertThat(Objects.requireNonNull(ApiKey.parse(fresh)).id()).isEqualTo(id);
        assertThat(graceful.body()).contains("\"models\":[\"gpt-4o\"]", "\"max_budget\":100");
        assertThat(stored(id, "previous_until > now() + interval '23 hours'")).isEqualTo("true");

        assertThat(post("/key/" + id + "/regenerate", "").status()).isEqualTo(200);
        assertThat(stored(id, "previous_until")).isEqualTo("null");
    }

    @Test
    void anAliasIsOneKeys() throws Exception {
        Answer made = generated("{\"key_alias\":\"only one\"}");

        assertThat(post("/key/generate", "{\"key_alias\":\"only one\"}").body())
                .contains("\"param\":\"key_alias\"", "is another key's");
        assertThat(post("/key/update", "{\"key\":\"" + made.field("token") + "\",\"key_alias\":\"only one\"}")
                        .status())
                .isEqualTo(200);
        assertThat(post("/key/delete", "{\"key_aliases\":[\"only one\"]}").status())
                .isEqualTo(200);
        assertThat(post("/key/delete", "{\"key_aliases\":[\"only one\"]}").status())
                .isEqualTo(404);
        assertThat(post("/key/generate", "{\"key_alias\":\"only one\"}").status())
                .isEqualTo(200);
    }

    @Test
    void nothingIsDeletedWhenOneOfThemIsNotThere() throws Exception {
        String id = generated("{}").field("token");

        assertThat(post("/key/delete", "{\"keys\":[\"" + id + "\",\"Nobody00\"]}")
                        .status())
                .isEqualTo(404);
        assertThat(stored(id, "revoked_at IS NULL")).isEqualTo("true");
        assertThat(post("/key/delete", "{\"keys\":[\"" + id + "\",\"" + id + "\"]}")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void usersTagsAndRoutesBecomeWhatIsHeldTo() throws Exception {
        Person owner = rig.person(rig.team("people"), Role.MEMBER);
        Answer made =
                generated("{\"team_id\":\"people\",\"user_id\":\"" + owner.id() + "\",\"tags\":[\"prod\",\"app=ci\"],"
                        + "\"allowed_routes\":[\"/chat/completions\",\"/v1/embeddings\",\"/images/*\",\"/spend/logs\"],"
                        + "\"models\":[\"all-team-models\"],\"blocked\":true}");
        String id = made.field("token");

        assertThat(made.field("user_id")).isEqualTo(owner.id());
        assertThat(made.body())
                .contains(
                        "\"tags\":[\"prod\",\"app=ci\"]",
                        "\"/spend/logs\"]",
                        "\"blocked\":true",
                        "`allowed_routes` has `/spend/logs`")
                .doesNotContain("`user_id` is kept");
        assertThat(stored(id, "owner_id")).isEqualTo(owner.id());
        assertThat(stored(id, "tags")).contains("\"app\": \"ci\"", "\"prod\": \"true\"");
        assertThat(stored(id, "models")).isEqualTo("{}");
        assertThat(stored(id, "endpoints"))
                .contains("chat.completions", "embeddings", "images.generations")
                .doesNotContain("audio");

        Answer stranger = generated("{\"user_id\":\"ishaan2@example.org\"}");
        assertThat(stranger.body())
                .contains("\"user_id\":\"ishaan2@example.org\"", "`user_id` is kept as a name")
                .containsOnlyOnce("\"user_id\":");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "/key/generate | {'key':'sk-my-own'} | key",
                "/key/generate | {'allowed_routes':['/spend/logs']} | allowed_routes",
                "/key/generate | {'models':['no-default-models']} | models",
                "/key/generate | {'models':'gpt-4'} | models",
                "/key/generate | {'key_type':'management'} | key_type",
                "/key/generate | {'duration':'soon'} | duration",
                "/key/generate | {'duration':'99999999d'} | duration",
                "/key/generate | {'metadata':[]} | metadata",
                "/key/generate | {'blocked':'yes'} | blocked",
                "/key/generate | {'team_id':'not an id'} | team_id",
                "/key/update | {'models':[]} | key",
                "/key/delete | {} | keys",
                "/key/block | {'key':''} | key",
                "/key/x/regenerate | {'new_key':'sk-1'} | new_key",
                "/key/x/regenerate | {'grace_period':'60d'} | grace_period"
            })
    void whatCannotBeIsRefusedAndNotWidened(String path, String body, String parameter) throws Exception {
        Answer refused = path.startsWith("/key/x")
                ? post(path.replace("x", generated("{}").field("token")), body.replace('\'', '"'))
                : post(path, body.replace('\'', '"'));

        assertThat(refused.status()).as(refused.body()).isEqualTo(400);
        assertThat(refused.field("param")).isEqualTo(parameter);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{", "{\"a\":1} {}", "5"})
    void whatIsNoObjectIsRefused(String body) throws Exception {
        assertThat(post("/key/generate", body).status()).isEqualTo(400);
    }

    @Test
    void whoMayDoWhatIsWhatTheOtherRoutesSay() throws Exception {
        String team = rig.team("tenant");
        Person admin = rig.person(team, Role.ADMIN);
        Person auditor = rig.person(team, Role.AUDITOR);
        Person member = rig.person(team, Role.MEMBER);
        String own = generated("{\"team_id\":\"tenant\",\"user_id\":\"" + member.id() + "\"}")
                .field("token");
        Answer foreign = generated("{}");

        assertThat(rig.get(rig.tokenOf(member), "/key/info?key=" + own).status())
                .isEqualTo(200);
        assertThat(rig.get(rig.tokenOf(member), "/key/info?key=" + foreign.field("token"))
                        .status())
                .isEqualTo(404);
        assertThat(rig.get(rig.tokenOf(auditor), "/key/list").body()).contains("\"total_count\":1");
        assertThat(rig.post(rig.tokenOf(auditor), "/key/block", "{\"key\":\"" + own + "\"}")
                        .status())
                .isEqualTo(403);
        assertThat(rig.post(rig.tokenOf(admin), "/key/block", "{\"key\":\"" + foreign.field("token") + "\"}")
                        .status())
                .isEqualTo(404);
        // Nobody but an owner makes a team by naming it.
        assertThat(rig.post(rig.tokenOf(admin), "/key/generate", "{\"team_id\":\"brand-new\"}")
                        .status())
                .isEqualTo(400);
        assertThat(rig.query("SELECT count(*) FROM sluice.team WHERE id = 'brand-new'"))
                .containsExactly("0");
        assertThat(status(null, "/key/list")).isEqualTo(401);
        assertThat(status(foreign.field("key"), "/key/info")).isEqualTo(401);
    }

    /** Every route that a key is named on, with every role, for one's own key, one of the team, and one of another team. */
    @Test
    void keysBeyondReachAreThereForNobody() throws Exception {
        rig.team("reach-a");
        rig.team("reach-b");
        SoftAssertions all = new SoftAssertions();
        for (AccessTable.AdminRow row : AccessTable.adminRows()) {
            boolean named = row.path().startsWith("/key/")
                    && !row.path().equals("/key/generate")
                    && !row.path().equals("/key/list");
            for (Role role : named ? Role.values() : new Role[0]) {
                Person caller = rig.person("reach-a", role);
                for (String owner : List.of(caller.id(), "", "foreign")) {
                    String team = owner.equals("foreign") ? "reach-b" : "reach-a";
                    String ownerId = owner.equals(caller.id()) ? "\"" + owner + "\"" : "null";
                    String key = generated("{\"team_id\":\"" + team + "\",\"user_id\":" + ownerId + "}")
                            .field("token");
                    Scope scope = row.access().of(role);
                    boolean reached = scope == Scope.ALL
                            || (scope == Scope.TEAM && team.equals("reach-a"))
                            || (scope == Scope.OWN && owner.equals(caller.id()));
                    all.assertThat(asked(row, rig.tokenOf(caller), key))
                            .as("%s as %s, key of %s in %s", row, role, owner, team)
                            .isEqualTo(scope == Scope.NONE ? 403 : reached ? 200 : 404);
                }
            }
        }
        all.assertAll();
    }

    private static int asked(AccessTable.AdminRow row, String token, String key) throws Exception {
        if (row.method().equals("GET")) {
            return rig.get(token, row.path() + "?key=" + key).status();
        }
        String body = row.path().equals("/key/delete") ? "{\"keys\":[\"" + key + "\"]}" : "{\"key\":\"" + key + "\"}";
        return rig.post(token, row.path().replace("{key}", key), body).status();
    }

    private static int status(@Nullable String token, String path) throws Exception {
        return rig.get(token, path).status();
    }

    @Test
    void noTextOfAKeyIsLoggedOrRepeatedToWhoeverDidNotSendIt() throws Exception {
        Logger root = (Logger) LoggerFactory.getLogger("dev.sluice");
        Level before = root.getLevel();
        ListAppender<ILoggingEvent> appender = new ListAppender<>();
        appender.start();
        root.setLevel(Level.TRACE);
        root.addAppender(appender);
        try {
            String key = generated("{}").field("key");
            String secret = key.substring(key.indexOf('_') + 1);
            String broken = key.substring(0, key.length() - 1) + (key.endsWith("0") ? "1" : "0");
            List<Answer> answers = List.of(
                    get("/key/info?key=" + broken),
                    get("/key/info?key=" + key + "&key=" + key),
                    post("/key/" + broken + "/regenerate", ""),
                    post("/key/block", "{\"key\":\"" + key + "\"}"),
                    post("/key/delete", "{\"keys\":[\"" + broken + "\"]}"),
                    post("/key/update", "{\"key\":\"" + key + "\""),
                    get("/key/list?return_full_object=true"));
            post("/key/" + key + "/regenerate", "");

            assertThat(answers).extracting(Answer::status).containsExactly(404, 400, 404, 200, 404, 400, 200);
            assertThat(answers).noneMatch(answer -> answer.body().contains(secret.substring(0, 40)));
            assertThat(appender.list)
                    .noneMatch(event ->
                            (event.getFormattedMessage() + event.getKeyValuePairs()).contains(secret.substring(0, 40)));
            assertThat(rig.query("SELECT count(*) FROM sluice.audit_log WHERE concat(before, after, object_id) LIKE '%"
                            + secret.substring(0, 40).replace("_", "\\_") + "%'"))
                    .containsExactly("0");
        } finally {
            root.detachAppender(appender);
            root.setLevel(before);
        }
    }

    @Test
    void askingAgainWithTheSameIdempotencyKeyMakesOneKey() throws Exception {
        Answer first = rig.post(AdminRig.TOKEN, "/key/generate", "{}", "idempotency-key", "once");
        Answer second = rig.post(AdminRig.TOKEN, "/key/generate", "{}", "idempotency-key", "once");

        assertThat(second.field("key")).isEqualTo(first.field("key"));
    }
}
