package dev.sluice.codec.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ResponsesEncoderTest {
    private final UnpooledByteBufAllocator allocator =
            new UnpooledByteBufAllocator(/* preferDirect= */ false, /* disableLeakDetector= */ true);

    @AfterEach
    void everyBufferIsReleased() {
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @Test
    void nothingIsWrittenBeforeAnythingIsSaid() {
        try (ResponsesEncoder encoder = encoder(/* stream= */ true)) {
            assertThat(encoder.take()).isNull();
            assertThat(encoder.contentType()).isEqualTo("text/event-stream; charset=utf-8");
        }
        try (ResponsesEncoder encoder = encoder(/* stream= */ false)) {
            say(encoder, "a");
            assertThat(encoder.take()).isNull();
            assertThat(encoder.contentType()).isEqualTo("application/json");
        }
    }

    @Test
    void releasesWhatNobodyTakes() {
        ResponsesEncoder stream = encoder(/* stream= */ true);
        say(stream, "a");
        stream.close();
        ResponsesEncoder whole = encoder(/* stream= */ false);
        whole.onEnd(Usage.NONE);
        whole.close();
        whole.close();
    }

    @Test
    void aCharacterThatIsCutWaitsForItsRest() {
        byte[] text = "é中🏔.".getBytes(UTF_8);
        StringBuilder written = new StringBuilder();
        try (ResponsesEncoder encoder = encoder(/* stream= */ true)) {
            for (int i = 0; i < text.length; i++) {
                encoder.onText(0, Channel.CONTENT, text, i, i + 1);
                take(encoder, written);
            }
            encoder.onFinish(0, FinishReason.STOP, null);
            encoder.onEnd(Usage.NONE);
            take(encoder, written);
        }
        assertThat(written)
                .contains("\"delta\":\"é\"", "\"delta\":\"中\"", "\"delta\":\"🏔\"", "\"delta\":\".\"")
                .doesNotContain("\uFFFD");
        ResponseGrammar.check(written.toString());
    }

    @Test
    void anAnswerBeyondWhatIsKeptEndsAsOneThatWasCutShort() {
        byte[] text = "0123456789abcde\n".repeat(64 << 10).getBytes(UTF_8);
        int pieces = ResponsesEncoder.MAX_KEPT_BYTES / text.length + 2;
        try (ResponsesEncoder encoder = encoder(/* stream= */ false)) {
            for (int i = 0; i < pieces; i++) {
                encoder.onText(0, Channel.CONTENT, text, 0, text.length);
            }
            encoder.onFinish(0, FinishReason.STOP, null);
            encoder.onEnd(Usage.NONE);
            ByteBuf body = Objects.requireNonNull(encoder.take());
            JsonSlice response = JsonSlice.of(body);
            assertThat(Objects.requireNonNull(response.member("status")).text()).isEqualTo("incomplete");
            JsonSlice item =
                    Objects.requireNonNull(response.member("output")).elements().get(0);
            JsonSlice part =
                    Objects.requireNonNull(item.member("content")).elements().get(0);
            assertThat(Objects.requireNonNull(part.member("text")).text()).hasSize(ResponsesEncoder.MAX_KEPT_BYTES);
            body.release();
        }
    }

    @Test
    void whatIsSaidOfACallThatIsOverIsNotHeard() {
        StringBuilder written = new StringBuilder();
        try (ResponsesEncoder encoder = encoder(/* stream= */ true)) {
            byte[] arguments = "{}".getBytes(UTF_8);
            encoder.onToolCall(0, 0, "call_a", "look");
            encoder.onArguments(0, 0, arguments, 0, 2);
            encoder.onToolCall(0, 1, "call_b", "look");
            encoder.onArguments(0, 0, arguments, 0, 2);
            encoder.onArguments(0, 7, arguments, 0, 2);
            encoder.onEnd(Usage.NONE);
            take(encoder, written);
        }
        ResponseGrammar.check(written.toString());
        assertThat(written).doesNotContain("{}{}");
    }

    @Test
    void idsHaveNothingButLettersAndDigitsOfTheRequest() {
        AnswerPlan plan = new AnswerPlan(
                Endpoint.RESPONSES, false, "m", "a-\"b/" + "c".repeat(90), 1, false, -1, /* query= */ null);
        try (ResponsesEncoder encoder = new ResponsesEncoder(plan, allocator)) {
            say(encoder, "x");
            encoder.onEnd(Usage.NONE);
            ByteBuf body = Objects.requireNonNull(encoder.take());
            String key = "ab" + "c".repeat(38);
            assertThat(body.toString(UTF_8)).contains("\"id\":\"resp_" + key + "\"", "\"id\":\"msg_" + key + "_0\"");
            body.release();
        }
    }

    @Test
    void theGrammarNoticesWhatStrictClientsRefuse() {
        StringBuilder written = new StringBuilder();
        try (ResponsesEncoder encoder = encoder(/* stream= */ true)) {
            say(encoder, "snow");
            encoder.onEnd(Usage.of(1, 0, 0, 2, 0));
            take(encoder, written);
        }
        String stream = written.toString();
        ResponseGrammar.check(stream);
        for (String broken : new String[] {
            stream.replace("\"sequence_number\":4", "\"sequence_number\":5"),
            stream.replaceFirst("\"delta\":\"snow\"", "\"delta\":\"sno\""),
            stream.replaceFirst("event: response.output_item.done\n[^\n]*\n\n", ""),
            stream.replaceFirst("event: response.in_progress\n[^\n]*\n\n", ""),
            stream.replace("\"total_tokens\":3", "\"total_tokens\":4"),
            stream.replaceFirst("event: response.completed\n[^\n]*\n\n", "")
        }) {
            assertThat(broken).isNotEqualTo(stream);
            assertThat(isLegal(broken)).as(broken).isFalse();
        }
    }

    private static boolean isLegal(String stream) {
        try {
            ResponseGrammar.check(stream);
            return true;
        } catch (AssertionError e) {
            return false;
        }
    }

    private ResponsesEncoder encoder(boolean stream) {
        return new ResponsesEncoder(
                new AnswerPlan(Endpoint.RESPONSES, stream, "m", "r1", 1, false, -1, /* query= */ null), allocator);
    }

    private static void say(ResponsesEncoder encoder, String text) {
        byte[] utf8 = text.getBytes(UTF_8);
        encoder.onText(0, Channel.CONTENT, utf8, 0, utf8.length);
    }

    private static void take(ResponsesEncoder encoder, StringBuilder written) {
        ByteBuf bytes = encoder.take();
        if (bytes != null) {
            written.append(Unpooled.copiedBuffer(bytes).toString(UTF_8));
            bytes.release();
        }
    }
}
