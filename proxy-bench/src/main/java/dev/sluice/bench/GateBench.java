package dev.sluice.bench;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.relay.Relay;
import dev.sluice.codec.relay.RelaySink;
import dev.sluice.codec.sse.SseScanner;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The same event of 310 bytes at four depths of understanding: what {@link Gate} compares. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class GateBench {
    private long written;
    private final RelaySink sink = bytes -> {
        written += bytes.readableBytes();
        bytes.release();
    };
    private final SseScanner scanner = new SseScanner(new SseScanner.Listener() {
        @Override
        public void onPayload(ByteBuf buffer, int index, int length) {
            written += length;
        }

        @Override
        public boolean onBlockEnd(int end, boolean hasPayload) {
            return true;
        }

        @Override
        public boolean onLateLineFeed(int end) {
            return true;
        }
    });
    private final ProviderDialect openai =
            Dialects.provider("openai", Dialects.HostOptions.NONE).get(0);
    private final AnswerReader answer =
            openai.newAnswer(Endpoint.CHAT_COMPLETIONS, /* stream= */ true, ChatEvents.IGNORED);
    private final Relay passing = Relay.events(answer, /* stripUsage= */ true, null);
    private final AnswerEncoder encoder = encoder();
    private final AnswerReader translated = openai.newAnswer(Endpoint.CHAT_COMPLETIONS, /* stream= */ true, encoder);
    private final Relay translating = Relay.translated(openai, /* stream= */ true, translated, encoder);
    private ByteBuf event = Chunks.pooled("", /* direct= */ true);

    private static AnswerEncoder encoder() {
        AnswerPlan plan =
                new AnswerPlan(Endpoint.MESSAGES, /* stream= */ true, "m", "req_1", 1_790_000_000, true, 9, null);
        for (InboundDialect inbound : Dialects.inbound()) {
            if (inbound.wireFormat() == Endpoint.MESSAGES.wireFormat()) {
                return inbound.newEncoder(plan, PooledByteBufAllocator.DEFAULT);
            }
        }
        throw new IllegalStateException("nobody speaks " + Endpoint.MESSAGES.wireFormat());
    }

    @Setup
    public void setUp() {
        event = Chunks.pooled(Chunks.EVENT, /* direct= */ true);
    }

    @TearDown
    public void tearDown() {
        passing.close();
        translating.close();
        answer.close();
        translated.close();
        encoder.close();
        event.release();
    }

    /** Each byte looked at once: the measure of the machine. */
    @Benchmark
    public int bytes() {
        int sum = 0;
        for (int i = 0, end = event.writerIndex(); i < end; i++) {
            sum += event.getByte(i);
        }
        return sum;
    }

    /** Its frame found. */
    @Benchmark
    public long scanned() {
        scanner.scan(event, 0, event.writerIndex());
        return written;
    }

    /** Read for content, finish, usage and errors, and passed on as it is. */
    @Benchmark
    public long passed() {
        passing.onBytes(event.setIndex(0, event.capacity()).retain(), sink);
        return written;
    }

    /** Written anew in another dialect. */
    @Benchmark
    public long translated() {
        translating.onBytes(event.setIndex(0, event.capacity()).retain(), sink);
        return written;
    }
}
