package dev.sluice.codec.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.async.ByteBufferFeeder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * Jackson's non-blocking parser on segments of a body that need not be adjacent, with offsets in the body.
 *
 * <p>Ends of tokens come from the parser, which counts only the bytes it was given: {@code fedBefore} and {@code from}
 * translate. Starts do not: the non-blocking parsers count those from the wrong origin, and a value may begin long
 * after its name. They are looked up in the bytes.
 *
 * <p>Thread: event loop.
 */
final class SegmentParser {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final JsonParser parser;
    private final ByteBufferFeeder feeder;

    private ByteBuffer bytes = NOTHING;
    private int from;
    private int to;
    /** What turns an index of {@link #bytes} into an offset in the body. */
    private int indexToOffset;
    /** Bytes that the parser was given in earlier segments. */
    private long fedBefore;
    /** Offset behind the last byte of earlier segments that is no white space. */
    private int significantEnd;

    private boolean seeksValueStart;
    private int valueStart;

    SegmentParser(JsonParser parser) {
        this.parser = parser;
        this.feeder = (ByteBufferFeeder) parser.getNonBlockingInputFeeder();
    }

    /** Gives the parser its next bytes; the limit and position of {@code buffer} are changed until {@link #leave}. */
    void enter(ByteBuffer buffer, int fromIndex, int toIndex, int indexToOffset) throws IOException {
        bytes = buffer;
        from = fromIndex;
        to = toIndex;
        this.indexToOffset = indexToOffset;
        feeder.feedInput(buffer.limit(toIndex).position(fromIndex));
        if (seeksValueStart) {
            lookUpValueStart(fromIndex);
        }
    }

    /** The next token that is complete, or {@link JsonToken#NOT_AVAILABLE}. */
    JsonToken next() throws IOException {
        return parser.nextToken();
    }

    /** All tokens of the segment have been taken: neither this object nor the parser refers to the buffer any more. */
    void leave() throws IOException {
        significantEnd = significantEndBefore(to);
        fedBefore += to - from;
        feeder.feedInput(NOTHING);
        bytes = NOTHING;
    }

    /** As {@link #leave}, for good, and with tokens left. Gives the parser's memory back; may be called again. */
    void close() {
        try {
            parser.close();
            feeder.feedInput(NOTHING);
            bytes = NOTHING;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For the details of the current token. */
    JsonParser parser() {
        return parser;
    }

    /** Offset behind what has been parsed, which is the end of the current token when that is no number. */
    int offset() {
        return index() + indexToOffset;
    }

    /** Offset of the last byte that was parsed. */
    int lastOffset() {
        return Math.max(from, index() - 1) + indexToOffset;
    }

    /** The byte at an offset within the segment. */
    byte at(int offset) {
        return bytes.get(offset - indexToOffset);
    }

    /** Where something could be appended to the object whose closing brace has just been parsed. */
    int insertionOffset() {
        return significantEndBefore(index() - 1);
    }

    /** The current token is a name: finds out where its value starts, as soon as that byte is there. */
    void seekValueStart() {
        seeksValueStart = true;
        lookUpValueStart(index());
    }

    /** Offset of the first byte of the value whose name was parsed last. */
    int valueStart() {
        return valueStart;
    }

    static boolean isBlank(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    private int index() {
        return (int) (parser.currentLocation().getByteOffset() - fedBefore) + from;
    }

    private void lookUpValueStart(int fromIndex) {
        int i = fromIndex;
        while (i < to && (bytes.get(i) == ':' || isBlank(bytes.get(i)))) {
            i++;
        }
        if (i < to) {
            valueStart = i + indexToOffset;
            seeksValueStart = false;
        }
    }

    private int significantEndBefore(int index) {
        int i = index;
        while (i > from && isBlank(bytes.get(i - 1))) {
            i--;
        }
        return i > from ? i + indexToOffset : significantEnd;
    }
}
