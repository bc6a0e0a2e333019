package dev.sluice.gateway.edge;

import static dev.sluice.gateway.edge.EdgeScene.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.exchange.AccountDesk;
import dev.sluice.gateway.exchange.AccountDesk.Action;
import dev.sluice.gateway.exchange.AccountDesk.Answer;
import dev.sluice.gateway.exchange.AccountDesk.Done;
import dev.sluice.gateway.exchange.AccountDesk.Errand;
import dev.sluice.gateway.exchange.AccountDesk.Receiver;
import dev.sluice.gateway.exchange.AccountDesk.Refused;
import dev.sluice.gateway.exchange.AccountDesk.Why;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code /auth/...} on the wire, with a desk that answers when the test says so. */
class EdgeAccountTest {
    private static final String LOGIN = "{\"email\":\"ada@example.com\",\"password\":\"correct horse\"}";

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final EdgeScene scene = new EdgeScene(buffers, GatewayConfig.Limits.DEFAULT);
    private final Engine engine = scene.engine();
    private final List<Errand> errands = new ArrayList<>();
    private final Deque<Receiver> receivers = new ArrayDeque<>();
    private boolean open = true;

    @BeforeEach
    void keepTheDeskWaiting() {
        engine.loop().serveAccountsAt(new AccountDesk() {
            @Override
            public boolean isOpen() {
                return open;
            }

            @Override
            public void handle(Errand errand, Receiver receiver) {
                errands.add(errand);
                receivers.add(receiver);
            }
        });
    }

    @AfterEach
    void everythingIsReleased() {
        scene.close();
    }

    private static String post(String path, String body, String headers) {
        return "POST " + path + " HTTP/1.1\r\nhost: gateway\r\n" + headers + "content-length: " + body.length()
                + "\r\n\r\n" + body;
    }

    private void answer(Answer answer) {
        receivers.remove().onAnswer(answer);
        engine.settle();
    }

    private static Done done(String json) {
        return new Done(200, new Secret(json), null);
    }

