package dev.sluice.codec.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * How large a body's parts may be, and the parser factory that is set up for it. Made once, shared by all scanners.
 *
 * <p>The keys of a request belong to the caller, tool schemas bring arbitrary ones: so the factory neither interns
 * names nor keeps a symbol table, both of which would outlive the request and grow with hostile keys.
 *
 * <p>Thread: any.
 */
public final class JsonLimits {

    /**
     * A string of more raw bytes is not given to the parser whole; a name of more is refused. So chosen that 256
     * characters fit even when each is written as a six-byte escape.
     */
    public static final int WHOLE_STRING_BYTES = 256 * 6;

    /** The longest number (or other bare word) in bytes, sign, point and exponent included. */
    public static final int NUMBER_BYTES = 64;

    /** 64 levels: tool schemas of real callers stay below 20. */
    public static final JsonLimits DEFAULT = new JsonLimits(64);

    private static final int HIGHEST_DEPTH = 1_000;

    private final int depth;
    private final JsonFactory factory;

    /** @param depth how many objects and arrays may be open at once, the root included; 1 to 1000 */
    public JsonLimits(int depth) {
        if (depth < 1 || depth > HIGHEST_DEPTH) {
            throw new IllegalArgumentException("nesting depth is 1 to " + HIGHEST_DEPTH + ", not " + depth);
        }
        this.depth = depth;
        this.factory = new JsonFactoryBuilder()
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(depth)
                        .maxNumberLength(NUMBER_BYTES)
                        .maxNameLength(WHOLE_STRING_BYTES)
                        .build())
                .build();
    }

    /** How many objects and arrays may be open at once. */
    public int depth() {
        return depth;
    }

    /** A parser that is fed {@link java.nio.ByteBuffer}s; the caller closes it. */
    JsonParser newParser() {
        try {
            return factory.createNonBlockingByteBufferParser();
        } catch (IOException e) {
            throw new UncheckedIOException("a parser without a source cannot fail to open", e);
        }
    }
}
