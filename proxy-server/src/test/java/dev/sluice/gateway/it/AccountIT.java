package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** People at a running gateway: they register, log in, stay logged in, call a model, and log out. */
final class AccountIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PASSWORD = "correct horse battery";
    private static final String YAML = Rig.STANDARD
            .replace("auth: { mode: keys }", "auth: { mode: [keys, jwt], users: { register: true } }")
            .replace("drain_delay: 0s }", "drain_delay: 0s, cors: { origins: [\"https://app.example\"] } }");
    private static final String PAGE = "https://app.example";

    private static final String FIRST = "first@example.com";

    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(YAML, Map.of());
        awaitAccounts(rig);
        register(FIRST);
    }

    /** The gateway serves before its migrations are through; people can log in from then on. */
    private static void awaitAccounts(Rig started) {
        Call refused =
                post("/auth/refresh", "{\"refresh_token\":\"slr_" + "0".repeat(32) + "_1_" + "A".repeat(43) + "\"}");
        await("accounts")
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> started.answer(refused).status() == 401);
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    // ---- words ----------------------------------------------------------------------------------------------------

    private static String newEmail() {
        return "p" + UUID.randomUUID().toString().replace("-", "") + "@example.com";
    }

    private static String credentials(String email, String password) {
        return "{\"email\":\"" + email + "\",\"password\":\"" + password + "\"}";
    }

    private static Call post(String path, String json) {
        return Call.post(path, json);
    }

    private static Call refreshing(String token) {
        return post("/auth/refresh", "{\"refresh_token\":\"" + token + "\"}");
    }

    private static JsonNode good(Answer answer, int status) throws IOException {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
        assertThat(answer.field("cache-control")).isEqualTo("no-store");
        return JSON.readTree(answer.text());
    }

    private static JsonNode good(Call call) throws IOException {
        return good(rig.answer(call), 200);
    }

    private static Answer refused(Call call, int status, String code) throws IOException {
        Answer answer = rig.answer(call);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
        assertThat(JSON.readTree(answer.text()).path("error").path("code").asText())
                .isEqualTo(code);
        return answer;
    }

    private static JsonNode register(String email) throws IOException {
        return good(rig.answer(post("/auth/register", credentials(email, PASSWORD))), 201);
    }

    /** Somebody who has registered and logged in. */
    private static JsonNode person() throws Exception {
        return login(newPerson());
    }

    /** Somebody new with the usual password, written down as registering does; that alone is limited for each address. */
    private static String newPerson() throws SQLException {
        String email = newEmail();
        execute(
                "INSERT INTO sluice.app_user (id, email, password, tier) SELECT 'usr_' || md5(?), ?, password, 'free'"
                        + " FROM sluice.app_user WHERE email = ? RETURNING *",
                email,
                email,
                FIRST);
        return email;
    }

    private static JsonNode login(String email) throws IOException {
        return good(post("/auth/login", credentials(email, PASSWORD)));
    }

    private static String access(JsonNode grant) {
        return grant.path("access_token").asText();
    }

    private static String refresh(JsonNode grant) {
        return grant.path("refresh_token").asText();
    }

    private static String id(JsonNode grant) {
        return grant.path("user").path("id").asText();
    }

    private static Answer profile(String token) throws IOException {
        return rig.answer(Call.get("/auth/profile").key(token));
    }

    private static int modelsStatus(String token) throws IOException {
        return rig.answer(Call.get("/v1/models").key(token)).status();
    }

    private static List<UsageRow> audit(String action, String user) throws SQLException {
        return rig.query(
                "SELECT * FROM sluice.audit_log WHERE action = ? AND (object_id = ? OR actor = ?)", action, user, user);
    }

    // ---- register and log in --------------------------------------------------------------------------------------

    @Test
    void whoRegistersIsLoggedInAndIsAMemberOfTheDefaultTeam() throws Exception {
        String email = newEmail();
        Answer answer = rig.answer(post(
                "/auth/register",
                "{\"email\":\" " + email.toUpperCase(Locale.ROOT) + "\",\"password\":\"" + PASSWORD
                        + "\",\"name\":\"Ada\"}"));
        JsonNode grant = good(answer, 201);

        assertThat(grant.path("token_type").asText()).isEqualTo("Bearer");
        assertThat(grant.path("expires_in").asInt()).isEqualTo(600);
        assertThat(refresh(grant)).startsWith("slr_");
        JsonNode user = grant.path("user");
        assertThat(user.path("email").asText()).isEqualTo(email);
        assertThat(user.path("name").asText()).isEqualTo("Ada");
        assertThat(user.path("team_id").asText()).isEqualTo("default");
        assertThat(user.path("role").asText()).isEqualTo("member");
        assertThat(user.path("tier").asText()).isEqualTo("free");
        assertThat(Instant.parse(user.path("created_at").asText()))
                .isBefore(Instant.now().plusSeconds(60));
        assertThat(answer.text()).doesNotContain("argon2", PASSWORD, "\"password\"");
        assertThat(JSON.readTree(profile(access(grant)).text())).isEqualTo(user);
        assertThat(audit("user.register", id(grant))).hasSize(1);
        assertThat(rig.query(
                        "SELECT * FROM sluice.app_user WHERE email = ? AND password LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'",
                        email))
                .hasSize(1);
    }

    @Test
    void anAddressThatHasAnAccountIsTaken() throws Exception {
        String email = newEmail();
        register(email);

        Answer answer = refused(post("/auth/register", credentials(email, "another password")), 409, "conflict");
        assertThat(answer.text()).contains("\"param\":\"email\"");
        assertThat(login(email).path("user").path("email").asText()).isEqualTo(email);
    }

    @Test
    void whatIsWrongWithARequestIsSaid() throws Exception {
        assertThat(refused(post("/auth/login", "{\"mail\":\"a\"}"), 400, "invalid_request_error")
                        .text())
                .contains("The member 'mail' is not known here; allowed: email, password, cookie");
        assertThat(refused(post("/auth/register", credentials("nobody", PASSWORD)), 400, "invalid_request_error")
                        .text())
                .contains("\"param\":\"email\"");
        assertThat(refused(post("/auth/register", credentials(newEmail(), "short")), 400, "invalid_request_error")
                        .text())
                .contains("has 5 characters; allowed: 8 to 256", "\"param\":\"password\"");
        assertThat(refused(
                                post(
                                        "/auth/register",
                                        "{\"email\":\"a@b\",\"password\":\"12345678\",\"role\":\"owner\"}"),
                                400,
                                "invalid_request_error")
                        .text())
                .contains("'role' is not known");
    }

    @Test
    void nobodyLearnsWhoHasAnAccountFromALogin() throws Exception {
        String email = newPerson();
        String disabled = newPerson();
        String id = id(login(disabled));
        execute("UPDATE sluice.app_user SET enabled = false WHERE id = ? RETURNING *", id);

        Answer wrong = refused(post("/auth/login", credentials(email, "not the password")), 401, "invalid_api_key");
        Answer unknown = refused(post("/auth/login", credentials(newEmail(), PASSWORD)), 401, "invalid_api_key");
        Answer off = refused(post("/auth/login", credentials(disabled, PASSWORD)), 401, "invalid_api_key");

        assertThat(unknown.text()).isEqualTo(wrong.text());
        assertThat(off.text()).isEqualTo(wrong.text());
        assertThat(rig.query("SELECT * FROM sluice.audit_log WHERE action = 'login.failed' AND object_id = 'unknown'"))
                .isNotEmpty();
        assertThat(audit("login.failed", id)).hasSize(1);
    }

    @Test
    void anOutdatedHashIsMadeAnewAtTheNextLogin() throws Exception {
        String email = newPerson();
        // Of "password", with less memory.
        execute(
                "UPDATE sluice.app_user SET password ="
                        + " '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'"
                        + " WHERE email = ? RETURNING *",
                email);

        good(post("/auth/login", credentials(email, "password")));
        assertThat(rig.query(
                        "SELECT * FROM sluice.app_user WHERE email = ? AND password LIKE '%m=19456,t=2,p=1%'", email))
                .hasSize(1);
        good(post("/auth/login", credentials(email, "password")));
    }

    @Test
    void guessingIsSlowedDown() throws Exception {
        String email = newPerson();
        for (int i = 0; i < 10; i++) {
            refused(post("/auth/login", credentials(email, "guess number " + i)), 401, "invalid_api_key");
        }

        Answer throttled = refused(post("/auth/login", credentials(email, PASSWORD)), 429, "rate_limit_exceeded");
        assertThat(Integer.parseInt(String.valueOf(throttled.field("retry-after"))))
                .isBetween(1, 15);
        assertThat(throttled.text()).contains("\"retry_after\":");
        assertThat(id(login(newPerson()))).as("somebody else").startsWith("usr_");
        assertThat(Scrape.figure(rig.adminAddress(), "sluice_auth_logins_total{result=\"throttled\",}"))
                .isPositive();
    }

    private static void execute(String sql, String... parameters) throws SQLException {
        assertThat(rig.query(sql, parameters)).as(sql).isNotEmpty();
    }

    // ---- the token on the data plane ------------------------------------------------------------------------------

    @Test
    void aPersonCallsAModelAndTheUsageIsTheirs() throws Exception {
        JsonNode grant = person();
        Call chat = Call.chat(Words.chat(rig.model(Script.json(200, Words.COMPLETION))))
                .key(access(grant))
                .with("x-request-id", "it-" + UUID.randomUUID());

        assertThat(rig.answer(chat).status()).isEqualTo(200);

        UsageRow row = rig.row(chat);
        assertThat(row.text("key_id")).isEqualTo("user:" + id(grant));
        assertThat(row.text("team_id")).isEqualTo("default");
        assertThat(row.text("end_user")).isEqualTo(id(grant));
        assertThat(rig.scripts().everything()).doesNotContain(access(grant));
    }

    @Test
    void aKeyIsGoodBesideAndATokenThatWasTamperedWithIsNot() throws Exception {
        String token = access(person());

        assertThat(modelsStatus(rig.key())).isEqualTo(200);
        assertThat(modelsStatus(token)).isEqualTo(200);
        assertThat(modelsStatus(token.substring(0, token.length() - 4) + "AAAA"))
                .isEqualTo(401);
        assertThat(profile(rig.key()).status()).isEqualTo(401);
    }

    // ---- refresh --------------------------------------------------------------------------------------------------

    @Test
    void eachRefreshTokenBringsTheNext() throws Exception {
        JsonNode grant = person();
        String last = refresh(grant);
        for (int i = 0; i < 3; i++) {
            JsonNode next = good(refreshing(last));
            assertThat(refresh(next)).isNotEqualTo(last);
            assertThat(modelsStatus(access(next))).isEqualTo(200);
            last = refresh(next);
        }
        assertThat(last).contains("_4_");
    }

    @Test
    void whoseAnswerWasLostGetsTheSameTokenAgain() throws Exception {
        String first = refresh(person());
        String second = refresh(good(refreshing(first)));

        assertThat(refresh(good(refreshing(first)))).isEqualTo(second);
        assertThat(refresh(good(refreshing(first)))).isEqualTo(second);
        assertThat(refresh(good(refreshing(second)))).contains("_3_");
    }

    @Test
    void aTokenThatComesAgainLaterEndsTheSessionForBoth() throws Exception {
        JsonNode grant = person();
        JsonNode other = login(grant.path("user").path("email").asText());
        JsonNode second = good(refreshing(refresh(grant)));
        assertThat(modelsStatus(access(second))).isEqualTo(200);
        letSecondsPass(refresh(grant), 11);

        refused(refreshing(refresh(grant)), 401, "invalid_api_key");

        refused(refreshing(refresh(second)), 401, "invalid_api_key");
        awaitRefused(access(second));
        awaitRefused(access(grant));
        assertThat(audit("session.reuse", id(grant))).hasSize(1);
        assertThat(modelsStatus(access(other))).as("of another session").isEqualTo(200);
        good(refreshing(refresh(other)));
    }

    @Test
    void aTokenOfTwoGenerationsAgoEndsTheSessionAtOnce() throws Exception {
        String first = refresh(person());
        String third = refresh(good(refreshing(refresh(good(refreshing(first))))));

        refused(refreshing(first), 401, "invalid_api_key");
        refused(refreshing(third), 401, "invalid_api_key");
    }

    @Test
    void whatIsNotGenuineEndsNothing() throws Exception {
        String token = refresh(person());

        refused(refreshing(token.substring(0, token.length() - 5) + "AAAAA"), 401, "invalid_api_key");
        refused(refreshing(token.replace("_1_", "_2_")), 401, "invalid_api_key");
        refused(refreshing("slr_"), 401, "invalid_api_key");
        refused(post("/auth/refresh", "{}"), 400, "invalid_request_error");
        good(refreshing(token));
    }

    @Test
    void manyWhoRefreshAtOnceAllGetTheOneNextToken() throws Exception {
        String token = refresh(person());
        List<String> tokens = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                answers.add(callers.submit(() -> refresh(good(refreshing(token)))));
            }

            for (Future<String> answer : answers) {
                tokens.add(answer.get());
            }
        }

        assertThat(tokens).hasSize(12).containsOnly(tokens.getFirst());
        assertThat(tokens.getFirst()).contains("_2_");
    }

    @Test
    void aSessionEndsWhenItIsLeftAloneAndAfterNinetyDaysInAnyCase() throws Exception {
        String idle = refresh(person());
        execute(
                "UPDATE sluice.user_session SET expires_at = now() - interval '1 second' WHERE id = ? RETURNING *",
                session(idle));
        refused(refreshing(idle), 401, "invalid_api_key");

        String old = refresh(person());
        execute(
                "UPDATE sluice.user_session SET created_at = now() - interval '90 days' + interval '100 seconds' WHERE id = ? RETURNING *",
                session(old));
        JsonNode last = good(refreshing(old));
        assertThat(last.path("expires_in").asInt()).isBetween(60, 100);
    }

    @Test
    void whoIsSwitchedOffStaysOut() throws Exception {
        JsonNode grant = person();
        execute("UPDATE sluice.app_user SET enabled = false WHERE id = ? RETURNING *", id(grant));

        refused(refreshing(refresh(grant)), 401, "invalid_api_key");
        assertThat(profile(access(grant)).status()).isEqualTo(401);
    }

    private static String session(String refreshToken) {
        return refreshToken.split("_")[1];
    }

    /** As if the last refresh of a session had been so much earlier. */
    private static void letSecondsPass(String refreshToken, int seconds) throws SQLException {
        execute(
                "UPDATE sluice.user_session SET refreshed_at = refreshed_at - interval '" + seconds
                        + " seconds' WHERE id = ? RETURNING *",
                session(refreshToken));
    }

    /** A token is refused, within the second in which everybody has to hear of it. */
    private static void awaitRefused(String token) {
        await("the token is refused")
                .atMost(Duration.ofSeconds(1))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> modelsStatus(token) == 401);
    }

    // ---- log out --------------------------------------------------------------------------------------------------

    @Test
    void whoLogsOutIsOutWithinASecond() throws Exception {
        JsonNode grant = person();
        JsonNode other = login(grant.path("user").path("email").asText());
        assertThat(modelsStatus(access(grant))).isEqualTo(200);

        assertThat(good(post("/auth/logout", "{\"refresh_token\":\"" + refresh(grant) + "\"}"))
                        .path("sessions_ended")
                        .asInt())
                .isOne();

        awaitRefused(access(grant));
        refused(refreshing(refresh(grant)), 401, "invalid_api_key");
        assertThat(profile(access(grant)).status()).isEqualTo(401);
        assertThat(modelsStatus(access(other))).as("of another session").isEqualTo(200);
        assertThat(audit("logout", id(grant))).hasSize(1);
        refused(post("/auth/logout", "{\"refresh_token\":\"" + refresh(grant) + "\"}"), 401, "invalid_api_key");
    }

    @Test
    void anAccessTokenLogsOutToo() throws Exception {
        JsonNode grant = person();

        good(Call.of("POST", "/auth/logout").key(access(grant)));

        awaitRefused(access(grant));
        refused(refreshing(refresh(grant)), 401, "invalid_api_key");
    }

    @Test
    void allSessionsEndTogetherAndTheNextLoginIsGoodAtOnce() throws Exception {
        JsonNode grant = person();
        String email = grant.path("user").path("email").asText();
        JsonNode second = login(email);
        JsonNode third = login(email);

        assertThat(good(post("/auth/logout", "{\"all\":true}").key(access(second)))
                        .path("sessions_ended")
                        .asInt())
                .isEqualTo(3);

        awaitRefused(access(grant));
        awaitRefused(access(second));
        awaitRefused(access(third));
        assertThat(modelsStatus(access(login(email)))).isEqualTo(200);
    }

    // ---- the profile ----------------------------------------------------------------------------------------------

    @Test
    void aProfileIsSeenAndRenamedByItsOwner() throws Exception {
        JsonNode grant = person();

        assertThat(rig.answer(Call.get("/auth/profile")).status()).isEqualTo(401);
        JsonNode renamed = good(
                Call.json("PATCH", "/auth/profile", "{\"name\":\" Grace \"}").key(access(grant)));

        assertThat(renamed.path("name").asText()).isEqualTo("Grace");
        assertThat(good(profile(access(grant)), 200)).isEqualTo(renamed);
        assertThat(good(refreshing(refresh(grant))).path("user")).isEqualTo(renamed);
        refused(
                Call.json("PATCH", "/auth/profile", "{\"tier\":\"premium\"}").key(access(grant)),
                400,
                "invalid_request_error");
        refused(Call.json("PATCH", "/auth/profile", "{}").key(access(grant)), 400, "invalid_request_error");
    }

    @Test
    void aNewPasswordNeedsTheOldOneAndEndsTheOtherSessions() throws Exception {
        JsonNode grant = person();
        String email = grant.path("user").path("email").asText();
        JsonNode other = login(email);
        String change = "{\"password\":\"another horse battery\",\"old_password\":\"%s\"}";

        refused(
                Call.json("PATCH", "/auth/profile", change.formatted("wrong horse"))
                        .key(access(grant)),
                403,
                "permission_denied");
        refused(
                Call.json("PATCH", "/auth/profile", "{\"password\":\"another horse battery\"}")
                        .key(access(grant)),
                400,
                "invalid_request_error");
        good(Call.json("PATCH", "/auth/profile", change.formatted(PASSWORD)).key(access(grant)));

        awaitRefused(access(other));
        refused(refreshing(refresh(other)), 401, "invalid_api_key");
        good(refreshing(refresh(grant)));
        assertThat(modelsStatus(access(grant))).isEqualTo(200);
        refused(post("/auth/login", credentials(email, PASSWORD)), 401, "invalid_api_key");
        good(post("/auth/login", credentials(email, "another horse battery")));
        assertThat(audit("user.password", id(grant))).hasSize(1);
    }

    // ---- browsers -------------------------------------------------------------------------------------------------

    private static Call fromPage(Call call, @Nullable String origin, @Nullable String cookie) {
        if (origin != null) {
            call.with("origin", origin);
        }
        return cookie == null ? call : call.with("cookie", cookie);
    }

    private static String cookie(Answer answer) {
        String set = String.valueOf(answer.field("set-cookie"));
        return set.substring(0, set.indexOf(';'));
    }

    @Test
    void aBrowserKeepsTheRefreshTokenWhereNoScriptSeesIt() throws Exception {
        String email = newPerson();
        String body = "{\"email\":\"" + email + "\",\"password\":\"" + PASSWORD + "\",\"cookie\":true}";
        Answer login = rig.answer(fromPage(post("/auth/login", body), PAGE, null));

        assertThat(good(login, 200).has("refresh_token")).isFalse();
        assertThat(login.field("set-cookie"))
                .startsWith("sluice_refresh=slr_")
                .endsWith("; Path=/auth; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure");
        Answer refreshed = rig.answer(fromPage(Call.of("POST", "/auth/refresh"), PAGE, cookie(login)));
        assertThat(good(refreshed, 200).has("refresh_token")).isFalse();
        assertThat(cookie(refreshed)).contains("_2_");

        Answer out = rig.answer(fromPage(Call.of("POST", "/auth/logout"), PAGE, cookie(refreshed)));
        assertThat(good(out, 200).path("sessions_ended").asInt()).isOne();
        assertThat(out.field("set-cookie")).startsWith("sluice_refresh=; Path=/auth; Max-Age=0");
    }

    @Test
    void aForeignPageCannotMakeUseOfTheCookie() throws Exception {
        String email = newPerson();
        String body = "{\"email\":\"" + email + "\",\"password\":\"" + PASSWORD + "\",\"cookie\":true}";
        String cookie = cookie(rig.answer(fromPage(post("/auth/login", body), PAGE, null)));

        for (@Nullable String origin : new @Nullable String[] {"https://attacker.example", "null", null}) {
            refused(fromPage(post("/auth/login", body), origin, null), 403, "permission_denied");
            refused(fromPage(Call.of("POST", "/auth/refresh"), origin, cookie), 403, "permission_denied");
            refused(fromPage(Call.of("POST", "/auth/logout"), origin, cookie), 403, "permission_denied");
        }
        good(rig.answer(fromPage(Call.of("POST", "/auth/refresh"), PAGE, cookie)), 200);
    }

    @Test
    void aCookieThatIsNotGoodAnyMoreIsTakenAway() throws Exception {
        Answer answer = rig.answer(fromPage(Call.of("POST", "/auth/refresh"), PAGE, "sluice_refresh=slr_old"));

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.field("set-cookie")).startsWith("sluice_refresh=; Path=/auth; Max-Age=0");
    }

    // ---- other gateways -------------------------------------------------------------------------------------------

    @Test
    void nobodyRegistersWhereThatIsOffAndWithoutJwtThereAreNoAccounts() throws Exception {
        try (Rig closed = Rig.start(YAML.replace("register: true", "register: false"), Map.of())) {
            Answer answer = closed.answer(post("/auth/register", credentials(newEmail(), PASSWORD)));
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.text()).contains("'auth.users.register' is off", "permission_denied");
        }
        try (Rig keysOnly = Rig.start()) {
            assertThat(keysOnly.answer(post("/auth/login", credentials(newEmail(), PASSWORD)))
                            .status())
                    .isEqualTo(404);
            assertThat(keysOnly.answer(Call.get("/auth/profile")).status()).isEqualTo(404);
        }
    }

    @Test
    void aDatabaseThatIsAwayIsSaidToBeAndEverythingHealsByItself() throws Exception {
        try (PostgresServer postgres = new PostgresServer();
                Rig alone = Rig.start(YAML, Map.of(), postgres)) {
            awaitAccounts(alone);
            String email = newEmail();
            JsonNode grant = good(alone.answer(post("/auth/register", credentials(email, PASSWORD))), 201);
            assertThat(alone.answer(Call.get("/v1/models").key(access(grant))).status())
                    .isEqualTo(200);
            postgres.whileKilled(() -> {
                for (Call call : List.of(
                        post("/auth/login", credentials(email, PASSWORD)),
                        post("/auth/register", credentials(newEmail(), PASSWORD)),
                        refreshing(refresh(grant)),
                        Call.get("/auth/profile").key(access(grant)))) {
                    Answer answer = alone.answer(call);
                    assertThat(answer.status()).as(answer.toString()).isEqualTo(503);
                    assertThat(answer.text()).contains("\"code\":\"auth_unavailable\"");
                    assertThat(answer.field("retry-after")).isEqualTo("5");
                }
                assertThat(alone.answer(Call.get("/v1/models").key(access(grant)))
                                .status())
                        .as("a token that is known")
                        .isEqualTo(200);
            });
            await("logins heal")
                    .atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> alone.answer(post("/auth/login", credentials(email, PASSWORD)))
                                    .status()
                            == 200);
            good(alone.answer(refreshing(refresh(grant))), 200);
        }
    }
}
