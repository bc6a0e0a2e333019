package dev.sluice.gateway.auth;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Seals what has to be stored and read again: AES-256-GCM with a key made of the pepper, bound to what it is about, so that
 * one row's content cannot be put into another.
 *
 * <pre>
 *   version (1) · id of the pepper (8) · nonce (12) · ciphertext and tag
 * </pre>
 *
 * Thread: any.
 */
public final class SecretBox {
    private static final byte VERSION = 1;
    private static final int PEPPER_ID_BYTES = 8;
    private static final int NONCE_BYTES = 12;
    private static final int HEADER_BYTES = 1 + PEPPER_ID_BYTES + NONCE_BYTES;
    private static final int TAG_BITS = 128;
    private static final String TRANSFORMATION = "AES/GCM/NoPadding";

    private final Peppers peppers;
    private final String purpose;
    private final SecureRandom random = new SecureRandom();

    /** @param purpose what is sealed with it; another one means another key */
    public SecretBox(Peppers peppers, String purpose) {
        this.peppers = peppers;
        this.purpose = purpose;
    }

    /** @param about what the sealed bytes belong to, such as the id of their row */
    public byte[] seal(byte[] plain, String about) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        Pepper pepper = peppers.current();
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, pepper, nonce, about).doFinal(plain);
            return ByteBuffer.allocate(HEADER_BYTES + sealed.length)
                    .put(VERSION)
                    .put(HexFormat.of().parseHex(pepper.id()))
                    .put(nonce)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + TRANSFORMATION, e);
        }
    }

    /** What was sealed; null when it was not with these peppers, not about this, or has been changed. */
    public byte @Nullable [] open(byte[] sealed, String about) {
        if (sealed.length < HEADER_BYTES || sealed[0] != VERSION) {
            return null;
        }
        Pepper pepper = peppers.called(HexFormat.of().formatHex(sealed, 1, 1 + PEPPER_ID_BYTES));
        if (pepper == null) {
            return null;
        }
        byte[] nonce = new byte[NONCE_BYTES];
        System.arraycopy(sealed, 1 + PEPPER_ID_BYTES, nonce, 0, NONCE_BYTES);
        try {
            return cipher(Cipher.DECRYPT_MODE, pepper, nonce, about)
                    .doFinal(sealed, HEADER_BYTES, sealed.length - HEADER_BYTES);
        } catch (GeneralSecurityException e) {
            return null;
        }
    }

    /** Whether {@code sealed} was made with the pepper that is in use now, and not with the one before it. */
    public boolean isCurrent(byte[] sealed) {
        return sealed.length >= HEADER_BYTES
                && sealed[0] == VERSION
                && HexFormat.of()
                        .formatHex(sealed, 1, 1 + PEPPER_ID_BYTES)
                        .equals(peppers.current().id());
    }

    private Cipher cipher(int mode, Pepper pepper, byte[] nonce, String about) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(TRANSFORMATION);
        cipher.init(mode, new SecretKeySpec(pepper.derive(purpose), "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(about.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
