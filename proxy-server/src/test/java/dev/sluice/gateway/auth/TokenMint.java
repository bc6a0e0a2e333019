package dev.sluice.gateway.auth;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes tokens out of nothing but text and keys, good and bad ones alike, with no library that would know better. */
public final class TokenMint {
    private static final KeyPair RSA = pair("RSA", 2_048);

    private TokenMint() {}

    /** Signs what stands before the last dot. */
    @FunctionalInterface
    public interface Signer {
        byte[] sign(byte[] input) throws GeneralSecurityException;
    }

    /** The same pair at each call: making one takes long. */
    public static KeyPair rsa() {
        return RSA;
    }

    public static KeyPair rsa(int bits) {
        return pair("RSA", bits);
    }

    public static KeyPair ec(String curve) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(curve));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    public static KeyPair ed25519() {
        return pair("Ed25519", 255);
    }

    private static KeyPair pair(String algorithm, int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(bits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    public static Signer rs256(KeyPair pair) {
        return input -> sign("SHA256withRSA", pair.getPrivate(), input);
    }

    public static Signer es256(KeyPair pair) {
        return input -> sign("SHA256withECDSAinP1363Format", pair.getPrivate(), input);
    }

    public static Signer eddsa(KeyPair pair) {
        return input -> sign("Ed25519", pair.getPrivate(), input);
    }

    static Signer hs256(byte[] secret) {
        return input -> {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return mac.doFinal(input);
        };
    }

    static byte[] sign(String algorithm, PrivateKey key, byte[] input) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(input);
        return signature.sign();
    }

    /** A token with these very parts. */
    public static String token(String header, String claims, Signer signer) {
        return token(header.getBytes(StandardCharsets.UTF_8), claims.getBytes(StandardCharsets.UTF_8), signer);
    }

    static String token(byte[] header, byte[] claims, Signer signer) {
        String input = encode(header) + "." + encode(claims);
        try {
            return input + "." + encode(signer.sign(input.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** A key set with these keys. */
    public static String keySet(String... keys) {
        return "{\"keys\":[" + String.join(",", keys) + "]}";
    }

    /** {@code pair}'s public half as a JSON Web Key. */
    public static String jwk(String kid, KeyPair pair) {
        return jwk(kid, pair, "\"use\":\"sig\"");
    }

    /** @param more further members */
    static String jwk(String kid, KeyPair pair, String more) {
        String members = switch (pair.getPublic()) {
            case RSAPublicKey rsa ->
                "\"kty\":\"RSA\",\"n\":\"" + encode(unsigned(rsa.getModulus(), 0)) + "\",\"e\":\""
                        + encode(unsigned(rsa.getPublicExponent(), 0)) + "\"";
            case ECPublicKey ec -> {
                int bits = ec.getParams().getCurve().getField().getFieldSize();
                int bytes = (bits + 7) / 8;
                yield "\"kty\":\"EC\",\"crv\":\"P-" + bits + "\",\"x\":\""
                        + encode(unsigned(ec.getW().getAffineX(), bytes)) + "\",\"y\":\""
                        + encode(unsigned(ec.getW().getAffineY(), bytes)) + "\"";
            }
            case EdECPublicKey ed -> "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + encode(ed25519(ed)) + "\"";
            default -> throw new IllegalArgumentException(pair.getPublic().getAlgorithm());
        };
        String name = kid.isEmpty() ? "" : "\"kid\":\"" + kid + "\",";
        return "{" + name + members + (more.isEmpty() ? "" : "," + more) + "}";
    }

    private static byte[] ed25519(EdECPublicKey key) {
        byte[] y = unsigned(key.getPoint().getY(), 32);
        byte[] x = new byte[32];
        for (int i = 0; i < x.length; i++) {
            x[i] = y[x.length - 1 - i];
        }
        if (key.getPoint().isXOdd()) {
            x[31] |= (byte) 0x80;
        }
        return x;
    }

    /** Without a sign, and at least so long. */
    static byte[] unsigned(BigInteger value, int bytes) {
        byte[] signed = value.toByteArray();
        int from = signed[0] == 0 && signed.length > 1 ? 1 : 0;
        int length = signed.length - from;
        byte[] unsigned = new byte[Math.max(bytes, length)];
        System.arraycopy(signed, from, unsigned, unsigned.length - length, length);
        return unsigned;
    }
}
