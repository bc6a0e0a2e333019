package dev.sluice.gateway.upstream;

import static dev.sluice.gateway.wire.Answers.LAST_CHUNK;
import static dev.sluice.gateway.wire.Answers.STREAM_HEAD;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Configs;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attempts, their connections over HTTP/1.1 and the pool between them. */
class AttemptHttp1Test {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);

    @AfterEach
    void everythingIsReleased() {
        engine.close();
    }

    private Listening attempt() {
        return new Listening(
                engine,
                buffers,
                Configs.provider("alpha", "http://127.0.0.1:" + Engine.PROVIDER_PORT + "/v1", "the-key"));
    }

    private Peer connection(int index) {
        return engine.provider().connection(index);
    }

    /** One answered request; its connection is idle afterwards. */
    private void serveOne() {
        Listening first = attempt().start();
        engine.provider().last().send(json(200, "{}"));
        assertThat(first.heard()).endsWith("end");
        assertThat(engine.provider().last().isClosed()).isFalse();
    }

    @Test
    void theRequestIsWrittenWholeAndTheAnswerHeardInOrder() {
        Listening attempt = attempt().start();
        assertThat(connection(0).received())
                .startsWith("POST /v1/chat/completions HTTP/1.1\r\n")
                .contains(
                        "host: 127.0.0.1:9001\r\n",
                        "content-type: application/json\r\n",
                        "content-length: 15\r\n",
                        "accept: */*\r\n",
                        "authorization: Bearer the-key\r\n")
                .endsWith("\r\n\r\n" + Listening.BODY);
        connection(0).send(STREAM_HEAD + chunk("one")).send(chunk("two") + LAST_CHUNK);

        assertThat(attempt.heard()).containsExactly("written", "head 200", "bytes", "end");
        assertThat(attempt.body()).isEqualTo("onetwo");
    }

    @Test
    void anAnswerInSingleBytesIsTheSameAnswer() {
        Listening attempt = attempt().start();
        connection(0).sendInPieces(STREAM_HEAD + chunk("one") + chunk("two") + LAST_CHUNK, 1);

        assertThat(attempt.heard()).containsExactly("written", "head 200", "bytes", "end");
        assertThat(attempt.body()).isEqualTo("onetwo");
        attempt().start();
        assertThat(engine.provider().connections()).isEqualTo(1);
    }

    // ---- bodies that arrive ---------------------------------------------------------------------------------------

    private Listening open(long restBytes) {
        return new Listening(
                engine,
                buffers,
                Configs.provider("alpha", "http://127.0.0.1:" + Engine.PROVIDER_PORT + "/v1", "the-key"),
                restBytes);
    }

    @Test
    void anOpenBodyIsWrittenWhileItArrives() {
        Listening attempt = open(6).start();
        assertThat(connection(0).take()).contains("content-length: 21\r\n").endsWith("\r\n\r\n" + Listening.BODY);
        attempt.attempt().write(buffers.utf8("one"));
        assertThat(connection(0).take()).isEqualTo("one");
        attempt.attempt().write(buffers.utf8("two"));
        attempt.attempt().endBody();
        assertThat(connection(0).take()).isEqualTo("two");
        connection(0).send(json(200, "{}"));

        assertThat(attempt.heard()).containsExactly("written", "head 200", "bytes", "end");
        attempt().start();
        assertThat(engine.provider().connections()).isEqualTo(1);
    }

    @Test
    void anOpenBodyTakesAConnectionThatNobodyHasUsed() {
        serveOne();
        Listening attempt = open(UpstreamRequest.UNKNOWN).start();
        connection(1).close();

        assertThat(attempt.heard()).containsExactly("written", "failed LOST");
        assertThat(engine.provider().connections()).isEqualTo(2);
    }

    @Test
    void anAnswerToAnOpenBodyEndsItsConnection() {
        Listening attempt = open(UpstreamRequest.UNKNOWN).start();
        connection(0).send(json(200, "{}"));
        attempt.attempt().write(buffers.utf8("late"));

        assertThat(attempt.heard()).endsWith("end");
        assertThat(connection(0).isClosed()).isTrue();
    }

    @Test
    void piecesOfACancelledAttemptAreReleased() {
        Listening attempt = open(UpstreamRequest.UNKNOWN).start();
        attempt.attempt().cancel();
        attempt.attempt().write(buffers.utf8("late"));
        attempt.attempt().endBody();

        assertThat(connection(0).isClosed()).isTrue();
    }

    // ---- which connections are kept -------------------------------------------------------------------------------

    @Test
    void aConnectionServesTheNextAttemptWhenItsAnswerIsWhole() {
        serveOne();
        Listening second = attempt().start();
        connection(0).send(json(200, "{\"second\":1}"));

        assertThat(engine.provider().connections()).isEqualTo(1);
        assertThat(second.body()).isEqualTo("{\"second\":1}");
    }

    @Test
    void theNewestIdleConnectionIsTakenFirst() {
        attempt().start();
        attempt().start();
        connection(0).send(json(200, "{}"));
        connection(1).send(json(200, "{}"));
        connection(1).take();
        attempt().start();

        assertThat(connection(1).received()).startsWith("POST ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"connection: close\r\n", "connection: Close, x\r\n"})
    void aConnectionThatThePeerEndsIsNotKept(String header) {
        Listening attempt = attempt().start();
        connection(0).send(json(200, "{}", header));

        assertThat(attempt.heard()).endsWith("end");
        assertThat(connection(0).isClosed()).isTrue();
    }

    @Test
    void aHttp10AnswerIsTheConnectionsLast() {
        Listening attempt = attempt().start();
        connection(0).send("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}");

        assertThat(attempt.heard()).endsWith("end");
        assertThat(connection(0).isClosed()).isTrue();
    }

    @Test
    void anAnswerThatEndsWithItsConnectionIsWhole() {
        Listening attempt = attempt().start();
        connection(0).send("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}").close();

        assertThat(attempt.heard()).containsExactly("written", "head 200", "bytes", "end");
    }

    @Test
    void anUnfinishedAnswerIsCut() {
        Listening attempt = attempt().start();
        connection(0).send(STREAM_HEAD + chunk("one")).close();

        assertThat(attempt.heard()).containsExactly("written", "head 200", "bytes", "cut");
    }

    @Test
    void anAnswerShorterThanItsLengthIsCut() {
        Listening attempt = attempt().start();
        connection(0).send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}").close();

        assertThat(attempt.heard()).endsWith("bytes", "cut");
    }

    @Test
    void brokenChunksAreACutAndCloseTheConnection() {
        Listening attempt = attempt().start();
        connection(0).send(STREAM_HEAD + chunk("one") + "zz\r\n");

        assertThat(attempt.heard()).endsWith("bytes", "cut");
        assertThat(connection(0).isClosed()).isTrue();
    }

    @Test
    void aCancelledAttemptTakesItsConnectionWithItAndHearsNothingMore() {
        Listening attempt = attempt().start();
        connection(0).send(STREAM_HEAD + chunk("one"));
        attempt.attempt().cancel();
        engine.settle();

        assertThat(connection(0).isClosed()).isTrue();
        assertThat(attempt.heard()).containsExactly("written", "head 200", "bytes");
    }

    @Test
    void anAttemptCancelledWhileItConnectsLeavesTheConnectionToOthers() {
        Listening attempt = attempt();
        attempt.attempt().start();
        attempt.attempt().cancel();
        engine.settle();

        assertThat(attempt.heard()).isEmpty();
        Listening next = attempt().start();
        assertThat(next.heard()).containsExactly("written");
        assertThat(engine.provider().connections()).isEqualTo(1);
    }

    // ---- once more on a fresh connection --------------------------------------------------------------------------

    @Test
    void aReusedConnectionThatDiesBeforeTheAnswerIsReplacedByAFreshOne() {
        serveOne();
        Listening second = attempt().start();
        connection(0).close();

        assertThat(engine.provider().connections()).isEqualTo(2);
        assertThat(connection(1).received()).endsWith("\r\n\r\n" + Listening.BODY);
        connection(1).send(json(200, "{}"));
        assertThat(second.heard()).containsExactly("written", "written", "head 200", "bytes", "end");
    }

    @Test
    void theFreshOneIsNotReplacedAgain() {
        serveOne();
        Listening second = attempt().start();
        connection(0).close();
        connection(1).close();

        assertThat(second.heard()).containsExactly("written", "written", "failed LOST");
        assertThat(engine.provider().connections()).isEqualTo(2);
    }

    @Test
    void aRepetitionNeverUsesAnotherIdleConnection() {
        attempt().start();
        attempt().start();
        connection(0).send(json(200, "{}"));
        connection(1).send(json(200, "{}"));
        Listening third = attempt().start();
        connection(1).close();

        assertThat(engine.provider().connections()).isEqualTo(3);
        assertThat(third.heard()).containsExactly("written", "written");
    }

    @Test
    void nothingIsRepeatedAfterTheAnswersHead() {
        serveOne();
        Listening second = attempt().start();
        connection(0).send(STREAM_HEAD).close();

        assertThat(second.heard()).containsExactly("written", "head 200", "cut");
        assertThat(engine.provider().connections()).isEqualTo(1);
    }

    @Test
    void nothingIsRepeatedAfterHalfAHead() {
        serveOne();
        Listening second = attempt().start();
        connection(0).send("HTTP/1.1 200 OK\r\ncontent-le").close();

        assertThat(second.heard()).containsExactly("written", "failed PROTOCOL");
        assertThat(engine.provider().connections()).isEqualTo(1);
    }

    @Test
    void nothingIsRepeatedAfterAnInterimAnswer() {
        serveOne();
        Listening second = attempt().start();
        connection(0).send("HTTP/1.1 103 Early Hints\r\n\r\n").close();

        assertThat(second.heard()).containsExactly("written", "failed LOST");
        assertThat(engine.provider().connections()).isEqualTo(1);
    }

    @Test
    void aPauseIsKeptOverTheRepetition() {
        serveOne();
        Listening second = attempt().start();
        second.attempt().pause();
        connection(0).close();
        // A paused connection notices its end when it is read again.
        second.attempt().resume();
        engine.settle();
        second.attempt().pause();
        connection(1).send(STREAM_HEAD + chunk("one"));
        connection(1).send(chunk("two"));
        assertThat(second.body()).doesNotContain("two");
        second.attempt().resume();
        engine.settle();
        assertThat(second.body()).isEqualTo("onetwo");
    }

    // ---- what is no answer ----------------------------------------------------------------------------------------

    @Test
    void interimAnswersAreLeftOut() {
        Listening attempt = attempt().start();
        connection(0)
                .send("HTTP/1.1 100 Continue\r\n\r\n".repeat(4))
                .send("HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n".repeat(4))
                .send(json(200, "{}"));

        assertThat(attempt.heard()).containsExactly("written", "head 200", "bytes", "end");
    }

    @Test
    void aStormOfInterimAnswersIsNone() {
        Listening attempt = attempt().start();
        connection(0).send("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(9));

        assertThat(attempt.heard()).containsExactly("written", "failed PROTOCOL");
        assertThat(connection(0).isClosed()).isTrue();
    }

    @Test
    void aSwitchOfProtocolsIsNone() {
        Listening attempt = attempt().start();
        connection(0).send("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n");

        assertThat(attempt.heard()).containsExactly("written", "failed PROTOCOL");
        assertThat(connection(0).isClosed()).isTrue();
    }

    @Test
    void headersWithoutEndAreNone() {
        Listening attempt = attempt().start();
        connection(0).send("HTTP/1.1 200 OK\r\n" + ("x: " + "y".repeat(1_000) + "\r\n").repeat(40));

        assertThat(attempt.heard()).containsExactly("written", "failed PROTOCOL");
        assertThat(connection(0).isClosed()).isTrue();
    }

    @Test
    void aSecondAnswerBehindTheFirstClosesTheConnection() {
        Listening attempt = attempt().start();
        connection(0).send(json(200, "{}") + json(200, "{\"injected\":true}"));

        assertThat(attempt.body()).isEqualTo("{}");
        assertThat(connection(0).isClosed()).isTrue();
        Listening next = attempt().start();
        assertThat(next.heard()).containsExactly("written");
        assertThat(engine.provider().connections()).isEqualTo(2);
    }

    @Test
    void bytesOnAnIdleConnectionCloseIt() {
        serveOne();
        connection(0).send(json(200, "{\"injected\":true}"));

        assertThat(connection(0).isClosed()).isTrue();
        Listening next = attempt().start();
        connection(1).send(json(200, "{}"));
        assertThat(next.body()).isEqualTo("{}");
    }

    @Test
    void anIdleConnectionThatThePeerClosesIsForgotten() {
        serveOne();
        connection(0).close();
        engine.advance(Duration.ofSeconds(2));
        assertThat(engine.pool().idleConnections()).isZero();
        Listening next = attempt().start();

        assertThat(engine.provider().connections()).isEqualTo(2);
        assertThat(next.heard()).containsExactly("written");
    }

    // ---- the pool -------------------------------------------------------------------------------------------------

    @Test
    void aRefusedConnectionFailsItsAttemptAlone() {
        engine.network().close(Engine.PROVIDER_PORT);
        Listening attempt = attempt().start();

        assertThat(attempt.heard()).containsExactly("failed CONNECT");
    }

    @Test
    void eachAttemptHasAConnectionOfItsOwn() {
        attempt().start();
        attempt().start();
        attempt().start();

        assertThat(engine.provider().connections()).isEqualTo(3);
    }

    @Test
    void idleConnectionsAreClosedAfterFiftySeconds() {
        serveOne();
        engine.advance(Duration.ofSeconds(49));
        assertThat(connection(0).isClosed()).isFalse();
        assertThat(engine.pool().openConnections()).isEqualTo(1);
        assertThat(engine.pool().idleConnections()).isEqualTo(1);

        engine.advance(Duration.ofSeconds(3));

        assertThat(connection(0).isClosed()).isTrue();
        assertThat(engine.pool().openConnections()).isZero();
        assertThat(engine.pool().idleConnections()).isZero();
    }

    @Test
    void onlyTheOldestIdleConnectionsAreClosed() {
        attempt().start();
        attempt().start();
        connection(0).send(json(200, "{}"));
        engine.advance(Duration.ofSeconds(30));
        connection(1).send(json(200, "{}"));
        engine.advance(Duration.ofSeconds(25));

        assertThat(connection(0).isClosed()).isTrue();
        assertThat(connection(1).isClosed()).isFalse();
    }

    @Test
    void closingThePoolClosesWhatIsIdleAndSparesWhatServes() {
        attempt().start();
        Listening serving = attempt().start();
        connection(0).send(json(200, "{}"));
        engine.pool().close();

        assertThat(connection(0).isClosed()).isTrue();
        connection(1).send(json(200, "{}"));
        assertThat(serving.heard()).endsWith("end");
    }
}
