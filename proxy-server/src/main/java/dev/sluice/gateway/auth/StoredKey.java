package dev.sluice.gateway.auth;

import java.security.MessageDigest;
import java.util.Base64;

/**
 * What is kept of a key: {@code hmac-sha256:<id>:<base64url of the HMAC>}. The key cannot be computed from it, and without
 * the {@link Pepper} a guess cannot even be tested. Thread: any.
 */
public final class StoredKey {
    private static final String SCHEME = "hmac-sha256:";
    private static final int DIGEST_START = SCHEME.length() + ApiKey.ID_LENGTH + 1;
    private static final int LENGTH = DIGEST_START + 43;

    private final String id;
    private final byte[] digest;

    private StoredKey(String id, byte[] digest) {
        this.id = id;
        this.digest = digest;
    }

    public static StoredKey of(ApiKey key, Pepper pepper) {
        return new StoredKey(key.id(), pepper.digest(key));
    }

    /** @throws IllegalArgumentException when {@code line} is no stored key; the message does not repeat it */
    public static StoredKey parse(String line) {
        if (line.length() == LENGTH && line.startsWith(SCHEME) && line.charAt(DIGEST_START - 1) == ':') {
            try {
                byte[] digest = Base64.getUrlDecoder().decode(line.substring(DIGEST_START));
                return new StoredKey(line.substring(SCHEME.length(), DIGEST_START - 1), digest);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("the hash of a stored key is not base64url", e);
            }
        }
        throw new IllegalArgumentException(
                "not a stored key; allowed: hmac-sha256:<id>:<hash>, as 'sluice keys create' prints it");
    }

    public String id() {
        return id;
    }

    /** Whether it was made of {@code key} with {@code pepper}. */
    boolean isOf(ApiKey key, Pepper pepper) {
        return id.equals(key.id()) && MessageDigest.isEqual(digest, pepper.digest(key));
    }

    /** Not a copy; read only. */
    byte[] digest() {
        return digest;
    }

    public String line() {
        return SCHEME + id + ":" + Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    }

    @Override
    public String toString() {
        return SCHEME + id;
    }
}