    @Test
    void theBodyReachesTheDeskAndTheAnswerTheCaller() {
        Peer client = scene.client().send(post("/auth/login", LOGIN, "origin: https://app.example\r\n"));
        assertThat(client.received()).isEmpty();
        Errand errand = errands.getFirst();
        assertThat(errand.action()).isEqualTo(Action.LOGIN);
        assertThat(errand.body().reveal()).isEqualTo(LOGIN);
        assertThat(errand.token()).isNull();
        assertThat(errand.cookie()).isNull();
        assertThat(errand.visitor().origin()).isEqualTo("https://app.example");
        assertThat(errand.visitor().host()).isEqualTo("gateway");
        assertThat(errand.toString()).doesNotContain("horse");

        answer(new Done(201, new Secret("{\"a\":1}"), new Secret("sluice_refresh=x; Path=/auth")));

        assertThat(client.received())
                .startsWith("HTTP/1.1 201 Created\r\n")
                .contains(
                        "content-type: application/json\r\n",
                        "cache-control: no-store\r\n",
                        "set-cookie: sluice_refresh=x; Path=/auth\r\n",
                        "content-length: 7\r\n")
                .endsWith("\r\n\r\n{\"a\":1}");
        assertThat(engine.summary().endpoint()).isEqualTo("auth");
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.OK);
    }

    @Test
    void aBodyInPiecesIsGathered() {
        Peer client = scene.client()
                .send("POST /auth/refresh HTTP/1.1\r\nhost: gateway\r\ntransfer-encoding: chunked\r\n\r\n");
        for (String piece : List.of("{\"refresh", "_token\":", "\"slr_1\"}")) {
            client.send(Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n");
        }
        assertThat(errands).isEmpty();
        client.send("0\r\n\r\n");

        assertThat(errands.getFirst().body().reveal()).isEqualTo("{\"refresh_token\":\"slr_1\"}");
        answer(done("{}"));
        assertThat(client.received()).endsWith("{}");
    }

    @Test
    void theProfileComesWithTheTokenAndWithoutABody() {
        Peer client = scene.client().send(get("/auth/profile"));

        assertThat(errands.getFirst().action()).isEqualTo(Action.PROFILE);
        assertThat(errands.getFirst().token()).isEqualTo(new Secret(Engine.KEY));
        assertThat(errands.getFirst().body().reveal()).isEmpty();
        answer(done("{\"id\":\"usr_1\"}"));
        assertThat(client.received()).endsWith("{\"id\":\"usr_1\"}");
        assertThat(engine.summary().endpoint()).isEqualTo("auth.profile");
    }

    @Test
    void aChangeOfTheProfileIsAPatch() {
        scene.client().send(post("/auth/profile", "{\"name\":\"A\"}", "").replaceFirst("POST", "PATCH"));

        assertThat(errands.getFirst().action()).isEqualTo(Action.CHANGE_PROFILE);
        answer(done("{}"));
    }

    @Test
    void theCookieIsFoundAmongOthersAndOfTwoNoneIsBelieved() {
        scene.client().send(post("/auth/refresh", "", "cookie: a=b; sluice_refresh=slr_1; c=d\r\n"));
        scene.client().send(post("/auth/refresh", "", "cookie: sluice_refresh=slr_1; sluice_refresh=slr_2\r\n"));
        scene.client().send(post("/auth/refresh", "", "cookie: xsluice_refresh=slr_1\r\n"));

        assertThat(errands).extracting(Errand::cookie).containsExactly(new Secret("slr_1"), null, null);
        for (int i = 0; i < 3; i++) {
            answer(done("{}"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "INVALID, 400, invalid_request_error, 0",
        "UNKNOWN, 401, invalid_api_key, 0",
        "DENIED, 403, permission_denied, 0",
        "TAKEN, 409, conflict, 0",
        "THROTTLED, 429, rate_limit_exceeded, 15",
        "BUSY, 503, overloaded, 1",
        "AWAY, 503, auth_unavailable, 5",
        "FAILED, 500, internal_error, 0"
    })
    void refusalsAreToldInTheWordsOfTheCatalogue(Why why, int status, String code, int retryAfter) {
        Peer client = scene.client().send(post("/auth/login", LOGIN, ""));
        answer(new Refused(why, "email", "That is why.", retryAfter, new Secret("sluice_refresh=; Max-Age=0")));

        assertThat(client.received())
                .startsWith("HTTP/1.1 " + status + " ")
                .contains("\"message\":\"That is why.\"", "\"param\":\"email\"", "\"code\":\"" + code + "\"")
                .contains("cache-control: no-store\r\n", "set-cookie: sluice_refresh=; Max-Age=0\r\n");
        if (retryAfter > 0) {
            assertThat(client.received()).contains("retry-after: " + retryAfter + "\r\n");
        } else {
            assertThat(client.received()).doesNotContain("retry-after");
        }
    }

    @Test
    void whereThereAreNoAccountsThePathsDoNotExist() {
        open = false;
        Peer client = scene.client().send(post("/auth/login", LOGIN, "") + get("/healthz"));

        assertThat(client.received())
                .startsWith("HTTP/1.1 404 ")
                .contains("\"code\":\"not_found\"", "'auth.mode' does not have jwt", "{\"status\":\"ok\"}");
        assertThat(errands).isEmpty();
    }

    @Test
    void theTableKnowsItsPathsAndMethods() {
        Peer client = scene.client()
                .send(get("/auth/login") + get("/auth/profile").replaceFirst("GET", "DELETE") + get("/auth/elsewhere"));

        assertThat(client.received())
                .containsSubsequence(
                        "HTTP/1.1 405 ",
                        "allow: POST\r\n",
                        "HTTP/1.1 405 ",
                        "allow: GET, HEAD, PATCH\r\n",
                        "HTTP/1.1 404 ");
        assertThat(errands).isEmpty();
    }

    @Test
    void aBodyOfMoreThanSixteenKibibytesIsRefusedWhetherItSaysSoOrNot() {
        Peer announced =
                scene.client().send("POST /auth/login HTTP/1.1\r\nhost: gateway\r\ncontent-length: 16385\r\n\r\n");
        assertThat(announced.received()).startsWith("HTTP/1.1 413 ").contains("16385 bytes, 16384 are allowed");

        Peer chunked =
                scene.client().send("POST /auth/login HTTP/1.1\r\nhost: gateway\r\ntransfer-encoding: chunked\r\n\r\n");
        chunked.send("2000\r\n" + " ".repeat(0x2000) + "\r\n2001\r\n" + " ".repeat(0x2001) + "\r\n");
        assertThat(chunked.received()).startsWith("HTTP/1.1 413 ");
        assertThat(errands).isEmpty();
    }

    @Test
    void aBodyThatIsNotTextIsRefused() {
        Peer client = scene.client()
                .send("POST /auth/login HTTP/1.1\r\nhost: gateway\r\ncontent-length: 4\r\n\r\n{\u00ff\u00fe}");

        assertThat(client.received()).startsWith("HTTP/1.1 400 ").contains("is not UTF-8");
        assertThat(errands).isEmpty();
    }

    @Test
    void waitsFiveSecondsAndDropsWhatComesLater() {
        Peer client = scene.client().send(post("/auth/login", LOGIN, ""));
        engine.advance(Duration.ofMillis(4_900));
        assertThat(client.received()).isEmpty();

        engine.advance(Duration.ofMillis(200));
        assertThat(client.received())
                .startsWith("HTTP/1.1 503 ")
                .contains("\"code\":\"auth_unavailable\"", "retry-after: 5\r\n");

        answer(done("{\"late\":1}"));
        assertThat(client.received()).doesNotContain("late");
        assertThat(engine.summaries()).hasSize(1);
    }

    @Test
    void aClientThatLeavesMeanwhileLeavesNothingBehind() {
        Peer waiting = scene.client().send(post("/auth/login", LOGIN, ""));
        waiting.close();
        answer(done("{}"));
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
        assertThat(engine.loop().openExchanges()).isZero();

        scene.client()
                .send("POST /auth/login HTTP/1.1\r\nhost: gateway\r\ncontent-length: 100\r\n\r\n{\"email\"")
                .close();
        assertThat(engine.loop().openExchanges()).isZero();
        assertThat(errands).hasSize(1);
    }

    @Test
    void aGatewayThatStopsSaysSo() {
        Peer client = scene.client().send(post("/auth/login", LOGIN, ""));
        assertThat(engine.loop().openExchanges()).isOne();
        engine.loop().interruptAll();
        engine.settle();

        assertThat(client.received()).startsWith("HTTP/1.1 503 ").contains("shutting down");
        assertThat(engine.loop().openExchanges()).isZero();
    }

    @Test
    void isAnsweredOnAStreamOfHttp2() {
        Http2Client client = new Http2Client(engine, EdgeScene.PORT);
        Http2Client.Stream call = client.request("POST", "/auth/login", LOGIN);
        assertThat(errands).extracting(Errand::action).containsExactly(Action.LOGIN);
        assertThat(errands.getFirst().visitor().host()).isNotNull();

        answer(done("{\"a\":1}"));

        assertThat(call.status()).isEqualTo("200");
        assertThat(call.body()).isEqualTo("{\"a\":1}");
    }

    @Test
    void theOthersOnTheConnectionWaitForTheirTurn() {
        Peer client = scene.client().send(post("/auth/login", LOGIN, "") + get("/healthz"));
        assertThat(client.received()).isEmpty();
        answer(done("{\"first\":1}"));

        assertThat(client.received()).containsSubsequence("{\"first\":1}", "{\"status\":\"ok\"}");
    }

    @Test
    void whoSendsTwoOriginsSendsNone() {
        scene.client()
                .send(post("/auth/refresh", "", "origin: https://app.example\r\norigin: https://attacker.example\r\n"));
        @Nullable String origin = errands.getFirst().visitor().origin();

        assertThat(origin).isNull();
        answer(done("{}"));
    }
}
