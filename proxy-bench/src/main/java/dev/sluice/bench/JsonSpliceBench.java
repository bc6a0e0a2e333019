package dev.sluice.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.codec.json.JsonSplice;
import dev.sluice.codec.json.JsonText;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What it costs to change the model and to ask for usage: one copy for small bodies, a chain for large ones. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class JsonSpliceBench {
    private static final byte[] USAGE = ",\"stream_options\":{\"include_usage\":true}".getBytes(US_ASCII);
    private static final int MODEL_START = "{\"model\":".length();
    private static final int MODEL_END = MODEL_START + "\"gpt-4o-mini\"".length();

    @Param({"chat190B", "turns4KB", "prompt100KB"})
    public String body = "";

    private ByteBuf whole = PooledByteBufAllocator.DEFAULT.directBuffer(0);

    @Setup
    public void makeBody() {
        whole.release();
        whole = Bodies.named(body);
    }

    @TearDown
    public void releaseBody() {
        whole.release();
        whole = PooledByteBufAllocator.DEFAULT.directBuffer(0);
    }

    @Benchmark
    public int modelAndUsage() {
        ByteBuf result = new JsonSplice()
                .replace(MODEL_START, MODEL_END, JsonText.quoted("llama-3.3-70b-versatile"))
                .insert(whole.readableBytes() - 1, USAGE)
                .apply(whole.retain(), PooledByteBufAllocator.DEFAULT);
        int length = result.readableBytes();
        result.release();
        return length;
    }
}
