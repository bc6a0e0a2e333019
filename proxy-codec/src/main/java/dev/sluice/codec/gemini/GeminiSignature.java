package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.json.JsonSlice;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * A signature as Gemini's callers carry it: base64, which their client libraries decode and encode again, in either
 * alphabet. Gemini's own stands as it is. Those of others travel within base64 of our own, behind the mark of their
 * origin. Thread: any.
 *
 * @param redacted whether it is all there is of a piece of reasoning
 * @param signature a string, as its origin gave it
 */
record GeminiSignature(SignatureOrigin origin, boolean redacted, JsonSlice signature) {
    private static final String REDACTED = "redacted:";
    /** Enough of it to find the longest mark in: whole groups of four characters. */
    private static final int MARK_CHARS = 64;

    /** What {@code thoughtSignature}, a string, is. */
    static GeminiSignature of(JsonSlice thoughtSignature) {
        String begins = decoded(thoughtSignature.text(0, MARK_CHARS));
        for (SignatureOrigin origin : SignatureOrigin.values()) {
            if (begins.startsWith(origin.mark())) {
                String whole = decoded(thoughtSignature.text());
                int mark = origin.mark().length();
                boolean redacted = whole.startsWith(REDACTED, mark);
                String signature = whole.substring(redacted ? mark + REDACTED.length() : mark);
                return new GeminiSignature(origin, redacted, JsonSlice.string(signature));
            }
        }
        return new GeminiSignature(SignatureOrigin.GEMINI, false, thoughtSignature);
    }

    /** A signature for Gemini's callers. */
    static byte[] of(SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
        if (origin == SignatureOrigin.GEMINI) {
            return Arrays.copyOfRange(utf8, from, to);
        }
        byte[] mark = (redacted ? origin.mark() + REDACTED : origin.mark()).getBytes(StandardCharsets.US_ASCII);
        byte[] marked = Arrays.copyOf(mark, mark.length + to - from);
        System.arraycopy(utf8, from, marked, mark.length, to - from);
        return Base64.getEncoder().encode(marked);
    }

    /** The text that {@code base64} stands for; empty when it is none. */
    private static String decoded(String base64) {
        try {
            byte[] text = Base64.getDecoder().decode(base64.replace('-', '+').replace('_', '/'));
            return new String(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
