package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.admin.AdminRig.Answer;
import dev.sluice.gateway.auth.ApiKey;
import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.KeyDirectory;
import dev.sluice.gateway.auth.KeyRecord;
import dev.sluice.gateway.auth.Person;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Role;
import java.net.InetAddress;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class KeyApiIT {
    private static final String KEYS = "/admin/api/keys";
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
    void makesAKeyThatOpensTheDataPlaneAndIsShownOnce() throws Exception {
        String team = rig.team("shop");
        Person owner = rig.person(team, Role.MEMBER);

        Answer made = rig.post(
                AdminRig.TOKEN,
                KEYS,
                "{\"name\":\"checkout\",\"team\":\"shop\",\"owner\":\"" + owner.id()
                        + "\",\"models\":[\"gpt-4o*\"],\"endpoints\":[\"chat.completions\"],\"tags\":{\"app\":\"checkout\"},"
                        + "\"tier\":\"premium\",\"ip_ranges\":[\"10.0.0.0/8\"],\"metadata\":{\"ticket\":17}}",
                "x-request-id",
                "made-17");

        assertThat(made.status()).isEqualTo(201);
        assertThat(made.header("etag")).isEqualTo("\"1\"");
        assertThat(made.header("x-request-id")).isEqualTo("made-17");
        ApiKey key = Objects.requireNonNull(ApiKey.parse(made.field("key")));
        assertThat(made.field("id")).isEqualTo(key.id());
        Principal principal = (Principal) directory().find(key.reveal(), InetAddress.getByName("10.1.2.3"));
        assertThat(principal.teamId()).isEqualTo("shop");
        assertThat(principal.userId()).isEqualTo(owner.id());
        assertThat(principal.models()).containsExactly("gpt-4o*");
        assertThat(principal.tier()).isEqualTo("premium");
        assertThat(directory().find(key.reveal(), InetAddress.getByName("192.0.2.1")))
                .isEqualTo(AuthResult.Refused.ADDRESS);
        Answer shown = rig.get(AdminRig.TOKEN, KEYS + "/" + key.id());
        assertThat(shown.body())
                .contains("\"status\":\"active\",\"pepper\":\"current\"", "\"metadata\":{\"ticket\": 17}")
                .doesNotContain("\"key\":", secretOf(key));
        List<String> audit =
                rig.query("SELECT concat_ws(' ', actor, actor_role, team_id, action, object_type, object_id,"
                        + " request_id, address, before, after) FROM sluice.audit_log WHERE object_id = '" + key.id()
                        + "'");
        assertThat(audit)
                .singleElement()
                .satisfies(row -> assertThat(row)
                        .startsWith("admin-token owner shop create key " + key.id() + " made-17 127.0.0.1 {")
                        .contains("\"name\": \"checkout\"")
                        .doesNotContain(secretOf(key), "digest"));
    }

    @Test
    void changesWhatTheBodyNamesForTheVersionItWasMadeFor() throws Exception {
        String id = make("{\"name\":\"before\",\"models\":[\"a\"],\"tier\":\"free\",\"expires_in\":\"30d\"}");
        String path = KEYS + "/" + id;

        assertThat(rig.send(AdminRig.TOKEN, "PATCH", path, "{\"name\":\"x\"}").status())
                .isEqualTo(428);
        Answer changed = rig.send(
                AdminRig.TOKEN,
                "PATCH",
                path,
                "{\"name\":\"after\",\"models\":[\"b\",\"c*\"],\"tier\":null,\"enabled\":false}",
                "if-match",
                "\"1\"");
        assertThat(changed.status()).isEqualTo(200);
        assertThat(changed.header("etag")).isEqualTo("\"2\"");
        assertThat(changed.body())
                .contains("\"name\":\"after\"", "\"models\":[\"b\",\"c*\"]", "\"tier\":null", "\"status\":\"disabled\"")
                .doesNotContain("\"expires_at\":null");
        Answer stale = rig.send(AdminRig.TOKEN, "PATCH", path, "{\"name\":\"late\"}", "if-match", "\"1\"");
        assertThat(stale.status()).isEqualTo(412);
        assertThat(stale.body()).contains("version_conflict", "\\\"1\\\"", "\\\"2\\\"");
        assertThat(rig.query("SELECT before->>'name' || ' ' || (after->>'name') FROM sluice.audit_log"
                        + " WHERE action = 'update' AND object_id = '" + id + "'"))
                .containsExactly("before after");
        assertThat(last(id).enabled()).isFalse();
    }

    @Test
    void onlyOneOfManyWhoChangeTheSameVersionSucceeds() throws Exception {
        String path = KEYS + "/" + make("{\"name\":\"wanted\"}");
        List<CompletableFuture<Integer>> changes = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            String body = "{\"name\":\"by " + i + "\"}";
            changes.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return rig.send(AdminRig.TOKEN, "PATCH", path, body, "if-match", "\"1\"")
                            .status();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }

        List<Integer> statuses = changes.stream().map(CompletableFuture::join).toList();

        assertThat(statuses).containsOnlyOnce(200);
        assertThat(statuses).allMatch(status -> List.of(200, 412, 503).contains(status));
    }

    @Test
    void rotatesWithAnOverlapInWhichBothSecretsAreGood() throws Exception {
        Answer made = rig.post(AdminRig.TOKEN, KEYS, "{\"name\":\"turning\"}");
        String old = made.field("key");

        Answer turned = rig.post(AdminRig.TOKEN, KEYS + "/" + made.field("id") + "/rotate", "{\"overlap\":\"1h\"}");

        assertThat(turned.status()).isEqualTo(200);
        String fresh = turned.field("key");
        assertThat(fresh).isNotEqualTo(old);
        assertThat(Objects.requireNonNull(ApiKey.parse(fresh)).id()).isEqualTo(made.field("id"));
        assertThat(turned.field("version")).isEqualTo("2");
        assertThat(Instant.parse(turned.field("rotated_until")))
                .isBetween(Instant.now().plusSeconds(3_500), Instant.now().plusSeconds(3_700));
        assertThat(find(old)).isInstanceOf(Principal.class);
        assertThat(find(fresh)).isInstanceOf(Principal.class);

        String third = rig.post(AdminRig.TOKEN, KEYS + "/" + made.field("id") + "/rotate", "{\"overlap\":\"0s\"}")
                .field("key");
        assertThat(find(third)).isInstanceOf(Principal.class);
        assertThat(find(fresh)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(find(old)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(rig.post(AdminRig.TOKEN, KEYS + "/" + made.field("id") + "/rotate", "")
                        .status())
                .isEqualTo(200);
        assertThat(find(third)).isInstanceOf(Principal.class);
    }

    @Test
    void revokesForGoodAndAsOftenAsAsked() throws Exception {
        Answer made = rig.post(AdminRig.TOKEN, KEYS, "{\"name\":\"leaked\"}");
        String path = KEYS + "/" + made.field("id");

        assertThat(rig.send(AdminRig.TOKEN, "DELETE", path, null).status()).isEqualTo(204);
        assertThat(rig.send(AdminRig.TOKEN, "DELETE", path, null).status()).isEqualTo(204);

        assertThat(find(made.field("key"))).isNull();
        assertThat(rig.get(AdminRig.TOKEN, path).field("status")).isEqualTo("revoked");
        assertThat(rig.send(AdminRig.TOKEN, "PATCH", path, "{\"enabled\":true}", "if-match", "\"2\"")
                        .body())
                .contains("key_revoked");
        assertThat(rig.post(AdminRig.TOKEN, path + "/rotate", "").status()).isEqualTo(409);
        assertThat(rig.query(
                        "SELECT action FROM sluice.audit_log WHERE object_id = '" + made.field("id") + "' ORDER BY id"))
                .containsExactly("create", "revoke");
    }

    @Test
    void pagesThroughAListThatChangesMeanwhile() throws Exception {
        rig.team("pages");
        for (int i = 0; i < 5; i++) {
            make("{\"name\":\"page " + i + "\",\"team\":\"pages\"}");
        }
        List<String> seen = new ArrayList<>();
        String cursor = null;
        do {
            Answer page =
                    rig.get(AdminRig.TOKEN, KEYS + "?team=pages&limit=2" + (cursor == null ? "" : "&cursor=" + cursor));
            for (String part : page.body().split("\\{\"id\":\"", -1)) {
                if (!part.startsWith("{")) {
                    seen.add(part.substring(0, 8));
                }
            }
            cursor = page.body().endsWith("\"next_cursor\":null}") ? null : page.field("next_cursor");
            if (seen.size() == 2) {
                rig.execute("UPDATE sluice.api_key SET revoked_at = now() WHERE id = '" + seen.get(1) + "'");
            }
        } while (cursor != null);

        assertThat(seen).hasSize(5).doesNotHaveDuplicates().isSorted();
    }

    @Test
    void filtersByStatusAndByPartOfTheNameToTheLetter() throws Exception {
        rig.team("filters");
        make("{\"name\":\"100%_sure\",\"team\":\"filters\"}");
        make("{\"name\":\"100 percent\",\"team\":\"filters\",\"enabled\":false}");
        make("{\"name\":\"soon\",\"team\":\"filters\",\"not_before\":\"2099-01-01T00:00:00+01:00\"}");
        make("{\"name\":\"over\",\"team\":\"filters\",\"expires_in\":\"1s\"}");
        rig.pass(Duration.ofSeconds(5));
        String list = KEYS + "?team=filters";

        assertThat(rig.get(AdminRig.TOKEN, list + "&name=0%25_S").body())
                .contains("100%_sure")
                .doesNotContain("percent");
        assertThat(rig.get(AdminRig.TOKEN, list + "&name=%25").body()).doesNotContain("percent", "soon");
        assertThat(rig.get(AdminRig.TOKEN, list + "&status=disabled").body())
                .contains("100 percent")
                .doesNotContain("sure");
        assertThat(rig.get(AdminRig.TOKEN, list + "&status=not_yet_valid").body())
                .contains("soon", "2098-12-31T23:00:00Z");
        assertThat(rig.get(AdminRig.TOKEN, list + "&status=expired").body()).contains("over");
        assertThat(rig.get(AdminRig.TOKEN, list + "&status=active").body())
                .contains("sure")
                .doesNotContain("over", "soon", "percent");
    }

    @Test
    void aKeyOfASwitchedOffTeamIsShownAsWhatItIs() throws Exception {
        rig.team("closed");
        String id = make("{\"name\":\"k\",\"team\":\"closed\"}");
        rig.execute("UPDATE sluice.team SET enabled = false WHERE id = 'closed'");

        Answer shown = rig.get(AdminRig.TOKEN, KEYS + "/" + id);

        assertThat(shown.body()).contains("\"enabled\":true", "\"status\":\"disabled\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"name\":\"a\",\"digest\":\"b\"} | digest | allowed: name, team, owner",
                "{\"name\":\"a\",\"id\":\"abcdefgh\"} | id | is not known here",
                "{} | name | is missing",
                "{\"name\":\" \"} | name | allowed: 1 to 200",
                "{\"name\":7} | name | a number; allowed: text",
                "{\"name\":\"a\",\"models\":\"b\"} | models | allowed: a list of texts",
                "{\"name\":\"a\",\"models\":[\"b*c\"]} | models | `b*c`; allowed: a name, or `prefix*`",
                "{\"name\":\"a\",\"models\":[null]} | models | null; allowed",
                "{\"name\":\"a\",\"endpoints\":[\"chat\"]} | endpoints | `chat`; allowed: chat.completions,",
                "{\"name\":\"a\",\"endpoints\":[\"readyz\"]} | endpoints | `readyz`; allowed",
                "{\"name\":\"a\",\"tags\":{\"b\":1}} | tags | a number; allowed: an object of texts",
                "{\"name\":\"a\",\"tier\":\"gold\"} | tier | `gold`; allowed: free, premium",
                "{\"name\":\"a\",\"ip_ranges\":[\"10.0.0.1/8\"]} | ip_ranges | allowed: 10.0.0.0/8",
                "{\"name\":\"a\",\"expires_at\":\"tomorrow\"} | expires_at | `tomorrow`; allowed: a time such as",
                "{\"name\":\"a\",\"expires_at\":\"2001-01-01T00:00:00Z\"} | expires_at | which is over",
                "{\"name\":\"a\",\"expires_in\":\"2 weeks\"} | expires_in | allowed: a whole number with s, m, h or d",
                "{\"name\":\"a\",\"expires_in\":\"1d\",\"expires_at\":\"2099-01-01T00:00:00Z\"} | expires_in | one of them",
                "{\"name\":\"a\",\"not_before\":\"2099-01-01T00:00:00Z\",\"expires_in\":\"1d\"} | not_before | must be before",
                "{\"name\":\"a\",\"enabled\":\"yes\"} | enabled | allowed: true or false",
                "{\"name\":\"a\",\"metadata\":[]} | metadata | allowed: an object",
                "{\"name\":\"a\",\"team\":\"nowhere\"} | team | `nowhere`; allowed: the id of a team that there is",
                "{\"name\":\"a\",\"owner\":\"nobody\"} | owner | `nobody`; allowed: the id of a user of the key's team",
                "{\"name\":\"a\",\"name\":\"b\"} | | not well-formed JSON",
                "{\"name\":\"a\"} {} | | behind the body's object",
                "[] | | allowed: an object",
                "nonsense | | not well-formed JSON",
            })
    void refusesWhatCannotBeMeantAndSaysWhatCan(String body, @Nullable String parameter, String message)
            throws Exception {
        Answer refused = rig.post(AdminRig.TOKEN, KEYS, body);

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.field("message")).contains(message);
        assertThat(refused.field("param")).isEqualTo(parameter == null ? "null" : parameter);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"limit=0", "limit=501", "limit=x", "cursor=***", "status=good", "sort=name", "team=a&team=b"})
    void refusesParametersThatCannotBeMeant(String query) throws Exception {
        assertThat(rig.get(AdminRig.TOKEN, KEYS + "?" + query).status()).isEqualTo(400);
    }

    @Test
    void aMalformedBodyIsNotRepeated() throws Exception {
        Answer refused = rig.post(AdminRig.TOKEN, KEYS, "{\"name\": hunter2secret }");

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body()).doesNotContain("hunter2secret").contains("line 1, column");
    }

    @Test
    void answersTheSameToTheSameCreationAskedAgain() throws Exception {
        String body = "{\"name\":\"once\"}";
        Answer first = rig.post(AdminRig.TOKEN, KEYS, body, "idempotency-key", "k-1");
        Answer again = rig.post(AdminRig.TOKEN, KEYS, body, "idempotency-key", "k-1");

        assertThat(first.status()).isEqualTo(201);
        assertThat(again.status()).isEqualTo(201);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.header("etag")).isEqualTo(first.header("etag"));
        assertThat(rig.query("SELECT count(*) FROM sluice.api_key WHERE name = 'once'"))
                .containsExactly("1");
        assertThat(rig.query("SELECT encode(sealed, 'escape') FROM sluice.idempotent_answer")
                        .toString())
                .doesNotContain(first.field("key"), "once");
        Answer other = rig.post(AdminRig.TOKEN, KEYS, "{\"name\":\"twice\"}", "idempotency-key", "k-1");
        assertThat(other.status()).isEqualTo(422);
        assertThat(other.body()).contains("idempotency_key_reused");
        Person admin = rig.person("default", Role.ADMIN);
        assertThat(rig.post(rig.tokenOf(admin), KEYS, body, "idempotency-key", "k-1")
                        .field("key"))
                .isNotEqualTo(first.field("key"));
    }

    @Test
    void forgetsAnswersAfterADayAndFailuresAtOnce() throws Exception {
        String wrong = "{\"name\":\"a\",\"team\":\"not-yet\"}";
        assertThat(rig.post(AdminRig.TOKEN, KEYS, wrong, "idempotency-key", "k-2")
                        .status())
                .isEqualTo(400);
        rig.team("not-yet");
        Answer made = rig.post(AdminRig.TOKEN, KEYS, wrong, "idempotency-key", "k-2");
        assertThat(made.status()).isEqualTo(201);
        rig.execute("UPDATE sluice.idempotent_answer SET created_at = now() - interval '25 hours' WHERE key = 'k-2'");

        Answer anew = rig.post(AdminRig.TOKEN, KEYS, wrong, "idempotency-key", "k-2");

        assertThat(anew.status()).isEqualTo(201);
        assertThat(anew.field("key")).isNotEqualTo(made.field("key"));
    }

    @Test
    void saysThatACreationIsBeingCarriedOut() throws Exception {
        try (Connection other = rig.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            // What the first of two requests holds while it works.
            statement.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended(E'sluice idempotency admin-token\\nk-3', 0))");

            Answer second = rig.post(AdminRig.TOKEN, KEYS, "{\"name\":\"a\"}", "idempotency-key", "k-3");

            assertThat(second.status()).isEqualTo(409);
            assertThat(second.body()).contains("idempotency_key_in_flight");
            other.rollback();
        }
        assertThat(rig.post(AdminRig.TOKEN, KEYS, "{\"name\":\"a\"}", "idempotency-key", "k-3")
                        .status())
                .isEqualTo(201);
    }

    @Test
    void changesNothingThatCannotBeWrittenDown() throws Exception {
        String id = make("{\"name\":\"kept\"}");
        int publishedBefore = rig.published.size();
        rig.execute("ALTER TABLE sluice.audit_log ADD CONSTRAINT full_disk CHECK (false) NOT VALID");
        try {
            assertThat(rig.post(AdminRig.TOKEN, KEYS, "{\"name\":\"unwritten\"}")
                            .status())
                    .isGreaterThanOrEqualTo(400);
            assertThat(rig.send(AdminRig.TOKEN, "DELETE", KEYS + "/" + id, null).status())
                    .isGreaterThanOrEqualTo(400);
            assertThat(rig.post(AdminRig.TOKEN, KEYS + "/" + id + "/rotate", "").status())
                    .isGreaterThanOrEqualTo(400);
        } finally {
            rig.execute("ALTER TABLE sluice.audit_log DROP CONSTRAINT full_disk");
        }

        assertThat(rig.query("SELECT count(*) FROM sluice.api_key WHERE name = 'unwritten'"))
                .containsExactly("0");
        assertThat(rig.get(AdminRig.TOKEN, KEYS + "/" + id).body()).contains("\"status\":\"active\"", "\"version\":1");
        assertThat(rig.published).hasSize(publishedBefore);
    }

    @Test
    void tellsOtherGatewaysOnce() throws Exception {
        try (Connection listener = rig.connect();
                Statement statement = listener.createStatement()) {
            statement.execute("LISTEN sluice_identity");
            String id = make("{\"name\":\"heard\"}");
            rig.send(AdminRig.TOKEN, "DELETE", KEYS + "/" + id, null);

            List<String> heard = new ArrayList<>();
            await().atMost(Duration.ofSeconds(10)).until(() -> {
                var news = listener.unwrap(org.postgresql.PGConnection.class).getNotifications(100);
                for (var message : news == null ? new org.postgresql.PGNotification[0] : news) {
                    heard.add(message.getName());
                }
                return heard.size() >= 2;
            });
            assertThat(heard).containsExactly("sluice_identity", "sluice_identity");
        }
    }

    private static String make(String body) throws Exception {
        Answer made = rig.post(AdminRig.TOKEN, KEYS, body);
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        return made.field("id");
    }

    private static KeyDirectory directory() {
        KeyDirectory directory = new KeyDirectory(rig.peppers, Instant::now);
        for (KeyRecord record : rig.published) {
            directory.apply(List.of(record));
        }
        return directory;
    }

    private static @Nullable AuthResult find(String key) {
        return directory().find(key, InetAddress.getLoopbackAddress());
    }

    private static KeyRecord last(String id) {
        return rig.published.stream()
                .filter(record -> record.id().equals(id))
                .reduce((first, second) -> second)
                .orElseThrow();
    }

    private static String secretOf(ApiKey key) {
        String text = key.reveal();
        return text.substring(text.indexOf('_') + 1);
    }
}
