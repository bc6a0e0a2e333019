package dev.sluice.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.async.ByteBufferFeeder;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonShape;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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
 * Why answers are read with a reader of our own: the payload of one event, tokenised by it and by Jackson's
 * non-blocking parser, which is kept from event to event as it has to be. Jackson does less here: it only counts.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class JsonReaderBench {
    private static final JsonShape SHAPE = JsonShape.path()
            .members(Map.of(
                    "model", JsonShape.text(1),
                    "choices",
                            JsonShape.value(2)
                                    .elements(JsonShape.path()
                                            .members(Map.of(
                                                    "finish_reason", JsonShape.value(3),
                                                    "delta",
                                                            JsonShape.path()
                                                                    .members(
                                                                            Map.of("content", JsonShape.value(4))))))));

    @Param({"true", "false"})
    boolean direct;

    private int found;
    private final JsonReader reader = new JsonReader(SHAPE, (id, value) -> found += id);
    private ByteBuf payload = Chunks.pooled("", /* direct= */ false);
    private ByteBuffer jacksonView = ByteBuffer.allocate(0);
    private JsonParser jackson = newJackson();

    @Setup(Level.Trial)
    public void setUp() {
        payload = Chunks.pooled(Chunks.PAYLOAD + "\n", direct);
        jacksonView = payload.nioBuffer();
    }

    @TearDown
    public void tearDown() throws IOException {
        payload.release();
        jackson.close();
    }

    @Benchmark
    public int own() {
        reader.feed(payload, 0, payload.writerIndex());
        reader.end();
        reader.reset();
        return found;
    }

    @Benchmark
    public int jackson() throws IOException {
        jacksonView.clear();
        ((ByteBufferFeeder) jackson.getNonBlockingInputFeeder()).feedInput(jacksonView);
        int tokens = 0;
        while (jackson.nextToken() != JsonToken.NOT_AVAILABLE) {
            tokens++;
        }
        return tokens;
    }

    private static JsonParser newJackson() {
        try {
            return new JsonFactory().createNonBlockingByteBufferParser();
        } catch (IOException e) {
            throw new IllegalStateException("a parser without a source cannot fail to open", e);
        }
    }
}
