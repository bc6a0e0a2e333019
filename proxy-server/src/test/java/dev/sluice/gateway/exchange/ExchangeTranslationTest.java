package dev.sluice.gateway.exchange;

import static dev.sluice.gateway.wire.Answers.LAST_CHUNK;
import static dev.sluice.gateway.wire.Answers.json;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.WireFormat;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.conformance.Scenario;
import dev.sluice.gateway.conformance.Voice;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Configs;
import dev.sluice.gateway.wire.Engine;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Calls that travel to a provider of another dialect, however they end: each has one end, is recorded once, and gives
 * back every buffer. Every piece is read byte by byte, too.
 */
final class ExchangeTranslationTest {
    private static final List<WireFormat> CALLERS =
            List.of(WireFormat.OPENAI, WireFormat.OPENAI_RESPONSES, WireFormat.ANTHROPIC, WireFormat.GEMINI);
    private static final List<String> PROVIDERS = List.of("openai", "anthropic", "gemini", "bedrock", "ollama");

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final Call call = new Call(buffers, engine);

    @AfterEach
    void everythingIsReleased() {
        engine.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    static Stream<Arguments> pairs() {
        List<Arguments> pairs = new ArrayList<>();
        for (WireFormat caller : CALLERS) {
            for (String provider : PROVIDERS) {
                if (!caller.name().equalsIgnoreCase(provider)) {
                    pairs.add(Arguments.of(caller, provider));
                }
            }
        }
        return pairs.stream();
    }

    private void routeTo(String provider) {
        GatewayConfig.Provider entry = new GatewayConfig.Provider(
                provider,
                provider,
                null,
                URI.create("http://127.0.0.1:" + Engine.PROVIDER_PORT),
                List.of(new Secret(Engine.PROVIDER_KEY)),
                null,
                /* allowPrivate= */ true,
                null,
                null,
                null,
                null,
                /* responses= */ false,
                GatewayConfig.TimeoutSettings.NONE,
                GatewayConfig.Breaker.DEFAULT);
        engine.publish(Configs.routes(List.of(entry), List.of(Configs.model("gpt-test", provider + "/m-1"))));
    }

    private void send(WireFormat caller, boolean stream) {
        InboundDialect dialect = Dialects.inbound().stream()
                .filter(known -> known.wireFormat() == caller)
                .findFirst()
                .orElseThrow();
        String who = "{\"model\":\"gpt-test\",\"stream\":" + stream;
        switch (caller) {
            case OPENAI -> call.send(who + ",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");
            case OPENAI_RESPONSES ->
                call.in(dialect, new CallPath(Endpoint.RESPONSES)).send(who + ",\"input\":\"hello\"}");
            case ANTHROPIC ->
                call.in(dialect, new CallPath(Endpoint.MESSAGES))
                        .send(who + ",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");
            case GEMINI ->
                call.in(dialect, new CallPath(Endpoint.GENERATE_CONTENT, "gpt-test", stream, null))
                        .send("{\"contents\":[{\"parts\":[{\"text\":\"hello\"}]}]}");
            case BEDROCK, OLLAMA -> throw new AssertionError("no caller speaks it");
        }
    }

    private static String head(Voice voice) {
        return "HTTP/1.1 200 OK\r\ncontent-type: " + voice.streamType() + "\r\ntransfer-encoding: chunked\r\n\r\n";
    }

    /** A byte is a character. */
    private static String chunk(byte[] bytes) {
        return Integer.toHexString(bytes.length) + "\r\n" + new String(bytes, ISO_8859_1) + "\r\n";
    }

    private static String whole(String provider, Scenario scenario) {
        return new String(json(200, Voice.of(provider).body(scenario)).getBytes(UTF_8), ISO_8859_1);
    }

    /** The first pieces of a stream, each read for itself. */
    private void provider(Voice voice, Scenario scenario, int pieces) {
        call.provider(head(voice));
        for (byte[] piece : voice.stream(scenario).subList(0, pieces)) {
            call.provider(chunk(piece));
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void aStreamEnds(WireFormat caller, String provider) {
        routeTo(provider);
        Voice voice = Voice.of(provider);
        send(caller, /* stream= */ true);
        provider(
                voice,
                Scenario.PARALLEL_TOOLS,
                voice.stream(Scenario.PARALLEL_TOOLS).size());
        call.provider(LAST_CHUNK);

        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary ok", "end");
        assertThat(call.client().body()).contains("get_weather", "get_time");
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void aStreamThatComesByteByByteSaysTheSame(WireFormat caller, String provider) {
        routeTo(provider);
        Voice voice = Voice.of(provider);
        send(caller, /* stream= */ true);
        call.provider(head(voice));
        for (byte[] piece : voice.stream(Scenario.REASONING)) {
            call.provider().sendInPieces(chunk(piece), 1);
        }
        call.provider(LAST_CHUNK);

        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary ok", "end");
        assertThat(call.client().body()).contains("42");
        assertThat(call.attempt().usage().outputTokens()).isEqualTo(7);
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void aWholeAnswerEnds(WireFormat caller, String provider) {
        routeTo(provider);
        send(caller, /* stream= */ false);
        call.provider(whole(provider, Scenario.ONE_TOOL));

        assertThat(call.client().steps()).containsExactly("summary ok", "answer 200");
        assertThat(call.client().body()).contains("get_weather");
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void aStreamIsCutInTheMiddleOfAPiece(WireFormat caller, String provider) {
        routeTo(provider);
        Voice voice = Voice.of(provider);
        byte[] next = voice.stream(Scenario.TEXT).get(4);
        send(caller, /* stream= */ true);
        provider(voice, Scenario.TEXT, 4);
        call.provider(Integer.toHexString(next.length) + "\r\n" + new String(next, 0, next.length / 2, ISO_8859_1));
        call.provider().close();

        assertThat(call.client().steps()).endsWith("summary truncated", "body", "end");
        assertThat(call.client().body()).contains("error");
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void aWholeAnswerIsCut(WireFormat caller, String provider) {
        routeTo(provider);
        String answer = whole(provider, Scenario.ONE_TOOL);
        send(caller, /* stream= */ false);
        call.provider(answer.substring(0, answer.length() - 20));
        call.provider().close();

        assertThat(call.client().steps()).hasSize(2).endsWith("answer 502");
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void anErrorEndsAStream(WireFormat caller, String provider) {
        routeTo(provider);
        Voice voice = Voice.of(provider);
        send(caller, /* stream= */ true);
        provider(voice, Scenario.TEXT, 4);
        call.provider(chunk(voice.failure("no seats")));

        assertThat(call.client().steps()).endsWith("summary upstream_error", "body", "end");
        assertThat(call.client().body()).contains("no seats");
        assertThat(call.provider().isClosed()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void anErrorStatusIsTold(WireFormat caller, String provider) {
        routeTo(provider);
        send(caller, /* stream= */ true);
        call.provider(json(400, Voice.of(provider).refusal(400, "no such thing")));

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 400");
        assertThat(call.client().body()).contains("no such thing");
    }

    /** While half a piece is held, the caller leaves. */
    @ParameterizedTest
    @MethodSource("pairs")
    void aCallerLeaves(WireFormat caller, String provider) {
        routeTo(provider);
        Voice voice = Voice.of(provider);
        byte[] next = voice.stream(Scenario.REASONING).get(2);
        send(caller, /* stream= */ true);
        provider(voice, Scenario.REASONING, 2);
        call.provider(Integer.toHexString(next.length) + "\r\n" + new String(next, 0, next.length / 2, ISO_8859_1));
        call.exchange().onClientGone();
        engine.settle();

        assertThat(call.client().steps()).endsWith("summary client_abort", "cut");
        assertThat(call.provider().isClosed()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void aCallerLeavesBeforeAWholeAnswerIsWhole(WireFormat caller, String provider) {
        routeTo(provider);
        String answer = whole(provider, Scenario.TEXT);
        send(caller, /* stream= */ false);
        call.provider(answer.substring(0, answer.length() - 20));
        call.exchange().onClientGone();
        engine.settle();

        assertThat(call.client().steps()).containsExactly("summary client_abort", "cut");
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void aProviderFallsSilent(WireFormat caller, String provider) {
        routeTo(provider);
        Voice voice = Voice.of(provider);
        send(caller, /* stream= */ true);
        provider(voice, Scenario.TEXT, 4);
        engine.advance(Duration.ofSeconds(61));

        assertThat(call.client().steps()).endsWith("summary timeout", "body", "end");
        assertThat(call.client().body()).contains("error");
    }

    /** What cannot be said in the provider's dialect is refused before anybody is asked. */
    @ParameterizedTest
    @MethodSource("pairs")
    void aRequestCannotBeTranslated(WireFormat caller, String provider) {
        if (caller != WireFormat.OPENAI) {
            return;
        }
        routeTo(provider);
        call.send("{\"model\":\"gpt-test\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
                + "\"text\":\"look\"},{\"type\":\"image_url\",\"image_url\":7}]}]}");

        assertThat(call.client().steps()).containsExactly("summary refused", "answer 400");
        assertThat(engine.provider().connections()).isZero();
    }
}
