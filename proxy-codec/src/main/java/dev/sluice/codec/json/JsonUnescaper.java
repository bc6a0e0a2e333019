package dev.sluice.codec.json;

import java.util.Arrays;

/**
 * One string of a document, unescaped while it arrives and cut at {@value #LIMIT_BYTES} bytes. The buffer is kept from
 * string to string. Of a string that is handed on, only what escapes stand for comes here, and is taken away at once.
 * Thread: event loop.
 */
final class JsonUnescaper {

    /** What an escape sequence has come to. */
    enum Escape {
        GOING_ON,
        COMPLETE,
        ILLEGAL
    }

    static final int LIMIT_BYTES = 4096;

    private static final int REPLACEMENT = 0xFFFD;
    /** Longest UTF-8 sequence. */
    private static final int MAX_ENCODED = 4;

    private byte[] bytes = new byte[64];
    private int length;
    /** A high surrogate that waits for its other half, or 0. */
    private int high;

    private boolean keepsHalves;
    /** Digits of a Unicode escape still to come; -1 before the letter behind the backslash. */
    private int digitsLeft;

    private int unit;

    /**
     * A string begins.
     *
     * @param halves whether half a surrogate pair stays what it is, as the three bytes that UTF-8 has no use for; else
     *     the replacement character stands for it. Only who sees the text beyond the string can join it
     */
    void begin(boolean halves) {
        length = 0;
        high = 0;
        keepsHalves = halves;
    }

    /** What has been unescaped is taken away; half a pair goes on waiting for the other. */
    void drop() {
        length = 0;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    void append(byte[] source, int from, int to) {
        flushHigh();
        int count = Math.min(to - from, LIMIT_BYTES - length);
        ensure(count);
        System.arraycopy(source, from, bytes, length, count);
        length += count;
    }

    /** No more is to come, or nothing that could be the other half of a pair. */
    void end() {
        flushHigh();
    }

    /** A backslash has been read. */
    void beginEscape() {
        digitsLeft = -1;
    }

    /** The next byte behind a backslash. */
    Escape escape(byte next, boolean keep) {
        if (digitsLeft < 0) {
            int plain = plain(next);
            if (plain != 0) {
                if (keep) {
                    appendUnit(plain);
                }
                return Escape.COMPLETE;
            }
            digitsLeft = 4;
            unit = 0;
            return next == 'u' ? Escape.GOING_ON : Escape.ILLEGAL;
        }
        int digit = Character.digit(next, 16);
        if (digit < 0) {
            return Escape.ILLEGAL;
        }
        unit = unit << 4 | digit;
        if (--digitsLeft > 0) {
            return Escape.GOING_ON;
        }
        if (keep) {
            appendUnit(unit);
        }
        return Escape.COMPLETE;
    }

    boolean contentEquals(String ascii) {
        if (ascii.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (ascii.charAt(i) != bytes[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return Scratch.ofThread().text(bytes, 0, length);
    }

    /** What the letter behind a backslash stands for, or 0. */
    static int plain(byte letter) {
        return switch (letter) {
            case '"', '\\', '/' -> letter;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> 0;
        };
    }

    private void appendUnit(int codeUnit) {
        if (high != 0 && Character.isLowSurrogate((char) codeUnit)) {
            int codePoint = Character.toCodePoint((char) high, (char) codeUnit);
            high = 0;
            appendCodePoint(codePoint);
            return;
        }
        flushHigh();
        if (Character.isHighSurrogate((char) codeUnit)) {
            high = codeUnit;
        } else {
            appendCodePoint(Character.isLowSurrogate((char) codeUnit) ? half(codeUnit) : codeUnit);
        }
    }

    private void flushHigh() {
        if (high != 0) {
            int alone = half(high);
            high = 0;
            appendCodePoint(alone);
        }
    }

    private int half(int surrogate) {
        return keepsHalves ? surrogate : REPLACEMENT;
    }

    private void appendCodePoint(int codePoint) {
        if (length + MAX_ENCODED > LIMIT_BYTES) {
            return;
        }
        ensure(MAX_ENCODED);
        if (codePoint < 0x80) {
            bytes[length++] = (byte) codePoint;
        } else if (codePoint < 0x800) {
            bytes[length++] = (byte) (0xC0 | codePoint >> 6);
            bytes[length++] = continuation(codePoint);
        } else if (codePoint < 0x10000) {
            bytes[length++] = (byte) (0xE0 | codePoint >> 12);
            bytes[length++] = continuation(codePoint >> 6);
            bytes[length++] = continuation(codePoint);
        } else {
            bytes[length++] = (byte) (0xF0 | codePoint >> 18);
            bytes[length++] = continuation(codePoint >> 12);
            bytes[length++] = continuation(codePoint >> 6);
            bytes[length++] = continuation(codePoint);
        }
    }

    private static byte continuation(int bits) {
        return (byte) (0x80 | (bits & 0x3F));
    }

    private void ensure(int count) {
        if (length + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(LIMIT_BYTES, Math.max(bytes.length * 2, length + count)));
        }
    }
}
