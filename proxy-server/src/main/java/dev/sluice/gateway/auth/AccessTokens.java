package dev.sluice.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's own tokens, by which people who have logged in are known for some minutes: JWTs with HMAC-SHA-256 and a key
 * made of the pepper, so that every node with the pepper knows them and nobody else can make one.
 *
 * <p>A header decides nothing: it says what these tokens' headers say and no more, or the token is refused. That leaves no
 * room for other algorithms, for keys that a token brings along, nor for extensions. Thread: any.
 */
public final class AccessTokens implements TokenVerifier {
    /** Who has issued them, and for whom. */
    public static final String ISSUER = "sluice";

    private static final String PURPOSE = "access tokens";
    private static final Set<String> HEADER = Set.of("alg", "kid", "typ");
    /** How far the clocks of two nodes may be apart. */
    private static final long SKEW_SECONDS = 60;

    private final InstantSource clock;
    private final Key current;
    private final @Nullable Key previous;

    /** What is signed with, and what the header calls it. */
    private record Key(String id, MACSigner signer, MACVerifier verifier) {
        static Key of(Pepper pepper) {
            byte[] secret = pepper.derive(PURPOSE);
            try {
                return new Key(pepper.id(), new MACSigner(secret), new MACVerifier(secret));
            } catch (JOSEException e) {
                throw new IllegalStateException("32 bytes are enough for HMAC-SHA-256", e);
            }
        }
    }

    public AccessTokens(Peppers peppers, InstantSource clock) {
        Pepper before = peppers.previous();
        this.clock = clock;
        this.current = Key.of(peppers.current());
        this.previous = before == null ? null : Key.of(before);
    }

    /**
     * A token that is good from now on.
     *
     * @param sessionId the login it comes from; when that ends, so does the token
     */
    public String issue(Person person, String sessionId, Duration lifetime) {
        Instant now = clock.instant();
        JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.HS256)
                .type(JOSEObjectType.JWT)
                .keyID(current.id)
                .build();
        JWTClaimsSet claims = new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience(ISSUER)
                .subject(person.id())
                .claim("sid", sessionId)
                .issueTime(Date.from(now))
                .notBeforeTime(Date.from(now))
                .expirationTime(Date.from(now.plus(lifetime)))
                .claim("team", person.teamId())
                .claim("role", person.role().label())
                .claim("tier", person.tier())
                .claim("name", person.name())
                .build();
        SignedJWT token = new SignedJWT(header, claims);
        try {
            token.sign(current.signer);
        } catch (JOSEException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
        }
        return token.serialize();
    }

    @Override
    public boolean knows(String issuer) {
        return ISSUER.equals(issuer);
    }

    @Override
    public Verdict verify(SignedJWT token) {
        JWSHeader header = token.getHeader();
        Key named = called(header.getKeyID());
        // Done in any case: that a key or an algorithm is none of ours is not told by the time it takes.
        boolean signed = isSigned(token, named == null ? current : named);
        if (!signed || named == null || !isOurs(header)) {
            return Verdict.refused(AuthResult.Refused.INVALID);
        }
        try {
            return verify(token.getJWTClaimsSet());
        } catch (ParseException e) {
            return Verdict.refused(AuthResult.Refused.INVALID);
        }
    }

    private @Nullable Key called(@Nullable String id) {
        if (current.id.equals(id)) {
            return current;
        }
        return previous != null && previous.id.equals(id) ? previous : null;
    }

    private static boolean isOurs(JWSHeader header) {
        return JWSAlgorithm.HS256.equals(header.getAlgorithm())
                && JOSEObjectType.JWT.equals(header.getType())
                && HEADER.containsAll(header.toJSONObject().keySet());
    }

    private static boolean isSigned(SignedJWT token, Key key) {
        try {
            return token.verify(key.verifier);
        } catch (JOSEException e) {
            // An algorithm that this key is not for, or an extension that must be understood and is not.
            return false;
        }
    }

    private Verdict verify(JWTClaimsSet claims) throws ParseException {
        String user = claims.getSubject();
        String session = claims.getStringClaim("sid");
        String team = claims.getStringClaim("team");
        String name = claims.getStringClaim("name");
        Role role = role(claims.getStringClaim("role"));
        Date issued = claims.getIssueTime();
        Date notBefore = claims.getNotBeforeTime();
        Date expires = claims.getExpirationTime();
        if (!ISSUER.equals(claims.getIssuer())
                || !List.of(ISSUER).equals(claims.getAudience())
                || isMissing(user)
                || isMissing(session)
                || isMissing(team)
                || role == null
                || issued == null
                || notBefore == null
                || expires == null) {
            return Verdict.refused(AuthResult.Refused.INVALID);
        }
        long now = clock.instant().getEpochSecond();
        long validUntil = seconds(expires);
        if (now > validUntil) {
            return Verdict.refused(AuthResult.Refused.EXPIRED);
        }
        if (now + SKEW_SECONDS < Math.max(seconds(notBefore), seconds(issued))) {
            return Verdict.refused(AuthResult.Refused.NOT_YET_VALID);
        }
        Principal principal = new Principal(
                "user:" + user,
                name == null || name.isEmpty() ? user : name,
                team,
                user,
                role,
                claims.getStringClaim("tier"),
                Map.of(),
                List.of(),
                List.of(),
                validUntil);
        return Verdict.good(new VerifiedToken(principal, session, seconds(issued)));
    }

    private static @Nullable Role role(@Nullable String label) {
        return label == null ? null : Role.of(label);
    }

    private static boolean isMissing(@Nullable String text) {
        return text == null || text.isEmpty();
    }

    private static long seconds(Date date) {
        return date.toInstant().getEpochSecond();
    }
}
