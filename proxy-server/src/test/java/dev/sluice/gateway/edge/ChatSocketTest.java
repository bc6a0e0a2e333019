package dev.sluice.gateway.edge;

import static dev.sluice.gateway.edge.SocketPeer.closing;
import static dev.sluice.gateway.wire.Answers.LAST_CHUNK;
import static dev.sluice.gateway.wire.Answers.STREAM_HEAD;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.delta;
import static dev.sluice.gateway.wire.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.edge.SocketPeer.Frame;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.ExchangeSummary;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Answers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chats over one WebSocket, in memory. */
class ChatSocketTest {
    private static final String PATH = "/v1/chat/ws";

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final EdgeScene scene = new EdgeScene(buffers);
    private final Engine engine = scene.engine();

    @AfterEach
    void everythingIsReleased() {
        scene.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    private static String ask(String id) {
        return "{\"id\":\"" + id + "\",\"model\":\"gpt-test\",\"stream\":true,\"messages\":[]}";
    }

    /** The payload of an event as it is expected in its envelope. */
    private static String data(String id, String event) {
        return "{\"id\":\"" + id + "\",\"data\":"
                + event.substring("data: ".length()).strip() + "}";
    }

    private static String done(String id) {
        return "{\"id\":\"" + id + "\",\"done\":true}";
    }

    private static String body(String request) {
        return request.substring(request.indexOf("\r\n\r\n") + 4);
    }

    @Test
    void eachChunkComesInAnEnvelopeByteForByte() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        assertThat(client.isUpgraded()).isTrue();
        client.text(ask("a"));

        Peer provider = engine.provider().last();
        assertThat(body(provider.received()))
                .isEqualTo(
                        "{\"model\":\"m-1\",\"stream\":true,\"messages\":[],\"stream_options\":{\"include_usage\":true}}");
        provider.send(STREAM_HEAD + chunk(Answers.ROLE + delta("one")));
        assertThat(client.texts()).containsExactly(data("a", Answers.ROLE), data("a", delta("one")));
        provider.send(chunk(delta("two") + Answers.FINISH + Answers.USAGE + Answers.DONE) + LAST_CHUNK);

        assertThat(client.texts()).containsExactly(data("a", delta("two")), data("a", Answers.FINISH), done("a"));
        ExchangeSummary summary = engine.summary();
        assertThat(summary.status()).isEqualTo(AttemptStatus.OK);
        assertThat(summary.endpoint()).isEqualTo("chat.completions");
        assertThat(summary.protocol()).isEqualTo("WebSocket");
        assertThat(summary.keyId()).isEqualTo("key_all");
        assertThat(summary.requestId()).endsWith("/a");
        assertThat(summary.attempts().getFirst().usage().outputTokens()).isEqualTo(3);
    }

    @Test
    void anAnswerInPiecesOfOneByteMakesTheSameFrames() {
        SocketPeer client = SocketPeer.open(scene, PATH).text(ask("a"));
        Peer provider = engine.provider().last();
        provider.send(STREAM_HEAD);
        provider.sendInPieces(chunk(Answers.ROLE + delta("one") + Answers.FINISH + Answers.DONE) + LAST_CHUNK, 1);

        assertThat(client.texts())
                .containsExactly(
                        data("a", Answers.ROLE), data("a", delta("one")), data("a", Answers.FINISH), done("a"));
    }

    @Test
    void severalChatsRunAtOnce() {
        SocketPeer client = SocketPeer.open(scene, PATH).text(ask("a")).text(ask("b"));
        Peer first = engine.provider().connection(0);
        Peer second = engine.provider().connection(1);

        first.send(STREAM_HEAD + chunk(delta("a1")));
        second.send(STREAM_HEAD + chunk(delta("b1")));
        first.send(chunk(delta("a2")));
        second.send(chunk(Answers.FINISH + Answers.DONE) + LAST_CHUNK);
        first.send(chunk(Answers.FINISH + Answers.DONE) + LAST_CHUNK);

        assertThat(client.texts())
                .containsExactly(
                        data("a", delta("a1")),
                        data("b", delta("b1")),
                        data("a", delta("a2")),
                        data("b", Answers.FINISH),
                        done("b"),
                        data("a", Answers.FINISH),
                        done("a"));
    }

