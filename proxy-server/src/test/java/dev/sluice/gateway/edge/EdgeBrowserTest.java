package dev.sluice.gateway.edge;

import static dev.sluice.gateway.edge.EdgeScene.LIMITS;
import static dev.sluice.gateway.edge.EdgeScene.STREAM;
import static dev.sluice.gateway.edge.EdgeScene.WHOLE;
import static dev.sluice.gateway.edge.EdgeScene.chat;
import static dev.sluice.gateway.edge.EdgeScene.count;
import static dev.sluice.gateway.edge.EdgeScene.get;
import static dev.sluice.gateway.wire.Answers.json;
import static dev.sluice.gateway.wire.Answers.stream;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a browser is told with every answer, and what only the pages are told that may call. */
class EdgeBrowserTest {
    private static final String PAGE = "https://app.example";
    private static final String STRANGER = "https://evil.example";
    private static final String ALLOWED = "access-control-allow-origin: " + PAGE + "\r\n";
    private static final String ANY_CORS = "access-control-";
    private static final String SOCKET = "authorization: Bearer " + Engine.KEY + "\r\n";

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Browsers browsers = new Browsers(List.of(PAGE, "http://localhost:3000"), /* tls= */ false);
    private final EdgeScene scene = new EdgeScene(buffers, LIMITS, browsers);
    private final Engine engine = scene.engine();

