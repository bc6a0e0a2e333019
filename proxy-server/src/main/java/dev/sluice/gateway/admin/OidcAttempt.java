package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.SecretBox;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A login that has begun and not come back: what the gateway must still know of it then. The browser keeps it, sealed, so
 * that what comes back is believed only from the browser that went, and no node has to remember anything. Immutable; thread:
 * any.
 *
 * @param state comes back with the answer
 * @param nonce comes back in the ID token
 * @param verifier proves to the issuer that who redeems the code is who asked for it (RFC 7636)
 * @param validUntil Unix time in seconds
 */
record OidcAttempt(String state, String nonce, String verifier, long validUntil) {
    static final Duration LIFETIME = Duration.ofMinutes(10);

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final int RANDOM_BYTES = 32;
    private static final int PARTS = 4;
    private static final int LONGEST_SEALED_CHARS = 1_024;
    private static final String ABOUT = "login that has begun";

    static OidcAttempt begin(InstantSource clock) {
        return new OidcAttempt(
                random(), random(), random(), clock.instant().plus(LIFETIME).getEpochSecond());
    }

    private static String random() {
        byte[] bytes = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(bytes);
        return ENCODER.encodeToString(bytes);
    }

    String sealed(SecretBox box) {
        String plain = state + "." + nonce + "." + verifier + "." + validUntil;
        return ENCODER.encodeToString(box.seal(plain.getBytes(StandardCharsets.US_ASCII), ABOUT));
    }

    /** Null when it was not sealed here, or is over. */
    static @Nullable OidcAttempt open(String sealed, SecretBox box, InstantSource clock) {
        byte[] plain = sealed.length() > LONGEST_SEALED_CHARS ? null : unsealed(sealed, box);
        if (plain == null) {
            return null;
        }
        String[] parts = new String(plain, StandardCharsets.US_ASCII).split("\\.", -1);
        if (parts.length != PARTS) {
            return null;
        }
        OidcAttempt attempt = new OidcAttempt(parts[0], parts[1], parts[2], Long.parseLong(parts[3]));
        return clock.instant().getEpochSecond() < attempt.validUntil ? attempt : null;
    }

    private static byte @Nullable [] unsealed(String sealed, SecretBox box) {
        try {
            return box.open(Base64.getUrlDecoder().decode(sealed), ABOUT);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Whether {@code presented} is the state; takes as long for a wrong first character as for a wrong last one. */
    boolean isState(String presented) {
        return MessageDigest.isEqual(
                presented.getBytes(StandardCharsets.UTF_8), state.getBytes(StandardCharsets.US_ASCII));
    }

    /** What the issuer is told of the verifier beforehand, with method S256. */
    String challenge() {
        try {
            return ENCODER.encodeToString(
                    MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "***";
    }
}
