package dev.sluice.gateway.edge;

import static dev.sluice.gateway.edge.SocketPeer.BINARY;
import static dev.sluice.gateway.edge.SocketPeer.CLOSE;
import static dev.sluice.gateway.edge.SocketPeer.PING;
import static dev.sluice.gateway.edge.SocketPeer.PONG;
import static dev.sluice.gateway.edge.SocketPeer.TEXT;
import static dev.sluice.gateway.edge.SocketPeer.closing;
import static dev.sluice.gateway.wire.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.edge.SocketPeer.Frame;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.exchange.OpenStream;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Window.Period;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.LoopLimits;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A realtime session between a client and a provider, in memory. */
class RealtimeSocketTest {
    private static final String PATH = "/v1/realtime?model=gpt-test";

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final EdgeScene scene = new EdgeScene(buffers);
    private final Engine engine = scene.engine();

    @AfterEach
    void everythingIsReleased() {
        scene.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    private SocketPeer provider() {
        return SocketPeer.asked(engine.provider().last());
    }

    private static String responseDone(int input, int output) {
        return "{\"type\":\"response.done\",\"response\":{\"usage\":{\"input_tokens\":" + input + ",\"output_tokens\":"
                + output + ",\"input_token_details\":{\"audio_tokens\":1}}}}";
    }

    @Test
    void theProviderIsAskedBeforeTheClientIsAccepted() {
        SocketPeer client = SocketPeer.open(
                scene,
                "/v1/realtime?intent=talk&model=gpt-test&key=x",
                "authorization: Bearer " + Engine.KEY + "\r\nopenai-beta: realtime=v1\r\ncookie: a=b\r\n"
                        + "sec-websocket-protocol: realtime, openai-insecure-api-key." + Engine.KEY + "\r\n");
        assertThat(client.head()).isEmpty();

        SocketPeer provider = provider();
        assertThat(provider.head())
                .startsWith("GET /v1/realtime?model=m-1&intent=talk HTTP/1.1\r\n")
                .containsIgnoringCase("host: 127.0.0.1:9001\r\n")
                .containsIgnoringCase("authorization: Bearer " + Engine.PROVIDER_KEY + "\r\n")
                .containsIgnoringCase("openai-beta: realtime=v1\r\n")
                .containsIgnoringCase("sec-websocket-protocol: realtime\r\n")
                .doesNotContain(Engine.KEY)
                .doesNotContainIgnoringCase("cookie", "origin", "extensions");
        provider.accept("sec-websocket-protocol: realtime\r\n");

        assertThat(client.head())
                .startsWith("HTTP/1.1 101 ")
                .containsIgnoringCase("sec-websocket-protocol: realtime\r\n")
                .contains("x-sluice-provider: alpha\r\n", "x-sluice-model: m-1\r\n");
    }

    // ---- limits ---------------------------------------------------------------------------------------------------

    @Test
    void aSessionIsOneCallFromItsUpgradeToItsEnd() {
        LoopLimits limits = new LoopLimits(engine).allow(Measure.CONCURRENT, 1);
        SocketPeer client = SocketPeer.open(scene, PATH);
        provider().accept("");
        SocketPeer second = SocketPeer.open(scene, PATH);

        assertThat(second.head()).startsWith("HTTP/1.1 429 ");
        client.frame(true, CLOSE, closing(1000));
        assertThat(limits.used()).isZero();
    }

    @Test
    void whatIsLeftIsToldWithTheUpgrade() {
        new LoopLimits(engine).allow(Measure.REQUESTS, 5, Period.HOUR);
        SocketPeer client = SocketPeer.open(scene, PATH);
        provider().accept("");

        assertThat(client.head())
                .contains("x-ratelimit-limit-requests: 5\r\n", "x-ratelimit-remaining-requests: 4\r\n");
    }

    @Test
    void aSessionWhoseTokensAreUsedUpIsToldAndClosed() {
        LoopLimits limits = new LoopLimits(engine).allow(Measure.TOKENS, 100, Period.DAY);
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("");
        provider.text(responseDone(30, 20));
        assertThat(client.texts()).hasSize(1);
        provider.text(responseDone(50, 20));

        List<Frame> frames = client.frames();
        assertThat(frames).hasSize(3);
        assertThat(frames.get(1).payload())
                .contains("\"type\":\"error\"", "\"code\":\"rate_limit_exceeded\"", "of tokens");
        assertThat(frames.getLast().opcode()).isEqualTo(CLOSE);
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.BUDGET_STOP);
        assertThat(limits.used()).isEqualTo(120);
    }

