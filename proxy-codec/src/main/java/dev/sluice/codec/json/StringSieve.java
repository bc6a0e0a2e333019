package dev.sluice.codec.json;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Walks a body's bytes ahead of the parser and says which of them it should see: all, but for the interior of long
 * strings.
 *
 * <p>A parser collects each string in memory, two bytes a character, although the gateway needs none of them: an
 * attached image of 20 MB would cost 40 MB of heap. The interior behind the first {@link
 * JsonLimits#WHOLE_STRING_BYTES} is therefore withheld from the parser and checked here; parsing goes on at the
 * closing quote. Since this walk must know escapes and characters anyway, so as never to cut one in two, it is also
 * the only judge of UTF-8: RFC 3629 in every string, where Jackson would let overlong forms and surrogates pass.
 *
 * <pre>
 *               "                      limit reached                   closing quote ahead
 *   OUTSIDE --------> STRING ------------------------> withholding ------------------------> STRING
 *      ^                 |  \  / UTF-8 byte              (the same inner states)                |
 *      +-----------------+   ESCAPE -u-> HEX                                                    |
 *               "  ^----------------------------------------------------------------------------+
 * </pre>
 *
 * Grammar between strings is left to the parser, with two exceptions. The length of bare words is watched, because the
 * parser would collect those too. And so are brackets that close behind a comma or a colon: when their input is cut at
 * that place, Jackson's non-blocking parsers (2.22) forget that a member, or its value, has yet to come.
 *
 * <p>Thread: event loop.
 */
final class StringSieve {
    private static final int OUTSIDE = 0;
    private static final int STRING = 1;
    private static final int ESCAPE = 2;
    private static final int HEX = 3;
    private static final int CONTINUATION = 4;

    private static final long LOW_BITS = 0x7F7F7F7F7F7F7F7FL;
    private static final long HIGH_BIT = 0x8080808080808080L;
    private static final long QUOTES = 0x2222222222222222L;
    private static final long BACKSLASHES = 0x5C5C5C5C5C5C5C5CL;
    /** Added to a byte below 0x80, it sets the high bit of all but control characters. */
    private static final long HIGH_BIT_FROM_SPACE_ON = 0x6060606060606060L;

    private static final boolean[] ENDS_BARE_WORD = new boolean[128];

    static {
        for (char c : " \t\r\n{}[]:,".toCharArray()) {
            ENDS_BARE_WORD[c] = true;
        }
    }

    private int state = OUTSIDE;
    /** Raw bytes that the current string may still have before the rest is withheld. */
    private int room;

    private int bareWordBytes;
    /** Whether a comma or a colon was the last byte outside strings, white space aside. */
    private boolean afterSeparator;

    private int hexDigitsLeft;
    private int hexValue;
    private int continuationsLeft;
    private int continuationLow;
    private int continuationHigh;

    private boolean withholding;
    private int withheldBytes;
    /** By how much the withheld bytes exceed the text they stand for. */
    private int escapeSurplus;

    private @Nullable String fault;

    /** Whether the bytes at hand are the interior of a long string: to {@link #skip}, not to {@link #pass}. */
    boolean withholds() {
        return withholding;
    }

    /** What is wrong with the byte at the index returned last, or null. */
    @Nullable
    String fault() {
        return fault;
    }

    /** Whether a part of the string that closed last, or is open, was withheld. */
    boolean withheldAny() {
        return withheldBytes > 0;
    }

    /** UTF-8 size, unescaped, of the withheld part. */
    int withheldTextBytes() {
        return withheldBytes - escapeSurplus;
    }

    /** The string has been dealt with. */
    void forgetString() {
        withheldBytes = 0;
        escapeSurplus = 0;
    }

    /**
     * Walks bytes that the parser may see.
     *
     * @return the index up to which the parser may see them: {@code to}, the first byte to withhold, or a faulty byte
     */
    int pass(ByteBuffer bytes, int from, int to) {
        int i = from;
        while (i < to) {
            if (state == OUTSIDE) {
                i = walkOutside(bytes, i, to);
                if (fault != null || i == to) {
                    return i;
                }
                i++;
                state = STRING;
                room = JsonLimits.WHOLE_STRING_BYTES;
            }
            int begin = i;
            i = walkString(bytes, i, to, (int) Math.min(to, (long) i + room));
            room -= i - begin;
            if (fault != null || i == to) {
                return i;
            }
            if (bytes.get(i) != '"') {
                withholding = true;
                return i;
            }
            i++;
            state = OUTSIDE;
        }
        return i;
    }

    /**
     * Walks bytes that the parser must not see.
     *
     * @return the index of the closing quote, from where {@link #pass} goes on; {@code to}; or that of a faulty byte
     */
    int skip(ByteBuffer bytes, int from, int to) {
        int i = walkString(bytes, from, to, to);
        withheldBytes += i - from;
        if (fault == null && i < to) {
            withholding = false;
        }
        return i;
    }

    /** To the next quote. */
    private int walkOutside(ByteBuffer bytes, int from, int to) {
        int wordBytes = bareWordBytes;
        boolean separator = afterSeparator;
        int i = from;
        for (; i < to; i++) {
            int c = bytes.get(i);
            if (c == '"') {
                wordBytes = 0;
                separator = false;
                break;
            }
            if (c < 0 || !ENDS_BARE_WORD[c]) {
                separator = false;
                if (++wordBytes > JsonLimits.NUMBER_BYTES) {
                    fault = "a number of more than " + JsonLimits.NUMBER_BYTES + " characters";
                    break;
                }
            } else {
                wordBytes = 0;
                if (c > ' ') {
                    if (separator && (c == '}' || c == ']')) {
                        fault = "a closing bracket behind a comma or colon";
                        break;
                    }
                    separator = c == ',' || c == ':';
                }
            }
        }
        bareWordBytes = wordBytes;
        afterSeparator = separator;
        return i;
    }

    /** To the closing quote; or, between two characters, to {@code limit}; or to the end, or to a faulty byte. */
    private int walkString(ByteBuffer bytes, int from, int to, int limit) {
        int i = from;
        while (i < to) {
            int c = bytes.get(i);
            if (state != STRING) {
                if (!continueCharacter(c)) {
                    return i;
                }
            } else if (c == '"' || i >= limit) {
                return i;
            } else if (c >= ' ' && c != '\\') {
                i = endOfPlainText(bytes, i + 1, limit);
                continue;
            } else if (!beginCharacter(c)) {
                return i;
            }
            i++;
        }
        return i;
    }

    /**
     * The first byte that is no printable ASCII, a quote or a backslash, eight bytes at a time: the usual trick of
     * adding so that a byte's high bit tells the result of a comparison, in the form where no carry crosses bytes.
     */
    private static int endOfPlainText(ByteBuffer bytes, int from, int to) {
        int i = from;
        while (i <= to - Long.BYTES) {
            long word = bytes.getLong(i);
            long low = word & LOW_BITS;
            long plain = ((low ^ QUOTES) + LOW_BITS)
                    & ((low ^ BACKSLASHES) + LOW_BITS)
                    & (low + HIGH_BIT_FROM_SPACE_ON)
                    & ~word;
            long special = ~plain & HIGH_BIT;
            if (special != 0) {
                assert bytes.order() == ByteOrder.BIG_ENDIAN;
                return i + (Long.numberOfLeadingZeros(special) >>> 3);
            }
            i += Long.BYTES;
        }
        while (i < to) {
            int c = bytes.get(i);
            if (c < ' ' || c == '"' || c == '\\') {
                break;
            }
            i++;
        }
        return i;
    }

    /** A character of more than one byte, or an escape. Returns false and notes the fault when none begins with c. */
    private boolean beginCharacter(int signedByte) {
        if (signedByte == '\\') {
            state = ESCAPE;
            return true;
        }
        if (signedByte >= 0) {
            fault = "an unescaped control character in a string";
            return false;
        }
        int c = signedByte & 0xFF;
        if (c < 0xC2 || c > 0xF4) {
            fault = "a byte that begins no UTF-8 character";
            return false;
        }
        // RFC 3629, section 4: the second byte is what rules out overlong forms, surrogates and the end of Unicode.
        continuationsLeft = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
        continuationLow = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
        continuationHigh = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
        state = CONTINUATION;
        return true;
    }

    private boolean continueCharacter(int signedByte) {
        int c = signedByte & 0xFF;
        if (state == CONTINUATION) {
            if (c < continuationLow || c > continuationHigh) {
                fault = "a UTF-8 character that is not complete";
                return false;
            }
            continuationLow = 0x80;
            continuationHigh = 0xBF;
            if (--continuationsLeft == 0) {
                state = STRING;
            }
            return true;
        }
        return state == ESCAPE ? beginEscape(c) : continueHex(c);
    }

    private boolean beginEscape(int c) {
        switch (c) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
                state = STRING;
                addSurplus(1);
            }
            case 'u' -> {
                state = HEX;
                hexDigitsLeft = 4;
                hexValue = 0;
            }
            default -> {
                fault = "an escape that JSON does not know";
                return false;
            }
        }
        return true;
    }

    private boolean continueHex(int c) {
        int digit = Character.digit(c, 16);
        if (digit < 0 || c > 'f') {
            fault = "an escape \\u without four hexadecimal digits";
            return false;
        }
        hexValue = hexValue << 4 | digit;
        if (--hexDigitsLeft == 0) {
            state = STRING;
            addSurplus(6 - Utf8Size.of((char) hexValue));
        }
        return true;
    }

    private void addSurplus(int bytes) {
        if (withholding) {
            escapeSurplus += bytes;
        }
    }
}
