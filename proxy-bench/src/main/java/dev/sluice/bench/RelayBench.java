package dev.sluice.bench;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.relay.Relay;
import dev.sluice.codec.relay.RelaySink;
import dev.sluice.codec.relay.UsageTap;
import dev.sluice.codec.tokens.Tokenizer;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One event of 310 bytes on its way through the relay, read for content, finish, usage and errors. Run with
 * {@code -prof gc} for the bytes allocated an event.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RelayBench {
    private static final int BATCH = 8;

    @Param({"true", "false"})
    boolean direct;

    /** Whether the tokens of what is said are counted, too. */
    @Param({"true", "false"})
    boolean counted;

    private AnswerReader answer = read(ChatEvents.IGNORED);
    private Relay relay = Relay.events(answer, /* stripUsage= */ true, null);
    private long written;
    private final RelaySink sink = bytes -> {
        written += bytes.readableBytes();
        bytes.release();
    };
    private ByteBuf event = Chunks.pooled("", /* direct= */ false);
    private ByteBuf batch = event;
    private ByteBuf tail = event;
    private ByteBuf head = event;

    @Setup
    public void setUp() {
        if (counted) {
            Tokenizer tokenizer = Tokenizer.of("gpt-4o");
            tokenizer.encoding().counter();
            answer = read(new UsageTap(tokenizer));
            relay = Relay.events(answer, /* stripUsage= */ true, null);
        }
        event = Chunks.pooled(Chunks.EVENT, direct);
        batch = Chunks.pooled(Chunks.EVENT.repeat(BATCH), direct);
        String cut = Chunks.EVENT.substring(150) + Chunks.EVENT.substring(0, 150);
        head = Chunks.pooled(cut, direct);
        tail = Chunks.pooled(Chunks.EVENT.substring(0, 150), direct);
    }

    @TearDown
    public void tearDown() {
        relay.close();
        answer.close();
        event.release();
        batch.release();
        head.release();
        tail.release();
    }

    @Benchmark
    public long oneEventARead() {
        relay.onBytes(again(event), sink);
        return written;
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long eightEventsARead() {
        relay.onBytes(again(batch), sink);
        return written;
    }

    /** Each read ends in the middle of an event: what must be copied aside costs an extra buffer. */
    @Benchmark
    public long readsThatCutEvents(Cut cut) {
        if (!cut.begun) {
            cut.begun = true;
            relay.onBytes(again(tail), sink);
        }
        relay.onBytes(again(head), sink);
        return written;
    }

    /** Whether the first half of an event has been sent. */
    @State(Scope.Thread)
    public static class Cut {
        private boolean begun;
    }

    private static AnswerReader read(ChatEvents text) {
        return Dialects.provider("openai", Dialects.HostOptions.NONE)
                .get(0)
                .newAnswer(Endpoint.CHAT_COMPLETIONS, /* stream= */ true, text);
    }

    private static ByteBuf again(ByteBuf buffer) {
        return buffer.setIndex(0, buffer.capacity()).retain();
    }
}
