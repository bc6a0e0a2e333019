package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.auth.ScriptedIssuer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Operators log in at an issuer, with a client that does what a browser does: keeps cookies, goes where it is sent. */
@Timeout(120)
final class OidcLoginIT {
    /** What the issuer was told; the browser knows that it is the admin listener. */
    private static final String REDIRECT = "http://admin.test/auth/oidc/callback";

    private static ScriptedIssuer issuer;
    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        issuer = ScriptedIssuer.start();
        rig = rig(issuer, REDIRECT, "client_secret: \"${CLIENT_SECRET}\"");
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
        issuer.close();
    }

    @AfterEach
    void asBefore() {
        issuer.claims("");
        issuer.change(UnaryOperator.identity());
    }

    private static Rig rig(ScriptedIssuer at, String redirect, String client) throws Exception {
        String yaml = JwtAttackIT.yaml(Rig.STANDARD)
                .replace("roles: { auditors: auditor }", "roles: { admins: admin, robots: service }")
                .replace(
                        "admin: { listen: \"127.0.0.1:0\" }",
                        """
                        admin:
                          listen: "127.0.0.1:0"
                          token: "${ADMIN_TOKEN}"
                          oidc:
                            issuer: corp
                            client_id: "${CLIENT_ID}"
                            #client#
                            redirect_url: "#redirect#"
                        """.stripTrailing().replace("#client#", client).replace("#redirect#", redirect));
        Rig own = Rig.start(
                yaml,
                Map.of(
                        "CORP",
                        at.url(),
                        "OTHER",
                        at.url() + "/other",
                        "ADMIN_TOKEN",
                        "canary-of-the-admin-token-81d2",
                        "CLIENT_ID",
                        ScriptedIssuer.CLIENT,
                        "CLIENT_SECRET",
                        ScriptedIssuer.SECRET));
        await("the database")
                .atMost(Duration.ofSeconds(20))
                .until(() -> Operator.get(own.adminAddress(), "/health/detailed")
                        .body()
                        .contains("\"database\":{\"state\":\"ok\""));
        return own;
    }

    /** Keeps cookies by their paths, as browsers do, and follows no redirect unless it is told to. */
    private static final class Browser implements AutoCloseable {
        private final HttpClient client = HttpClient.newHttpClient();
        private final InetSocketAddress admin;
        private final Map<String, String> cookies = new HashMap<>();
        private final Map<String, String> paths = new HashMap<>();

        private Browser(InetSocketAddress admin) {
            this.admin = admin;
        }

        private HttpResponse<String> get(String url) throws IOException, InterruptedException {
            return send(url, "GET");
        }

        private HttpResponse<String> send(String url, String method, String... headers)
                throws IOException, InterruptedException {
            URI asked = URI.create(url.startsWith("/") ? "http://admin.test" + url : url);
            boolean ours = "admin.test".equals(asked.getHost());
            String target = ours
                    ? "http://127.0.0.1:" + admin.getPort() + asked.toString().substring("http://admin.test".length())
                    : asked.toString();
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create(target)).method(method, HttpRequest.BodyPublishers.noBody());
            String kept = cookies.entrySet().stream()
                    .filter(cookie -> ours && asked.getPath().startsWith(paths.get(cookie.getKey())))
                    .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                    .collect(Collectors.joining("; "));
            if (!kept.isEmpty()) {
                request.header("cookie", kept);
            }
            for (int i = 0; i < headers.length; i += 2) {
                request.header(headers[i], headers[i + 1]);
            }
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            response.headers().allValues("set-cookie").forEach(this::keep);
            return response;
        }

        private void keep(String header) {
            String name = header.substring(0, header.indexOf('='));
            String value = header.substring(header.indexOf('=') + 1, header.indexOf(';'));
            if (header.contains("Max-Age=0;")) {
                cookies.remove(name);
                return;
            }
            cookies.put(name, value);
            String path = header.substring(header.indexOf("Path=") + "Path=".length());
            paths.put(name, path.substring(0, path.indexOf(';')));
        }

        /** Goes to the issuer and comes back with what it gives; does not deliver it yet. */
        private String begin() throws IOException, InterruptedException {
            HttpResponse<String> sent = get("/auth/oidc/login");
            assertThat(sent.statusCode()).as(sent.body()).isEqualTo(302);
            HttpResponse<String> back = get(location(sent));
            assertThat(back.statusCode()).as(back.body()).isEqualTo(302);
            return location(back);
        }

        private HttpResponse<String> logIn() throws IOException, InterruptedException {
            return get(begin());
        }

        @Override
        public void close() {
            client.close();
        }
    }

    private static Browser browser() {
        return new Browser(rig.adminAddress());
    }

    private static String location(HttpResponse<String> response) {
        return response.headers().firstValue("location").orElseThrow();
    }

    private static String cookie(HttpResponse<String> response, String name) {
        List<String> found = response.headers().allValues("set-cookie").stream()
                .filter(cookie -> cookie.startsWith(name + "="))
                .toList();
        assertThat(found).as("%s of %s", name, response).hasSize(1);
        return found.get(0);
    }

    private static Map<String, String> query(String url) {
        Map<String, String> query = new HashMap<>();
        for (String pair : URI.create(url).getRawQuery().split("&", -1)) {
            int at = pair.indexOf('=');
            query.put(pair.substring(0, at), URLDecoder.decode(pair.substring(at + 1), UTF_8));
        }
        return query;
    }

    /** Refused, and nobody is logged in. */
    private static void refused(HttpResponse<String> response, int status, String code) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.body()).contains("\"code\":\"" + code + "\"").doesNotContain(ScriptedIssuer.SECRET);
        assertThat(response.headers().allValues("set-cookie")).noneMatch(cookie -> cookie.contains("sluice_session"));
    }

    @Test
    void anOperatorLogsInLooksAroundAndLogsOut() throws Exception {
        issuer.claims(",\"name\":\"Ann\",\"email\":\"Ann@example.com\",\"groups\":[\"admins\"]");
        try (Browser browser = browser()) {
            assertThat(browser.get("/admin/api/usage").statusCode()).isEqualTo(401);

            HttpResponse<String> answer = browser.logIn();

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
            assertThat(location(answer)).isEqualTo("/");
            assertThat(cookie(answer, "sluice_session")).endsWith("; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict");
            assertThat(cookie(answer, "sluice_oidc")).startsWith("sluice_oidc=; Path=/auth/oidc; Max-Age=0;");
            assertThat(browser.cookies).containsOnlyKeys("sluice_session");
            assertThat(browser.get("/admin/api/usage").statusCode()).isEqualTo(200);
            assertThat(browser.get("/admin/api/providers").statusCode())
                    .as("for owners only")
                    .isEqualTo(403);

            UsageRow user = user("ann");
            assertThat(user.text("name")).isEqualTo("Ann");
            assertThat(user.text("email")).isEqualTo("Ann@example.com");
            assertThat(user.text("role")).isEqualTo("admin");
            assertThat(actions("ann")).contains("login");

            assertThat(browser.send("/auth/logout", "POST").statusCode())
                    .as("another site's page can make a browser post")
                    .isEqualTo(403);
            String stolen = Objects.requireNonNull(browser.cookies.get("sluice_session"));
            HttpResponse<String> out =
                    browser.send("/auth/logout", "POST", "x-sluice-csrf", "1", "sec-fetch-site", "same-origin");
            assertThat(out.statusCode()).as(out.body()).isEqualTo(204);
            assertThat(browser.cookies).isEmpty();
            assertThat(browser.get("/admin/api/usage").statusCode()).isEqualTo(401);

            browser.cookies.put("sluice_session", stolen);
            await("the token is refused wherever it is kept")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> browser.get("/admin/api/usage").statusCode() == 401);
        }
    }

    private static UsageRow user(String subject) throws Exception {
        List<UsageRow> users =
                rig.query("SELECT * FROM sluice.app_user WHERE issuer = 'corp' AND subject = ?", subject);
        assertThat(users).hasSize(1);
        return users.get(0);
    }

    private static List<String> actions(String subject) throws Exception {
        return rig.query("SELECT action FROM sluice.audit_log WHERE actor = ? ORDER BY id", "corp:" + subject).stream()
                .map(row -> row.text("action"))
                .toList();
    }

    @Test
    void theIssuerIsAskedWithProofAndTheBrowserKeepsWhatItMustNotRead() throws Exception {
        try (Browser browser = browser()) {
            HttpResponse<String> sent = browser.get("/auth/oidc/login");
            Map<String, String> query = query(location(sent));

            assertThat(location(sent)).startsWith(issuer.url() + "/authorize?");
            assertThat(query)
                    .containsEntry("response_type", "code")
                    .containsEntry("client_id", ScriptedIssuer.CLIENT)
                    .containsEntry("redirect_uri", REDIRECT)
                    .containsEntry("scope", "openid email profile")
                    .containsEntry("code_challenge_method", "S256")
                    .doesNotContainKeys("client_secret", "code_verifier");
            assertThat(query.get("state")).hasSize(43);
            assertThat(query.get("nonce")).hasSize(43).isNotEqualTo(query.get("state"));
            assertThat(query.get("code_challenge")).hasSize(43);
            assertThat(cookie(sent, "sluice_oidc"))
                    .endsWith("; Path=/auth/oidc; Max-Age=600; HttpOnly; SameSite=Lax")
                    .doesNotContain(query.get("state"))
                    .doesNotContain(query.get("nonce"));
            assertThat(query(location(browser.get("/auth/oidc/login"))).get("state"))
                    .isNotEqualTo(query.get("state"));
        }
    }

    @Test
    void anAnswerIsBelievedOnlyFromTheBrowserThatAsked() throws Exception {
        try (Browser victim = browser();
                Browser attacker = browser()) {
            String attackersAnswer = attacker.begin();
            refused(victim.get(attackersAnswer), 400, "oidc_state_mismatch");

            String own = victim.begin();
            refused(victim.get(attackersAnswer), 400, "oidc_state_mismatch");
            refused(victim.get(own), 400, "oidc_state_mismatch");

            String later = victim.begin();
            victim.cookies.put("sluice_oidc", "AAAA");
            refused(victim.get(later), 400, "oidc_state_mismatch");

            String whole = victim.begin();
            refused(victim.get(whole.replaceAll("state=[^&]*", "state=")), 400, "oidc_state_mismatch");
            String twice = victim.begin();
            refused(victim.get(twice + "&state=x"), 400, "invalid_parameter");
            String without = victim.begin();
            refused(victim.get(without.replaceAll("code=[^&]*&", "")), 400, "invalid_parameter");
        }
    }

    @Test
    void anAnswerIsGoodOnce() throws Exception {
        try (Browser browser = browser()) {
            String back = browser.begin();
            String kept = Objects.requireNonNull(browser.cookies.get("sluice_oidc"));
            assertThat(browser.get(back).statusCode()).isEqualTo(303);

            browser.cookies.put("sluice_oidc", kept);
            refused(browser.get(back), 400, "oidc_code_refused");
        }
    }

    @Test
    void anIdTokenOfAnotherLoginClientOrIssuerLogsNobodyIn() throws Exception {
        List<UnaryOperator<String>> changes = List.of(
                claims -> claims.replaceAll("\"nonce\":\"[^\"]*\"", "\"nonce\":\"another\""),
                claims -> claims.replaceAll(",\"nonce\":\"[^\"]*\"", ""),
                claims -> claims.replace(ScriptedIssuer.CLIENT, "sluice"),
                claims -> claims.replace(
                        "\"" + ScriptedIssuer.CLIENT + "\"", "[\"" + ScriptedIssuer.CLIENT + "\",\"x\"]"),
                claims -> claims.replace(issuer.url(), "http://evil.example"),
                claims -> claims.replaceAll("\"exp\":\\d+", "\"exp\":1000000000"),
                claims -> claims.replace("\"ann\"", "\"\""),
                claims -> "no claims");
        for (UnaryOperator<String> change : changes) {
            issuer.change(change);
            try (Browser browser = browser()) {
                refused(browser.logIn(), 502, "oidc_failed");
            }
        }
    }

    @Test
    void whoMayNotIsToldSo() throws Exception {
        try (Browser browser = browser()) {
            String back = browser.begin();
            refused(browser.get(back.replaceAll("code=[^&]*", "error=access_denied")), 403, "oidc_denied");
            String injected = browser.begin();
            HttpResponse<String> echo = browser.get(injected.replaceAll("code=[^&]*", "error=%3Cscript%3E"));
            refused(echo, 403, "oidc_denied");
            assertThat(echo.body()).doesNotContain("script");
            String foreign = browser.begin();
            refused(
                    browser.get(foreign.replaceAll("iss=[^&]*", "iss=https://evil.example")),
                    400,
                    "oidc_issuer_mismatch");

            issuer.claims(",\"groups\":[\"robots\"]");
            refused(browser.logIn(), 403, "role_not_allowed");
            issuer.claims(",\"team\":\"nobody-made-it\"");
            refused(browser.logIn(), 403, "team_unknown");
            issuer.claims("");
            issuer.change(claims -> claims.replace("\"ann\"", "\"off\""));
            assertThat(browser.logIn().statusCode()).isEqualTo(303);
            rig.query("UPDATE sluice.app_user SET enabled = false WHERE subject = ? RETURNING id", "off");
            refused(browser.logIn(), 403, "user_disabled");
        }
    }

    @Test
    void aClientProvesWhoItIsInTheWayTheIssuerWants() throws Exception {
        try (ScriptedIssuer form = ScriptedIssuer.start()) {
            form.clientMethods("client_secret_post");
            try (Rig own = rig(form, "https://admin.test/auth/oidc/callback", "client_secret: \"${CLIENT_SECRET}\"");
                    Browser browser = new Browser(own.adminAddress())) {
                HttpResponse<String> sent = browser.get("/auth/oidc/login");
                assertThat(cookie(sent, "sluice_oidc")).endsWith("; HttpOnly; SameSite=Lax; Secure");
                String back = location(browser.get(location(sent))).replace("https://admin.test", "");
                assertThat(cookie(browser.get(back), "__Host-sluice_session"))
                        .endsWith("; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict; Secure");
                assertThat(browser.get("/admin/api/usage").statusCode()).isEqualTo(200);
            }
        }
        try (ScriptedIssuer open = ScriptedIssuer.start()) {
            open.clientMethods("none");
            try (Rig own = rig(open, REDIRECT, "");
                    Browser browser = new Browser(own.adminAddress())) {
                assertThat(browser.logIn().statusCode()).isEqualTo(303);
                open.keys(null);
                open.clientMethods("client_secret_basic");
                refused(browser.logIn(), 502, "oidc_failed");
            }
        }
    }

    @Test
    void withoutAnIssuerNobodyLogsInAndNothingElseSuffers() throws Exception {
        try (Rig own = Rig.start();
                Browser browser = new Browser(own.adminAddress())) {
            refused(browser.get("/auth/oidc/login"), 404, "oidc_not_configured");
            refused(browser.get("/auth/oidc/callback?code=x&state=y"), 404, "oidc_not_configured");
        }
        ScriptedIssuer gone = ScriptedIssuer.start();
        try (Rig own = rig(gone, REDIRECT, "");
                Browser browser = new Browser(own.adminAddress())) {
            gone.close();
            refused(browser.get("/auth/oidc/login"), 503, "oidc_unavailable");
            assertThat(browser.get("/healthz").statusCode()).isEqualTo(200);
        }
    }
}
