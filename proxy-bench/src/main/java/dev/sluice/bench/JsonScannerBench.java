package dev.sluice.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.async.ByteBufferFeeder;
import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonLimits;
import dev.sluice.codec.json.JsonMembers;
import dev.sluice.codec.json.JsonScanner;
import dev.sluice.codec.json.JsonSyntaxException;
import dev.sluice.codec.json.JsonValue;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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

/** What it costs to scan a request body that arrives in pieces of at most 16 KiB, and what the parser alone costs. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class JsonScannerBench {
    private static final int PIECE_BYTES = 16 * 1024;

    @Param({"chat190B", "turns4KB", "prompt100KB", "image1MB"})
    public String body = "";

    private final List<ByteBuf> pieces = new ArrayList<>();
    private final LastName members = new LastName();
    private JsonFactory factory = new JsonFactory();

    @Setup
    public void cutBody() {
        factory = JsonFactory.builder()
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .build();
        ByteBuf whole = Bodies.named(body);
        while (whole.isReadable()) {
            pieces.add(whole.readRetainedSlice(Math.min(PIECE_BYTES, whole.readableBytes())));
        }
        whole.release();
    }

    @TearDown
    public void releasePieces() {
        pieces.forEach(ByteBuf::release);
        pieces.clear();
    }

    @Benchmark
    public long scan() throws JsonSyntaxException {
        try (JsonScanner scanner = new JsonScanner(JsonLimits.DEFAULT, members)) {
            for (int i = 0; i < pieces.size(); i++) {
                scanner.feed(pieces.get(i));
            }
            scanner.end();
            return scanner.nestedTextBytes() + members.insertAt;
        }
    }

    /** The floor for anything built on this parser: all strings collected, nothing done with them. */
    @Benchmark
    public int parserAlone() throws IOException {
        int tokens = 0;
        try (JsonParser parser = factory.createNonBlockingByteBufferParser()) {
            ByteBufferFeeder feeder = (ByteBufferFeeder) parser.getNonBlockingInputFeeder();
            for (int i = 0; i < pieces.size(); i++) {
                ByteBuf piece = pieces.get(i);
                feeder.feedInput(piece.internalNioBuffer(piece.readerIndex(), piece.readableBytes()));
                while (parser.nextToken() != JsonToken.NOT_AVAILABLE) {
                    tokens++;
                }
            }
        }
        return tokens;
    }

    private static final class LastName implements JsonMembers {
        private String name = "";
        private int insertAt;

        @Override
        public void onName(int depth, String name) {
            this.name = name;
        }

        @Override
        public void onValue(int depth, JsonKind kind, JsonValue value) {
            if (kind == JsonKind.STRING && name.length() == "model".length()) {
                name = value.text();
            }
        }

        @Override
        public void onObjectEnd(int depth, int insertAt, boolean empty) {
            this.insertAt = insertAt;
        }
    }
}