    @Test
    void anOperatorStopsASession() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("");
        provider.text(responseDone(30, 20));
        OpenStream open = engine.loop().openStreams().getFirst();
        engine.loop().stop(open.id());
        engine.settle();

        assertThat(open.inputTokens()).isEqualTo(30);
        assertThat(open.outputTokens()).isEqualTo(20);
        assertThat(open.streaming()).isTrue();
        List<Frame> frames = client.frames();
        assertThat(frames.get(1).payload()).contains("\"code\":\"stopped_by_operator\"");
        assertThat(frames.getLast().opcode()).isEqualTo(CLOSE);
        assertThat(engine.summary().errorCode()).isEqualTo("stopped_by_operator");
    }

    @Test
    void aProviderThatChoosesNoSubprotocolIsHeard() {
        SocketPeer client = SocketPeer.open(
                scene, PATH, "authorization: Bearer " + Engine.KEY + "\r\nsec-websocket-protocol: realtime\r\n");
        provider().accept("");

        assertThat(client.head()).startsWith("HTTP/1.1 101 ").doesNotContainIgnoringCase("sec-websocket-protocol");
    }

    @Test
    void framesPassBothWaysAsTheyAre() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("");

        client.text("{\"a\": 1}")
                .frame(true, BINARY, "\0\u00ff")
                .frame(false, TEXT, "{\"b")
                .frame(true, PING, "p");
        client.frame(true, 0, "\":2}");
        assertThat(provider.frames())
                .containsExactly(
                        new Frame(true, TEXT, "{\"a\": 1}"),
                        new Frame(true, BINARY, "\0\u00ff"),
                        new Frame(false, TEXT, "{\"b"),
                        new Frame(true, PING, "p"),
                        new Frame(true, 0, "\":2}"));
        provider.frame(true, PONG, "p")
                .frame(false, BINARY, "x")
                .frame(true, 0, "y")
                .text("z".repeat(300));
        assertThat(client.frames())
                .containsExactly(
                        new Frame(true, PONG, "p"),
                        new Frame(false, BINARY, "x"),
                        new Frame(true, 0, "y"),
                        new Frame(true, TEXT, "z".repeat(300)));
    }

    @Test
    void framesThatComeWithTheAcceptanceAreNotLost() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider();
        provider.peer().send(provider.acceptance("") + SocketPeer.bytes(false, true, TEXT, "first"));

        assertThat(client.isUpgraded()).isTrue();
        assertThat(client.texts()).containsExactly("first");
    }

    @Test
    void whatResponsesReportAddsUpAndIsWrittenDownAtOnce() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("");
        assertThat(engine.ledger().account().opening.endpoint()).isEqualTo("realtime");

        provider.text(responseDone(100, 20)).text("{\"type\":\"rate_limits.updated\"}");
        String second = responseDone(50, 7);
        provider.frame(false, TEXT, second.substring(0, 30)).frame(true, PING, "");
        provider.frame(true, 0, second.substring(30));
        assertThat(engine.ledger().account().progress).hasSize(2);
        client.frame(true, CLOSE, closing(1000));

        AttemptSummary attempt = engine.summary().attempts().getFirst();
        assertThat(attempt.usage().inputTokens()).isEqualTo(150);
        assertThat(attempt.usage().outputTokens()).isEqualTo(27);
        assertThat(attempt.usage().inputAudioTokens()).isEqualTo(2);
        assertThat(attempt.status()).isEqualTo(AttemptStatus.OK);
        assertThat(attempt.httpStatus()).isEqualTo(101);
        assertThat(engine.summary().httpStatus()).isEqualTo(101);
        assertThat(engine.ledger().account().closed).isEqualTo(attempt);
    }

    @Test
    void transcriptionsAreAnAttemptOfTheirOwnModel() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("");
        provider.text("{\"type\":\"session.updated\",\"session\":{\"model\":\"m-1-2026\",\"audio\":{\"input\":"
                + "{\"transcription\":{\"model\":\"scribe-1\"}}}}}");
        String transcribed = "{\"type\":\"conversation.item.input_audio_transcription.completed\",\"usage\":"
                + "{\"type\":\"tokens\",\"input_tokens\":14,\"output_tokens\":9}}";
        provider.text(transcribed).text(responseDone(100, 20)).text(transcribed);
        client.frame(true, CLOSE, closing(1000));

        assertThat(engine.summary().attempts()).hasSize(2);
        AttemptSummary session = engine.summary().attempts().getFirst();
        AttemptSummary scribe = engine.summary().attempts().getLast();
        assertThat(session.upstreamModel()).isEqualTo("m-1");
        assertThat(session.answeredModel()).isEqualTo("m-1-2026");
        assertThat(session.usage().inputTokens()).isEqualTo(100);
        assertThat(scribe.number()).isEqualTo(2);
        assertThat(scribe.upstreamModel()).isEqualTo("scribe-1");
        assertThat(scribe.usage().inputTokens()).isEqualTo(28);
        assertThat(scribe.usage().outputTokens()).isEqualTo(18);
        assertThat(engine.ledger().accounts).hasSize(2).allMatch(account -> account.closed != null);
    }

    @Test
    void transcriptionsThatCannotBeOpenedGoWithTheSession() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("");
        engine.ledger().fill();
        provider.text("{\"type\":\"conversation.item.input_audio_transcription.completed\",\"usage\":"
                + "{\"input_tokens\":14,\"output_tokens\":9}}");
        provider.text(responseDone(100, 20));
        client.frame(true, CLOSE, closing(1000));

        assertThat(engine.summary().attempts()).hasSize(1);
        assertThat(engine.summary().attempts().getFirst().usage().inputTokens()).isEqualTo(114);
    }

    @Test
    void theClientsCloseFrameReachesTheProviderWithItsCode() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("");
        client.frame(true, CLOSE, closing(4001) + "enough");

        assertThat(provider.frames()).containsExactly(new Frame(true, CLOSE, closing(4001) + "enough"));
        assertThat(client.frames()).containsExactly(new Frame(true, CLOSE, closing(4001) + "enough"));
        assertThat(client.peer().isClosed()).isTrue();
        assertThat(provider.peer().isClosed()).isFalse();
        provider.frame(true, CLOSE, closing(4001));
        assertThat(provider.peer().isClosed()).isTrue();
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.OK);
    }

    @Test
    void aProviderThatDoesNotAnswerACloseFrameIsLeft() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("");
        client.frame(true, CLOSE, "");
        assertThat(provider.frames()).containsExactly(new Frame(true, CLOSE, ""));

        engine.advance(Duration.ofSeconds(3));

        assertThat(provider.peer().isClosed()).isTrue();
    }

    @Test
    void theProvidersCloseFrameReachesTheClientOnceTheBooksAreKept() {
        engine.ledger().slowDown();
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("");
        provider.frame(true, CLOSE, closing(1013) + "too busy");
        assertThat(provider.frames()).containsExactly(new Frame(true, CLOSE, closing(1013) + "too busy"));
        assertThat(client.frames()).isEmpty();

        engine.ledger().keep();

        assertThat(client.frames()).containsExactly(new Frame(true, CLOSE, closing(1013) + "too busy"));
        client.frame(true, CLOSE, closing(1013));
        assertThat(client.peer().isClosed()).isTrue();
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.UPSTREAM_ERROR);
    }

    @Test
    void aProviderThatVanishesIsToldAsAnError() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("").text(responseDone(100, 20));
        provider.peer().close();

        assertThat(client.frames().getLast().code()).isEqualTo(1011);
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.TRUNCATED);
        assertThat(engine.summary().attempts().getFirst().usage().inputTokens()).isEqualTo(100);
    }

    @Test
    void aClientThatVanishesEndsTheProvidersSessionToo() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("").text(responseDone(100, 20));
        client.peer().close();

        assertThat(provider.frames()).containsExactly(new Frame(true, CLOSE, closing(1001)));
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
        assertThat(Objects.requireNonNull(engine.ledger().account().closed)
                        .usage()
                        .outputTokens())
                .isEqualTo(20);
    }

    @Test
    void aClientThatVanishesWhileTheProviderIsAskedLeavesNothing() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider();
        client.peer().close();

        assertThat(provider.peer().isClosed()).isTrue();
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
        assertThat(engine.summary().httpStatus()).isZero();
    }

    @Test
    void aProvidersRefusalIsAnHttpAnswer() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        provider()
                .peer()
                .send(
                        json(
                                400,
                                "{\"error\":{\"message\":\"no such voice\",\"type\":\"invalid_request_error\",\"code\":\"x\"}}"));

        assertThat(client.head())
                .startsWith("HTTP/1.1 ")
                .contains("no such voice")
                .doesNotContain("HTTP/1.1 101");
        assertThat(engine.summary().attempts().getFirst().httpStatus()).isEqualTo(400);
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.UPSTREAM_ERROR);
        // The client's connection goes on in HTTP.
        client.peer().send(EdgeScene.get("/healthz"));
        assertThat(client.peer().received()).contains("\"ok\"");
    }

    @Test
    void aRefusalThatHoldsTheProviderKeyIsWithheld() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        provider().peer().send(json(400, "{\"error\":{\"message\":\"bad key " + Engine.PROVIDER_KEY + "\"}}"));

        assertThat(client.head()).contains("cannot be passed on").doesNotContain(Engine.PROVIDER_KEY);
    }

    @Test
    void aProviderThatSpeaksSomethingElseIsABadGateway() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        provider()
                .peer()
                .send("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
                        + "sec-websocket-accept: bm90IHRoZSBhY2NlcHRhbmNl\r\n\r\n");
        assertThat(client.head()).startsWith("HTTP/1.1 502 ");

        engine.network().close(Engine.PROVIDER_PORT);
        assertThat(SocketPeer.open(scene, PATH).head()).startsWith("HTTP/1.1 502 ");
    }

    @Test
    void whatCannotBeServedIsRefusedBeforeAnythingIsSent() {
        assertThat(SocketPeer.open(scene, "/v1/realtime").head())
                .startsWith("HTTP/1.1 400 ")
                .contains("\"param\":\"model\"");
        assertThat(SocketPeer.open(scene, "/v1/realtime?model=nobody").head()).startsWith("HTTP/1.1 404 ");
        assertThat(SocketPeer.open(scene, PATH, "").head()).startsWith("HTTP/1.1 401 ");
        assertThat(SocketPeer.open(
                                scene,
                                "/v1/realtime?model=other-test",
                                "authorization: Bearer " + Engine.LIMITED_KEY + "\r\n")
                        .head())
                .startsWith("HTTP/1.1 403 ");
        engine.ledger().fill();
        assertThat(SocketPeer.open(scene, PATH).head())
                .startsWith("HTTP/1.1 503 ")
                .contains("metering_unavailable");
        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void aProviderThatDoesNotAnswerIsLate() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        assertThat(provider().head()).isNotEmpty();
        engine.advance(Duration.ofSeconds(121));

        assertThat(client.head()).startsWith("HTTP/1.1 504 ");
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.TIMEOUT);
    }

    @Test
    void aSlowClientStopsTheProvider() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("");
        scene.lane().block();
        for (int i = 0; i < 100; i++) {
            provider.text("x".repeat(8_000));
        }

        assertThat(scene.accepted().unsafe().outboundBuffer().totalPendingWriteBytes())
                .isBetween(64L * 1024, 100_000L);
        scene.lane().unblock();
        assertThat(client.texts()).hasSize(100);
    }

    @Test
    void silenceEndsASession() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("");
        engine.advance(Duration.ofMinutes(9));
        provider.text("{}");
        engine.advance(Duration.ofMinutes(9));
        assertThat(client.texts()).containsExactly("{}");

        engine.advance(Duration.ofMinutes(2));

        assertThat(client.frames().getLast().code()).isEqualTo(1000);
        assertThat(provider.frames().getLast().code()).isEqualTo(1000);
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.TIMEOUT);
    }

    @Test
    void aSessionEndsAfterAnHour() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("");
        for (int i = 0; i < 61; i++) {
            provider.frame(true, PING, "");
            engine.advance(Duration.ofMinutes(1));
        }

        assertThat(client.frames().getLast().code()).isEqualTo(1000);
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.TIMEOUT);
    }

    @Test
    void aGatewayThatStopsSaysSo() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("").text(responseDone(100, 20));
        client.texts();
        engine.loop().drain();
        assertThat(client.frames()).isEmpty();

        engine.loop().interruptAll();

        assertThat(client.frames().getLast().code()).isEqualTo(1001);
        assertThat(provider.frames().getLast().code()).isEqualTo(1001);
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.INTERRUPTED);
    }

    @Test
    void aViolationOfEitherSideEndsBoth() {
        SocketPeer client = SocketPeer.open(scene, PATH);
        SocketPeer provider = provider().accept("");
        provider.frame(true, 3, "");

        assertThat(provider.frames().getLast().code()).isEqualTo(1002);
        assertThat(client.frames().getLast().code()).isEqualTo(1011);
        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.TRUNCATED);

        SocketPeer other = SocketPeer.open(scene, PATH);
        SocketPeer itsProvider = provider().accept("");
        other.frame(true, 3, "");
        assertThat(other.frames().getLast().code()).isEqualTo(1002);
        assertThat(itsProvider.frames().getLast().code()).isEqualTo(1001);
    }
}
