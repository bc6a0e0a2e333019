package dev.sluice.gateway.edge;

import static dev.sluice.gateway.edge.EdgeScene.STREAM;
import static dev.sluice.gateway.edge.EdgeScene.WHOLE;
import static dev.sluice.gateway.edge.EdgeScene.chat;
import static dev.sluice.gateway.edge.EdgeScene.chatAs;
import static dev.sluice.gateway.edge.EdgeScene.count;
import static dev.sluice.gateway.edge.EdgeScene.get;
import static dev.sluice.gateway.wire.Answers.DONE;
import static dev.sluice.gateway.wire.Answers.json;
import static dev.sluice.gateway.wire.Answers.stream;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.ExchangeSummary;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Answers;
import dev.sluice.gateway.wire.Callers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Requests of callers whom memory does not know: they wait, and nothing else does. */
class EdgeParkingTest {
    private static final String STRANGER = Callers.STRANGE + "1";
    private static final Principal FOUND = new Principal("key_found", "found", "team_b", List.of());

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final EdgeScene scene = new EdgeScene(buffers);
    private final Engine engine = scene.engine();
    private final Callers callers = engine.callers();

    @AfterEach
    void everythingIsReleased() {
        scene.close();
        assertThat(engine.loop().openExchanges()).isZero();
        assertThat(engine.loop().reception().waiting()).isZero();
    }

    /** What looking it up has led to. */
    private void answer(AuthResult result) {
        callers.answer(result);
        engine.settle();
    }

    @Test
    void aRequestWaitsWithItsBodyUntilItIsKnownWhoSendsIt() {
        Peer client = scene.client().sendInPieces(chatAs(STRANGER, STREAM), 7);
        assertThat(engine.provider().connections()).isZero();
        assertThat(callers.asked()).containsExactly(STRANGER);
        assertThat(engine.loop().openExchanges()).as("a drain waits for it").isEqualTo(1);

        answer(FOUND);
        assertThat(engine.provider().last().received()).endsWith("\"stream_options\":{\"include_usage\":true}}");
        engine.provider().last().send(stream("hi"));

        assertThat(client.received()).contains("HTTP/1.1 200 OK", "hi", DONE);
        assertThat(engine.summary().keyId()).isEqualTo("key_found");
        assertThat(callers.asked()).hasSize(1);
    }

    @Test
    void theRestOfABodyMayComeAfterTheVerdict() {
        String request = chatAs(STRANGER, STREAM);
        int half = request.length() - STREAM.length() / 2;
        Peer client = scene.client().send(request.substring(0, half));
        answer(FOUND);
        client.send(request.substring(half));
        engine.provider().last().send(stream("hi"));

        assertThat(client.received()).contains("hi", DONE);
    }

    @Test
    void whatNeedsNobodyIsNeverHeldUp() {
        Peer client = scene.client()
                .send(get("/healthz").replace(Engine.KEY, STRANGER)
                        + get("/nothing").replace(Engine.KEY, STRANGER)
                        + get("/v1/chat/completions").replace(Engine.KEY, STRANGER)
                        + get("/v1/files/../x").replace(Engine.KEY, STRANGER));

        assertThat(client.received()).containsSubsequence(" 200 OK", " 404 ", " 405 ", " 400 ");
        assertThat(callers.asked()).isEmpty();
    }

