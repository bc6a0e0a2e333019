package dev.sluice.gateway.edge;

import static dev.sluice.gateway.edge.EdgeScene.LIMITS;
import static dev.sluice.gateway.edge.EdgeScene.WHOLE;
import static dev.sluice.gateway.edge.EdgeScene.chat;
import static dev.sluice.gateway.edge.EdgeScene.chatHead;
import static dev.sluice.gateway.edge.EdgeScene.count;
import static dev.sluice.gateway.edge.EdgeScene.get;
import static dev.sluice.gateway.wire.Answers.LAST_CHUNK;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Answers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Requests that are refused while their body is still on its way, and what becomes of the rest. */
class EdgeRefusalTest {
    private static final String WRONG_KEY =
            "POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer nope\r\n";

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
    void theRestOfARefusedBodyIsDroppedAndTheConnectionGoesOn() {
        Peer client = scene.client().send(WRONG_KEY + "content-length: 500\r\n\r\n" + "x".repeat(100));
        assertThat(client.take()).startsWith("HTTP/1.1 401 ").doesNotContain("connection: close");

        client.send("x".repeat(400) + get("/healthz"));

        assertThat(client.received()).startsWith("HTTP/1.1 200 OK").endsWith("{\"status\":\"ok\"}\n");
        assertThat(engine.summaries()).hasSize(1);
    }

