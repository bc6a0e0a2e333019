package dev.sluice.gateway.observe;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON objects, one a line and flat but for lists of flat ones, into a buffer that is used again: the pen of {@link AccessLog}.
 *
 * <p>Strings come from callers. They are cut at {@link #MAX_TEXT} characters, escaped, and lone surrogates become
 * U+FFFD, so that every line is valid JSON in valid UTF-8 and of bounded length. Absent values are left out.
 * Thread: the one that owns it.
 */
final class JsonLine {
    /** Longer texts are cut: a caller must not be able to fill a disk with one header. */
    static final int MAX_TEXT = 256;

    private static final byte[] HEX = ascii("0123456789abcdef");
    private static final int LONGEST_NUMBER = 20;
    private static final int LONGEST_ESCAPE = 6;
    private static final int MICROS_PER_MILLI = 1_000;

    private byte[] bytes;
    private int length;
    private boolean first;
    private final byte[] digits = new byte[LONGEST_NUMBER];

    private long stampedSecond = Long.MIN_VALUE;
    private byte[] stamp = {};

    JsonLine(int capacity) {
        bytes = new byte[capacity];
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The buffer itself; the first {@link #length()} bytes are whole lines after {@link #end}. */
    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    void clear() {
        length = 0;
    }

    void begin() {
        ensure(1);
        bytes[length++] = '{';
        first = true;
    }

    void end() {
        ensure(2);
        bytes[length++] = '}';
        bytes[length++] = '\n';
    }

    /** A list of objects: {@link #beginItem} and {@link #endItem} around the values of each, {@link #endList} behind all. */
    void beginList(byte[] name) {
        name(name);
        ensure(1);
        bytes[length++] = '[';
        first = true;
    }

    void beginItem() {
        ensure(2);
        if (!first) {
            bytes[length++] = ',';
        }
        bytes[length++] = '{';
        first = true;
    }

    void endItem() {
        ensure(1);
        bytes[length++] = '}';
        first = false;
    }

    void endList() {
        ensure(1);
        bytes[length++] = ']';
        first = false;
    }

    /** An instant with milliseconds, in UTC; all but these is written once a second and copied. */
    void time(byte[] name, long epochMillis) {
        long second = Math.floorDiv(epochMillis, 1_000L);
        if (second != stampedSecond) {
            String text = Instant.ofEpochSecond(second).toString();
            stamp = ascii(text.substring(0, text.length() - 1));
            stampedSecond = second;
        }
        name(name);
        ensure(stamp.length + 7);
        bytes[length++] = '"';
        System.arraycopy(stamp, 0, bytes, length, stamp.length);
        length += stamp.length;
        bytes[length++] = '.';
        threeDigits((int) Math.floorMod(epochMillis, 1_000L));
        bytes[length++] = 'Z';
        bytes[length++] = '"';
    }

    void text(byte[] name, @Nullable String value) {
        if (value == null) {
            return;
        }
        name(name);
        int end = Math.min(value.length(), MAX_TEXT);
        ensure(end * LONGEST_ESCAPE + 2);
        bytes[length++] = '"';
        for (int i = plain(value, end); i < end; i++) {
            char c = value.charAt(i);
            if (isPlain(c)) {
                bytes[length++] = (byte) c;
            } else if (Character.isHighSurrogate(c) && i + 1 < end && Character.isLowSurrogate(value.charAt(i + 1))) {
                i++;
                fourBytes(Character.toCodePoint(c, value.charAt(i)));
            } else {
                unusual(c);
            }
        }
        bytes[length++] = '"';
    }

    /** Appends what needs no escape up to the first character that does: mostly all of it. @return how many */
    private int plain(String value, int end) {
        byte[] out = bytes;
        int at = length;
        int i = 0;
        while (i < end && isPlain(value.charAt(i))) {
            out[at + i] = (byte) value.charAt(i);
            i++;
        }
        length = at + i;
        return i;
    }

    private static boolean isPlain(char c) {
        return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
    }

    void number(byte[] name, long value) {
        name(name);
        ensure(LONGEST_NUMBER);
        digits(value);
    }

    /** Nanoseconds as milliseconds with three decimals: exact to the microsecond, without a double. */
    void millis(byte[] name, long nanos) {
        name(name);
        ensure(LONGEST_NUMBER + 4);
        long micros = nanos / 1_000;
        digits(micros / MICROS_PER_MILLI);
        bytes[length++] = '.';
        threeDigits((int) (micros % MICROS_PER_MILLI));
    }

    void bool(byte[] name, boolean value) {
        name(name);
        ensure(5);
        if (value) {
            bytes[length++] = 't';
            bytes[length++] = 'r';
            bytes[length++] = 'u';
        } else {
            bytes[length++] = 'f';
            bytes[length++] = 'a';
            bytes[length++] = 'l';
            bytes[length++] = 's';
        }
        bytes[length++] = 'e';
    }

    private void name(byte[] name) {
        ensure(name.length + 4);
        if (!first) {
            bytes[length++] = ',';
        }
        first = false;
        bytes[length++] = '"';
        System.arraycopy(name, 0, bytes, length, name.length);
        length += name.length;
        bytes[length++] = '"';
        bytes[length++] = ':';
    }

    /** Everything but printable ASCII and whole surrogate pairs. */
    private void unusual(char c) {
        if (c == '"' || c == '\\') {
            bytes[length++] = '\\';
            bytes[length++] = (byte) c;
        } else if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
            // The C1 controls are legal in JSON, but a terminal that shows the log may obey them.
            bytes[length++] = '\\';
            bytes[length++] = 'u';
            bytes[length++] = '0';
            bytes[length++] = '0';
            bytes[length++] = HEX[c >> 4];
            bytes[length++] = HEX[c & 0xf];
        } else if (c < 0x800) {
            bytes[length++] = (byte) (0xc0 | (c >> 6));
            continuation(c);
        } else {
            char shown = Character.isSurrogate(c) ? '\ufffd' : c;
            bytes[length++] = (byte) (0xe0 | (shown >> 12));
            continuation(shown >> 6);
            continuation(shown);
        }
    }

    private void fourBytes(int codePoint) {
        bytes[length++] = (byte) (0xf0 | (codePoint >> 18));
        continuation(codePoint >> 12);
        continuation(codePoint >> 6);
        continuation(codePoint);
    }

    private void continuation(int lowestSixBits) {
        bytes[length++] = (byte) (0x80 | (lowestSixBits & 0x3f));
    }

    private void threeDigits(int value) {
        bytes[length++] = (byte) ('0' + value / 100);
        bytes[length++] = (byte) ('0' + value / 10 % 10);
        bytes[length++] = (byte) ('0' + value % 10);
    }

    private void digits(long value) {
        if (value < 0) {
            bytes[length++] = '-';
        }
        int start = LONGEST_NUMBER;
        long rest = value;
        do {
            // Taken from the negative side too, where Long.MIN_VALUE needs no case of its own.
            digits[--start] = (byte) ('0' + Math.abs(rest % 10));
            rest /= 10;
        } while (rest != 0);
        System.arraycopy(digits, start, bytes, length, LONGEST_NUMBER - start);
        length += LONGEST_NUMBER - start;
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
