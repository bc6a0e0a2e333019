package dev.sluice.gateway.edge;

import static dev.sluice.gateway.edge.EdgeScene.STREAM;
import static dev.sluice.gateway.edge.EdgeScene.WHOLE;
import static dev.sluice.gateway.edge.EdgeScene.chat;
import static dev.sluice.gateway.edge.EdgeScene.get;
import static dev.sluice.gateway.wire.Answers.DONE;
import static dev.sluice.gateway.wire.Answers.FINISH;
import static dev.sluice.gateway.wire.Answers.LAST_CHUNK;
import static dev.sluice.gateway.wire.Answers.ROLE;
import static dev.sluice.gateway.wire.Answers.STREAM_HEAD;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.delta;
import static dev.sluice.gateway.wire.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Answers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What clients see of a gateway that stops: first it says so with its answers, then it ends what nobody uses. */
class EdgeDrainTest {
    private static final String CLOSE = "connection: close\r\n";

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final EdgeScene scene = new EdgeScene(buffers);
    private final Engine engine = scene.engine();

    @AfterEach
    void everythingIsReleased() {
        scene.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    // ---- leaving --------------------------------------------------------------------------------------------------

    @Test
    void whileLeavingReadinessIsDeniedAndTheConnectionEnds() {
        Peer client = scene.client();
        engine.loop().leave();
        client.send(get("/readyz"));

        assertThat(client.received())
                .startsWith("HTTP/1.1 503 ")
                .contains(CLOSE)
                .endsWith("{\"status\":\"draining\"}\n");
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void whileLeavingRequestsAreServedAndIdleConnectionsAreKept() {
        Peer old = scene.client().send(get("/healthz"));
        engine.loop().leave();
        engine.advance(Duration.ofSeconds(5));
        assertThat(old.isClosed()).isFalse();
        Peer fresh = scene.client();
        for (Peer client : new Peer[] {old, fresh}) {
            client.send(chat(WHOLE));
            engine.provider().last().send(json(200, Answers.WHOLE));

            assertThat(client.received()).contains(CLOSE).endsWith(Answers.WHOLE);
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void anAnswerThatHadNotBegunIsTheLastOfItsConnection() {
        Peer client = scene.client().send(chat(STREAM));
        engine.loop().leave();
        engine.provider().last().send(Answers.stream("hi"));

        assertThat(client.received()).contains(CLOSE).contains(DONE).endsWith("0\r\n\r\n");
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void requestsThatHaveBeenReceivedAreAnsweredBeforeTheConnectionEnds() {
        Peer client = scene.client().send(chat(WHOLE) + get("/healthz") + get("/readyz"));
        engine.loop().drain();
        engine.provider().last().send(json(200, Answers.WHOLE));

        assertThat(EdgeScene.count(client.received(), "HTTP/1.1 ")).isEqualTo(3);
        assertThat(EdgeScene.count(client.received(), CLOSE)).isEqualTo(1);
        assertThat(client.received()).endsWith("{\"status\":\"draining\"}\n");
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void anHttp2ConnectionIsNotToldBeforeTheDrain() {
        Http2Client client = new Http2Client(engine, EdgeScene.PORT);
        engine.loop().leave();
        engine.advance(Duration.ofSeconds(5));

        assertThat(client.request("GET", "/readyz", null).status()).isEqualTo("503");
        assertThat(client.goneAway()).isFalse();
    }

    // ---- draining, HTTP/1.1 ---------------------------------------------------------------------------------------

    @Test
    void aConnectionThatHasLongBeenIdleEndsAtOnce() {
        Peer idle = scene.client().send(get("/healthz"));
        engine.advance(Duration.ofSeconds(2));
        engine.loop().drain();

        engine.settle();

        assertThat(idle.isClosed()).isTrue();
    }

    @Test
    void aConnectionThatHasJustBeenUsedIsKeptForAMomentAndServed() {
        Peer client = scene.client().send(get("/healthz"));
        Peer silent = scene.client().send(get("/healthz"));
        engine.loop().drain();
        engine.advance(Duration.ofMillis(900));
        client.send(get("/healthz"));

        assertThat(EdgeScene.count(client.received(), "HTTP/1.1 200 ")).isEqualTo(2);
        assertThat(client.received()).contains(CLOSE);
        assertThat(client.isClosed()).isTrue();
        assertThat(silent.isClosed()).isFalse();
        engine.advance(Duration.ofMillis(300));
        assertThat(silent.isClosed()).isTrue();
    }

    @Test
    void aRequestThatHasBegunToArriveIsServed() {
        Peer client = scene.client().send(get("/healthz"));
        engine.advance(Duration.ofSeconds(5));
        client.send("GET /healthz HTT");
        engine.loop().drain();
        engine.advance(Duration.ofMillis(900));
        assertThat(client.isClosed()).isFalse();
        client.send("P/1.1\r\nhost: gateway\r\n\r\n");

        assertThat(EdgeScene.count(client.received(), "HTTP/1.1 200 ")).isEqualTo(2);
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void aConnectionWithoutAnyByteIsGivenAMoment() {
        Peer late = scene.client();
        Peer silent = scene.client();
        engine.loop().drain();
        engine.advance(Duration.ofMillis(900));
        late.send(get("/healthz"));
        engine.advance(Duration.ofMillis(300));

        assertThat(late.received()).startsWith("HTTP/1.1 200 ");
        assertThat(silent.isClosed()).isTrue();
    }

    @Test
    void aStreamThatHadBegunEndsWholeAndItsConnectionAMomentLater() {
        Peer client = scene.client().send(chat(STREAM));
        engine.provider().last().send(STREAM_HEAD + chunk(ROLE + delta("hi")));
        engine.loop().drain();
        engine.advance(Duration.ofSeconds(10));
        engine.provider().last().send(chunk(FINISH + DONE) + LAST_CHUNK);

        assertThat(client.received()).doesNotContain(CLOSE).contains(DONE).endsWith("0\r\n\r\n");
        assertThat(client.isClosed()).isFalse();
        engine.advance(Duration.ofMillis(1_200));
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void anAnswerReachesASlowClientWhole() {
        Peer client = scene.client().send(chat(STREAM));
        engine.loop().drain();
        scene.lane().block();
        engine.provider().last().send(Answers.stream("hi"));
        engine.advance(Duration.ofSeconds(2));
        assertThat(client.isClosed()).isFalse();

        scene.lane().unblock();

        assertThat(client.received()).contains("[DONE]").endsWith("0\r\n\r\n");
    }

    @Test
    void whatIsInterruptedIsToldSoWithoutAnEndMarker() {
        Peer client = scene.client().send(chat(STREAM));
        engine.provider().last().send(STREAM_HEAD + chunk(ROLE + delta("hi")));
        engine.loop().drain();
        engine.loop().interruptAll();

        assertThat(client.received())
                .contains("hi", "data: {\"error\":", "shutting down")
                .doesNotContain("[DONE]");
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.INTERRUPTED);
        engine.advance(Duration.ofMillis(1_200));
        assertThat(client.isClosed()).isTrue();
    }

    // ---- draining, HTTP/2 -----------------------------------------------------------------------------------------

    @Test
    void theFirstGoAwayEndsNothingAndTheSecondNamesTheLastStream() {
        Http2Client client = new Http2Client(engine, EdgeScene.PORT);
        Http2Client.Stream running = client.post("/v1/chat/completions", STREAM);
        engine.provider().last().send(STREAM_HEAD + chunk(ROLE + delta("hi")));
        engine.loop().drain();

        assertThat(client.farewells()).containsExactly(Integer.MAX_VALUE, 3);
        assertThat(client.isClosed()).isFalse();
        engine.advance(Duration.ofSeconds(10));
        engine.provider().last().send(chunk(FINISH + DONE) + LAST_CHUNK);

        assertThat(running.body()).endsWith(DONE);
        assertThat(running.isEnded()).isTrue();
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void aStreamThatCrossesTheFirstGoAwayIsServed() {
        Http2Client client = new Http2Client(engine, EdgeScene.PORT);
        client.answerNoPings();
        Http2Client.Stream running = client.post("/v1/chat/completions", STREAM);
        scene.lane().block();
        engine.loop().drain();
        engine.advance(Duration.ofMillis(500));
        Http2Client.Stream crossing = client.request("GET", "/healthz", null);
        scene.lane().unblock();

        assertThat(crossing.status()).isEqualTo("200");
        assertThat(client.farewells()).containsExactly(Integer.MAX_VALUE);
        engine.advance(Duration.ofMillis(700));
        assertThat(client.farewells()).containsExactly(Integer.MAX_VALUE, 5);
        engine.provider().last().send(Answers.stream("hi"));
        assertThat(running.isEnded()).isTrue();
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void anIdleHttp2ConnectionEndsWhenItsClientHasAnswered() {
        Http2Client client = new Http2Client(engine, EdgeScene.PORT);
        client.request("GET", "/healthz", null);
        engine.loop().drain();

        assertThat(client.isClosed()).isTrue();
        assertThat(client.farewells()).containsExactly(Integer.MAX_VALUE, 3);
    }

    @Test
    void anHttp2ClientThatAnswersNothingIsWaitedForASecond() {
        Http2Client client = new Http2Client(engine, EdgeScene.PORT);
        client.answerNoPings();
        client.request("GET", "/healthz", null);
        engine.loop().drain();
        engine.advance(Duration.ofMillis(900));
        assertThat(client.isClosed()).isFalse();

        engine.advance(Duration.ofMillis(300));

        assertThat(client.isClosed()).isTrue();
    }
}
