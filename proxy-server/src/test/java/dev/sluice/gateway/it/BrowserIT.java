package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two pages in a real browser: one of an origin that may call, one of another. What each gets the browser decides. */
final class BrowserIT {
    private static final String ADMIN_TOKEN = "canary-of-the-admin-77aa";
    private static final String PASSWORD = "canary horse battery staple";

    private static Browser browser;
    private static PageServer own;
    private static PageServer foreign;
    private static Rig rig;
    private static Tee tee;
    private static Browser.Tab page;
    private static Browser.Tab stranger;
    private static List<String> secrets;

    @BeforeAll
    static void start() throws Exception {
        browser = Browser.start();
        own = PageServer.start("localhost");
        foreign = PageServer.start("127.0.0.1");
        rig = Rig.start(
                Rig.STANDARD
                        .replace("drain_delay: 0s }", "drain_delay: 0s, cors: { origins: [\"${PAGE}\"] } }")
                        .replace(
                                "admin: { listen: \"127.0.0.1:0\" }",
                                "admin: { listen: \"127.0.0.1:0\", token: \"${ADMIN}\" }")
                        .replace("mode: keys", "mode: [keys, jwt], users: { register: true }"),
                Map.of("PAGE", own.origin(), "ADMIN", ADMIN_TOKEN));
        byte[] pepper = Files.readAllBytes(rig.dataDirectory().resolve("pepper"));
        secrets = List.of(
                Rig.PROVIDER_KEY,
                ADMIN_TOKEN,
                rig.fewKey(),
                "$argon2",
                new String(pepper, ISO_8859_1),
                HexFormat.of().formatHex(pepper),
                Base64.getEncoder().withoutPadding().encodeToString(pepper),
                Base64.getUrlEncoder().withoutPadding().encodeToString(pepper));
        tee = Tee.to(rig.address());
        page = browser.open(own.origin() + "/");
        stranger = browser.open(foreign.origin() + "/");
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable started : Stream.of(browser, tee, rig, own, foreign)
                .filter(Objects::nonNull)
                .toList()) {
            started.close();
        }
    }

    /** Nothing that is not the page's own business has reached the browser, on whatever way. */
    @AfterEach
    void theBrowserKnowsNoSecret() {
        for (String heard : List.of(tee.heard(), browser.everything())) {
            assertThat(heard).doesNotContain(secrets);
        }
        // What the page knows it has said; it is not told it.
        assertThat(tee.heard()).doesNotContain(rig.key()).doesNotContain(PASSWORD);
    }

    @Test
    void anAllowedPageReadsAStreamAsItComes() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        String model = rig.model(Script.of(
                Script.sseHead(),
                Script.send(Words.ROLE + Words.text("Guten ")),
                Script.await(seen),
                Script.send(Words.text("Tag") + Words.FINISH + Words.USAGE + Words.DONE),
                Script.end()));

        page.run(
                "document.title = ''; window.asked = chat('%s', '%s', '%s'); 0".formatted(gateway(), rig.key(), model));
        page.awaitTitle("2 events");
        seen.countDown();
        JsonNode answer = page.run("window.asked");

        assertThat(answer.path("status").asInt()).as(answer.toString()).isEqualTo(200);
        assertThat(answer.path("text").asText()).isEqualTo("Guten Tag");
        assertThat(answer.path("last").asText()).isEqualTo("[DONE]");
        JsonNode headers = answer.get("headers");
        assertThat(headers.path("x-session-id").asText()).isEqualTo("a-conversation");
        assertThat(headers.path("x-sluice-provider").asText()).isEqualTo("scripted");
        assertThat(headers.path("x-request-id").asText()).isNotEmpty();
    }

    /** What a new user does, from the page of an application. */
    @Test
    void somebodyRegistersLogsInChatsAndStaysLoggedIn() throws Exception {
        String model = rig.model(Script.sse(Words.STREAM));

        JsonNode registered = post(
                "register",
                "{ email: 'ada@example.org', password: '%s', name: 'Ada', cookie: true }".formatted(PASSWORD));
        assertThat(registered.path("status").asInt()).as(registered.toString()).isEqualTo(201);

        JsonNode wrong = post("login", "{ email: 'ada@example.org', password: 'not it at all' }");
        assertThat(wrong.path("status").asInt()).as(wrong.toString()).isEqualTo(401);

        JsonNode login =
                post("login", "{ email: 'ada@example.org', password: '%s', cookie: true }".formatted(PASSWORD));
        assertThat(login.path("status").asInt()).as(login.toString()).isEqualTo(200);
        String token = member(login, "access_token");
        assertThat(login.path("text").asText()).doesNotContain("refresh_token");

        JsonNode answer = page.run("chat('%s', '%s', '%s')".formatted(gateway(), token, model));
        assertThat(answer.path("status").asInt()).as(answer.toString()).isEqualTo(200);
        assertThat(answer.path("text").asText()).isEqualTo("Guten Tag");
        assertThat(answer.path("last").asText()).isEqualTo("[DONE]");

        // The refresh token is in a cookie that no script sees, and each use makes another one.
        assertThat(page.run("document.cookie").asText()).isEmpty();
        String before = cookies().getLast();
        String fresh = member(post("refresh", "{}"), "access_token");
        assertThat(cookies().getLast()).isNotEqualTo(before);
        JsonNode again = page.run("chat('%s', '%s', '%s')".formatted(gateway(), fresh, model));
        assertThat(again.path("text").asText()).as(again.toString()).isEqualTo("Guten Tag");

        assertThat(post("logout", "{}").path("status").asInt()).isEqualTo(200);
        assertThat(post("refresh", "{}").path("status").asInt()).isEqualTo(400);
        await("a token of an ended session is refused")
                .atMost(Duration.ofSeconds(2))
                .until(() -> page.run("chat('%s', '%s', '%s')".formatted(gateway(), fresh, model))
                                .path("status")
                                .asInt()
                        == 401);
    }

    @Test
    void aForeignPageCanNeitherRegisterNorUseSomebodysLogin() throws Exception {
        assertThat(post("register", "{ email: 'eve@example.org', password: '%s', cookie: true }".formatted(PASSWORD))
                        .path("status")
                        .asInt())
                .isEqualTo(201);
        int cookies = cookies().size();

        for (String call : List.of(
                "post('%s/auth/register', { email: 'mallory@example.org', password: 'long enough to pass' })",
                "post('%s/auth/login', { email: 'eve@example.org', password: '" + PASSWORD + "' })",
                "post('%s/auth/refresh', {})",
                // As a form would: without a preflight.
                "call('%s/auth/refresh', { method: 'POST', credentials: 'include', mode: 'cors', body: '{}' })",
                "call('%s/auth/logout', { method: 'POST', credentials: 'include', body: '{}' })")) {
            JsonNode result = stranger.run(call.formatted(gateway()));
            assertThat(result.path("blocked").asText()).as(call + ": " + result).startsWith("TypeError");
        }

        assertThat(cookies()).hasSize(cookies);
        assertThat(rig.query("SELECT id FROM sluice.app_user WHERE email = ?", "mallory@example.org"))
                .isEmpty();
        assertThat(post("refresh", "{}").path("status").asInt()).isEqualTo(200);
    }

    private static JsonNode post(String action, String body) throws Exception {
        return page.run("post('%s/auth/%s', %s)".formatted(gateway(), action, body));
    }

    private static String member(JsonNode answer, String name) throws Exception {
        return new ObjectMapper()
                .readTree(answer.path("text").asText())
                .path(name)
                .asText();
    }

    /** Those that the browser was told to keep. */
    private static List<String> cookies() {
        return Pattern.compile("(?im)^set-cookie: (sluice_refresh=[^;]*)")
                .matcher(tee.heard())
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    @Test
    void anAllowedPageIsToldWhatIsWrong() throws Exception {
        JsonNode wrongKey = page.run("chat('%s', 'sk-slc-wrong', 'any')".formatted(gateway()));
        assertThat(wrongKey.path("status").asInt()).as(wrongKey.toString()).isEqualTo(401);
        assertThat(wrongKey.path("text").asText()).contains("invalid_api_key");

        JsonNode nowhere = page.run("call('%s/nowhere')".formatted(gateway()));
        assertThat(nowhere.path("status").asInt()).as(nowhere.toString()).isEqualTo(404);

        String limited = rig.model(Script.json(429, Words.error("slow down", "requests"), "retry-after", "7"));
        JsonNode later = page.run("chat('%s', '%s', '%s')".formatted(gateway(), rig.key(), limited));
        assertThat(later.path("status").asInt()).as(later.toString()).isEqualTo(429);
        assertThat(later.path("headers").path("retry-after").asText()).isEqualTo("7");
    }

    @Test
    void aHeaderThatNoPageMaySendStopsTheCall() throws Exception {
        JsonNode answer = page.run("call('%s/v1/models', { headers: { authorization: 'Bearer %s', 'x-evil': '1' } })"
                .formatted(gateway(), rig.key()));

        assertThat(answer.path("blocked").asText()).as(answer.toString()).startsWith("TypeError");
    }

    @Test
    void aForeignPagesCallsAreStoppedByItsBrowser() throws Exception {
        String model = rig.scripts().add(Script.sse(Words.STREAM));

        JsonNode chat = stranger.run("chat('%s', '%s', 'scripted/%s')".formatted(gateway(), rig.key(), model));
        assertThat(chat.path("blocked").asText()).as(chat.toString()).startsWith("TypeError");
        assertThat(rig.scripts().requests(model)).isEmpty();

        // No preflight is asked for this one: it is answered, and the browser keeps the answer to itself.
        JsonNode simple = stranger.run("call('%s/healthz')".formatted(gateway()));
        assertThat(simple.path("blocked").asText()).as(simple.toString()).startsWith("TypeError");
        assertThat(page.run("call('%s/healthz')".formatted(gateway()))
                        .path("text")
                        .asText())
                .contains("ok");
    }

    @Test
    void aSocketOpensForAnAllowedPageAndForNoOther() throws Exception {
        String message = Words.streamed(rig.model(Script.sse(Words.STREAM)));
        String open = "socket('%s', '%s', JSON.stringify(%s))"
                .formatted(gateway().replace("http:", "ws:") + "/v1/chat/ws", rig.key(), message);

        JsonNode talked = page.run(open);
        assertThat(talked.get("heard").toString()).as(talked.toString()).contains("Guten ", "done");

        JsonNode refused = stranger.run(open);
        assertThat(refused.get("heard")).as(refused.toString()).isEmpty();
        assertThat(refused.path("code").asInt()).isEqualTo(1006);
    }

    /** What a provider keeps may be anybody's page: shown by a browser, it is a text that does nothing. */
    @Test
    void aProvidersPageIsNone() throws Exception {
        String html = "<title>shown</title><p>text</p><script>document.title = 'it ran'; fetch('/readyz')</script>";
        rig.scripts()
                .put(
                        "",
                        Script.of(
                                Script.head(200, "content-type", "text/html", "content-length", "" + html.length()),
                                Script.send(html),
                                Script.end()));
        Browser.Tab victim = browser.open(own.origin() + "/");
        victim.sendAlways("authorization", "Bearer " + rig.key());

        victim.go(gateway() + "/passthrough/scripted/page");
        victim.awaitTitle("shown");
        victim.go(gateway() + "/healthz");

        assertThat(tee.heard()).contains(html).contains("\"ok\"").doesNotContain("\"ready\"");
    }

    private static String gateway() {
        return "http://localhost:" + tee.port();
    }
}
