package dev.sluice.bench;

import dev.sluice.codec.sse.SseScanner;
import io.netty.buffer.ByteBuf;
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

/** Finding one event of 310 bytes, whole or cut in two. Nanoseconds an event; 310 ns would be 1 ns a byte. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SseScannerBench {
    @Param({"true", "false"})
    boolean direct;

    private final Tally tally = new Tally();
    private final SseScanner scanner = new SseScanner(tally);
    private ByteBuf event = Chunks.pooled("", /* direct= */ false);

    @Setup
    public void setUp() {
        event = Chunks.pooled(Chunks.EVENT, direct);
    }

    @TearDown
    public void tearDown() {
        event.release();
    }

    @Benchmark
    public int whole() {
        tally.payloadBytes = 0;
        scanner.scan(event, 0, event.writerIndex());
        return tally.payloadBytes;
    }

    @Benchmark
    public int cutInTwo() {
        tally.payloadBytes = 0;
        scanner.scan(event, 0, 150);
        scanner.scan(event, 150, event.writerIndex());
        return tally.payloadBytes;
    }

    private static final class Tally implements SseScanner.Listener {
        private int payloadBytes;

        @Override
        public void onPayload(ByteBuf buffer, int index, int length) {
            payloadBytes += length;
        }

        @Override
        public boolean onBlockEnd(int end, boolean hasPayload) {
            return true;
        }

        @Override
        public boolean onLateLineFeed(int end) {
            return true;
        }
    }
}
