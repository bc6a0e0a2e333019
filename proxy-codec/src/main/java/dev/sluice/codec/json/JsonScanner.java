package dev.sluice.codec.json;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Scans one JSON object while its bytes arrive, and never binds it to a tree: checks it, tells {@link JsonMembers}
 * where the members near the root stand, and measures the text below them. The first thing that happens to a body.
 *
 * <p>Two walkers take turns over each piece. A {@link StringSieve} goes ahead and cuts the piece where the interior of
 * a long string begins and ends; what it lets through goes to a {@link SegmentParser}, which is then asked for tokens
 * until it wants more. So the heap a request needs is bounded, however long its strings are.
 *
 * <p>Offsets count from the first byte that was fed.
 *
 * <p>Life: {@link #feed} for each piece, {@link #end} once, {@link #close} in any case. After an exception only
 * {@link #close} is allowed. Thread: event loop.
 */
public final class JsonScanner implements AutoCloseable {
    private static final int NOT_YET = -1;

    private final JsonLimits limits;
    private final JsonMembers members;
    private final StringSieve sieve = new StringSieve();
    private final SegmentParser tokens;
    private final JsonValue value;

    /** Bytes of all buffers before the current one. */
    private int scannedBytes;

    private JsonToken lastToken = JsonToken.NOT_AVAILABLE;
    private boolean rootBegun;
    private int rootEnd = NOT_YET;
    private int depth;
    private boolean depth2IsObject;
    private long nestedTextBytes;

    public JsonScanner(JsonLimits limits, JsonMembers members) {
        this.limits = limits;
        this.members = members;
        this.tokens = new SegmentParser(limits.newParser());
        this.value = new JsonValue(tokens, sieve);
    }

    /** Scans the readable bytes of {@code piece}; borrows it, its indices stay as they are. */
    public void feed(ByteBuf piece) throws JsonSyntaxException {
        int length = piece.readableBytes();
        if (length == 0) {
            return;
        }
        if (length > Integer.MAX_VALUE - scannedBytes) {
            throw new JsonSyntaxException("The request body has more than " + Integer.MAX_VALUE + " bytes", null);
        }
        int index = piece.readerIndex();
        if (piece.nioBufferCount() == 1) {
            scan(piece.internalNioBuffer(index, length));
        } else {
            for (ByteBuffer part : piece.nioBuffers(index, length)) {
                scan(part);
            }
        }
    }

    /** The body is complete. */
    public void end() throws JsonSyntaxException {
        if (!rootBegun) {
            throw new JsonSyntaxException(
                    "The request body must be a JSON object; it is empty (" + scannedBytes + " bytes)", null);
        }
        if (rootEnd == NOT_YET) {
            throw new JsonSyntaxException(
                    "The request body ends at byte offset " + scannedBytes + ", before its JSON object is complete",
                    null);
        }
        close();
    }

    /** UTF-8 size, unescaped, of all string values that are not members of the root itself. */
    public long nestedTextBytes() {
        return nestedTextBytes;
    }

    /** Gives the parser's memory back; may be called again. */
    @Override
    public void close() {
        tokens.close();
    }

    private void scan(ByteBuffer bytes) throws JsonSyntaxException {
        bytes.order(ByteOrder.BIG_ENDIAN);
        int from = bytes.position();
        int to = bytes.limit();
        int indexToOffset = scannedBytes - from;
        if (!rootBegun) {
            requireObject(bytes, from, to, indexToOffset);
        }
        int i = from;
        while (i < to && rootEnd == NOT_YET) {
            if (sieve.withholds()) {
                i = sieve.skip(bytes, i, to);
            } else {
                int stop = sieve.pass(bytes, i, to);
                parse(bytes, i, stop, indexToOffset);
                bytes.limit(to);
                i = stop;
                refuseWithheldName(i + indexToOffset);
            }
            // Now, and not earlier: an error that the parser finds in front of this byte has precedence.
            String fault = sieve.fault();
            if (fault != null && rootEnd == NOT_YET) {
                throw invalid(fault, i + indexToOffset);
            }
        }
        if (rootEnd != NOT_YET) {
            requireBlank(bytes, Math.max(from, rootEnd - indexToOffset), to, indexToOffset);
        }
        scannedBytes += to - from;
    }

    private void requireObject(ByteBuffer bytes, int from, int to, int indexToOffset) throws JsonSyntaxException {
        int i = skipBlanks(bytes, from, to);
        if (i == to) {
            return;
        }
        byte first = bytes.get(i);
        if (first != '{') {
            String actual = first == (byte) 0xEF ? "a byte order mark" : shown(first);
            throw new JsonSyntaxException(
                    "The request body must be a JSON object; it begins with " + actual + " at byte offset "
                            + (i + indexToOffset),
                    null);
        }
        rootBegun = true;
    }

    private void requireBlank(ByteBuffer bytes, int from, int to, int indexToOffset) throws JsonSyntaxException {
        int i = skipBlanks(bytes, from, to);
        if (i < to) {
            throw invalid(shown(bytes.get(i)) + " behind the end of the object", i + indexToOffset);
        }
    }

    /** A long string where a name must stand; only the parser knows which it is. */
    private void refuseWithheldName(int offset) throws JsonSyntaxException {
        if (sieve.withholds() && tokens.parser().getParsingContext().inObject() && lastToken != JsonToken.FIELD_NAME) {
            throw invalid("a member name of more than " + JsonLimits.WHOLE_STRING_BYTES + " bytes", offset);
        }
    }

    private void parse(ByteBuffer bytes, int from, int to, int indexToOffset) throws JsonSyntaxException {
        if (from == to) {
            return;
        }
        try {
            tokens.enter(bytes, from, to, indexToOffset);
            JsonToken token = tokens.next();
            while (token != JsonToken.NOT_AVAILABLE) {
                onToken(token);
                lastToken = token;
                if (depth == 0) {
                    rootEnd = tokens.offset();
                    close();
                    return;
                }
                token = tokens.next();
            }
            tokens.leave();
        } catch (StreamConstraintsException e) {
            throw invalid("more than " + limits.depth() + " objects and arrays within each other", tokens.lastOffset());
        } catch (IOException e) {
            int offset = tokens.lastOffset();
            throw invalid("unexpected " + shown(tokens.at(offset)), offset);
        }
    }

    private void onToken(JsonToken token) throws JsonSyntaxException, IOException {
        switch (token) {
            case FIELD_NAME -> {
                if (depth <= 2) {
                    tokens.seekValueStart();
                    members.onName(depth, tokens.parser().currentName());
                }
            }
            case START_OBJECT, START_ARRAY -> {
                onValue(token);
                depth++;
                if (depth == 2) {
                    depth2IsObject = token == JsonToken.START_OBJECT;
                }
            }
            case END_OBJECT -> {
                if (tellsMembers()) {
                    members.onObjectEnd(depth, tokens.insertionOffset(), lastToken == JsonToken.START_OBJECT);
                }
                depth--;
            }
            case END_ARRAY -> depth--;
            case VALUE_STRING -> {
                onValue(token);
                if (depth > 1) {
                    nestedTextBytes += value.textBytes();
                }
                sieve.forgetString();
            }
            default -> onValue(token);
        }
    }

    private void onValue(JsonToken token) throws JsonSyntaxException {
        if (tellsMembers()) {
            members.onValue(depth, kindOf(token), value);
        }
    }

    /** Whether the innermost object or array is an object whose members are told. */
    private boolean tellsMembers() {
        return depth == 1 || (depth == 2 && depth2IsObject);
    }

    private static int skipBlanks(ByteBuffer bytes, int from, int to) {
        int i = from;
        while (i < to && SegmentParser.isBlank(bytes.get(i))) {
            i++;
        }
        return i;
    }

    private static JsonKind kindOf(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> JsonKind.OBJECT;
            case START_ARRAY -> JsonKind.ARRAY;
            case VALUE_STRING -> JsonKind.STRING;
            case VALUE_NUMBER_INT -> JsonKind.INTEGER;
            case VALUE_NUMBER_FLOAT -> JsonKind.DECIMAL;
            case VALUE_TRUE, VALUE_FALSE -> JsonKind.BOOLEAN;
            case VALUE_NULL -> JsonKind.NULL;
            default -> throw new IllegalStateException(token + " begins no value");
        };
    }

    private static String shown(byte b) {
        return b > ' ' && b < 0x7F ? "'" + (char) b + "'" : "byte 0x" + Integer.toHexString(b & 0xFF);
    }

    private static JsonSyntaxException invalid(String what, int offset) {
        return new JsonSyntaxException(
                "The request body is not valid JSON: " + what + " at byte offset " + offset, null);
    }
}
