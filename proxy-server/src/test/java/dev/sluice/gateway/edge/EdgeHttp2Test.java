package dev.sluice.gateway.edge;

import static dev.sluice.gateway.edge.EdgeScene.STREAM;
import static dev.sluice.gateway.edge.EdgeScene.WHOLE;
import static dev.sluice.gateway.wire.Answers.DONE;
import static dev.sluice.gateway.wire.Answers.ROLE;
import static dev.sluice.gateway.wire.Answers.STREAM_HEAD;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.delta;
import static dev.sluice.gateway.wire.Answers.json;
import static dev.sluice.gateway.wire.Answers.stream;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Answers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import io.netty.handler.codec.http2.Http2Error;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The data plane over HTTP/2 with prior knowledge, frame by frame as a client sees it. */
class EdgeHttp2Test {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final EdgeScene scene = new EdgeScene(buffers);
    private final Engine engine = scene.engine();
    private final Http2Client client = new Http2Client(engine, EdgeScene.PORT);

    @AfterEach
    void everythingIsReleased() {
        scene.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    @Test
    void aStreamHasHeadersBodyAndEnd() {
        Http2Client.Stream call = client.post("/v1/chat/completions", STREAM);
        engine.provider().last().send(stream("hi"));

        assertThat(call.status()).isEqualTo("200");
        assertThat(call.header("content-type")).isEqualTo("text/event-stream");
        assertThat(call.header("transfer-encoding")).isNull();
        assertThat(call.header("connection")).isNull();
        assertThat(call.body()).contains("hi").endsWith(DONE);
        assertThat(call.isEnded()).isTrue();
        assertThat(call.reset()).isNull();
        assertThat(engine.summary().protocol()).isEqualTo("HTTP/2");
    }

    @Test
    void aConnectionTakesAThousandRequestsAndAMebibyteOfTheirBodies() {
        List<Http2Client.Stream> calls = new ArrayList<>();
        assertThat(client.window()).isEqualTo(1 << 20);
        assertThat(client.maxStreams()).isEqualTo(1_000);
        for (int i = 0; i < 300; i++) {
            calls.add(client.post("/v1/chat/completions", STREAM));
        }
        for (int i = 0; i < 300; i++) {
            engine.provider().connection(i).send(stream("hi " + i));
        }

        for (int i = 0; i < 300; i++) {
            assertThat(calls.get(i).body()).contains("hi " + i).endsWith(DONE);
        }
    }

    @Test
    void aWebSocketIsNotServedHere() {
        Http2Client.Stream call = client.request("GET", "/v1/chat/ws", null);

        assertThat(call.status()).isEqualTo("501");
        assertThat(call.body()).contains("WebSockets are served over HTTP/1.1 only; this request came over HTTP/2.");
    }

    @Test
    void aWholeAnswerHasItsLength() {
        Http2Client.Stream call = client.post("/v1/chat/completions", WHOLE);
        engine.provider().last().send(json(200, Answers.WHOLE));

        assertThat(call.header("content-length")).isEqualTo(Integer.toString(Answers.WHOLE.length()));
        assertThat(call.body()).isEqualTo(Answers.WHOLE);
        assertThat(call.isEnded()).isTrue();
    }

    @Test
    void aCutAnswerIsAResetAndSparesItsNeighbours() {
        Http2Client.Stream cut = client.post("/v1/chat/completions", STREAM);
        Http2Client.Stream whole = client.post("/v1/chat/completions", STREAM);
        String huge = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + "x".repeat(70_000);
        Peer first = engine.provider().connection(0);
        first.send(STREAM_HEAD + chunk(ROLE));
        first.send(chunk(huge));
        first.close();
        engine.provider().connection(1).send(stream("hi"));

        assertThat(cut.reset()).isEqualTo(Http2Error.INTERNAL_ERROR.code());
        assertThat(cut.isEnded()).isFalse();
        assertThat(whole.body()).endsWith(DONE);
        assertThat(whole.isEnded()).isTrue();
        assertThat(client.isClosed()).isFalse();
    }

    @Test
    void aStreamThatTheClientResetsIsCancelledAtOnceAndAlone() {
        Http2Client.Stream left = client.post("/v1/chat/completions", STREAM);
        Http2Client.Stream stays = client.post("/v1/chat/completions", STREAM);
        engine.provider().connection(0).send(STREAM_HEAD + chunk(ROLE + delta("hi")));
        left.cancel();

        assertThat(engine.provider().connection(0).isClosed()).isTrue();
        assertThat(engine.provider().connection(1).isClosed()).isFalse();
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
        engine.provider().connection(1).send(stream("hi"));
        assertThat(stays.isEnded()).isTrue();
    }

    @Test
    void aClientThatClosesItsConnectionEndsAllItsStreams() {
        client.post("/v1/chat/completions", STREAM);
        client.post("/v1/chat/completions", STREAM);
        client.close();

        assertThat(engine.summaries()).hasSize(2).allMatch(one -> one.status() == AttemptStatus.CLIENT_ABORT);
        assertThat(engine.provider().connection(0).isClosed()).isTrue();
        assertThat(engine.provider().connection(1).isClosed()).isTrue();
    }

    @Test
    void theProviderIsNotReadWhileTheClientsWindowIsFull() {
        Http2Client.Stream call = client.post("/v1/chat/completions", STREAM);
        call.stopReading();
        Peer provider = engine.provider().last();
        provider.send(STREAM_HEAD + chunk(ROLE));
        for (int i = 0; i < 100; i++) {
            provider.send(chunk(delta("x".repeat(8_000))));
        }
        long held = buffers.usedBytes();
        for (int i = 0; i < 100; i++) {
            provider.send(chunk(delta("x".repeat(8_000))));
        }
        // The test's own wire holds what nobody reads; the gateway takes nothing more of it.
        assertThat(buffers.usedBytes() - held).isBetween(800_000L, 830_000L);

        call.startReading();
        provider.send(chunk(Answers.FINISH) + Answers.LAST_CHUNK);

        assertThat(EdgeScene.count(call.body(), "x".repeat(8_000))).isEqualTo(200);
        assertThat(call.isEnded()).isTrue();
    }

    @Test
    void aRefusalIsAnAnswerAndNoReset() {
        Http2Client.Stream call = client.post("/v1/chat/completions", "{\"model\":\"unheard-of\"}");

        assertThat(call.status()).isEqualTo("404");
        assertThat(call.isEnded()).isTrue();
        assertThat(call.body()).contains("model_not_found");
    }

    @Test
    void headGetsTheHeadersOnly() {
        Http2Client.Stream call = client.request("HEAD", "/v1/models", null);

        assertThat(call.status()).isEqualTo("200");
        assertThat(Integer.parseInt(Objects.requireNonNull(call.header("content-length"))))
                .isPositive();
        assertThat(call.body()).isEmpty();
        assertThat(call.isEnded()).isTrue();
    }

    @Test
    void aBodyThatIsTooLargeIsRefusedAndTheConnectionGoesOn() {
        Http2Client.Stream call = client.post("/v1/chat/completions", " ".repeat(1_001));

        assertThat(call.status()).isEqualTo("413");
        Http2Client.Stream next = client.request("GET", "/healthz", null);
        assertThat(next.status()).isEqualTo("200");
    }

    @Test
    void anIdleConnectionIsClosedAfterItsKeepAlive() {
        client.request("GET", "/healthz", null);
        engine.advance(Duration.ofMillis(9_900));
        assertThat(client.isClosed()).isFalse();
        engine.advance(Duration.ofMillis(300));
        assertThat(client.goneAway()).isTrue();
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void aConnectionWithAnOpenStreamIsNotIdle() {
        Http2Client.Stream call = client.post("/v1/chat/completions", STREAM);
        engine.advance(Duration.ofSeconds(15));
        engine.provider().last().send(stream("hi"));

        assertThat(call.isEnded()).isTrue();
        assertThat(client.isClosed()).isFalse();
    }

    @Test
    void aConnectionThatTakesNothingForAMinuteIsGivenUpWhole() {
        client.post("/v1/chat/completions", STREAM);
        scene.lane().block();
        Peer provider = engine.provider().last();
        provider.send(STREAM_HEAD + chunk(ROLE));
        for (int i = 0; i < 40; i++) {
            provider.send(chunk(delta("x".repeat(8_000))));
        }
        engine.advance(Duration.ofSeconds(59));
        assertThat(engine.summaries()).isEmpty();
        assertThat(client.isClosed()).isFalse();

        engine.advance(Duration.ofSeconds(3));

        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
        assertThat(provider.isClosed()).isTrue();
        assertThat(client.isClosed()).isTrue();
    }
}
