package dev.sluice.gateway.http1;

import io.netty.buffer.ByteBuf;

/**
 * Reads the field lines of a head where they lie, by the letter of RFC 9112: CRLF alone ends a line, a name is a token
 * directly before its colon, no line goes on in the next one, and no value has a control character. Leading and trailing
 * blanks are no part of a value. Thread: any; keeps nothing.
 */
public final class FieldParser {

    /** Not a line's end. */
    private static final int NONE = -1;

    private FieldParser() {}

    /**
     * Adds the fields of the lines between {@code from} and {@code to}, each with its CRLF, to {@code fields}.
     *
     * @param in borrowed; its indexes stay
     * @return whether all of it was well formed; what stands in {@code fields} means nothing otherwise
     */
    public static boolean parse(ByteBuf in, int from, int to, FieldLines fields) {
        int at = from;
        while (at < to) {
            int next = line(in, at, to, fields);
            if (next == NONE) {
                return false;
            }
            at = next;
        }
        return true;
    }

    /** RFC 9110 section 5.6.2. */
    public static boolean isTokenChar(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || switch (c) {
                    case '!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~' -> true;
                    default -> false;
                };
    }

    /** What may stand in a value: everything visible, blanks, tabs, and the upper half of Latin-1. */
    public static boolean isValueByte(byte b) {
        return (b >= ' ' && b != 0x7f) || b < 0 || b == '\t';
    }

    /** Gives where the next line begins. */
    private static int line(ByteBuf in, int from, int to, FieldLines fields) {
        int at = from;
        while (at < to && isTokenChar(in.getByte(at))) {
            at++;
        }
        if (at == from || at == to || in.getByte(at) != ':') {
            return NONE;
        }
        int nameEnd = at++;
        while (at < to && isBlank(in.getByte(at))) {
            at++;
        }
        int valueStart = at;
        int valueEnd = at;
        while (at < to && isValueByte(in.getByte(at))) {
            if (!isBlank(in.getByte(at))) {
                valueEnd = at + 1;
            }
            at++;
        }
        if (at + 1 >= to || in.getByte(at) != '\r' || in.getByte(at + 1) != '\n') {
            return NONE;
        }
        fields.addReceived(in, from, nameEnd, valueStart, valueEnd);
        return at + 2;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }
}
