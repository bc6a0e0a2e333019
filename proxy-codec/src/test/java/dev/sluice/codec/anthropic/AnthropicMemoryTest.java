package dev.sluice.codec.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.EventScript;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a stream costs for each delta, and what it holds on to. */
final class AnthropicMemoryTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int DELTAS = 2_000;

    @Test
    void aReaderAllocatesNothingForADelta() {
        Counting heard = new Counting();
        AnswerReader reader = new AnthropicProvider().newAnswer(Endpoint.MESSAGES, /* stream= */ true, heard);
        feed(reader, "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"m\",\"content\":[]}}");
        feed(
                reader,
                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}");
        ByteBuf delta = Unpooled.copiedBuffer(
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"some \\\"text\\\"\"}}",
                UTF_8);
        long least = leastOf(() -> {
            for (int i = 0; i < DELTAS; i++) {
                reader.onPayload(delta, 0, delta.readableBytes());
                reader.onPayloadEnd();
            }
        });
        assertThat(heard.bytes).isGreaterThan(DELTAS * 5L * 11);
        assertThat(least).isLessThan(DELTAS);
    }

    @Test
    void anEncoderAllocatesOnlyWhatItWritesInto() {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        try (AnswerEncoder encoder = encoder(allocator)) {
            byte[] text = "some \"text\"".getBytes(UTF_8);
            encoder.onText(0, Channel.CONTENT, text, 0, text.length);
            long least = leastOf(() -> {
                for (int i = 0; i < 4; i++) {
                    encoder.onText(0, Channel.CONTENT, text, 0, text.length);
                }
                Objects.requireNonNull(encoder.take()).release();
            });
            // A buffer and its bytes, of a kilobyte.
            assertThat(least).isLessThan(1_500);
        }
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @Test
    void callsThatWaitHaveALimit() {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        AnswerEncoder encoder = encoder(allocator);
        byte[] megabyte = "x".repeat(1 << 20).getBytes(UTF_8);
        encoder.onToolCall(0, 0, "a", "look");
        encoder.onArguments(0, 0, megabyte, 0, 1);
        StringBuilder written = new StringBuilder(taken(encoder));
        encoder.onToolCall(0, 1, "b", "look");
        for (int i = 0; i < 9; i++) {
            encoder.onArguments(0, 1, megabyte, 0, megabyte.length);
            // Once the answer has failed nothing more is said.
            encoder.onArguments(0, 0, megabyte, 0, 1);
        }
        encoder.onEnd(EventScript.usage("usage 1 2"));
        written.append(taken(encoder));
        encoder.close();
        assertThat(written.toString())
                .contains("event: error")
                .contains("calls that come in turns have more than 8388608 bytes of arguments")
                .doesNotContain("message_stop")
                .endsWith("}}\n\n");
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @Test
    void argumentsOfAClosedCallAreAnError() {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        String written = EventScript.run("""
                call 0 0 a look
                args 0 0 {"a":
                take
                text 0 CONTENT in between
                args 0 0 1}
                text 0 CONTENT unheard
                finish 0 TOOL_CALLS""", encoder(allocator));
        assertThat(written)
                .contains("event: error")
                .contains("arguments of call 0 came when its block had been closed")
                .doesNotContain("unheard")
                .doesNotContain("message_stop");
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @Test
    void whatIsNotTakenIsReleased() {
        for (boolean stream : new boolean[] {true, false}) {
            UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
            AnswerEncoder encoder = new AnthropicInbound().newEncoder(plan(stream), allocator);
            EventScript.tell("text 0 CONTENT x\ncall 0 0 a look\nargs 0 0 {}\ncall 0 1 b look\nargs 0 1 {}", encoder);
            assertThat(allocator.metric().usedHeapMemory()).isPositive();
            encoder.close();
            assertThat(allocator.metric().usedHeapMemory()).isZero();
        }
    }

    private static String taken(AnswerEncoder encoder) {
        ByteBuf bytes = Objects.requireNonNull(encoder.take());
        String text = bytes.toString(UTF_8);
        bytes.release();
        return text;
    }

    private static AnswerEncoder encoder(UnpooledByteBufAllocator allocator) {
        return new AnthropicInbound().newEncoder(plan(/* stream= */ true), allocator);
    }

    private static AnswerPlan plan(boolean stream) {
        return new AnswerPlan(Endpoint.MESSAGES, stream, "alias", "req-1", 0, true, -1, null);
    }

    private static void feed(AnswerReader reader, String payload) {
        ByteBuf bytes = Unpooled.copiedBuffer(payload, UTF_8);
        reader.onPayload(bytes, 0, bytes.readableBytes());
        reader.onPayloadEnd();
    }

    /** Of several runs: what compilers allocate meanwhile is none of it. */
    private static long leastOf(Runnable action) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 30; i++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            action.run();
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    private static final class Counting implements ChatEvents {
        private long bytes;

        @Override
        public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
            bytes += to - from;
        }

        @Override
        public void onToolCall(int choice, int call, @Nullable String id, String name) {}

        @Override
        public void onArguments(int choice, int call, byte[] utf8, int from, int to) {}
    }
}
