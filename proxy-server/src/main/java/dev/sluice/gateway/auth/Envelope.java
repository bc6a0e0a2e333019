package dev.sluice.gateway.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.gateway.config.Secret;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Seals secrets for the database: each with a random key of its own (AES-256-GCM), and that key in a {@link SecretBox},
 * whose key comes from the pepper. When the pepper changes, only the small key is sealed anew; whoever has the database
 * alone has nothing.
 *
 * <pre>
 *   wrapped key   what the SecretBox makes of the 32 bytes
 *   content       1 version, 12 nonce, the secret in UTF-8, 16 tag
 * </pre>
 *
 * <p>Both are bound to the id of their row, so that one cannot be put in another one's place. Thread: any.
 */
public final class Envelope {
    private static final byte VERSION = 1;
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final String TRANSFORMATION = "AES/GCM/NoPadding";

    private final SecretBox box;
    private final SecureRandom random = new SecureRandom();

    /** @param purpose what kind of secrets; another one means another key */
    public Envelope(Peppers peppers, String purpose) {
        this.box = new SecretBox(peppers, purpose);
    }

    /** @param id of the row it is for */
    public SealedSecret seal(Secret secret, String id) {
        byte[] key = new byte[KEY_BYTES];
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(key);
        random.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, id)
                    .doFinal(secret.reveal().getBytes(UTF_8));
            byte[] content = ByteBuffer.allocate(1 + NONCE_BYTES + sealed.length)
                    .put(VERSION)
                    .put(nonce)
                    .put(sealed)
                    .array();
            return new SealedSecret(box.seal(key, id), content);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + TRANSFORMATION, e);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    /** What was sealed; null when it was not with these peppers, not for this row, or has been changed. */
    public @Nullable Secret open(SealedSecret sealed, String id) {
        byte[] key = box.open(sealed.wrappedKey(), id);
        byte[] content = sealed.content();
        if (key == null || key.length != KEY_BYTES || content.length < 1 + NONCE_BYTES || content[0] != VERSION) {
            return null;
        }
        byte[] nonce = Arrays.copyOfRange(content, 1, 1 + NONCE_BYTES);
        try {
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, nonce, id);
            return new Secret(
                    new String(cipher.doFinal(content, 1 + NONCE_BYTES, content.length - 1 - NONCE_BYTES), UTF_8));
        } catch (GeneralSecurityException e) {
            return null;
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    /** The same with its key under the pepper that is in use now; null when it is so already, or cannot be opened. */
    public @Nullable SealedSecret renewed(SealedSecret sealed, String id) {
        byte[] wrapped = sealed.wrappedKey();
        byte[] key = box.isCurrent(wrapped) ? null : box.open(wrapped, id);
        return key == null ? null : new SealedSecret(box.seal(key, id), sealed.content());
    }

    private static Cipher cipher(int mode, byte[] key, byte[] nonce, String id) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(TRANSFORMATION);
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(id.getBytes(UTF_8));
        return cipher;
    }
}
