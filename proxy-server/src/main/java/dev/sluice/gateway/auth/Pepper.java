package dev.sluice.gateway.auth;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The secret that turns keys into stored hashes; kept apart from them, so that who steals the hashes can do nothing.
 *
 * <p>It is {@code <data_dir>/pepper}, made at the first start, or {@code SLUICE_PEPPER} where several nodes share keys.
 * Losing it makes every key unknown. Whatever else this installation signs or seals is done with keys made of it.
 *
 * <p>Thread: any. The work space of a thread is its own and reused, so that a call costs no allocation.
 */
public final class Pepper {
    static final String VARIABLE = "SLUICE_PEPPER";
    static final String PREVIOUS_VARIABLE = "SLUICE_PEPPER_PREVIOUS";
    static final String FILE = "pepper";
    static final String PREVIOUS_FILE = "pepper.previous";
    static final int DIGEST_BYTES = 32;

    private static final int SHORTEST_BYTES = 32;
    private static final int ID_BYTES = 8;
    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;
    private final String id;
    private final ThreadLocal<Workspace> workspace;

    /** What one thread needs for one call. */
    static final class Workspace {
        final byte[] text = new byte[ApiKey.LENGTH];
        final byte[] digest = new byte[DIGEST_BYTES];
        private final Mac mac;

        private Workspace(Mac mac) {
            this.mac = mac;
        }

        /** The id of the key that is in {@link #text}. */
        long id() {
            return KeyId.in(text);
        }

        /** Fills {@link #digest} from {@link #text}. */
        void computeDigest() {
            try {
                mac.update(text, 0, text.length);
                mac.doFinal(digest, 0);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("a 32 byte array holds an HMAC-SHA-256", e);
            }
        }
    }

    private Pepper(byte[] secret) {
        this.key = new SecretKeySpec(secret, ALGORITHM);
        this.workspace = ThreadLocal.withInitial(() -> new Workspace(newMac()));
        this.id = HexFormat.of().formatHex(derive("pepper id"), 0, ID_BYTES);
    }

    /**
     * The pepper of this installation; made and written to {@code dataDir} when there is none.
     *
     * @throws IOException when it cannot be read or written, or is not usable; the message does not repeat it
     */
    public static Pepper load(Path dataDir, Map<String, String> environment) throws IOException {
        String given = environment.get(VARIABLE);
        if (given != null) {
            return new Pepper(decode(VARIABLE, given.strip()));
        }
        Path file = dataDir.resolve(FILE);
        byte[] fresh = new byte[SHORTEST_BYTES];
        new SecureRandom().nextBytes(fresh);
        PrivateFile.createIfAbsent(file, fresh);
        return new Pepper(secretIn(file));
    }

    /** The one before it, while both are valid; null when there is none. See {@link Peppers}. */
    static @Nullable Pepper loadPrevious(Path dataDir, Map<String, String> environment) throws IOException {
        String given = environment.get(PREVIOUS_VARIABLE);
        if (given != null) {
            return new Pepper(decode(PREVIOUS_VARIABLE, given.strip()));
        }
        Path file = dataDir.resolve(PREVIOUS_FILE);
        return Files.exists(file) ? new Pepper(secretIn(file)) : null;
    }

    private static byte[] secretIn(Path file) throws IOException {
        byte[] secret = PrivateFile.read(file, SHORTEST_BYTES);
        if (secret.length != SHORTEST_BYTES) {
            throw new IOException(file + " has " + secret.length + " bytes; allowed: " + SHORTEST_BYTES);
        }
        return secret;
    }

    private static byte[] decode(String variable, String text) throws IOException {
        if (text.isEmpty()) {
            throw new IOException(
                    variable + " is empty; allowed: at least 32 bytes in hex or base64, or no such variable");
        }
        byte[] secret = decodeHex(text);
        if (secret == null) {
            secret = decodeBase64(text);
        }
        if (secret == null || secret.length < SHORTEST_BYTES) {
            throw new IOException(variable + " is not usable; allowed: at least 32 bytes in hex or base64");
        }
        return secret;
    }

    private static byte @Nullable [] decodeHex(String text) {
        try {
            return HexFormat.of().parseHex(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static byte @Nullable [] decodeBase64(String text) {
        try {
            return Base64.getUrlDecoder().decode(text.replace('+', '-').replace('/', '_'));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private Mac newMac() {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    /** Tells peppers apart, and nothing about them: kept beside what was made with this one. */
    public String id() {
        return id;
    }

    /**
     * A key of 32 bytes for one purpose, such as {@code access tokens}: who learns it learns neither the pepper nor the
     * keys for other purposes.
     */
    public byte[] derive(String purpose) {
        Mac mac = newMac();
        return mac.doFinal(("sluice " + purpose).getBytes(StandardCharsets.UTF_8));
    }

    /** The calling thread's own. */
    Workspace workspace() {
        return workspace.get();
    }

    /** What is stored of a key: 32 bytes. */
    public byte[] digest(ApiKey apiKey) {
        Workspace own = workspace();
        byte[] text = apiKey.reveal().getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, own.text, 0, text.length);
        own.computeDigest();
        return own.digest.clone();
    }

    @Override
    public String toString() {
        return "***";
    }
}
