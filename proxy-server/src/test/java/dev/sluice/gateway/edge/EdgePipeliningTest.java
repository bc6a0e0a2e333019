package dev.sluice.gateway.edge;

import static dev.sluice.gateway.edge.EdgeScene.STREAM;
import static dev.sluice.gateway.edge.EdgeScene.WHOLE;
import static dev.sluice.gateway.edge.EdgeScene.chat;
import static dev.sluice.gateway.edge.EdgeScene.count;
import static dev.sluice.gateway.edge.EdgeScene.get;
import static dev.sluice.gateway.wire.Answers.ROLE;
import static dev.sluice.gateway.wire.Answers.STREAM_HEAD;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.delta;
import static dev.sluice.gateway.wire.Answers.json;
import static dev.sluice.gateway.wire.Answers.stream;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.ExchangeSummary;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Answers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Several requests on one connection, before the answers are there. */
class EdgePipeliningTest {
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
    void requestsAreServedOneAfterTheOtherAndAnsweredInOrder() {
        Peer client = scene.client().send(chat(STREAM) + get("/healthz") + chat(WHOLE) + get("/readyz"));
        assertThat(client.received()).isEmpty();
        assertThat(engine.provider().connections()).isEqualTo(1);

        engine.provider().last().send(stream("first"));
        engine.provider().last().send(json(200, Answers.WHOLE));

        String all = client.received();
        assertThat(count(all, "HTTP/1.1 200 OK\r\n")).isEqualTo(4);
        assertThat(all.indexOf("first")).isPositive().isLessThan(all.indexOf("\"ok\""));
        assertThat(all.indexOf("\"ok\"")).isLessThan(all.indexOf(Answers.WHOLE));
        assertThat(all).endsWith("{\"status\":\"ready\"}\n");
    }

    @Test
    void nothingOfTheSecondAnswerComesBeforeTheEndOfTheFirst() {
        Peer client = scene.client().send(chat(STREAM));
        engine.provider().last().send(STREAM_HEAD + chunk(ROLE + delta("one")));
        client.send(get("/healthz"));
        engine.provider().last().send(chunk(delta("two") + Answers.FINISH) + Answers.LAST_CHUNK);

        String all = client.received();
        assertThat(all.indexOf("\r\n0\r\n\r\n")).isPositive().isLessThan(all.indexOf("\"ok\""));
        assertThat(all.indexOf("two")).isLessThan(all.indexOf("\r\n0\r\n\r\n"));
    }

    @Test
    void aRequestThatMustNotBeServedWaitsForItsTurn() {
        Peer client = scene.client().send(chat(STREAM) + "GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n");
        assertThat(client.received()).isEmpty();

        engine.provider().last().send(stream("first"));

        assertThat(client.received()).containsSubsequence("HTTP/1.1 200 OK", "first", "HTTP/1.1 400 Bad Request");
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void whatFollowsConnectionCloseIsIgnored() {
        Peer client = scene.client().send(get("/healthz", "connection: close\r\n") + chat(STREAM));

        assertThat(client.isClosed()).isTrue();
        assertThat(count(client.received(), "HTTP/1.1")).isEqualTo(1);
        assertThat(engine.provider().connections()).isZero();
        assertThat(engine.summaries()).isEmpty();
    }

    @Test
    void whatFollowsConnectionCloseIsIgnoredAlsoWhenItHadToWait() {
        Peer client = scene.client().send(chat(STREAM) + get("/healthz", "connection: close\r\n") + chat(STREAM));
        engine.provider().last().send(stream("first"));

        assertThat(client.isClosed()).isTrue();
        assertThat(count(client.received(), "HTTP/1.1")).isEqualTo(2);
        assertThat(engine.summaries()).hasSize(1);
        assertThat(count(engine.provider().last().received(), "POST ")).isEqualTo(1);
    }

    @Test
    void aClientThatLeavesTakesItsWaitingRequestsWithIt() {
        Peer client = scene.client().send(chat(STREAM) + chat(STREAM) + chat(STREAM));
        client.close();

        assertThat(engine.summaries()).extracting(ExchangeSummary::status).containsExactly(AttemptStatus.CLIENT_ABORT);
        assertThat(engine.provider().connections()).isEqualTo(1);
    }

    @Test
    void aLongQueueIsNotReadOnAndServedToTheEndNevertheless() {
        Peer client = scene.client().send(chat(STREAM));
        for (int i = 0; i < 200; i++) {
            client.send(get("/healthz"));
        }
        assertThat(scene.accepted().config().isAutoRead()).isFalse();
        long kept = buffers.usedBytes();
        client.send(get("/healthz").repeat(200));
        assertThat(buffers.usedBytes() - kept)
                .as("it stays on the wire")
                .isEqualTo(200L * get("/healthz").length());

        engine.provider().last().send(stream("first"));

        assertThat(count(client.received(), "{\"status\":\"ok\"}")).isEqualTo(400);
        assertThat(scene.accepted().config().isAutoRead()).isTrue();
    }

    @Test
    void theNextAnswerWaitsWhileTheClientStillHasToTakeTheFirst() {
        Peer client = scene.client();
        scene.lane().block();
        client.send(chat(STREAM) + chat(STREAM));
        Peer provider = engine.provider().last();
        provider.send(STREAM_HEAD + chunk(ROLE + delta("x".repeat(70_000)) + Answers.FINISH) + Answers.LAST_CHUNK);

        Peer second = engine.provider().last();
        second.take();
        second.send(STREAM_HEAD + chunk(ROLE));
        for (int i = 0; i < 50; i++) {
            second.send(chunk(delta("y".repeat(8_000))));
        }

        assertThat(scene.accepted().unsafe().outboundBuffer().totalPendingWriteBytes())
                .isLessThan(110_000);
        scene.lane().unblock();
        assertThat(count(client.received(), "y".repeat(8_000))).isEqualTo(50);
    }

    @Test
    void clientsOfOneProviderGetTheirOwnAnswers() {
        Peer one = scene.client().send(chat(STREAM));
        Peer two = scene.client().send(chat(STREAM));
        engine.provider().connection(1).send(stream("for two"));
        engine.provider().connection(0).send(stream("for one"));

        assertThat(one.received()).contains("for one").doesNotContain("for two");
        assertThat(two.received()).contains("for two").doesNotContain("for one");
    }
}
