package dev.sluice.codec.json;

import java.nio.charset.StandardCharsets;

/** Writes text as JSON. Thread: any. */
public final class JsonText {
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private JsonText() {}

    /** A string literal in UTF-8, quotes included. Escapes only what must be, and surrogates without partner. */
    public static byte[] quoted(String text) {
        StringBuilder literal = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                literal.append('\\').append(c);
            } else if (c < ' ' || isLoneSurrogate(text, i)) {
                literal.append("\\u").append(HEX[c >> 12]).append(HEX[c >> 8 & 15]);
                literal.append(HEX[c >> 4 & 15]).append(HEX[c & 15]);
            } else {
                literal.append(c);
            }
        }
        return literal.append('"').toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The same; of a short text that came lately it is the same array again, which nobody may change. */
    public static byte[] sharedLiteral(String text) {
        return Scratch.ofThread().literal(text);
    }

    /** Whether the character at {@code index} is half of a pair whose other half is missing. */
    public static boolean isLoneSurrogate(String text, int index) {
        char c = text.charAt(index);
        if (Character.isHighSurrogate(c)) {
            return index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1));
        }
        return Character.isLowSurrogate(c) && (index == 0 || !Character.isHighSurrogate(text.charAt(index - 1)));
    }
}
