package dev.sluice.gateway.auth;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.impl.EdDSAProvider;
import com.nimbusds.jose.util.Base64URL;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;

/**
 * Checks signatures of Ed25519 with the platform's own implementation; the library's needs another library. Thread: any.
 */
final class Ed25519Check extends EdDSAProvider implements JWSVerifier {
    private static final String ALGORITHM = "Ed25519";
    private static final int KEY_BYTES = 32;
    private static final int SIGNATURE_BYTES = 64;

    private final PublicKey key;

    /**
     * @param x the public key as RFC 8032 writes it: the y coordinate, little end first, with the sign of x on top
     * @throws GeneralSecurityException when it is no such key
     */
    Ed25519Check(byte[] x) throws GeneralSecurityException {
        if (x.length != KEY_BYTES) {
            throw new GeneralSecurityException("the key has " + x.length + " bytes; allowed: " + KEY_BYTES);
        }
        byte[] y = new byte[KEY_BYTES];
        for (int i = 0; i < KEY_BYTES; i++) {
            y[i] = x[KEY_BYTES - 1 - i];
        }
        boolean odd = (y[0] & 0x80) != 0;
        y[0] &= 0x7f;
        key = KeyFactory.getInstance(ALGORITHM)
                .generatePublic(
                        new EdECPublicKeySpec(NamedParameterSpec.ED25519, new EdECPoint(odd, new BigInteger(1, y))));
    }

    @Override
    public boolean verify(JWSHeader header, byte[] signed, Base64URL signature) {
        byte[] bytes = signature.decode();
        if (!header.getAlgorithm().equals(JWSAlgorithm.EdDSA) || bytes.length != SIGNATURE_BYTES) {
            return false;
        }
        try {
            Signature check = Signature.getInstance(ALGORITHM);
            check.initVerify(key);
            check.update(signed);
            return check.verify(bytes);
        } catch (SignatureException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
