package dev.sluice.codec.bedrock;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The headers of a frame: {@code u8 length | name | u8 type | value}, of which only those matter that say what the
 * payload is. One for each stream; its memory is that of the largest headers. Thread: event loop.
 */
final class EventStreamHeaders {
    private static final byte[] MESSAGE_TYPE = ascii(":message-type");
    private static final byte[] EVENT_TYPE = ascii(":event-type");
    private static final byte[] EXCEPTION_TYPE = ascii(":exception-type");
    private static final byte[] ERROR_CODE = ascii(":error-code");
    private static final byte[] EXCEPTION = ascii("exception");
    private static final byte[] ERROR = ascii("error");

    /** What a stream has a frame of for each token: not to become a string each time. */
    private static final String[] KNOWN_TYPES = {
        BedrockAnswer.DELTA,
        BedrockAnswer.BLOCK_START,
        BedrockAnswer.BLOCK_STOP,
        BedrockAnswer.MESSAGE_START,
        BedrockAnswer.MESSAGE_STOP,
        BedrockAnswer.METADATA
    };

    private static final byte[][] KNOWN_NAMES = new byte[KNOWN_TYPES.length][];

    static {
        for (int i = 0; i < KNOWN_TYPES.length; i++) {
            KNOWN_NAMES[i] = ascii(KNOWN_TYPES[i]);
        }
    }

    // Types of values; those of a fixed size have it in FIXED_BYTES.
    private static final int BYTES = 6;
    private static final int STRING = 7;
    private static final int[] FIXED_BYTES = {0, 0, 1, 2, 4, 8, -1, -1, 8, 16};

    private byte[] bytes = new byte[256];
    private int expected;
    private int length;

    private @Nullable String type;
    private boolean error;

    /** The headers of a frame begin. */
    void begin(int size) {
        if (bytes.length < size) {
            bytes = new byte[size];
        }
        expected = size;
        length = 0;
        type = null;
        error = false;
    }

    /** Reads as many bytes as belong to them; borrows {@code source}. Returns how many. */
    int read(ByteBuf source, int from, int end) {
        int count = Math.min(expected - length, end - from);
        source.getBytes(from, bytes, length, count);
        length += count;
        return count;
    }

    boolean isComplete() {
        return length == expected;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** Whether they are what they must be. */
    boolean parse() {
        int i = 0;
        while (i < length) {
            int name = i + 1;
            int nameEnd = name + (bytes[i] & 0xFF);
            if (nameEnd >= length) {
                return false;
            }
            int kind = bytes[nameEnd];
            int value = nameEnd + 1;
            if (kind < 0 || kind >= FIXED_BYTES.length) {
                return false;
            }
            int size = FIXED_BYTES[kind];
            if (kind == BYTES || kind == STRING) {
                if (value + 2 > length) {
                    return false;
                }
                size = (bytes[value] & 0xFF) << 8 | (bytes[value + 1] & 0xFF);
                value += 2;
            }
            int end = value + size;
            if (end > length) {
                return false;
            }
            if (kind == STRING) {
                onString(name, nameEnd, value, end);
            }
            i = end;
        }
        return true;
    }

    /** Whether the payload is an exception, or the frame tells of an error in place of one. */
    boolean isError() {
        return error;
    }

    /** The name of the event, of the exception or of the error. */
    @Nullable
    String type() {
        return type;
    }

    private void onString(int name, int nameEnd, int value, int end) {
        if (is(MESSAGE_TYPE, name, nameEnd)) {
            error = is(EXCEPTION, value, end) || is(ERROR, value, end);
        } else if (is(EVENT_TYPE, name, nameEnd)
                || is(EXCEPTION_TYPE, name, nameEnd)
                || is(ERROR_CODE, name, nameEnd)) {
            type = typeOf(value, end);
        }
    }

    private String typeOf(int from, int to) {
        for (int i = 0; i < KNOWN_NAMES.length; i++) {
            if (is(KNOWN_NAMES[i], from, to)) {
                return KNOWN_TYPES[i];
            }
        }
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    private boolean is(byte[] expectedBytes, int from, int to) {
        return Arrays.equals(expectedBytes, 0, expectedBytes.length, bytes, from, to);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
