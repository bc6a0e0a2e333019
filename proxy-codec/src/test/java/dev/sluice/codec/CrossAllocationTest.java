package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import com.sun.management.ThreadMXBean;
import dev.sluice.codec.bedrock.EventStreamBytes;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.relay.Relay;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a long answer costs on its way from each provider's dialect to each caller's, in reads of one piece of text. What
 * is written goes to memory of the allocator's, which takes all of it back.
 */
final class CrossAllocationTest {
    private static final int DELTAS = 20_000;
    private static final int MAX_BYTES_PER_DELTA = 1024;
    /** Deltas over which allocations are added up: within the last ones nothing may have grown any more. */
    private static final int STRETCH = DELTAS / 4;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /**
     * A stream in three parts.
     *
     * @param delta comes again and again
     */
    private record LongStream(Endpoint endpoint, byte[] begin, byte[] delta, byte[] end) {}

    static List<Arguments> pairs() {
        List<Arguments> pairs = new ArrayList<>();
        for (LongStream stream : streams()) {
            for (Caller caller : Caller.values()) {
                pairs.add(argumentSet(stream.endpoint() + " for " + caller, stream, caller));
            }
        }
        return pairs;
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void aLongAnswerCostsTheSamePieceByPiece(LongStream stream, Caller caller) {
        // Direct memory, which this thread does not account for; nobody notes down its accesses.
        UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true, /* disableLeakDetector= */ true);
        long[] stretches = new long[DELTAS / STRETCH];
        long[] written = new long[1];
        ProviderStream whole = ProviderStream.of("long", stream.endpoint(), new byte[0]);
        ByteBuf delta = memory.buffer().writeBytes(stream.delta());
        try (AnswerEncoder encoder = caller.newEncoder(memory);
                AnswerReader answer = whole.dialect().newAnswer(stream.endpoint(), /* stream= */ true, encoder);
                Relay relay = Relay.translated(whole.dialect(), /* stream= */ true, answer, encoder)) {
            relay.onBytes(memory.buffer().writeBytes(stream.begin()), bytes -> count(bytes, written));
            for (int stretch = 0; stretch < stretches.length; stretch++) {
                long before = THREADS.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < STRETCH; i++) {
                    relay.onBytes(delta.retain(), bytes -> count(bytes, written));
                }
                stretches[stretch] = THREADS.getCurrentThreadAllocatedBytes() - before;
            }
            relay.onBytes(memory.buffer().writeBytes(stream.end()), bytes -> count(bytes, written));
            assertThat(relay.onEnd(/* clean= */ true, bytes -> count(bytes, written)))
                    .isEqualTo(Relay.Ending.COMPLETE);
        } finally {
            delta.release();
        }
        assertThat(written[0]).isGreaterThan((long) DELTAS * 5);
        assertThat(Arrays.stream(stretches).max().orElseThrow())
                .isLessThanOrEqualTo((long) STRETCH * MAX_BYTES_PER_DELTA);
        if (caller != Caller.RESPONSES) {
            // An array that holds all would have grown by more than what was said in the last two stretches.
            assertThat(stretches[3]).isLessThanOrEqualTo(stretches[1] + STRETCH);
        }
        assertThat(memory.metric().usedDirectMemory() + memory.metric().usedHeapMemory())
                .isZero();
    }

    private static void count(ByteBuf bytes, long[] written) {
        written[0] += bytes.readableBytes();
        bytes.release();
    }

    private static List<LongStream> streams() {
        return List.of(
                sse(
                        Endpoint.CHAT_COMPLETIONS,
                        List.of(chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null")),
                        chunk("{\"content\":\" w\\u00f6rd\"}", "null"),
                        List.of(chunk("{}", "\"stop\""), "[DONE]")),
                sse(
                        Endpoint.RESPONSES,
                        List.of(
                                "{\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"status\":\"in_progress\"}}",
                                "{\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":{\"id\":\"msg_1\","
                                        + "\"type\":\"message\",\"content\":[]}}"),
                        "{\"type\":\"response.output_text.delta\",\"item_id\":\"msg_1\",\"output_index\":0,"
                                + "\"content_index\":0,\"delta\":\" w\\u00f6rd\"}",
                        List.of("{\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\",\"status\":"
                                + "\"completed\"}}")),
                sse(
                        Endpoint.MESSAGES,
                        List.of(
                                "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"m\",\"content\":[]}}",
                                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\","
                                        + "\"text\":\"\"}}"),
                        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":"
                                + "\" w\\u00f6rd\"}}",
                        List.of(
                                "{\"type\":\"content_block_stop\",\"index\":0}",
                                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}",
                                "{\"type\":\"message_stop\"}")),
                sse(
                        Endpoint.GENERATE_CONTENT,
                        List.of(candidate("")),
                        candidate(""),
                        List.of(candidate(",\"finishReason\":\"STOP\""))),
                new LongStream(
                        Endpoint.CONVERSE,
                        frame("messageStart", "{\"role\":\"assistant\"}"),
                        frame("contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\" w\\u00f6rd\"}}"),
                        frame("messageStop", "{\"stopReason\":\"end_turn\"}")),
                new LongStream(Endpoint.OLLAMA_CHAT, line(false), line(false), line(true)));
    }

    private static LongStream sse(Endpoint endpoint, List<String> begin, String delta, List<String> end) {
        return new LongStream(
                endpoint,
                ProviderStream.ofPayloads("begin", endpoint, begin).bytes(),
                ProviderStream.ofPayloads("delta", endpoint, List.of(delta)).bytes(),
                ProviderStream.ofPayloads("end", endpoint, end).bytes());
    }

    private static String chunk(String delta, String finish) {
        return "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,"
                + "\"delta\":" + delta + ",\"finish_reason\":" + finish + "}]}";
    }

    private static String candidate(String finish) {
        return "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\" w\\u00f6rd\"}],\"role\":\"model\"}" + finish
                + "}],\"usageMetadata\":{\"promptTokenCount\":5,\"totalTokenCount\":9},\"modelVersion\":\"m\"}";
    }

    private static byte[] frame(String type, String payload) {
        return new EventStreamBytes().event(type, payload).toBytes();
    }

    private static byte[] line(boolean done) {
        return ("{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\" w\\u00f6rd\"},\"done\":" + done
                        + "}\n")
                .getBytes(UTF_8);
    }
}
