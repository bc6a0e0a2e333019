package dev.sluice.codec.json;

import io.netty.buffer.ByteBuf;

/** The grammar of numbers (RFC 8259, section 6), which {@link JsonReader} does not hold them to. Thread: any. */
final class JsonNumber {
    private JsonNumber() {}

    /** Whether a number, legal or not, may begin with {@code first}. */
    static boolean mayBegin(byte first) {
        return first == '-' || isDigit(first);
    }

    /** Whether the bytes are exactly one number. */
    static boolean isLegal(ByteBuf bytes, int from, int to) {
        int start = bytes.getByte(from) == '-' ? from + 1 : from;
        int i = digitsEnd(bytes, start, to);
        if (i == start || (bytes.getByte(start) == '0' && i > start + 1)) {
            return false;
        }
        if (i < to && bytes.getByte(i) == '.') {
            int fraction = i + 1;
            i = digitsEnd(bytes, fraction, to);
            if (i == fraction) {
                return false;
            }
        }
        return i == to || isExponent(bytes, i, to);
    }

    private static boolean isExponent(ByteBuf bytes, int from, int to) {
        byte mark = bytes.getByte(from);
        if (mark != 'e' && mark != 'E') {
            return false;
        }
        int digits = from + 1;
        if (digits < to && (bytes.getByte(digits) == '-' || bytes.getByte(digits) == '+')) {
            digits++;
        }
        return digits < to && digitsEnd(bytes, digits, to) == to;
    }

    private static int digitsEnd(ByteBuf bytes, int from, int to) {
        int i = from;
        while (i < to && isDigit(bytes.getByte(i))) {
            i++;
        }
        return i;
    }

    private static boolean isDigit(byte next) {
        return next >= '0' && next <= '9';
    }
}
