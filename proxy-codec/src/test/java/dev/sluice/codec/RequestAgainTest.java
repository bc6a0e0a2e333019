package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.json.JsonSplice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One request, written for one target after another: each time as if it were the first. */
final class RequestAgainTest {
    private static final List<String> MODELS = List.of("asked", "mistral-large", "gpt", "asked", "a/b:c");

    private final UnpooledByteBufAllocator allocator =
            new UnpooledByteBufAllocator(/* preferDirect= */ true, /* disableLeakDetector= */ true);
    private ByteBuf body = allocator.buffer(0);

    /**
     * A request, whose text is longer than what is copied in one piece, or shorter.
     *
     * @param body with {@code %s} for the name of the model in quotes, and {@code ~} for a text
     * @param usage what a stream is asked for in addition
     */
    record Asked(CallPath path, String body, String usage) {
        Asked(Endpoint endpoint, String body) {
            this(new CallPath(endpoint), body, "");
        }

        String text(boolean large) {
            return body.replace('\'', '"').replace("~", large ? "x".repeat(JsonSplice.COPY_BYTES) : "x");
        }

        @Override
        public String toString() {
            return path.endpoint().label();
        }
    }

    static Stream<Asked> requests() {
        String said = "'messages':[{'role':'user','content':'~'}]";
        return Stream.of(
                new Asked(
                        new CallPath(Endpoint.CHAT_COMPLETIONS),
                        "{'model':%s,'stream':true," + said + "}",
                        ",\"stream_options\":{\"include_usage\":true}"),
                new Asked(Endpoint.CHAT_COMPLETIONS, "{" + said + ", 'temperature': 1.0, 'model': %s}"),
                new Asked(Endpoint.COMPLETIONS, "{'prompt':'~','model':%s}"),
                new Asked(Endpoint.EMBEDDINGS, "{'input':'~','model':%s}"),
                new Asked(Endpoint.RESPONSES, "{'model':%s,'input':'~'}"),
                new Asked(Endpoint.MESSAGES, "{'max_tokens':9,'model':%s," + said + "}"),
                new Asked(
                        new CallPath(Endpoint.GENERATE_CONTENT, "asked", /* stream= */ true, null),
                        "{'model':%s,'contents':[{'parts':[{'text':'~'}]}]}",
                        ""),
                new Asked(
                        new CallPath(Endpoint.BATCH_EMBED_CONTENTS, "asked", /* stream= */ false, null),
                        "{'requests':[{'model':%s,'content':{'parts':[{'text':'~'}]}}]}",
                        ""));
    }

    @BeforeEach
    void dropBody() {
        body.release();
    }

    @ParameterizedTest
    @MethodSource("requests")
    void isRewrittenForEachTargetFromTheSameBytes(Asked asked) throws MalformedRequestException {
        for (boolean large : new boolean[] {false, true}) {
            String text = asked.text(large).formatted(named(asked, "asked"));
            fill(text);
            try (RequestReader reader = read(asked.path())) {
                for (String model : MODELS) {
                    ByteBuf written =
                            reader.rewrite(body.retainedDuplicate(), model, /* askForUsage= */ true, allocator);
                    String expected = asked.text(large).formatted(named(asked, model));
                    assertThat(consumed(written))
                            .isEqualTo(expected.substring(0, expected.length() - 1) + asked.usage() + "}");
                    assertThat(body.toString(UTF_8)).isEqualTo(text);
                    assertThat(body.refCnt()).isEqualTo(1);
                    assertThat(reader.model()).isEqualTo("asked");
                }
            }
            body.release();
            assertThat(allocator.metric().usedDirectMemory()).isZero();
        }
    }

    @Test
    void aTargetThatMayNotBeAskedForUsageIsNotWhateverTheOneBeforeWas() throws MalformedRequestException {
        fill("{\"model\":\"m\",\"stream\":true}");
        try (RequestReader reader = read(new CallPath(Endpoint.CHAT_COMPLETIONS))) {
            for (boolean ask : new boolean[] {true, false, true}) {
                String written = consumed(reader.rewrite(body.retainedDuplicate(), "m", ask, allocator));
                assertThat(written.contains("include_usage")).isEqualTo(ask);
            }
        }
        body.release();
    }

    @ParameterizedTest
    @MethodSource("requests")
    void isUnderstoodAgainBehindARewrite(Asked asked) throws MalformedRequestException {
        if (asked.path().endpoint().operation() != Endpoint.Operation.CHAT) {
            return;
        }
        fill(asked.text(false).formatted("\"asked\""));
        InboundDialect dialect = dialect(asked.path());
        try (RequestReader reader = read(asked.path())) {
            for (String model : MODELS) {
                consumed(reader.rewrite(body.retainedDuplicate(), model, /* askForUsage= */ true, allocator));
                ChatRequest chat = dialect.readChat(asked.path(), body);
                assertThat(chat.messages().getLast().parts())
                        .singleElement()
                        .isInstanceOfSatisfying(
                                Part.Text.class,
                                part -> assertThat(part.text().text()).isEqualTo("x"));
            }
        }
        body.release();
    }

    /** Gemini's names of models are qualified where they are replaced. */
    private static String named(Asked asked, String model) {
        boolean qualified = asked.path().model() != null && !model.equals("asked");
        return '"' + (qualified ? "models/" : "") + model + '"';
    }

    private void fill(String text) {
        body = allocator.buffer();
        // Not at the beginning of its buffer, as behind a head.
        body.writeMedium(0x0A0A0A).writeBytes(text.getBytes(UTF_8)).skipBytes(3);
    }

    private RequestReader read(CallPath path) throws MalformedRequestException {
        RequestReader reader = dialect(path).newRequest(path, /* maxDepth= */ 64);
        reader.feed(body);
        reader.end();
        return reader;
    }

    /** What a provider reads, which leaves nothing of the buffer. */
    private static String consumed(ByteBuf written) {
        byte[] bytes = new byte[written.readableBytes()];
        written.readBytes(bytes);
        written.release();
        return new String(bytes, UTF_8);
    }

    private static InboundDialect dialect(CallPath path) {
        return Dialects.inbound().stream()
                .filter(inbound -> inbound.wireFormat() == path.endpoint().wireFormat())
                .findFirst()
                .orElseThrow();
    }
}
