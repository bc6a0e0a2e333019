package dev.sluice.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jwt.SignedJWT;
import dev.sluice.gateway.config.GatewayConfig;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Verifies the tokens of one issuer of the configuration. By which algorithms, for whom and from whom is the operator's
 * word; a token only chooses among the issuer's keys, by name. Nothing it claims is looked at before its signature is
 * known to be good, so that each token costs one check of a signature at most, and no refusal tells more than that.
 *
 * <p>Thread: any that may block: keys may have to be fetched.
 */
public final class JwtVerifier implements TokenVerifier {
    /** How far clocks may be apart. */
    static final long SKEW_SECONDS = 60;

    /** The last second of the year 9999. */
    private static final long END_OF_TIME = 253_402_300_799L;

    private final GatewayConfig.Issuer issuer;
    private final IssuerKeys keys;
    private final ClaimMapping mapping;
    private final InstantSource clock;
    private final TokenWork work;

    /** What a token claims, and it is the issuer who claims it; or why it is not believed. */
    private sealed interface Proof {
        record Good(JsonObject claims, long expiresAt, long issuedAt) implements Proof {}

        record Bad(AuthResult.Refused why) implements Proof {}
    }

    /** Who somebody who logged in there is; or why that is not believed. Either of the two is null. */
    public record IdToken(@Nullable ExternalPerson person, AuthResult.@Nullable Refused refusal) {}

    /** @param tiers that there are */
    JwtVerifier(GatewayConfig.Issuer issuer, List<String> tiers, IssuerKeys keys, InstantSource clock, TokenWork work) {
        this.issuer = issuer;
        this.keys = keys;
        this.mapping = new ClaimMapping(issuer, tiers);
        this.clock = clock;
        this.work = work;
    }

    @Override
    public boolean knows(String name) {
        return issuer.issuer().equals(name);
    }

    @Override
    public Verdict verify(SignedJWT token) {
        return switch (prove(token, issuer.audiences())) {
            case Proof.Bad bad -> Verdict.refused(bad.why());
            case Proof.Good good -> {
                ExternalPerson person = mapping.person(good.claims());
                yield person == null
                        ? Verdict.refused(AuthResult.Refused.INVALID)
                        : Verdict.good(new VerifiedToken(
                                person.principal(good.expiresAt() + SKEW_SECONDS), null, good.issuedAt()));
            }
        };
    }

    /**
     * Verifies what the issuer has given to a client of ours that somebody logged in with (OpenID Connect Core 1.0, section
     * 3.1.3.7).
     *
     * @param clientId what the issuer calls the client
     * @param nonce what the login began with
     */
    public IdToken verifyIdToken(String text, String clientId, String nonce) {
        TokenParser.Parsed parsed = TokenParser.parse(text);
        if (parsed == null || !knows(parsed.issuer())) {
            return new IdToken(null, AuthResult.Refused.INVALID);
        }
        return switch (prove(parsed.token(), List.of(clientId))) {
            case Proof.Bad bad -> new IdToken(null, bad.why());
            case Proof.Good good -> {
                ExternalPerson person = isFor(good.claims(), clientId, nonce) ? mapping.person(good.claims()) : null;
                yield new IdToken(person, person == null ? AuthResult.Refused.INVALID : null);
            }
        };
    }

    private static boolean isFor(JsonObject claims, String clientId, String nonce) {
        boolean forMany = claims.get("aud") instanceof List<?> audiences && audiences.size() > 1;
        boolean party = claims.has("azp") ? clientId.equals(claims.text("azp")) : !forMany;
        return party && nonce.equals(claims.text("nonce"));
    }

    private Proof prove(SignedJWT token, List<String> audiences) {
        String algorithm = token.getHeader().getAlgorithm().getName();
        if (!issuer.algorithms().contains(algorithm)) {
            return new Proof.Bad(AuthResult.Refused.INVALID);
        }
        return switch (keys.find(token.getHeader().getKeyID(), algorithm)) {
            case IssuerKeys.Missing missing ->
                switch (missing) {
                    case UNKNOWN -> new Proof.Bad(AuthResult.Refused.INVALID);
                    case UNAVAILABLE -> new Proof.Bad(AuthResult.Refused.UNAVAILABLE);
                };
            case IssuerKeys.Usable usable -> {
                JsonObject claims = isSigned(token, usable.key())
                        ? JsonObject.parse(token.getPayload().toBytes())
                        : null;
                yield claims == null ? new Proof.Bad(AuthResult.Refused.INVALID) : judge(claims, audiences);
            }
        };
    }

    private boolean isSigned(SignedJWT token, IssuerKey key) {
        work.signatureChecks().increment();
        try {
            return key.verifier().verify(token.getHeader(), token.getSigningInput(), token.getSignature());
        } catch (JOSEException e) {
            return false;
        }
    }

    private Proof judge(JsonObject claims, List<String> audiences) {
        long now = clock.millis() / 1_000;
        Long expiresAt = seconds(claims, "exp");
        Long notBefore = seconds(claims, "nbf");
        Long issuedAt = seconds(claims, "iat");
        boolean whole = knows(String.valueOf(claims.text("iss")))
                && isForOneOf(claims.get("aud"), audiences)
                && (notBefore != null || !claims.has("nbf"))
                && (issuedAt != null || !claims.has("iat"));
        if (!whole || expiresAt == null) {
            return new Proof.Bad(AuthResult.Refused.INVALID);
        }
        if (now >= expiresAt + SKEW_SECONDS) {
            return new Proof.Bad(AuthResult.Refused.EXPIRED);
        }
        if (isAhead(notBefore, now) || isAhead(issuedAt, now)) {
            return new Proof.Bad(AuthResult.Refused.NOT_YET_VALID);
        }
        return new Proof.Good(claims, expiresAt, issuedAt == null ? 0 : issuedAt);
    }

    private static boolean isAhead(@Nullable Long seconds, long now) {
        return seconds != null && seconds > now + SKEW_SECONDS;
    }

    private static boolean isForOneOf(@Nullable Object aud, List<String> audiences) {
        return aud instanceof List<?> list
                ? list.stream().anyMatch(audiences::contains)
                : aud instanceof String text && audiences.contains(text);
    }

    /** A NumericDate (RFC 7519, section 2), down to the second; null when it is none, or is not in any century to come. */
    private static @Nullable Long seconds(JsonObject claims, String name) {
        Object value = claims.get(name);
        double exact = value instanceof Long whole ? whole : value instanceof Double part ? part : -1;
        return exact >= 0 && exact <= END_OF_TIME ? (Long) (long) exact : null;
    }

    @Override
    public long generation() {
        return keys.generation();
    }

    /**
     * What the issuer says about itself.
     *
     * @throws IOException when it does not answer
     */
    public IssuerMetadata metadata() throws IOException {
        return keys.metadata();
    }

    /** How the issuer is spoken to. */
    public IssuerHttp http() {
        return keys.http();
    }
}
