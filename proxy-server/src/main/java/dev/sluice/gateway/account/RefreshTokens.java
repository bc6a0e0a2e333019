package dev.sluice.gateway.account;

import dev.sluice.gateway.auth.Pepper;
import dev.sluice.gateway.auth.Peppers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Makes refresh tokens and tells whether one is genuine. They are stored in no form: the session's row says which generation
 * is the good one, and the code in the token, made with the pepper, says that we made it. So the database alone is not enough
 * to make one, and neither is the pepper, because of the salt in the row.
 *
 * <pre>
 *   slr_&lt;session&gt;_&lt;generation&gt;_&lt;HMAC-SHA-256, base64url&gt;
 * </pre>
 *
 * Thread: any.
 */
final class RefreshTokens {
    private static final String PURPOSE = "refresh tokens";
    private static final String ALGORITHM = "HmacSHA256";
    private static final Pattern FORM = Pattern.compile("slr_([0-9a-f]{32})_([1-9][0-9]{0,8})_([A-Za-z0-9_-]{43})");

    private final byte[] current;
    private final byte @Nullable [] previous;

    RefreshTokens(Peppers peppers) {
        Pepper before = peppers.previous();
        this.current = peppers.current().derive(PURPOSE);
        this.previous = before == null ? null : before.derive(PURPOSE);
    }

    /** A text that has the form of one; who wrote it is not known yet. */
    static final class Presented {
        private final String sessionId;
        private final int generation;
        private final byte[] code;

        private Presented(String sessionId, int generation, byte[] code) {
            this.sessionId = sessionId;
            this.generation = generation;
            this.code = code;
        }

        String sessionId() {
            return sessionId;
        }

        int generation() {
            return generation;
        }
    }

    /** Null when it has not the form of one. */
    static @Nullable Presented parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            return null;
        }
        return new Presented(
                parts.group(1),
                Integer.parseInt(parts.group(2)),
                Base64.getUrlDecoder().decode(parts.group(3)));
    }

    /** @param salt of the session's row */
    boolean isGenuine(Presented token, String salt) {
        return isMadeWith(current, token, salt) || (previous != null && isMadeWith(previous, token, salt));
    }

    private static boolean isMadeWith(byte[] key, Presented token, String salt) {
        return MessageDigest.isEqual(code(key, token.sessionId, token.generation, salt), token.code);
    }

    String make(String sessionId, int generation, String salt) {
        return "slr_" + sessionId + "_" + generation + "_"
                + Base64.getUrlEncoder().withoutPadding().encodeToString(code(current, sessionId, generation, salt));
    }

    private static byte[] code(byte[] key, String sessionId, int generation, String salt) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac.doFinal((sessionId + "|" + generation + "|" + salt).getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
