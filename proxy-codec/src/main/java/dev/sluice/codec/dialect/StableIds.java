package dev.sluice.codec.dialect;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What ids are made of that a provider or a caller holds to a form: whether one has it, and digests to put in the place
 * of one that has not, or that nobody gave.
 *
 * <p>The same text has the same digest wherever it is met, in a call and in its result, in this request and the next,
 * without anything being remembered; and different texts have different ones, which cutting would make equal. What an
 * id begins with, how long it may be and which marks it may have is the wire format's to say. Thread: any.
 */
public final class StableIds {
    /** Hexadecimal digits that a digest has. */
    public static final int MAX_HEX_CHARS = 64;

    /** Letters and digits that a digest has. */
    public static final int MAX_ALPHANUMERIC_CHARS = 32;

    private static final String ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private StableIds() {}

    /**
     * Whether {@code id} has at least one character, at most {@code maxChars}, and none but letters and digits of ASCII
     * and {@code marks}.
     */
    public static boolean isLegal(String id, String marks, int maxChars) {
        for (int i = 0; i < id.length(); i++) {
            if (!isAlphanumeric(id.charAt(i)) && marks.indexOf(id.charAt(i)) < 0) {
                return false;
            }
        }
        return !id.isEmpty() && id.length() <= maxChars;
    }

    /** Whether {@code next} is a letter or a digit of ASCII. */
    public static boolean isAlphanumeric(char next) {
        return (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || (next >= '0' && next <= '9');
    }

    /**
     * The beginning of the SHA-256 digest of {@code text}, in lower-case hexadecimal digits.
     *
     * @param chars even, at most {@link #MAX_HEX_CHARS}
     */
    public static String hex(String text, int chars) {
        return HexFormat.of().formatHex(sha256(text), 0, chars / 2);
    }

    /**
     * The beginning of the SHA-256 digest of {@code text}, each byte as a letter or a digit of ASCII.
     *
     * @param chars at most {@link #MAX_ALPHANUMERIC_CHARS}
     */
    public static String alphanumeric(String text, int chars) {
        byte[] digest = sha256(text);
        StringBuilder id = new StringBuilder(chars);
        for (int i = 0; i < chars; i++) {
            id.append(ALPHANUMERIC.charAt((digest[i] & 0xFF) % ALPHANUMERIC.length()));
        }
        return id.toString();
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