    @AfterEach
    void everythingIsReleased() {
        scene.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    @Test
    void anAllowedPagesPreflightIsAnsweredWithoutAKey() {
        String answer = preflight(PAGE, "access-control-request-headers: authorization,content-type,x-evil\r\n");

        assertThat(answer)
                .startsWith("HTTP/1.1 204 No Content\r\n")
                .contains(ALLOWED)
                .contains("access-control-allow-credentials: true\r\n")
                .contains("access-control-allow-methods: GET, HEAD, POST, PUT, PATCH, DELETE\r\n")
                .contains("access-control-allow-headers: authorization, content-type\r\n")
                .contains("access-control-max-age: 600\r\n")
                .contains("vary: access-control-request-method, access-control-request-headers\r\n")
                .contains("vary: origin\r\n")
                .doesNotContain("content-length")
                .doesNotContain("expose")
                .endsWith("\r\n\r\n");
        assertThat(engine.summaries()).isEmpty();
    }

    @Test
    void aPreflightLeavesTheConnectionToTheRequestBehindIt() {
        Peer client = scene.client().send(options(PAGE, ""));
        client.take();

        client.send(get("/healthz"));

        assertThat(client.received()).startsWith("HTTP/1.1 200 OK\r\n").doesNotContain(ANY_CORS);
    }

    @Test
    void aStrangersPreflightIsRefusedWithoutAWordForTheBrowser() {
        for (String origin : List.of(STRANGER, "null", "https://app.example.evil.example", "http://app.example")) {
            assertThat(preflight(origin, ""))
                    .startsWith("HTTP/1.1 403 Forbidden\r\n")
                    .contains("vary: origin\r\n")
                    .contains("server.cors.origins")
                    .doesNotContain(ANY_CORS)
                    .doesNotContain(origin + "\r\n");
        }
        assertThat(engine.summaries()).hasSize(4).allMatch(summary -> summary.httpStatus() == 403);
    }

    @Test
    void anOptionsThatIsNoPreflightIsAMethodLikeAnother() {
        Peer client = scene.client()
                .send("OPTIONS /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\norigin: " + PAGE + "\r\n\r\n");

        assertThat(client.received()).startsWith("HTTP/1.1 405 ").contains("allow: POST\r\n");
    }

    @Test
    void aWholeAnswerMayBeReadByThePageThatAsked() {
        Peer client = scene.client().send(chat(WHOLE, origin(PAGE) + "x-request-id: mine\r\nx-session-id: talk-1\r\n"));
        engine.provider().last().send(json(200, "{}"));

        assertThat(client.received())
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains(ALLOWED)
                .contains("access-control-allow-credentials: true\r\n")
                .contains("vary: origin\r\n")
                .contains("x-session-id: talk-1\r\n");
        assertThat(exposed(client.received()))
                .contains("x-request-id", "x-session-id", "x-sluice-provider", "x-sluice-model", "x-sluice-overhead-us")
                .doesNotContain("content-type", "content-length", "vary", "set-cookie");
    }

    @Test
    void soMayAStream() {
        Peer client = scene.client().send(chat(STREAM, origin(PAGE)));
        engine.provider().last().send(stream("hi"));

        assertThat(client.received())
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains(ALLOWED)
                .contains("cache-control: no-cache\r\n")
                .doesNotContain("no-store");
    }

    @Test
    void soMayEveryRefusal() {
        assertThat(scene.client().send(get("/nowhere", origin(PAGE))).received())
                .startsWith("HTTP/1.1 404 ")
                .contains(ALLOWED);
        assertThat(scene.client()
                        .send("GET /v1/models HTTP/1.1\r\nhost: gateway\r\n" + origin(PAGE) + "\r\n")
                        .received())
                .startsWith("HTTP/1.1 401 ")
                .contains(ALLOWED);
        assertThat(scene.client().send(chat("{", origin(PAGE))).received())
                .startsWith("HTTP/1.1 400 ")
                .contains(ALLOWED);
        assertThat(scene.client()
                        .send("TRACE /v1/models HTTP/1.1\r\nhost: gateway\r\n" + origin(PAGE) + "\r\n")
                        .received())
                .startsWith("HTTP/1.1 405 ")
                .contains(ALLOWED);
        assertThat(scene.client()
                        .send(get(
                                "/v1/models", origin(PAGE) + "accept: */*\r\nx-filler: " + "x".repeat(3_000) + "\r\n"))
                        .received())
                .startsWith("HTTP/1.1 431 ")
                .contains(ALLOWED);
    }

    @Test
    void aStrangerIsAnsweredAndItsBrowserToldNothing() {
        Peer client = scene.client().send(chat(WHOLE, origin(STRANGER)));
        engine.provider().last().send(json(200, "{}"));

        assertThat(client.received())
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("vary: origin\r\n")
                .doesNotContain(ANY_CORS);
    }

    @Test
    void whatOnePageWasToldIsNotToldToTheNextOnTheSameConnection() {
        Peer client = scene.client().send(get("/healthz", origin(PAGE) + "x-session-id: a\r\n"));
        assertThat(client.take()).contains(ALLOWED).contains("x-session-id: a\r\n");

        client.send(get("/healthz", origin("http://localhost:3000")));
        assertThat(client.take())
                .contains("access-control-allow-origin: http://localhost:3000\r\n")
                .doesNotContain("x-session-id");

        client.send("nonsense\r\n\r\n");
        assertThat(client.received()).startsWith("HTTP/1.1 400 ").doesNotContain(ANY_CORS);
    }

    @Test
    void aRequestThatWaitsForItsTurnIsToldItsOwnOrigin() {
        Peer client = scene.client().send(chat(WHOLE, origin(PAGE)) + get("/healthz", origin(STRANGER)));
        engine.provider().last().send(json(200, "{}"));

        assertThat(count(client.received(), "HTTP/1.1 200 OK")).isEqualTo(2);
        assertThat(count(client.received(), "access-control-allow-origin")).isEqualTo(1);
        assertThat(client.received().indexOf(ALLOWED))
                .isLessThan(client.received().lastIndexOf("HTTP/1.1 200"));
    }

    @Test
    void theAnswerBehind100ContinueKnowsItsPageStill() {
        Peer client = scene.client()
                .send(EdgeScene.chatHead(
                        "content-length: " + WHOLE.length() + "\r\nexpect: 100-continue\r\n" + origin(PAGE)));
        assertThat(client.take()).startsWith("HTTP/1.1 100 Continue\r\n").doesNotContain(ANY_CORS);
        client.send(WHOLE);
        engine.provider().last().send(json(200, "{}"));

        assertThat(client.received()).startsWith("HTTP/1.1 200 OK\r\n").contains(ALLOWED);
    }

    @Test
    void pagesAreNamedAnewWhileConnectionsAreOpen() {
        Peer client = scene.client().send(get("/healthz", origin(STRANGER)));
        assertThat(client.take()).doesNotContain(ANY_CORS);

        browsers.allow(List.of(STRANGER));

        client.send(get("/healthz", origin(STRANGER)));
        assertThat(client.take()).contains("access-control-allow-origin: " + STRANGER + "\r\n");
        client.send(get("/healthz", origin(PAGE)));
        assertThat(client.take()).doesNotContain(ANY_CORS);
    }

    @Test
    void everyAnswerSaysThatItIsNoPage() {
        for (String path : List.of("/healthz", "/v1/models", "/nowhere")) {
            assertThat(scene.client().send(get(path)).received())
                    .contains("x-content-type-options: nosniff\r\n")
                    .contains("content-security-policy: default-src 'none'; frame-ancestors 'none'; sandbox\r\n")
                    .contains("referrer-policy: no-referrer\r\n")
                    .contains("cache-control: no-store\r\n")
                    .doesNotContain("strict-transport-security")
                    .doesNotContain("vary");
        }
    }

    @Test
    void overTlsBrowsersAreToldToStayThere() {
        EdgeScene secure = new EdgeScene(buffers, LIMITS, new Browsers(List.of(), /* tls= */ true));

        assertThat(secure.client().send(get("/healthz")).received())
                .contains("strict-transport-security: max-age=31536000\r\n");
        secure.close();
    }

    @Test
    void aSessionThatCannotStandInAHeadIsNotRepeated() {
        for (String session : List.of("x".repeat(129), "a b", "\u00e9")) {
            assertThat(scene.client()
                            .send(get("/healthz", "x-session-id: " + session + "\r\n"))
                            .received())
                    .startsWith("HTTP/1.1 200 ")
                    .doesNotContain("x-session-id");
        }
    }

    @Test
    void anAllowedPageOpensASocketAndAStrangerDoesNot() {
        assertThat(SocketPeer.open(scene, "/v1/chat/ws", SOCKET + origin(PAGE)).head())
                .startsWith("HTTP/1.1 101 ");
        assertThat(SocketPeer.open(scene, "/v1/chat/ws", SOCKET).head()).startsWith("HTTP/1.1 101 ");
        for (String path : List.of("/v1/chat/ws", "/v1/realtime?model=gpt-test")) {
            assertThat(SocketPeer.open(scene, path, SOCKET + origin(STRANGER)).head())
                    .startsWith("HTTP/1.1 403 ")
                    .contains("may not connect")
                    .doesNotContain(ANY_CORS);
        }
    }

    private String preflight(String origin, String headers) {
        return scene.client().send(options(origin, headers)).received();
    }

    private static String options(String origin, String headers) {
        return "OPTIONS /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\n" + origin(origin)
                + "access-control-request-method: POST\r\n" + headers + "\r\n";
    }

    private static String origin(String origin) {
        return "origin: " + origin + "\r\n";
    }

    private static List<String> exposed(String answer) {
        String name = "access-control-expose-headers: ";
        int from = answer.indexOf(name) + name.length();
        return List.of(answer.substring(from, answer.indexOf("\r\n", from)).split(", "));
    }
}