    @Test
    void anAnswerThatIsNoStreamIsOneFrame() {
        SocketPeer client = SocketPeer.open(scene, PATH).text("{\"model\":\"gpt-test\",\"messages\":[]}");
        engine.provider().last().send(json(200, Answers.WHOLE));

        assertThat(client.texts())
                .containsExactly("{\"id\":\"chat-1\",\"data\":" + Answers.WHOLE + "}", done("chat-1"));
    }

    @Test
    void anAnswerTooLongToBeHeldIsOneFrameAsWell() {
        String whole = "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"content\":\""
                + "x".repeat(100_000) + "\"}}]}";
        SocketPeer client = SocketPeer.open(scene, PATH).text("{\"model\":\"gpt-test\",\"messages\":[]}");
        engine.provider().last().sendInPieces(json(200, whole), 30_000);

        assertThat(client.texts()).containsExactly("{\"id\":\"chat-1\",\"data\":" + whole + "}", done("chat-1"));
    }

    @Test
    void aMessageInFragmentsIsOneRequest() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        String message = ask("a");
        client.frame(false, SocketPeer.TEXT, message.substring(0, 10));
        client.frame(true, SocketPeer.PING, "are you there");
        client.frame(false, 0, message.substring(10, 20)).frame(true, 0, message.substring(20));

