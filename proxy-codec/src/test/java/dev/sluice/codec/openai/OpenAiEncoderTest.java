package dev.sluice.codec.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.EventScript;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers in OpenAI's dialect: each case what a provider says, and what the caller gets. */
final class OpenAiEncoderTest {
    private final OpenAiInbound dialect = new OpenAiInbound();
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);

    static List<Golden> streams() {
        return Golden.of("openai-inbound/streams");
    }

    static List<Golden> bodies() {
        return Golden.of("openai-inbound/bodies");
    }

    @AfterEach
    void nothingIsLeftBehind() {
        assertThat(allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory())
                .isZero();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void saysAnAnswerAsEvents(Golden golden) {
        AnswerEncoder encoder = encoder(golden, /* stream= */ true);
        assertThat(encoder.contentType()).startsWith("text/event-stream");
        String written = EventScript.run(golden.read("events.txt"), encoder);
        assertThat(written).isEqualTo(golden.read("stream.txt"));
        for (String event : written.split("\n\n")) {
            if (!event.isEmpty() && !event.equals("data: [DONE]")) {
                ByteBuf payload = Unpooled.copiedBuffer(event.substring("data: ".length()), StandardCharsets.UTF_8);
                assertThat(JsonSlice.checked(payload)).isNotNull();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void saysAnAnswerAsOneBody(Golden golden) {
        AnswerEncoder encoder = encoder(golden, /* stream= */ false);
        assertThat(encoder.contentType()).isEqualTo("application/json");
        assertThat(EventScript.run(golden.read("events.txt"), encoder) + '\n').isEqualTo(golden.read("body.json"));
    }

    /** What streams say must be what bodies say: each script of a stream can be told as a body, too. */
    @ParameterizedTest
    @MethodSource("streams")
    void everyAnswerIsAlsoOneLegalBody(Golden golden) {
        String written = EventScript.run(golden.read("events.txt"), encoder(golden, /* stream= */ false));
        if (golden.read("events.txt").contains("cut\n")) {
            assertThat(written).isEmpty();
        } else {
            assertThat(JsonSlice.checked(Unpooled.copiedBuffer(written, StandardCharsets.UTF_8)))
                    .isNotNull();
        }
    }

    @Test
    void whatNobodyTookIsReleased() {
        for (boolean stream : new boolean[] {true, false}) {
            try (AnswerEncoder encoder = dialect.newEncoder(plan(Endpoint.CHAT_COMPLETIONS, stream, true), allocator)) {
                EventScript.tell("text 0 CONTENT a\nfinish 0 STOP", encoder);
                encoder.onEnd(EventScript.usage("usage 1 2"));
            }
            nothingIsLeftBehind();
        }
    }

    @Test
    void aChoiceBeyondTheLastOneSharesItsPlace() {
        AnswerEncoder encoder = dialect.newEncoder(plan(Endpoint.CHAT_COMPLETIONS, true, false), allocator);
        String written = EventScript.run("text 2000000000 CONTENT a", encoder);
        assertThat(written).contains("{\"index\":127,\"delta\":{\"content\":\"a\"}");
    }

    @Test
    void aPieceOfTextCostsNothingButTheBytesItIsWrittenInto() {
        AnswerEncoder encoder = dialect.newEncoder(plan(Endpoint.CHAT_COMPLETIONS, true, true), allocator);
        byte[] text = " some words, and \"quotes\"".getBytes(StandardCharsets.UTF_8);
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        try (encoder) {
            EventScript.tell("start msg_1 claude\ntext 0 CONTENT a\ntext 0 REASONING b\ncall 0 0 c f", encoder);
            ByteBuf warm = encoder.take();
            assertThat(warm).isNotNull();
            warm.release();
            int deltas = 1_000;
            for (int round = 0; round < 2; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                tell(encoder, text, deltas);
                long allocated = threads.getCurrentThreadAllocatedBytes() - before;
                ByteBuf taken = encoder.take();
                assertThat(taken).isNotNull();
                int capacity = taken.capacity();
                taken.release();
                if (round > 0) {
                    // Growing by doubling, the bytes themselves cost at most twice what they end up in.
                    assertThat(allocated).isLessThan(2L * capacity + 20_000);
                }
            }
        }
    }

    private static void tell(ChatEvents encoder, byte[] text, int deltas) {
        for (int i = 0; i < deltas; i++) {
            encoder.onText(0, dev.sluice.codec.chat.Channel.CONTENT, text, 0, text.length);
            encoder.onText(0, dev.sluice.codec.chat.Channel.REASONING, text, 0, text.length);
            encoder.onArguments(0, 0, text, 0, text.length);
        }
    }

    private AnswerEncoder encoder(Golden golden, boolean stream) {
        Endpoint endpoint = golden.name().startsWith("completions-") ? Endpoint.COMPLETIONS : Endpoint.CHAT_COMPLETIONS;
        boolean reportsUsage = golden.read("events.txt").startsWith("# usage wanted");
        return dialect.newEncoder(plan(endpoint, stream, reportsUsage), allocator);
    }

    private static AnswerPlan plan(Endpoint endpoint, boolean stream, boolean reportsUsage) {
        return new AnswerPlan(endpoint, stream, "m", "r1", 1_790_000_000, reportsUsage, 7, null);
    }
}
