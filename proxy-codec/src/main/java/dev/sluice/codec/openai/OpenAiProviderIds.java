package dev.sluice.codec.openai;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Names that hosts hold to a form: what has it stays, what has not is replaced by a hash of it, which is the same
 * wherever the name stands. Cutting would make different names equal. Thread: any.
 */
final class OpenAiProviderIds {
    private static final int LONGEST_ID = 40;
    private static final int LONGEST_USER = 64;
    private static final int SHORT_ID = 9;
    private static final int HASHED_ID = 24;
    private static final String SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private OpenAiProviderIds() {}

    /** The id of a tool call: at most 40 characters (OpenAI). */
    static String call(String id) {
        return isPlain(id, /* punctuation= */ true) && id.length() <= LONGEST_ID
                ? id
                : "call_" + symbols(digest(id), HASHED_ID);
    }

    /** The same for hosts that want nine letters and digits (Mistral). */
    static String shortCall(String id) {
        return isPlain(id, /* punctuation= */ false) && id.length() == SHORT_ID ? id : symbols(digest(id), SHORT_ID);
    }

    /** The end user: at most 64 characters. */
    static String user(String user) {
        return user.length() <= LONGEST_USER ? user : HexFormat.of().formatHex(digest(user));
    }

    private static boolean isPlain(String id, boolean punctuation) {
        for (int i = 0; i < id.length(); i++) {
            char next = id.charAt(i);
            boolean mark = next == '_' || next == '-' || next == '.' || next == ':';
            if (SYMBOLS.indexOf(next) < 0 && !(punctuation && mark)) {
                return false;
            }
        }
        return !id.isEmpty();
    }

    private static String symbols(byte[] digest, int length) {
        StringBuilder symbols = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            symbols.append(SYMBOLS.charAt((digest[i] & 0xFF) % SYMBOLS.length()));
        }
        return symbols.toString();
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
