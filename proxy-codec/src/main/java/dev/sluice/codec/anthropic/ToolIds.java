package dev.sluice.codec.anthropic;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Ids of tool calls that Anthropic accepts. What it would refuse is replaced by a digest of it, so that the same id
 * comes out wherever it is met, in the call and in its result, in this request and the next, without anything being
 * remembered. Cut ids would collide. Thread: any.
 */
final class ToolIds {
    private static final String PREFIX = "toolu_";
    private static final int DIGEST_BYTES = 12;

    private ToolIds() {}

    /** {@code id} itself where it is legal. */
    static String legal(String id) {
        return isLegal(id) ? id : digest(id);
    }

    /** One for the same id where it comes again: each call of a conversation needs its own. */
    static String again(String id, int time) {
        return digest(id + '#' + time);
    }

    /** One that depends on nothing but {@code text}. */
    static String digest(String text) {
        try {
            byte[] whole = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return PREFIX + HexFormat.of().formatHex(whole, 0, DIGEST_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    private static boolean isLegal(String id) {
        for (int i = 0; i < id.length(); i++) {
            char next = id.charAt(i);
            boolean legal = (next >= 'a' && next <= 'z')
                    || (next >= 'A' && next <= 'Z')
                    || (next >= '0' && next <= '9')
                    || next == '_'
                    || next == '-';
            if (!legal) {
                return false;
            }
        }
        return !id.isEmpty();
    }
}
