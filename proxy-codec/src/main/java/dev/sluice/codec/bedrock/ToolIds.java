package dev.sluice.codec.bedrock;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Ids of calls as Bedrock allows them: others become a hash, the same for the call and its result. Thread: any. */
final class ToolIds {
    private static final int MAX_CHARS = 64;

    private ToolIds() {}

    static String legal(String id) {
        return isLegal(id) ? id : "call_" + hash(id);
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
        return !id.isEmpty() && id.length() <= MAX_CHARS;
    }

    private static String hash(String id) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
