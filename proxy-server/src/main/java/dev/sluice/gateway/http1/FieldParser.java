package dev.sluice.gateway.http1;

import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Reads the field lines of a head, by the letter of RFC 9112: CRLF alone ends a line, a name is a token directly before its
 * colon, no line goes on in the next one, and no value has a control character. Leading and trailing blanks are no part of
 * a value.
 *
 * <p>All lines are copied at once to where they are kept, and read there: as nearly all that anybody sends, they stand there
 * already as they would be written. From the first one on that does not, with more blanks or none, they are copied one by
 * one. Thread: any; keeps nothing.
 */
public final class FieldParser {

    private static final boolean[] TOKEN = tokenChars();

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EACH_BYTE = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final long BLANKS = 0x2020_2020_2020_2020L;
    private static final long DELETES = 0x7f7f_7f7f_7f7f_7f7fL;

    private FieldParser() {}

    /**
     * Adds the fields of the lines between {@code from} and {@code to}, each with its CRLF, to {@code fields}.
     *
     * @param in borrowed; its indexes stay
     * @return whether all of it was well formed; if not, {@code fields} has those in front of the first line that is not
     */
    public static boolean parse(ByteBuf in, int from, int to, FieldLines fields) {
        int at = fields.receive(in, from, to);
        int end = at + to - from;
        byte[] bytes = fields.array();
        boolean inPlace = true;
        while (at < end) {
            int nameEnd = at;
            while (nameEnd < end && isTokenChar(bytes[nameEnd])) {
                nameEnd++;
            }
            if (nameEnd == at || nameEnd == end || bytes[nameEnd] != ':') {
                return false;
            }
            int lineEnd = skipValue(bytes, nameEnd + 1, end);
            if (lineEnd + 1 >= end || bytes[lineEnd] != '\r' || bytes[lineEnd + 1] != '\n') {
                return false;
            }
            int valueStart = nameEnd + 1;
            while (valueStart < lineEnd && isBlank(bytes[valueStart])) {
                valueStart++;
            }
            int valueEnd = lineEnd;
            while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1])) {
                valueEnd--;
            }
            if (inPlace && !(valueStart == nameEnd + 2 && bytes[nameEnd + 1] == ' ' && valueEnd == lineEnd)) {
                inPlace = false;
                bytes = Arrays.copyOfRange(bytes, at, end);
                int shift = at;
                at = 0;
                end -= shift;
                nameEnd -= shift;
                valueStart -= shift;
                valueEnd -= shift;
                lineEnd -= shift;
            }
            if (inPlace) {
                fields.keep(at, nameEnd, valueEnd);
            } else {
                fields.addReceived(bytes, at, nameEnd, valueStart, valueEnd);
            }
            at = lineEnd + 2;
        }
        return true;
    }

    /** RFC 9110 section 5.6.2. */
    public static boolean isTokenChar(int c) {
        return c >= 0 && c < TOKEN.length && TOKEN[c];
    }

    /** What may stand in a value: everything visible, blanks, tabs, and the upper half of Latin-1. */
    public static boolean isValueByte(byte b) {
        return (b >= ' ' && b != 0x7f) || b < 0 || b == '\t';
    }

    /** Gives where the first byte stands that may not stand in a value. */
    private static int skipValue(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            while (at + Long.BYTES <= to && !mayHaveOther((long) EIGHT_BYTES.get(bytes, at))) {
                at += Long.BYTES;
            }
            // The rest, or the one among these that made the eight of them conspicuous, which may be a tab.
            int end = Math.min(at + Long.BYTES, to);
            while (at < end) {
                if (!isValueByte(bytes[at])) {
                    return at;
                }
                at++;
            }
        }
        return at;
    }

    /** Whether a control character is among eight bytes. */
    private static boolean mayHaveOther(long eight) {
        long deletes = eight ^ DELETES;
        long below = (eight - BLANKS) & ~eight;
        long deleted = (deletes - EACH_BYTE) & ~deletes;
        return ((below | deleted) & HIGH_BITS) != 0;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private static boolean[] tokenChars() {
        boolean[] is = new boolean[128];
        for (int c = 0; c < is.length; c++) {
            is[c] = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
        }
        return is;
    }
}
