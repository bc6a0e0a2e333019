package dev.sluice.gateway.auth;

import dev.sluice.gateway.config.GatewayConfig;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.net.URI;
import java.security.KeyPair;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A token authenticator that believes two issuers, {@code corp} and {@code other}, whose keys come from memory. Everything
 * happens on the calling thread, and time stands still unless it is moved.
 */
final class IssuerRig {
    static final String ISSUER = "https://login.example";
    static final String OTHER_ISSUER = "https://other.example";
    static final String AUDIENCE = "sluice";
    static final String KEYS_URL = ISSUER + "/keys";
    static final String OTHER_KEYS_URL = OTHER_ISSUER + "/keys";
    static final long NOW = 1_900_000_000L;
    static final List<String> TIERS = List.of("free", "premium");

    final KeyPair rsa = TokenMint.rsa();
    final KeyPair ec = TokenMint.ec("secp256r1");
    final KeyPair ed = TokenMint.ed25519();
    final KeyPair othersEc = TokenMint.ec("secp256r1");
    final ScriptedHttp http = new ScriptedHttp();
    final MockTicker ticker = Ticker.newMockTicker();
    final Revocations revocations = new Revocations();
    final TokenWork work = new TokenWork();
    final IssuerKeys keys;
    final JwtVerifier verifier;
    final TokenAuthenticator tokens;
    long nowSeconds = NOW;

    IssuerRig() {
        this(issuer("corp", ISSUER, KEYS_URL, GatewayConfig.Claims.DEFAULT, Map.of()));
    }

    IssuerRig(GatewayConfig.Issuer corp) {
        http.put(
                KEYS_URL,
                TokenMint.keySet(TokenMint.jwk("rsa-1", rsa), TokenMint.jwk("ec-1", ec), TokenMint.jwk("ed-1", ed)));
        http.put(OTHER_KEYS_URL, TokenMint.keySet(TokenMint.jwk("ec-1", othersEc)));
        keys = keys(corp);
        verifier = verifier(corp, keys);
        GatewayConfig.Issuer other =
                issuer("other", OTHER_ISSUER, OTHER_KEYS_URL, GatewayConfig.Claims.DEFAULT, Map.of());
        tokens = new TokenAuthenticator(
                List.of(verifier, verifier(other, keys(other))),
                revocations,
                () -> Instant.ofEpochSecond(nowSeconds),
                ticker,
                Runnable::run);
    }

    IssuerKeys keys(GatewayConfig.Issuer issuer) {
        return new IssuerKeys(
                new IssuerKeys.Source(issuer.name(), issuer.issuer(), issuer.jwks(), false),
                http,
                ticker,
                Runnable::run,
                work);
    }

    JwtVerifier verifier(GatewayConfig.Issuer issuer, IssuerKeys own) {
        return new JwtVerifier(issuer, TIERS, own, () -> Instant.ofEpochSecond(nowSeconds), work);
    }

    static GatewayConfig.Issuer issuer(
            String name, String issuer, String keysUrl, GatewayConfig.Claims claims, Map<String, String> roles) {
        return new GatewayConfig.Issuer(
                name,
                issuer,
                List.of(AUDIENCE, "sluice-too"),
                List.of("RS256", "ES256", "EdDSA"),
                URI.create(keysUrl),
                false,
                claims,
                roles,
                "member",
                "free");
    }

    /** Header of a token that is signed with the RSA key. */
    static String header() {
        return "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rsa-1\"}";
    }

    /** Claims that are good for an hour. */
    static String claims(String subject) {
        return claims(subject, "");
    }

    /** @param more further members, with a comma before them */
    static String claims(String subject, String more) {
        return "{\"iss\":\"" + ISSUER + "\",\"aud\":\"" + AUDIENCE + "\",\"sub\":\"" + subject + "\",\"iat\":" + NOW
                + ",\"exp\":" + (NOW + 3_600) + more + "}";
    }

    String token(String header, String claims) {
        return TokenMint.token(header, claims, TokenMint.rs256(rsa));
    }

    String good(String subject) {
        return token(header(), claims(subject));
    }

    /** As the edge asks: from memory, and if that does not tell, further. */
    AuthResult ask(String token) {
        AuthResult result = tokens.authenticate(token);
        if (!(result instanceof AuthResult.Unresolved)) {
            return result;
        }
        List<AuthResult> answers = new ArrayList<>();
        tokens.resolve(token, answers::add);
        if (answers.size() != 1) {
            throw new AssertionError(answers.size() + " answers; allowed: 1");
        }
        return answers.get(0);
    }

    long parses() {
        return tokens.parses();
    }

    long signatureChecks() {
        return work.signatureChecks().sum();
    }

    long fetches() {
        return work.keyFetches().sum();
    }
}
