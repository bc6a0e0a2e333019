package dev.sluice.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import java.security.GeneralSecurityException;
import java.security.interfaces.RSAPublicKey;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One public key by which an issuer signs, and what it may be used for. Immutable; thread: any.
 *
 * @param kid null when it has no name
 * @param print tells keys apart: a hash of what it is and what it may be used for
 * @param algorithms that it fits
 * @param verifier checks signatures with it
 */
record IssuerKey(@Nullable String kid, String print, List<String> algorithms, JWSVerifier verifier) {
    private static final int SHORTEST_RSA_BITS = 2_048;
    private static final int LONGEST_RSA_BITS = 8_192;
    private static final Map<Curve, String> BY_CURVE =
            Map.of(Curve.P_256, "ES256", Curve.P_384, "ES384", Curve.P_521, "ES512");

    /** What {@code members} of a JSON Web Key say (RFC 7517); null when it is none by which signatures can be checked. */
    static @Nullable IssuerKey of(Map<String, @Nullable Object> members) {
        try {
            JWK key = JWK.parse(members);
            if (!isForSignatures(key)) {
                return null;
            }
            return switch (key) {
                case RSAKey rsa -> rsa(rsa);
                case ECKey ec -> ec(ec);
                case OctetKeyPair okp -> ed25519(okp);
                // A secret that everybody can read proves nothing.
                default -> null;
            };
        } catch (ParseException | JOSEException | GeneralSecurityException | RuntimeException e) {
            // Keys of kinds that are not known here must not spoil the others (RFC 7517, section 5).
            return null;
        }
    }

    private static boolean isForSignatures(JWK key) {
        Set<KeyOperation> operations = key.getKeyOperations();
        return (key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE))
                && (operations == null || operations.contains(KeyOperation.VERIFY));
    }

    private static @Nullable IssuerKey rsa(RSAKey key) throws JOSEException {
        RSAPublicKey publicKey = key.toRSAPublicKey();
        int bits = publicKey.getModulus().bitLength();
        boolean sound = bits >= SHORTEST_RSA_BITS
                && bits <= LONGEST_RSA_BITS
                && publicKey.getPublicExponent().testBit(0)
                && publicKey.getPublicExponent().bitLength() > 1;
        return sound
                ? of(key, List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), new RSASSAVerifier(publicKey))
                : null;
    }

    private static @Nullable IssuerKey ec(ECKey key) throws JOSEException {
        String algorithm = BY_CURVE.get(key.getCurve());
        return algorithm == null ? null : of(key, List.of(algorithm), new ECDSAVerifier(key.toECPublicKey()));
    }

    private static @Nullable IssuerKey ed25519(OctetKeyPair key) throws JOSEException, GeneralSecurityException {
        return key.getCurve().equals(Curve.Ed25519)
                ? of(key, List.of("EdDSA"), new Ed25519Check(key.getDecodedX()))
                : null;
    }

    private static @Nullable IssuerKey of(JWK key, List<String> fitting, JWSVerifier verifier) throws JOSEException {
        String own = key.getAlgorithm() == null ? null : key.getAlgorithm().getName();
        // RFC 9864 has a name of its own for what tokens call EdDSA.
        String meant = "Ed25519".equals(own) ? "EdDSA" : own;
        List<String> algorithms = fitting.stream()
                .filter(fit -> meant == null || fit.equals(meant))
                .toList();
        return algorithms.isEmpty()
                ? null
                : new IssuerKey(
                        key.getKeyID(),
                        key.computeThumbprint() + " " + key.getKeyID() + " " + algorithms,
                        algorithms,
                        verifier);
    }

    boolean fits(String algorithm) {
        return algorithms.contains(algorithm);
    }
}
