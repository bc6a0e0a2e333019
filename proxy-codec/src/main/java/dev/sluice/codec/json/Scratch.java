package dev.sluice.codec.json;

import io.netty.util.concurrent.FastThreadLocal;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What all readers of a thread share, so that none of them has to have it while it waits for bytes: an array through
 * which direct memory is read, and the short texts read and written last.
 *
 * <p>Names of members, models and finish reasons come again and again: each of the texts has one place, which its bytes
 * decide, and stays until another one takes it. So hostile texts can only cost what they would have cost anyway. Thread:
 * confined to its own.
 */
final class Scratch {
    /** Direct memory is read in such steps: a copy costs less than checked accesses one by one. */
    static final int WINDOW_BYTES = 4096;

    private static final int TEXTS = 256;
    private static final int LONGEST_TEXT = 48;

    private static final int LITERALS = 32;
    private static final int LONGEST_LITERAL = 256;

    private static final FastThreadLocal<Scratch> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected Scratch initialValue() {
            return new Scratch();
        }
    };

    /** Null while it is lent. */
    private byte @Nullable [] window;

    private final @Nullable String[] texts = new String[TEXTS];

    /** By the place of the text: that, and what it is in JSON. */
    private final @Nullable String[] quotedTexts = new String[LITERALS];

    private final byte[][] literals = new byte[LITERALS][];

    static Scratch ofThread() {
        return OF_THREAD.get();
    }

    /** Lends the array; whoever reads while it is lent gets another. */
    byte[] takeWindow() {
        byte[] lent = window;
        window = null;
        return lent == null ? new byte[WINDOW_BYTES] : lent;
    }

    void giveWindow(byte[] back) {
        window = back;
    }

    /** The text that these bytes are in UTF-8. */
    String text(byte[] utf8, int from, int to) {
        int length = to - from;
        if (length > LONGEST_TEXT) {
            return new String(utf8, from, length, StandardCharsets.UTF_8);
        }
        int hash = length;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + utf8[i];
        }
        int place = (hash ^ hash >>> 8 ^ hash >>> 16) & (TEXTS - 1);
        String known = texts[place];
        if (known != null && isAscii(known, utf8, from, length)) {
            return known;
        }
        String text = new String(utf8, from, length, StandardCharsets.UTF_8);
        texts[place] = text;
        return text;
    }

    /** The text as a string of JSON. */
    byte[] literal(String text) {
        if (text.length() > LONGEST_LITERAL) {
            return JsonText.quoted(text);
        }
        int hash = text.hashCode();
        int place = (hash ^ hash >>> 16) & (LITERALS - 1);
        if (text.equals(quotedTexts[place])) {
            return literals[place];
        }
        byte[] literal = JsonText.quoted(text);
        quotedTexts[place] = text;
        literals[place] = literal;
        return literal;
    }

    /** Whether {@code text} is these bytes, one character each: anything else is not found again, and made anew. */
    private static boolean isAscii(String text, byte[] utf8, int from, int length) {
        if (text.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (text.charAt(i) != utf8[from + i]) {
                return false;
            }
        }
        return true;
    }
}
