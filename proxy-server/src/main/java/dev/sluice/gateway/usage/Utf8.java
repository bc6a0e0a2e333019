package dev.sluice.gateway.usage;

/**
 * Writes text as UTF-8 into a caller's array, without an object in between. Half a surrogate pair becomes U+FFFD. HOT.
 * Thread: any.
 */
final class Utf8 {
    /** No character takes more; the two of a surrogate pair take four together. */
    static final int MOST_BYTES_A_CHAR = 3;

    private Utf8() {}

    /** How many bytes {@link #write} takes for {@code text}. */
    static int size(String text) {
        int size = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x800) {
                // The second half of a pair brings one byte more to the three of the first.
                boolean pair = isPair(text, i);
                size += 2;
                i += pair ? 1 : 0;
            } else if (c >= 0x80) {
                size++;
            }
        }
        return size;
    }

    /**
     * Writes text that is ASCII, a byte for each character.
     *
     * @return false when it is not: then what was written is of no use
     */
    static boolean writeAscii(String text, byte[] out, int from) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                return false;
            }
            out[from + i] = (byte) c;
        }
        return true;
    }

    /** @return the index behind the last byte written */
    static int write(String text, byte[] out, int from) {
        int at = from;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                out[at++] = (byte) c;
            } else if (c < 0x800) {
                out[at++] = (byte) (0xC0 | (c >> 6));
                out[at++] = (byte) (0x80 | (c & 0x3F));
            } else if (isPair(text, i)) {
                int point = Character.toCodePoint(c, text.charAt(++i));
                out[at++] = (byte) (0xF0 | (point >> 18));
                out[at++] = (byte) (0x80 | ((point >> 12) & 0x3F));
                out[at++] = (byte) (0x80 | ((point >> 6) & 0x3F));
                out[at++] = (byte) (0x80 | (point & 0x3F));
            } else {
                char written = Character.isSurrogate(c) ? '\uFFFD' : c;
                out[at++] = (byte) (0xE0 | (written >> 12));
                out[at++] = (byte) (0x80 | ((written >> 6) & 0x3F));
                out[at++] = (byte) (0x80 | (written & 0x3F));
            }
        }
        return at;
    }

    private static boolean isPair(String text, int at) {
        return Character.isHighSurrogate(text.charAt(at))
                && at + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(at + 1));
    }
}