    @Test
    void everyKindOfCallWaits() {
        List<String> calls = List.of(
                get("/v1/models"), get("/v1/models/gpt-test"), get("/v1/usage"), get("/v1/files/file-1"), chat(WHOLE));
        for (String call : calls) {
            Peer client = scene.client().send(call.replace(Engine.KEY, STRANGER));
            assertThat(client.received()).as(call).isEmpty();
            answer(AuthResult.Refused.INVALID);
            assertThat(client.received()).as(call).startsWith("HTTP/1.1 401 Unauthorized\r\n");
        }
        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void whetherItIsGoodMayNotBeKnownNow() {
        Peer client = scene.client().send(chatAs(STRANGER, STREAM));
        answer(AuthResult.Refused.UNAVAILABLE);

        assertThat(client.received())
                .startsWith("HTTP/1.1 503 Service Unavailable\r\n")
                .containsIgnoringCase("retry-after: 2")
                .contains("\"code\":\"auth_unavailable\"");
        assertThat(engine.summary().errorCode()).isEqualTo("auth_unavailable");
    }

    @Test
    void nobodyWaitsLongerThanFiveSecondsAndWhatComesLaterIsNotHeard() {
        Peer client = scene.client().send(chatAs(STRANGER, STREAM));
        engine.advance(Duration.ofMillis(4_950));
        assertThat(client.received()).isEmpty();
        engine.advance(Duration.ofMillis(100));
        assertThat(client.take()).startsWith("HTTP/1.1 503 ");

        answer(FOUND);
        assertThat(client.received()).isEmpty();
        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void aVerdictIsForThisCredentialAlone() {
        Peer client = scene.client().send(chatAs(STRANGER, STREAM));
        answer(AuthResult.Refused.EXPIRED);
        assertThat(client.take()).startsWith("HTTP/1.1 401 ").contains("expired");

        client.send(chatAs(Callers.STRANGE + "2", STREAM));
        answer(FOUND);
        engine.provider().last().send(stream("hi"));
        assertThat(client.take()).contains("hi");
        // The same once more is known on this connection; the first one has to be looked up again.
        client.send(chatAs(Callers.STRANGE + "2", WHOLE));
        engine.provider().last().send(json(200, Answers.WHOLE));
        assertThat(client.take()).contains(Answers.WHOLE);
        client.send(chatAs(STRANGER, STREAM));

        assertThat(callers.asked()).containsExactly(STRANGER, Callers.STRANGE + "2", STRANGER);
        answer(AuthResult.Refused.INVALID);
        assertThat(client.received()).startsWith("HTTP/1.1 401 ");
    }

    @Test
    void whatIsTakenBackMeanwhileIsAskedForOnceMore() {
        Peer client = scene.client().send(chatAs(STRANGER, STREAM));
        callers.forget(STRANGER);
        answer(FOUND);
        assertThat(callers.asked()).containsExactly(STRANGER, STRANGER);
        assertThat(client.received()).isEmpty();
        answer(AuthResult.Refused.INVALID);

        assertThat(client.received()).startsWith("HTTP/1.1 401 ");
    }

    @Test
    void askingOnceMoreDoesNotMakeTheWaitLonger() {
        Peer client = scene.client().send(chatAs(STRANGER, STREAM));
        engine.advance(Duration.ofMillis(4_000));
        callers.forget(STRANGER);
        answer(FOUND);
        engine.advance(Duration.ofMillis(1_050));

        assertThat(client.received()).startsWith("HTTP/1.1 503 ");
    }

    @Test
    void pipelinedRequestsKeepTheirOrder() {
        Peer client = scene.client()
                .send(chat(STREAM) + chatAs(STRANGER, WHOLE) + get("/healthz") + chatAs(STRANGER, STREAM));
        assertThat(callers.asked()).as("not its turn yet").isEmpty();
        engine.provider().last().send(stream("first"));
        assertThat(callers.asked()).hasSize(1);
        assertThat(client.take()).contains("first").doesNotContain("\"ok\"");

        answer(FOUND);
        engine.provider().last().send(json(200, Answers.WHOLE));
        engine.provider().last().send(stream("last"));

        assertThat(client.received()).containsSubsequence(Answers.WHOLE, "\"status\":\"ok\"", "last");
        assertThat(callers.asked()).hasSize(1);
    }

    @Test
    void aClientThatLeavesIsNotServed() {
        Peer client = scene.client().send(chatAs(STRANGER, STREAM) + chat(STREAM));
        client.close();
        assertThat(engine.loop().reception().waiting()).isZero();
        answer(FOUND);

        assertThat(engine.summaries()).isEmpty();
        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void littleIsReadOfABodyThatMayNotBeWanted() {
        String body =
                "{\"model\":\"gpt-test\",\"stream\":true,\"pad\":\"" + "x".repeat(900_000) + "\",\"messages\":[]}";
        EdgeScene large = new EdgeScene(
                buffers,
                new GatewayConfig.Limits(
                        200,
                        2_000,
                        10,
                        1_000_000,
                        16,
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(10),
                        10));
        Peer client = large.client().sendInPieces(chatAs(STRANGER, body).substring(0, 20_000), 1_000);
        assertThat(large.accepted().config().isAutoRead()).isFalse();
        long kept = buffers.usedBytes();
        client.sendInPieces(chatAs(STRANGER, body).substring(20_000), 10_000);
        assertThat(buffers.usedBytes() - kept).as("it stays on the wire").isGreaterThanOrEqualTo(880_000);
        assertThat(large.accepted().config().isAutoRead()).isFalse();

        large.engine().callers().answer(FOUND);
        large.engine().settle();
        large.engine().provider().last().send(stream("hi"));

        assertThat(client.received()).contains("hi", DONE);
        assertThat(large.accepted().config().isAutoRead()).isTrue();
        large.close();
    }

    @Test
    void aWaitingClientIsNotTakenForAnIdleOne() {
        Peer client = scene.client().send(get("/healthz"));
        engine.advance(Duration.ofMillis(9_000));
        client.send(chatAs(STRANGER, STREAM));
        engine.advance(Duration.ofMillis(3_000));
        assertThat(client.isClosed()).isFalse();
        answer(FOUND);
        engine.provider().last().send(stream("hi"));

        assertThat(client.received()).contains("hi");
    }

    @Test
    void timeIsCountedFromTheArrival() {
        scene.client().send(chatAs(STRANGER, STREAM));
        engine.advance(Duration.ofSeconds(2));
        answer(FOUND);
        engine.provider().last().send(stream("hi"));

        assertThat(Duration.ofNanos(engine.summary().durationNanos())).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void aGatewayThatStopsLetsThemWaitOnAndAnswersBeforeItCuts() {
        Peer served = scene.client().send(chatAs(STRANGER, STREAM));
        Peer cut = scene.client().send(chatAs(Callers.STRANGE + "2", STREAM));
        engine.loop().drain();
        engine.advance(Duration.ofSeconds(3));
        assertThat(served.isClosed()).isFalse();
        answer(FOUND);
        engine.provider().last().send(stream("hi"));
        assertThat(served.received()).contains("hi").containsIgnoringCase("connection: close");

        engine.loop().interruptAll();
        assertThat(cut.received()).startsWith("HTTP/1.1 503 ");
    }

    @Test
    void whoComesWhenTooManyWaitIsToldAtOnce() {
        List<Peer> waiting = new ArrayList<>();
        for (int i = 0; i < 1_024; i++) {
            waiting.add(scene.client().send(chatAs(STRANGER, STREAM)));
        }
        assertThat(scene.client().send(chatAs(STRANGER, STREAM)).received())
                .startsWith("HTTP/1.1 503 ")
                .contains("auth_unavailable");
        assertThat(callers.asked()).hasSize(1_024);
        assertThat(scene.client().send(get("/v1/models")).received())
                .as("who is known is served")
                .startsWith("HTTP/1.1 200 ");

        answer(AuthResult.Refused.INVALID);
        assertThat(waiting.getFirst().received()).startsWith("HTTP/1.1 401 ");
        assertThat(scene.client().send(chatAs(STRANGER, STREAM)).received())
                .as("there is a place again")
                .isEmpty();
        waiting.forEach(Peer::close);
    }

    @Test
    void aStreamThatWaitsHoldsUpNoOther() {
        Http2Client client = new Http2Client(engine, EdgeScene.PORT);
        Http2Client.Stream strange = client.request(STRANGER, "POST", "/v1/chat/completions", STREAM);
        Http2Client.Stream known = client.post("/v1/chat/completions", STREAM);
        Http2Client.Stream gone = client.request(Callers.STRANGE + "2", "GET", "/v1/models", null);
        engine.provider().last().send(stream("known"));
        assertThat(known.isEnded()).isTrue();
        gone.cancel();
        assertThat(engine.loop().reception().waiting()).isEqualTo(1);

        answer(FOUND);
        engine.provider().last().send(stream("found"));

        assertThat(strange.body()).contains("found").endsWith(DONE);
        assertThat(engine.summaries()).extracting(ExchangeSummary::keyId).containsExactly("key_all", "key_found");
    }

    @Test
    void anUpgradeWaitsForTheKeyAmongItsSubprotocols() {
        SocketPeer client = SocketPeer.open(
                scene,
                "/v1/chat/ws",
                "sec-websocket-protocol: sluice.chat, openai-insecure-api-key." + STRANGER + "\r\n");
        assertThat(client.head()).isEmpty();
        assertThat(callers.asked()).containsExactly(STRANGER);
        answer(FOUND);

        assertThat(client.isUpgraded()).isTrue();
        client.text(ask("a"));
        engine.provider().last().send(stream("hi"));
        assertThat(String.join("", client.texts())).contains("hi", "\"done\":true");
        assertThat(callers.asked()).hasSize(1);
    }

    @Test
    void anUpgradeOfSomebodyUnknownIsRefusedInHttp() {
        SocketPeer client =
                SocketPeer.open(scene, "/v1/realtime?model=gpt-test", "authorization: Bearer " + STRANGER + "\r\n");
        answer(AuthResult.Refused.INVALID);

        assertThat(client.head()).startsWith("HTTP/1.1 401 ");
    }

    @Test
    void aChatOnASocketWaitsWhenItsCallerHasBeenForgotten() {
        callers.know(STRANGER, FOUND);
        SocketPeer client = SocketPeer.open(scene, "/v1/chat/ws", "authorization: Bearer " + STRANGER + "\r\n");
        assertThat(client.isUpgraded()).isTrue();
        callers.forget(STRANGER);
        client.text(ask("a")).text(ask("b")).text(ask("c"));
        assertThat(engine.provider().connections()).isZero();
        assertThat(callers.open()).isEqualTo(3);

        client.text("{\"cancel\":\"b\"}");
        assertThat(client.texts()).containsExactly("{\"id\":\"b\",\"done\":true,\"cancelled\":true}");
        answer(FOUND);
        engine.provider().last().send(stream("hi"));
        assertThat(String.join("", client.texts())).contains("{\"id\":\"a\",\"data\":", "hi", "\"done\":true");
        client.peer().close();

        assertThat(engine.summaries()).extracting(ExchangeSummary::status).containsExactly(AttemptStatus.OK);
    }

    private static String ask(String id) {
        return "{\"id\":\"" + id + "\",\"model\":\"gpt-test\",\"stream\":true,\"messages\":[]}";
    }

    @Test
    void aQueueThatIsFullStopsTheReadingHereToo() {
        Peer client = scene.client().send(chatAs(STRANGER, STREAM));
        client.send(get("/healthz").repeat(100)).send(get("/healthz").repeat(100));
        assertThat(scene.accepted().config().isAutoRead()).isFalse();
        answer(AuthResult.Refused.INVALID);

        assertThat(count(client.received(), "{\"status\":\"ok\"}")).isEqualTo(200);
    }
}
