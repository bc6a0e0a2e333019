package dev.sluice.gateway.edge;

import static dev.sluice.gateway.edge.EdgeScene.STREAM;
import static dev.sluice.gateway.edge.EdgeScene.WHOLE;
import static dev.sluice.gateway.edge.EdgeScene.chat;
import static dev.sluice.gateway.edge.EdgeScene.chatHead;
import static dev.sluice.gateway.edge.EdgeScene.count;
import static dev.sluice.gateway.edge.EdgeScene.get;
import static dev.sluice.gateway.wire.Answers.LAST_CHUNK;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Requests and answers over HTTP/1.1 and 1.0, byte for byte as a client sees them. */
class EdgeHttp1Test {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final EdgeScene scene = new EdgeScene(buffers);
    private final Engine engine = scene.engine();

    @AfterEach
    void everythingIsReleased() {
        scene.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    @Test
    void aStreamIsChunkedAndTheConnectionGoesOn() {
        Peer client = scene.client().send(chat(STREAM));
        engine.provider().last().send(stream("hi"));

        assertThat(client.received())
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("content-type: text/event-stream\r\n", "transfer-encoding: chunked\r\n", "[DONE]")
                .endsWith("\r\n0\r\n\r\n")
                .doesNotContainIgnoringCase("connection:");
        assertThat(client.isClosed()).isFalse();

        client.take();
        client.send(get("/healthz"));
        assertThat(client.received()).startsWith("HTTP/1.1 200 OK\r\n").endsWith("{\"status\":\"ok\"}\n");
    }

    @Test
    void aWholeAnswerHasItsLength() {
        Peer client = scene.client().send(chat(WHOLE));
        engine.provider().last().send(json(200, Answers.WHOLE));

        assertThat(client.received())
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("content-length: " + Answers.WHOLE.length() + "\r\n")
                .endsWith("\r\n\r\n" + Answers.WHOLE);
    }

    @Test
    void theProviderGetsTheCallersBodyAndNotItsKey() {
        scene.client().send(chat(WHOLE, "cookie: a=b\r\nopenai-organization: org-9\r\nidempotency-key: i-1\r\n"));

        assertThat(engine.provider().last().received())
                .startsWith("POST /v1/chat/completions HTTP/1.1\r\n")
                .contains("host: 127.0.0.1:9001\r\n", "authorization: Bearer " + Engine.PROVIDER_KEY + "\r\n")
                .contains("idempotency-key: i-1\r\n", "accept-encoding: identity\r\n")
                .doesNotContain(Engine.KEY, "org-9", "cookie")
                .endsWith("\r\n\r\n{\"model\":\"m-1\",\"messages\":[]}");
    }

    @Test
    void aRequestInSingleBytesIsTheSameRequest() {
        Peer client = scene.client().sendInPieces(chat(WHOLE), 1);
        assertThat(engine.provider().last().received()).endsWith("\r\n\r\n{\"model\":\"m-1\",\"messages\":[]}");
        engine.provider().last().sendInPieces(json(200, Answers.WHOLE), 1);

        assertThat(client.received()).endsWith("\r\n\r\n" + Answers.WHOLE);
        assertThat(engine.summary().requestBytes()).isEqualTo(WHOLE.length());
    }

    @Test
    void aChunkedBodyIsSentOnWithItsLength() {
        Peer client = scene.client()
                .send(chatHead("transfer-encoding: chunked\r\n"))
                .send(chunk(WHOLE.substring(0, 9)))
                .send(chunk(WHOLE.substring(9)) + LAST_CHUNK);
        assertThat(engine.provider().last().received())
                .contains("content-length: 29\r\n")
                .doesNotContain("chunked")
                .endsWith("{\"model\":\"m-1\",\"messages\":[]}");
        engine.provider().last().send(json(200, Answers.WHOLE));

        assertThat(client.received()).startsWith("HTTP/1.1 200 OK");
    }

    @Test
    void connectionCloseIsHonouredAndAnnounced() {
        Peer client = scene.client().send(chat(WHOLE, "connection: close\r\n"));
        engine.provider().last().send(json(200, Answers.WHOLE));

        assertThat(client.received()).contains("connection: close\r\n").endsWith(Answers.WHOLE);
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void aCutAnswerLosesItsConnectionAndHasNoLastChunk() {
        Peer client = scene.client().send(chat(STREAM));
        String huge = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + "x".repeat(70_000);
        engine.provider().last().send(STREAM_HEAD + chunk(ROLE) + chunk(huge)).close();

        assertThat(client.isClosed()).isTrue();
        assertThat(client.received()).endsWith("x\r\n").doesNotContain("\r\n0\r\n");
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.TRUNCATED);
    }

    @Test
    void aHttp10ClientGetsAStreamThatEndsWithItsConnection() {
        Peer client = scene.client()
                .send("POST /v1/chat/completions HTTP/1.0\r\nauthorization: Bearer " + Engine.KEY
                        + "\r\ncontent-length: " + STREAM.length() + "\r\n\r\n" + STREAM);
        engine.provider().last().send(stream("hi"));

        assertThat(client.received())
                .contains("connection: close\r\n")
                .doesNotContain("transfer-encoding", "\r\n0\r\n")
                .endsWith("data: [DONE]\n\n");
        assertThat(client.isClosed()).isTrue();
        assertThat(engine.summary().protocol()).isEqualTo("HTTP/1.0");
    }

    @Test
    void aHttp10ClientThatKeepsItsConnectionStillGetsAStreamThatEndsWithIt() {
        Peer client = scene.client()
                .send("POST /v1/chat/completions HTTP/1.0\r\nconnection: keep-alive\r\nauthorization: Bearer "
                        + Engine.KEY + "\r\ncontent-length: " + STREAM.length() + "\r\n\r\n" + STREAM);
        engine.provider().last().send(stream("hi"));

        assertThat(client.received()).doesNotContain("transfer-encoding").endsWith("data: [DONE]\n\n");
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void headGetsTheHeadersOnly() {
        Peer client = scene.client().send(get("/v1/models"));
        String full = client.take();
        int length = full.length() - full.indexOf("\r\n\r\n") - 4;
        client.send("HEAD /v1/models HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer " + Engine.KEY + "\r\n\r\n");

        assertThat(client.received())
                .contains("content-length: " + length + "\r\n")
                .endsWith("\r\n\r\n");
        assertThat(length).isPositive();
        client.take();
        client.send(get("/healthz"));
        assertThat(client.received()).startsWith("HTTP/1.1 200 OK");
    }

    @Test
    void aModelCanBeDescribedByItsName() {
        Peer client = scene.client().send(get("/v1/models/alpha%2Fsome-model"));

        assertThat(client.received()).contains("\"id\":\"alpha/some-model\"", "\"owned_by\":\"alpha\"");
        client.take();
        client.send(get("/v1/models/unheard-of"));
        assertThat(client.received()).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void theWrongMethodIsToldTheRightOnes() {
        Peer client = scene.client().send(get("/v1/chat/completions"));
        assertThat(client.take()).startsWith("HTTP/1.1 405 ").contains("allow: POST\r\n", "method_not_allowed");
        client.send("DELETE /v1/models HTTP/1.1\r\nhost: gateway\r\n\r\n");
        assertThat(client.take()).startsWith("HTTP/1.1 405 ").contains("allow: GET, HEAD\r\n");
        client.send(get("/v2/nothing"));
        assertThat(client.take()).startsWith("HTTP/1.1 404 ").contains("\"code\":\"not_found\"");
        assertThat(engine.summaries()).hasSize(3).allMatch(summary -> summary.status() == AttemptStatus.REFUSED);
    }

    @Test
    void healthNeedsNoKeyAndIsNoRequestOfACaller() {
        Peer client = scene.client().send("GET /readyz HTTP/1.1\r\nhost: gateway\r\n\r\n");
        assertThat(client.take()).startsWith("HTTP/1.1 200 OK").endsWith("{\"status\":\"ready\"}\n");
        client.send("GET /v1/models HTTP/1.1\r\nhost: gateway\r\n\r\n");
        assertThat(client.take()).startsWith("HTTP/1.1 401 ");
        assertThat(engine.summaries()).hasSize(1);
    }

    @Test
    void theCallersRequestIdIsEchoed() {
        Peer client = scene.client().send(get("/v1/models", "x-request-id: mine-7\r\n"));
        assertThat(client.take()).contains("x-request-id: mine-7\r\n");
        client.send(get("/v1/models", "x-request-id: no spaces please\r\n"));
        assertThat(client.take()).doesNotContain("no spaces please").contains("x-request-id: req_");
        client.send(get("/v1/models", "x-request-id: " + "y".repeat(128) + "\r\n"));
        assertThat(client.take()).contains("y".repeat(128));
        client.send(get("/v1/models", "x-request-id: " + "y".repeat(129) + "\r\n"));
        assertThat(client.take()).doesNotContain("yyy");
    }

    @Test
    void aClientThatClosesInMidStreamIsNoticed() {
        Peer client = scene.client().send(chat(STREAM));
        engine.provider().last().send(STREAM_HEAD + chunk(ROLE + delta("hi")));
        client.close();

        assertThat(engine.provider().last().isClosed()).isTrue();
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
        assertThat(count(client.received(), "HTTP/1.1")).isEqualTo(1);
    }

    @Test
    void aBurstIsBoundedByTheClientsHighWaterMarkAndFlowsOnAfterwards() {
        Peer client = scene.client().send(chat(STREAM));
        Peer provider = engine.provider().last();
        provider.send(STREAM_HEAD + chunk(ROLE));
        scene.lane().block();
        int sent = 0;
        for (int i = 0; i < 100; i++) {
            provider.send(chunk(delta("x".repeat(8_000))));
            sent += 8_000;
        }
        long pending = scene.accepted().unsafe().outboundBuffer().totalPendingWriteBytes();

        assertThat(pending).isBetween(64L * 1024, 100_000L);
        scene.lane().unblock();
        assertThat(count(client.received(), "x".repeat(8_000))).isEqualTo(sent / 8_000);
    }
}