        assertThat(client.frames()).containsExactly(new Frame(true, SocketPeer.PONG, "are you there"));
        engine.provider().last().send(Answers.stream("hi"));
        assertThat(client.texts()).last().isEqualTo(done("a"));
    }

    @Test
    void aRefusalIsAnErrorFrameAndNothingIsDone() {
        SocketPeer client = SocketPeer.open(scene, PATH).text("{\"id\":\"a\",\"model\":\"nobody\",\"messages\":[]}");

        assertThat(client.texts())
                .singleElement()
                .asString()
                .startsWith("{\"id\":\"a\",\"error\":{\"message\":\"The model 'nobody' is not configured here.")
                .contains("\"code\":\"model_not_found\"");
        client.text("{}{");
        assertThat(client.texts()).singleElement().asString().startsWith("{\"id\":null,\"error\":{\"message\":");
        client.text("{\"id\":\"b\",\"messages\":[]}");
        assertThat(client.texts())
                .singleElement()
                .asString()
                .startsWith("{\"id\":\"b\",\"error\":{")
                .contains("model");
    }

    @Test
    void theProvidersOwnErrorPassesWithTheId() {
        SocketPeer client = SocketPeer.open(scene, PATH).text(ask("a"));
        engine.provider().last().send(json(400, "{\n \"error\": {\"message\":\"too long\",\"code\":\"x\"}}"));

        assertThat(client.texts())
                .containsExactly("{\"id\":\"a\",\n \"error\": {\"message\":\"too long\",\"code\":\"x\"}}");
    }

    @Test
    void aProviderThatBreaksOffIsAnErrorAndNeverDone() {
        SocketPeer client = SocketPeer.open(scene, PATH).text(ask("a")).text(ask("b"));
        engine.provider().connection(0).send(STREAM_HEAD + chunk(delta("one"))).close();

        List<String> texts = client.texts();
        assertThat(texts).hasSize(2);
        assertThat(texts.getLast())
                .startsWith("{\"id\":\"a\",\"error\":{\"message\":")
                .contains("upstream_error");
        engine.provider().connection(1).send(Answers.stream("hi"));
        assertThat(client.texts()).last().isEqualTo(done("b"));
        assertThat(engine.summaries().getFirst().status()).isEqualTo(AttemptStatus.TRUNCATED);
    }

    @Test
    void aProviderThatBreaksOffInTheMiddleOfAnEventIsAnErrorToo() {
        SocketPeer client = SocketPeer.open(scene, PATH).text(ask("a"));
        engine.provider()
                .last()
                .send(STREAM_HEAD + chunk(delta("one") + "data: {\"choices\":[{\"ind"))
                .close();

        List<String> texts = client.texts();
        assertThat(texts).hasSize(2);
        assertThat(texts.getLast()).startsWith("{\"id\":\"a\",\"error\":{\"message\":");
    }

    @Test
    void anErrorEventOfTheProviderIsAnErrorFrame() {
        SocketPeer client = SocketPeer.open(scene, PATH).text(ask("a"));
        engine.provider().last().send(STREAM_HEAD + chunk(delta("one") + Answers.ERROR_EVENT) + LAST_CHUNK);

        assertThat(client.texts())
                .containsExactly(
                        data("a", delta("one")),
                        "{\"id\":\"a\","
                                + Answers.ERROR_EVENT
                                        .substring("data: {".length())
                                        .strip());
    }

    @Test
    void anErrorInWordsOfTheProvidersOwnIsNotDoneEither() {
        SocketPeer client = SocketPeer.open(scene, PATH).text(ask("a"));
        String strange = "data: {\"object\":\"error\",\"message\":\"out of memory\"}\n\n";
        engine.provider().last().send(STREAM_HEAD + chunk(delta("one") + strange) + LAST_CHUNK);

        List<String> texts = client.texts();
        assertThat(texts).noneMatch(text -> text.contains("\"done\""));
        assertThat(texts.getLast()).startsWith("{\"id\":\"a\",\"error\":{");
    }

    @Test
    void aCancelledChatIsBookedAndDone() {
        SocketPeer client = SocketPeer.open(scene, PATH).text(ask("a")).text(ask("b"));
        engine.provider().connection(0).send(STREAM_HEAD + chunk(delta("one")));
        client.texts();
        client.text("{\"cancel\":\"a\"}").text("{\"cancel\":\"never-asked\"}");

        assertThat(client.texts()).containsExactly("{\"id\":\"a\",\"done\":true,\"cancelled\":true}");
        assertThat(engine.provider().connection(0).isClosed()).isTrue();
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
        // The id is free again, and the other chat has heard nothing of it.
        client.text(ask("a"));
        engine.provider().connection(2).send(Answers.stream("hi"));
        engine.provider().connection(1).send(Answers.stream("hi"));
        assertThat(client.texts()).contains(done("a"), done("b"));
    }

    @Test
    void theEndWaitsUntilTheBooksAreKept() {
        engine.ledger().slowDown();
        SocketPeer client = SocketPeer.open(scene, PATH).text(ask("a"));
        engine.provider().last().send(Answers.stream("hi"));
        assertThat(client.texts()).noneMatch(text -> text.contains("\"done\""));

        engine.ledger().keep();

        assertThat(client.texts()).last().isEqualTo(done("a"));
    }

    @Test
    void idsInUseAndTooManyChatsAreRefused() {
        SocketPeer client = SocketPeer.open(scene, PATH).text(ask("a")).text(ask("a"));
        assertThat(client.texts())
                .singleElement()
                .asString()
                .startsWith("{\"id\":\"a\",\"error\":{\"message\":\"A chat with the id 'a' is open");
        for (int i = 1; i < ChatSocket.MAX_OPEN; i++) {
            client.text(ask("x" + i));
        }
        assertThat(client.texts()).isEmpty();

        client.text(ask("one-more"));

        assertThat(client.texts())
                .singleElement()
                .asString()
                .startsWith("{\"id\":\"one-more\",\"error\":{")
                .contains("32 chats are open on this connection, 32 are allowed", "rate_limit_exceeded");
        client.peer().close();
        engine.settle();
        assertThat(engine.summaries())
                .hasSize(ChatSocket.MAX_OPEN)
                .allMatch(summary -> summary.status() == AttemptStatus.CLIENT_ABORT);
    }

    @Test
    void aMadeUpIdIsNeverOneInUse() {
        SocketPeer client = SocketPeer.open(scene, PATH).text(ask("chat-1"));
        client.text("{\"model\":\"nobody\",\"messages\":[]}");

        assertThat(client.texts()).singleElement().asString().startsWith("{\"id\":\"chat-2\",\"error\"");
    }

    @Test
    void aSlowClientStopsAllItsProviders() {
        SocketPeer client = SocketPeer.open(scene, PATH).text(ask("a")).text(ask("b"));
        Peer first = engine.provider().connection(0).send(STREAM_HEAD);
        Peer second = engine.provider().connection(1).send(STREAM_HEAD);
        scene.lane().block();
        for (int i = 0; i < 50; i++) {
            first.send(chunk(delta("y".repeat(8_000))));
            second.send(chunk(delta("z".repeat(8_000))));
        }

        // The high-water mark and one read of each.
        assertThat(scene.accepted().unsafe().outboundBuffer().totalPendingWriteBytes())
                .isBetween(64L * 1024, 100_000L);
        assertThat(scene.accepted().config().isAutoRead()).isFalse();
        scene.lane().unblock();
        first.send(chunk(Answers.FINISH + Answers.DONE) + LAST_CHUNK);
        second.send(chunk(Answers.FINISH + Answers.DONE) + LAST_CHUNK);
        List<String> texts = client.texts();
        assertThat(texts).hasSize(2 * (50 + 2)).contains(done("a"), done("b"));
        assertThat(scene.accepted().config().isAutoRead()).isTrue();
    }

    @Test
    void aClientThatTakesNothingIsGivenUp() {
        SocketPeer client = SocketPeer.open(scene, PATH).text(ask("a"));
        scene.lane().block();
        engine.provider().last().send(STREAM_HEAD + chunk(delta("x".repeat(70_000))));
        engine.advance(Duration.ofSeconds(62));

        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
        assertThat(client.peer().isClosed()).isTrue();
    }

    @Test
    void aConnectionWithoutChatsIsClosedAfterAWhile() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        engine.advance(Duration.ofSeconds(9));
        client.frame(true, SocketPeer.PING, "");
        engine.advance(Duration.ofSeconds(9));
        assertThat(client.frames()).containsExactly(new Frame(true, SocketPeer.PONG, ""));

        engine.advance(Duration.ofSeconds(2));

        assertThat(client.frames())
                .singleElement()
                .satisfies(frame -> assertThat(frame.code()).isEqualTo(1000));
        client.frame(true, SocketPeer.CLOSE, closing(1000));
        assertThat(client.peer().isClosed()).isTrue();
    }

    @Test
    void aClientThatDoesNotAnswerACloseFrameIsCutOff() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        engine.advance(Duration.ofSeconds(11));
        assertThat(client.frames()).hasSize(1);
        assertThat(client.peer().isClosed()).isFalse();

        engine.advance(Duration.ofSeconds(3));

        assertThat(client.peer().isClosed()).isTrue();
    }

    @Test
    void aDrainingGatewayLetsChatsEndAndThenGoesAway() {
        SocketPeer idle = SocketPeer.open(scene, PATH);
        SocketPeer busy = SocketPeer.open(scene, PATH).text(ask("a"));
        engine.loop().drain();

        assertThat(idle.frames())
                .singleElement()
                .satisfies(frame -> assertThat(frame.code()).isEqualTo(1001));
        busy.text(ask("b"));
        assertThat(busy.texts()).singleElement().asString().contains("\"id\":\"b\"", "shutting down");
        engine.provider().last().send(Answers.stream("hi"));
        List<Frame> frames = busy.frames();
        assertThat(frames.get(frames.size() - 2).payload()).isEqualTo(done("a"));
        assertThat(frames.getLast().code()).isEqualTo(1001);
        assertThat(SocketPeer.open(scene, PATH).head()).startsWith("HTTP/1.1 503 ");
    }

    @Test
    void aCloseFrameOfTheClientIsAnsweredAndItsChatsAreAborted() {
        SocketPeer client = SocketPeer.open(scene, PATH).text(ask("a"));
        client.frame(true, SocketPeer.CLOSE, closing(1000));

        assertThat(client.frames()).containsExactly(new Frame(true, SocketPeer.CLOSE, closing(1000)));
        assertThat(client.peer().isClosed()).isTrue();
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
    }

    @Test
    void whatIsNotTextEndsTheConnectionWithItsCode() {
        assertThat(codeAfter(true, SocketPeer.BINARY, "x")).isEqualTo(1003);
        assertThat(codeAfter(true, SocketPeer.TEXT, "\u00ff")).isEqualTo(1007);
        assertThat(codeAfter(true, SocketPeer.TEXT, "x".repeat(1_001))).isEqualTo(1009);
        assertThat(codeAfter(true, 3, "x")).isEqualTo(1002);
        assertThat(codeAfter(true, 0x40 | SocketPeer.TEXT, "{}")).isEqualTo(1002);
        assertThat(codeAfter(true, 0, "x")).isEqualTo(1002);
    }

    private int codeAfter(boolean last, int opcode, String payload) {
        SocketPeer client = SocketPeer.open(scene, PATH);
        return client.frame(last, opcode, payload).frames().getLast().code();
    }

    @Test
    void fragmentsThatAddUpToTooMuchAreRefused() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        client.frame(false, SocketPeer.TEXT, "x".repeat(600)).frame(true, 0, "x".repeat(600));

        assertThat(client.frames().getLast().code()).isEqualTo(1009);
    }

    @Test
    void anUnmaskedFrameEndsTheConnection() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        client.peer().send("\u0081\u0002{}");

        assertThat(client.frames().getLast().code()).isEqualTo(1002);
    }
}
