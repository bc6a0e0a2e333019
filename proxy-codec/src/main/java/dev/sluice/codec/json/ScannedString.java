package dev.sluice.codec.json;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One string of a request body, held to the grammar and to UTF-8 while it arrives, measured, and kept only where
 * somebody may ask for its text: so the heap a request needs is bounded, however long its strings are. An attached image
 * of 20 MB is looked at and nothing more.
 *
 * <pre>
 *   PLAIN --- \\ ---> ESCAPE --- u ---> HEX --- four digits ---> PLAIN
 *     |                  '--- " \\ / b f n r t ---> PLAIN
 *     '--- first byte of several ---> CONTINUATION --- the last of them ---> PLAIN
 * </pre>
 *
 * UTF-8 is that of RFC 3629: neither overlong forms nor surrogates. The text is a span of the array being read while
 * that suffices, which is nearly always. Thread: event loop.
 */
final class ScannedString {
    private static final int PLAIN = 0;
    private static final int ESCAPE = 1;
    private static final int HEX = 2;
    private static final int CONTINUATION = 3;

    private static final byte[] NOTHING = {};

    /** What the string is to whoever reads it. */
    enum Use {
        /** Only its size matters. */
        MEASURED,
        /** Its text may be asked for, if it is not too long. */
        VALUE,
        /** Its text may be asked for, and it must not be too long. */
        NAME,
        /** It must not be too long. */
        FOREIGN_NAME
    }

    private Use use = Use.MEASURED;
    private int state;
    /** Bytes between the quotes, and by how much they exceed the text they stand for. */
    private int rawBytes;

    private int surplus;
    private boolean tooLong;

    private int hexDigitsLeft;
    private int hexValue;
    private int continuationsLeft;
    private int continuationLow;
    private int continuationHigh;
    private int codePoint;

    /** The text so far, while it is a span of the array being read. */
    private byte[] array = NOTHING;

    private int spanFrom;
    private int spanTo;
    /** The text so far, when there has been an escape or a cut; null before. */
    private @Nullable StringBuilder kept;

    private @Nullable String fault;

    /** A string begins; its bytes follow, from {@code from} on in {@code source}. */
    void begin(Use what, byte[] source, int from) {
        use = what;
        state = PLAIN;
        rawBytes = 0;
        surplus = 0;
        tooLong = false;
        array = source;
        spanFrom = from;
        spanTo = from;
        kept = null;
        fault = null;
    }

    /** Reads on; the index of the closing quote, of a faulty byte, or {@code to}. */
    int read(byte[] source, int from, int to) {
        int limit = use == Use.MEASURED ? Integer.MAX_VALUE : from + (JsonLimits.WHOLE_STRING_BYTES - rawBytes);
        int i = from;
        while (i < to) {
            byte next = source[i];
            if (state != PLAIN) {
                if (!continueCharacter(next & 0xFF)) {
                    break;
                }
                i++;
            } else if (next == '"') {
                break;
            } else if (i >= limit) {
                if (!outgrow()) {
                    break;
                }
                limit = Integer.MAX_VALUE;
            } else if (next >= ' ' && next != '\\') {
                int end = PlainText.asciiEnd(source, i, Math.min(to, limit));
                keep(source, i, end);
                i = end;
            } else {
                spanTo = i;
                if (!beginCharacter(next)) {
                    break;
                }
                i++;
            }
        }
        if (state == PLAIN) {
            spanTo = i;
        }
        rawBytes += i - from;
        return i;
    }

    /** The array has been read to its end, and the string goes on: what it holds of the text is kept aside. */
    void leaveArray() {
        if (keeps() && kept == null) {
            keepSpan();
        }
        array = NOTHING;
    }

    /** Nobody will ask for it any more. */
    void forget() {
        array = NOTHING;
        kept = null;
    }

    /** What is wrong with the byte at the index returned last, or null. */
    @Nullable
    String fault() {
        return fault;
    }

    /** Whether the string is short enough for {@link #text}. */
    boolean hasWholeText() {
        return !tooLong;
    }

    /** UTF-8 size, unescaped; half a surrogate pair counts 2. */
    int textBytes() {
        return rawBytes - surplus;
    }

    /** The string, unescaped: of a name or a value, behind its last byte. */
    String text() {
        if (tooLong) {
            throw new IllegalStateException("only the beginning of the string was kept");
        }
        return kept == null ? Scratch.ofThread().text(array, spanFrom, spanTo) : kept.toString();
    }

    private boolean keeps() {
        return use == Use.NAME || use == Use.VALUE;
    }

    /** More has come than is kept; whether that may be. */
    private boolean outgrow() {
        if (use != Use.VALUE) {
            fault = "a member name of more than " + JsonLimits.WHOLE_STRING_BYTES + " bytes";
            return false;
        }
        use = Use.MEASURED;
        tooLong = true;
        kept = null;
        return true;
    }

    private void keepSpan() {
        kept = new StringBuilder(new String(array, spanFrom, spanTo - spanFrom, StandardCharsets.UTF_8));
    }

    private void keep(byte[] source, int from, int to) {
        StringBuilder text = kept;
        if (text != null) {
            for (int i = from; i < to; i++) {
                text.append((char) source[i]);
            }
        }
    }

    /** A character of more than one byte, or an escape. Returns false and notes the fault when none begins so. */
    private boolean beginCharacter(byte first) {
        if (first == '\\') {
            state = ESCAPE;
            if (keeps() && kept == null) {
                keepSpan();
            }
            return true;
        }
        if (first >= 0) {
            fault = "an unescaped control character in a string";
            return false;
        }
        int lead = first & 0xFF;
        if (lead < 0xC2 || lead > 0xF4) {
            fault = "a byte that begins no UTF-8 character";
            return false;
        }
        // RFC 3629, section 4: the second byte is what rules out overlong forms, surrogates and the end of Unicode.
        continuationsLeft = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
        continuationLow = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        continuationHigh = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        codePoint = lead & (0x3F >> continuationsLeft);
        state = CONTINUATION;
        return true;
    }

    private boolean continueCharacter(int next) {
        return switch (state) {
            case CONTINUATION -> continueSequence(next);
            case ESCAPE -> beginEscape(next);
            default -> continueHex(next);
        };
    }

    private boolean continueSequence(int next) {
        if (next < continuationLow || next > continuationHigh) {
            fault = "a UTF-8 character that is not complete";
            return false;
        }
        continuationLow = 0x80;
        continuationHigh = 0xBF;
        codePoint = codePoint << 6 | (next & 0x3F);
        if (--continuationsLeft == 0) {
            state = PLAIN;
            if (kept != null) {
                kept.appendCodePoint(codePoint);
            }
        }
        return true;
    }

    private boolean beginEscape(int letter) {
        if (letter == 'u') {
            state = HEX;
            hexDigitsLeft = 4;
            hexValue = 0;
            return true;
        }
        int plain = JsonUnescaper.plain((byte) letter);
        if (plain == 0) {
            fault = "an escape that JSON does not know";
            return false;
        }
        endEscape((char) plain, 2);
        return true;
    }

    private boolean continueHex(int next) {
        int digit = Character.digit(next, 16);
        if (digit < 0 || next > 'f') {
            fault = "an escape \\u without four hexadecimal digits";
            return false;
        }
        hexValue = hexValue << 4 | digit;
        if (--hexDigitsLeft == 0) {
            endEscape((char) hexValue, 6);
        }
        return true;
    }

    private void endEscape(char unit, int writtenBytes) {
        state = PLAIN;
        surplus += writtenBytes - Utf8Size.of(unit);
        if (kept != null) {
            kept.append(unit);
        }
    }
}