    @Test
    void moreThan64KiBOfRefusedBodyAreNotListenedTo() {
        Peer client = scene.client().send(WRONG_KEY + "transfer-encoding: chunked\r\n\r\n");
        assertThat(client.received()).startsWith("HTTP/1.1 401 ");

        client.send(chunk("x".repeat(65_536)));
        assertThat(client.isClosed()).isFalse();
        client.send(chunk("x"));
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void aRefusedBodyThatDoesNotArriveWithinASecondIsNotWaitedFor() {
        Peer client = scene.client().send(WRONG_KEY + "content-length: 500\r\n\r\n" + "x".repeat(100));
        engine.advance(Duration.ofMillis(900));
        assertThat(client.isClosed()).isFalse();
        engine.advance(Duration.ofMillis(300));
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void aRefusedRequestIsAnsweredOnceWhateverItsBodyTurnsOutToBe() {
        Peer client = scene.client().send(WRONG_KEY + "transfer-encoding: chunked\r\n\r\n");
        client.send("nonsense\r\n\r\n");

        assertThat(count(client.received(), "HTTP/1.1 ")).isEqualTo(1);
        assertThat(client.isClosed()).isTrue();
        assertThat(engine.summaries()).hasSize(1);
    }

    @Test
    void aBrokenChunkRefusesItsRequest() {
        Peer client = scene.client().send(chatHead("transfer-encoding: chunked\r\n") + chunk("{\"model\":"));
        client.send("nonsense\r\n\r\n");

        assertThat(client.received()).startsWith("HTTP/1.1 400 ").contains("connection: close\r\n");
        assertThat(count(client.received(), "HTTP/1.1 ")).isEqualTo(1);
        engine.advance(Duration.ofMillis(1_200));
        assertThat(client.isClosed()).isTrue();
        assertThat(engine.summary().errorCode()).isEqualTo("invalid_request_error");
    }

    // ---- Expect: 100-continue -------------------------------------------------------------------------------------

    @Test
    void aBodyThatWaitsForLeaveGetsIt() {
        Peer client =
                scene.client().send(chatHead("expect: 100-continue\r\ncontent-length: " + WHOLE.length() + "\r\n"));
        assertThat(client.take()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");

        client.send(WHOLE);
        engine.provider().last().send(json(200, Answers.WHOLE));

        assertThat(client.take()).startsWith("HTTP/1.1 200 OK").doesNotContain("connection: close");
        client.send(get("/healthz"));
        assertThat(client.received()).startsWith("HTTP/1.1 200 OK");
    }

    @Test
    void aBodyThatWaitsForLeaveIsRefusedBeforeItIsSent() {
        Peer client = scene.client().send(WRONG_KEY + "expect: 100-continue\r\ncontent-length: 500\r\n\r\n");

        assertThat(client.received())
                .startsWith("HTTP/1.1 401 ")
                .contains("connection: close\r\n")
                .doesNotContain("100");
        engine.advance(Duration.ofMillis(1_200));
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void whatFollowsARefusedExpectationIsNoRequest() {
        Peer client = scene.client().send(WRONG_KEY + "expect: 100-continue\r\ncontent-length: 5\r\n\r\n");
        client.send("12345" + get("/healthz"));

        assertThat(count(client.received(), "HTTP/1.1 ")).isEqualTo(1);
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void aBodyThatWaitsForLeaveAndIsTooLargeGetsNone() {
        Peer client = scene.client()
                .send(chatHead("expect: 100-continue\r\ncontent-length: " + (LIMITS.bodyBytes() + 1) + "\r\n"));

        assertThat(client.received()).startsWith("HTTP/1.1 413 ").contains("connection: close\r\n");
    }

    // ---- sizes ----------------------------------------------------------------------------------------------------

    private static String bodyOf(int bytes) {
        String begin = "{\"model\":\"gpt-test\",\"x\":\"";
        return begin + "y".repeat(bytes - begin.length() - 2) + "\"}";
    }

    @Test
    void theLargestBodyIsAccepted() {
        scene.client().send(chat(bodyOf(LIMITS.bodyBytes())));

        assertThat(engine.provider().connections()).isEqualTo(1);
    }

    @Test
    void aBodyThatSaysItIsOneByteLargerIsRefusedAtOnce() {
        Peer client = scene.client().send(chatHead("content-length: " + (LIMITS.bodyBytes() + 1) + "\r\n"));

        assertThat(client.received()).startsWith("HTTP/1.1 413 ").contains("has 1001 bytes, 1000 are allowed");
        assertThat(engine.summary().errorCode()).isEqualTo("request_too_large");
    }

    @Test
    void aBodyWithoutALengthIsRefusedAtTheFirstByteTooMuch() {
        Peer client =
                scene.client().send(chatHead("transfer-encoding: chunked\r\n")).send(chunk(bodyOf(LIMITS.bodyBytes())));
        assertThat(client.received()).isEmpty();

        client.send(chunk(" "));
        assertThat(client.take()).startsWith("HTTP/1.1 413 ").contains("more than 1000");
        client.send(LAST_CHUNK + get("/healthz"));
        assertThat(client.received()).startsWith("HTTP/1.1 200 OK");
        assertThat(engine.provider().connections()).isZero();
    }

    // ---- time -----------------------------------------------------------------------------------------------------

    @Test
    void aBodyThatTakesTooLongIsA408() {
        Peer client = scene.client().send(chatHead("content-length: 500\r\n"));
        for (int i = 0; i < 19; i++) {
            client.send(" ");
            engine.advance(Duration.ofSeconds(1));
        }
        assertThat(client.received()).isEmpty();
        engine.advance(Duration.ofMillis(1_200));

        assertThat(client.received()).startsWith("HTTP/1.1 408 ").contains("20000 ms", "connection: close\r\n");
        engine.advance(Duration.ofMillis(1_200));
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void aHeadThatTakesTooLongIsNotWaitedFor() {
        Peer client = scene.client().send("GET /healthz HTTP/1.1\r\nho");
        engine.advance(Duration.ofMillis(2_900));
        assertThat(client.isClosed()).isFalse();
        engine.advance(Duration.ofMillis(300));

        assertThat(client.isClosed()).isTrue();
        assertThat(client.received()).isEmpty();
    }

    @Test
    void aConnectionWithoutASingleByteIsClosedAfterTenSeconds() {
        Peer client = scene.client();
        engine.advance(Duration.ofMillis(9_900));
        assertThat(client.isClosed()).isFalse();
        engine.advance(Duration.ofMillis(200));
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void aConnectionThatHasServedMayBeIdleForItsKeepAlive() {
        Peer client = scene.client().send(get("/healthz"));
        engine.advance(Duration.ofMillis(9_900));
        assertThat(client.isClosed()).isFalse();
        engine.advance(Duration.ofMillis(300));
        assertThat(client.isClosed()).isTrue();
    }
}
