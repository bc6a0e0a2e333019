package dev.sluice.bench;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.relay.Relay;
import dev.sluice.codec.relay.RelaySink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One piece of text on its way from a provider of one dialect to a caller of another, a read for each. Run with
 * {@code -prof gc} for the bytes allocated a piece. Pairs of the same dialect are translated here as well, which nobody
 * does.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class TranslationBench {
    /** Responses repeats the whole answer at its end, and keeps no more of it than it may: answers must not be endless. */
    private static final int PIECES_OF_AN_ANSWER = 10_000;

    @Param({"CHAT_COMPLETIONS", "RESPONSES", "MESSAGES", "GENERATE_CONTENT", "OLLAMA_CHAT"})
    Endpoint from = Endpoint.CHAT_COMPLETIONS;

    @Param({"CHAT_COMPLETIONS", "RESPONSES", "MESSAGES", "GENERATE_CONTENT"})
    Endpoint to = Endpoint.CHAT_COMPLETIONS;

    private long written;
    private final RelaySink sink = bytes -> {
        written += bytes.readableBytes();
        bytes.release();
    };
    private AnswerEncoder encoder = encoder(Endpoint.CHAT_COMPLETIONS);
    private AnswerReader reader =
            provider(Endpoint.CHAT_COMPLETIONS).newAnswer(Endpoint.CHAT_COMPLETIONS, true, encoder);
    private Relay relay = Relay.translated(provider(Endpoint.CHAT_COMPLETIONS), true, reader, encoder);
    private ByteBuf piece = Chunks.pooled("", /* direct= */ true);

    private int pieces;

    @Setup
    public void setUp() {
        piece = Chunks.pooled(piece(), /* direct= */ true);
        begin();
    }

    @TearDown
    public void tearDown() {
        end();
        piece.release();
    }

    @Benchmark
    public long onePieceOfText() {
        if (++pieces == PIECES_OF_AN_ANSWER) {
            end();
            begin();
        }
        relay.onBytes(piece.setIndex(0, piece.capacity()).retain(), sink);
        return written;
    }

    private void begin() {
        pieces = 0;
        encoder = encoder(to);
        reader = provider(from).newAnswer(from, /* stream= */ true, encoder);
        relay = Relay.translated(provider(from), /* stream= */ true, reader, encoder);
        relay.onBytes(Chunks.pooled(opening(), /* direct= */ true), sink);
    }

    private void end() {
        relay.close();
        reader.close();
        encoder.close();
    }

    private String opening() {
        return switch (from) {
            case RESPONSES ->
                event(
                                "response.created",
                                "\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"in_progress\","
                                        + "\"model\":\"m\",\"output\":[]}")
                        + event(
                                "response.output_item.added",
                                "\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"content\":[],"
                                        + "\"role\":\"assistant\"}")
                        + event(
                                "response.content_part.added",
                                "\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,"
                                        + "\"part\":{\"type\":\"output_text\",\"text\":\"\"}");
            case MESSAGES ->
                event(
                                "message_start",
                                "\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
                                        + "\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":9,"
                                        + "\"output_tokens\":1}}")
                        + event(
                                "content_block_start",
                                "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}");
            default -> piece();
        };
    }

    private String piece() {
        return switch (from) {
            case CHAT_COMPLETIONS -> Chunks.EVENT;
            case RESPONSES ->
                event(
                        "response.output_text.delta",
                        "\"sequence_number\":9,\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,"
                                + "\"delta\":\" the snow\",\"logprobs\":[],\"obfuscation\":\"a1b2c3d4\"");
            case MESSAGES ->
                event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" the snow\"}");
            case GENERATE_CONTENT ->
                "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \" the snow\"}],\"role\": \"model\"},"
                        + "\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 5,\"totalTokenCount\": 27},"
                        + "\"modelVersion\": \"m\",\"responseId\": \"r1\"}\r\n\r\n";
            case OLLAMA_CHAT ->
                "{\"model\":\"m\",\"created_at\":\"2026-11-21T10:00:00.1Z\",\"message\":{\"role\":\"assistant\","
                        + "\"content\":\" the snow\"},\"done\":false}\n";
            default -> throw new IllegalArgumentException(from + " has no stream here");
        };
    }

    private static String event(String type, String members) {
        return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + members + "}\n\n";
    }

    private static AnswerEncoder encoder(Endpoint to) {
        AnswerPlan plan = new AnswerPlan(to, /* stream= */ true, "m", "req_1", 1_790_000_000, true, 9, null);
        for (InboundDialect inbound : Dialects.inbound()) {
            if (inbound.wireFormat() == to.wireFormat()) {
                return inbound.newEncoder(plan, PooledByteBufAllocator.DEFAULT);
            }
        }
        throw new IllegalArgumentException("no caller speaks " + to.wireFormat());
    }

    private static ProviderDialect provider(Endpoint from) {
        String dialect = switch (from.wireFormat()) {
            case OPENAI, OPENAI_RESPONSES -> "openai";
            case ANTHROPIC -> "anthropic";
            case GEMINI -> "gemini";
            case BEDROCK -> "bedrock";
            case OLLAMA -> "ollama";
        };
        for (ProviderDialect speaks : Dialects.provider(dialect, Dialects.HostOptions.NONE)) {
            if (speaks.serving(from) == from) {
                return speaks;
            }
        }
        // Its own endpoint is what it translates to.
        return Dialects.provider(dialect, Dialects.HostOptions.NONE).get(0);
    }
}
