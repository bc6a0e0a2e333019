package dev.sluice.gateway.exchange;

import static dev.sluice.gateway.wire.Answers.LAST_CHUNK;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.route.RouteTable;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Configs;
import dev.sluice.gateway.wire.Engine;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A new wire format takes one class and one line: {@link Telegraph}, and {@code provider -> List.of(new Telegraph())}. */
final class NewDialectTest {
    private static final String STREAM_HEAD =
            "HTTP/1.1 200 OK\r\ncontent-type: text/x-telegraph\r\ntransfer-encoding: chunked\r\n\r\n";
    private static final String QUESTION = ",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
            + "{\"role\":\"user\",\"content\":\"hello\"}],\"logit_bias\":{}}";

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final Call call = new Call(buffers, engine);

    @BeforeEach
    void aNewDialectIsConfigured() {
        GatewayConfig config = Configs.config(
                List.of(Configs.provider(
                        "wire", "http://127.0.0.1:" + Engine.PROVIDER_PORT + "/office", Engine.PROVIDER_KEY)),
                List.of(Configs.model("gpt-test", "wire/morse")));
        engine.publish(new RouteTable(config, provider -> List.of(new Telegraph())));
    }

    @AfterEach
    void everythingIsReleased() {
        engine.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 1000})
    void anOpenAiCallerHearsItsStream(int pieceBytes) {
        call.send("{\"model\":\"gpt-test\",\"stream\":true,\"stream_options\":{\"include_usage\":true}" + QUESTION);

        assertThat(call.provider().received())
                .startsWith("POST /office/send/morse HTTP/1.1\r\n")
                .contains("\r\nx-stamp: " + Engine.PROVIDER_KEY + "\r\n")
                .endsWith("\r\n\r\nSYSTEM Be brief.\nUSER hello\n");
        call.provider().send(STREAM_HEAD);
        call.provider().sendInPieces(chunk("+Hel\n+lo\n.7,3\n") + LAST_CHUNK, pieceBytes);

        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary ok", "end");
        assertThat(call.client().header("content-type")).startsWith("text/event-stream");
        assertThat(call.client().header("x-sluice-dropped")).isEqualTo("logit_bias");
        assertThat(call.client().body())
                .contains("\"content\":\"Hel\"", "\"content\":\"lo\"", "\"finish_reason\":\"stop\"")
                .contains("\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10")
                .endsWith("data: [DONE]\n\n");
        assertThat(call.attempt().usage().outputTokens()).isEqualTo(3);
    }

    @Test
    void anOpenAiCallerHearsItsWholeAnswer() {
        call.send("{\"model\":\"gpt-test\"" + QUESTION);
        call.provider(json(200, "+Hello\n.7,3\n"));

        assertThat(call.client().status()).isEqualTo(200);
        assertThat(call.client().body()).startsWith("{").contains("\"content\":\"Hello\"", "\"total_tokens\":10");
        assertThat(call.summary().status()).isEqualTo(AttemptStatus.OK);
    }

    @Test
    void whatItBreaksOffIsNotFinished() {
        call.send("{\"model\":\"gpt-test\",\"stream\":true" + QUESTION);
        call.provider(STREAM_HEAD + chunk("+Hel\n+l") + LAST_CHUNK);

        assertThat(call.client().body())
                .contains("\"content\":\"Hel\"", "data: {\"error\":{", "\"code\":\"upstream_error\"")
                .doesNotContain("[DONE]");
        assertThat(call.summary().status()).isEqualTo(AttemptStatus.TRUNCATED);
    }

    @Test
    void itsErrorsAreErrors() {
        call.send("{\"model\":\"gpt-test\",\"stream\":true" + QUESTION);
        call.provider(STREAM_HEAD + chunk("!the line is cut\n"));

        assertThat(call.client().status()).isEqualTo(503);
        assertThat(call.client().body()).contains("the line is cut", "\"code\":\"overloaded\"");
    }

    /** Nobody told the other callers of it either. */
    @Test
    void callersOfEveryDialectAreServed() {
        for (InboundDialect dialect : Dialects.inbound()) {
            Call asking = new Call(buffers, engine);
            switch (dialect.wireFormat()) {
                case OPENAI ->
                    asking.send("{\"model\":\"gpt-test\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");
                case OPENAI_RESPONSES ->
                    asking.in(dialect, new CallPath(Endpoint.RESPONSES))
                            .send("{\"model\":\"gpt-test\",\"input\":\"hello\"}");
                case ANTHROPIC ->
                    asking.in(dialect, new CallPath(Endpoint.MESSAGES))
                            .send("{\"model\":\"gpt-test\",\"max_tokens\":9,"
                                    + "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");
                case GEMINI ->
                    asking.in(dialect, new CallPath(Endpoint.GENERATE_CONTENT, "gpt-test", false, null))
                            .send("{\"contents\":[{\"parts\":[{\"text\":\"hello\"}]}]}");
                case BEDROCK, OLLAMA -> throw new AssertionError("no caller speaks it");
            }
            assertThat(asking.provider().take()).endsWith("USER hello\n");
            asking.provider(json(200, "+Good day\n.7,3\n"));

            assertThat(asking.client().status()).as(dialect.name()).isEqualTo(200);
            assertThat(asking.client().body()).contains("Good day");
        }
    }
}
