package dev.sluice.codec.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.EventScript;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.AnswerReader.Event;
import dev.sluice.codec.dialect.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What our encoders write says to our reader of answers what they were told. */
final class OpenAiRoundTripTest {
    private static final String ANSWER = """
            start chatcmpl-9 gpt
            text 0 REASONING "Hm.\\u000a"
            signature 0 - ANTHROPIC c2ln
            redacted 0 - ANTHROPIC cmVk
            text 0 CONTENT Grüße \\"aus\\" Oslo 😀
            call 0 0 c1 look
            args 0 0 {"city":"Oslo","n":1.0}
            call 0 1 c2 see
            args 0 1 {}
            finish 0 TOOL_CALLS
            """;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theReaderHearsWhatTheEncoderWasTold(boolean stream) {
        Usage usage = EventScript.usage("usage 110 25 cached=60 written=40 reasoning=7");
        EventScript.Recorder heard = new EventScript.Recorder();
        AnswerReader answer = OpenAiAnswer.of(stream, /* legacy= */ false, heard);
        String written = encoded(ANSWER + "usage 110 25 cached=60 written=40 reasoning=7", stream);
        for (String payload : stream ? written.split("\n\n") : new String[] {written}) {
            assertThat(read(answer, stream ? payload.substring("data: ".length()) : payload))
                    .isNotIn(Event.ERROR, Event.MALFORMED, Event.EMPTY);
        }
        answer.onEnd();
        assertThat(answer.finished()).isTrue();
        assertThat(answer.usage()).isEqualTo(usage);
        assertThat(answer.model()).isEqualTo("gpt");
        assertThat(heard).hasToString(ANSWER);
    }

    private static Event read(AnswerReader answer, String payload) {
        ByteBuf bytes = Unpooled.copiedBuffer(payload, StandardCharsets.UTF_8);
        answer.onPayload(bytes, 0, bytes.readableBytes());
        return answer.onPayloadEnd();
    }

    private static String encoded(String script, boolean stream) {
        AnswerPlan plan = new AnswerPlan(Endpoint.CHAT_COMPLETIONS, stream, "m", "r1", 1_790_000_000, true, 7, null);
        return EventScript.run(script, new OpenAiInbound().newEncoder(plan, UnpooledByteBufAllocator.DEFAULT));
    }
}
