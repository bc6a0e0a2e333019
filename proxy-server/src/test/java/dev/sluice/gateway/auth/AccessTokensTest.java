package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.Base64;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.sluice.gateway.auth.AuthResult.Refused;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AccessTokensTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00.700Z");
    private static final Duration TEN_MINUTES = Duration.ofMinutes(10);
    private static final Person ADA = new Person("usr_ada", "Ada", "team_a", Role.ADMIN, "premium");

    private final Pepper pepper = pepper("11");
    private Instant now = NOW;
    private final InstantSource clock = () -> now;
    private final AccessTokens tokens = new AccessTokens(new Peppers(pepper, null), clock);

    private static Pepper pepper(String hexByte) {
        try {
            return Pepper.load(Path.of("unused"), Map.of(Pepper.VARIABLE, hexByte.repeat(32)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private TokenVerifier.Verdict verify(String token) throws Exception {
        return tokens.verify(SignedJWT.parse(token));
    }

    private static Refused refusal(TokenVerifier.Verdict verdict) {
        assertThat(verdict.token()).isNull();
        return Objects.requireNonNull(verdict.refusal());
    }

    @Test
    void whatItIssuesItKnowsAgain() throws Exception {
        String token = tokens.issue(ADA, "session-1", TEN_MINUTES);

        VerifiedToken verified = Objects.requireNonNull(verify(token).token());

        assertThat(verified.sessionId()).isEqualTo("session-1");
        assertThat(verified.issuedAt()).isEqualTo(NOW.getEpochSecond());
        assertThat(verified.principal())
                .isEqualTo(new Principal(
                        "user:usr_ada",
                        "Ada",
                        "team_a",
                        "usr_ada",
                        Role.ADMIN,
                        "premium",
                        Map.of(),
                        List.of(),
                        List.of(),
                        NOW.getEpochSecond() + 600));
    }

    @Test
    void anybodyCanReadWhatATokenSaysAndThatIsAll() throws Exception {
        SignedJWT token = SignedJWT.parse(tokens.issue(ADA, "session-1", TEN_MINUTES));

        assertThat(token.getHeader().toJSONObject())
                .isEqualTo(Map.of("alg", "HS256", "typ", "JWT", "kid", pepper.id()));
        assertThat(token.getJWTClaimsSet().getClaims().keySet())
                .containsExactlyInAnyOrder(
                        "iss", "aud", "sub", "sid", "iat", "nbf", "exp", "team", "role", "tier", "name");
    }

    @Test
    void knowsItsOwnIssuerAndNoOther() {
        assertThat(tokens.knows("sluice")).isTrue();
        assertThat(tokens.knows("Sluice")).isFalse();
        assertThat(tokens.knows("https://issuer.example")).isFalse();
    }

    @Test
    void aTokenIsGoodUntilItsLastSecond() throws Exception {
        String token = tokens.issue(ADA, "s", TEN_MINUTES);

        now = NOW.plus(TEN_MINUTES);
        assertThat(verify(token).token()).isNotNull();
        now = now.plusSeconds(1);
        assertThat(refusal(verify(token))).isEqualTo(Refused.EXPIRED);
    }

    @Test
    void theClockOfAnotherNodeMayBeAMinuteAhead() throws Exception {
        String token = tokens.issue(ADA, "s", TEN_MINUTES);

        now = NOW.minusSeconds(60);
        assertThat(verify(token).token()).isNotNull();
        now = NOW.minusSeconds(61);
        assertThat(refusal(verify(token))).isEqualTo(Refused.NOT_YET_VALID);
    }

    @Test
    void thePreviousPepperIsGoodAndAForeignOneIsNot() throws Exception {
        String token = tokens.issue(ADA, "s", TEN_MINUTES);
        AccessTokens rotated = new AccessTokens(new Peppers(pepper("22"), pepper), clock);
        AccessTokens foreign = new AccessTokens(new Peppers(pepper("33"), pepper("44")), clock);

        assertThat(rotated.verify(SignedJWT.parse(token)).token()).isNotNull();
        assertThat(refusal(foreign.verify(SignedJWT.parse(token)))).isEqualTo(Refused.INVALID);
        assertThat(SignedJWT.parse(rotated.issue(ADA, "s", TEN_MINUTES))
                        .getHeader()
                        .getKeyID())
                .isEqualTo(pepper("22").id());
    }

    @Test
    void aChangedClaimOrSignatureIsNoticed() throws Exception {
        String[] parts = tokens.issue(ADA, "s", TEN_MINUTES).split("\\.");
        String promoted =
                new String(Base64URL.from(parts[1]).decode(), StandardCharsets.UTF_8).replace("\"admin\"", "\"owner\"");

        assertThat(refusal(verify(parts[0] + "." + Base64URL.encode(promoted) + "." + parts[2])))
                .isEqualTo(Refused.INVALID);
        assertThat(refusal(verify(parts[0] + "." + parts[1] + "." + Base64URL.encode(new byte[32]))))
                .isEqualTo(Refused.INVALID);
        assertThat(refusal(verify(parts[0] + "." + parts[1] + "." + Base64URL.encode("short"))))
                .isEqualTo(Refused.INVALID);
    }

    /** Signed with the very key, so that it is the header alone that is refused. */
    private String signed(UnaryOperator<JWSHeader.Builder> header) throws Exception {
        return signed(header.apply(header(JWSAlgorithm.HS256)).build(), claims().build());
    }

    private JWSHeader.Builder header(JWSAlgorithm algorithm) {
        return new JWSHeader.Builder(algorithm).type(JOSEObjectType.JWT).keyID(pepper.id());
    }

    private String signed(JWSHeader header, JWTClaimsSet claims) throws Exception {
        return sign(header, claims, new MACSigner(pepper.derive("access tokens")));
    }

    private static String sign(JWSHeader header, JWTClaimsSet claims, JWSSigner signer) throws Exception {
        SignedJWT token = new SignedJWT(header, claims);
        token.sign(signer);
        return token.serialize();
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer("sluice")
                .audience("sluice")
                .subject("usr_ada")
                .claim("sid", "s")
                .issueTime(Date.from(NOW))
                .notBeforeTime(Date.from(NOW))
                .expirationTime(Date.from(NOW.plusSeconds(60)))
                .claim("team", "team_a")
                .claim("role", "member")
                .claim("tier", "free")
                .claim("name", "Ada");
    }

    @Test
    void theUsualHeaderSignedByHandIsGood() throws Exception {
        assertThat(verify(signed(header -> header)).token()).isNotNull();
    }

    @Test
    void headersWithAnythingElseInThemAreRefused() throws Exception {
        JWK ownKey = new ECKeyGenerator(Curve.P_256).generate().toPublicJWK();
        assertThat(List.of(
                        signed(header -> header.jwkURL(URI.create("https://attacker.example/keys"))),
                        signed(header -> header.x509CertURL(URI.create("https://attacker.example/cert"))),
                        signed(header -> header.x509CertChain(List.of(Base64.encode("certificate")))),
                        signed(header -> header.x509CertSHA256Thumbprint(Base64URL.encode("thumb"))),
                        signed(header -> header.jwk(ownKey)),
                        signed(header -> header.contentType("JWT")),
                        signed(header -> header.customParam("zip", "DEF")),
                        signed(header -> header.type(null)),
                        signed(header -> header.type(new JOSEObjectType("at+jwt"))),
                        signed(header -> header.keyID(null)),
                        signed(header -> header.keyID("0123456789abcdef")),
                        signed(header -> header.keyID("../../../dev/null"))))
                .allSatisfy(token -> assertThat(refusal(verify(token))).isEqualTo(Refused.INVALID));
    }

    @Test
    void extensionsThatMustBeUnderstoodAreRefused() throws Exception {
        String token = sign(
                header(JWSAlgorithm.HS256)
                        .criticalParams(Set.of("exp"))
                        .customParam("exp", 1)
                        .build(),
                claims().build(),
                new MACSigner(new SecretKeySpec(pepper.derive("access tokens"), "HmacSHA256")));

        assertThat(refusal(verify(token))).isEqualTo(Refused.INVALID);
    }

    @Test
    void otherAlgorithmsAreRefusedWhateverTheyAreSignedWith() throws Exception {
        byte[] padded = Arrays.copyOf(pepper.derive("access tokens"), 64);
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);

        assertThat(refusal(verify(sign(header(JWSAlgorithm.HS384).build(), claims().build(), new MACSigner(padded)))))
                .isEqualTo(Refused.INVALID);
        assertThat(refusal(verify(sign(header(JWSAlgorithm.HS512).build(), claims().build(), new MACSigner(padded)))))
                .isEqualTo(Refused.INVALID);
        assertThat(refusal(verify(sign(
                        header(JWSAlgorithm.RS256).build(),
                        claims().build(),
                        new RSASSASigner(generator.generateKeyPair().getPrivate())))))
                .isEqualTo(Refused.INVALID);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sub", "sid", "iat", "nbf", "exp", "team", "role", "iss", "aud"})
    void everyClaimIsNeeded(String claim) throws Exception {
        assertThat(refusal(verify(signed(header(JWSAlgorithm.HS256).build(), without(claim)))))
                .isEqualTo(Refused.INVALID);
    }

    private static JWTClaimsSet without(String claim) {
        return claims().claim(claim, null).build();
    }

    @Test
    void claimsThatSaySomethingElseAreRefused() throws Exception {
        for (Map.Entry<String, Object> wrong : List.<Map.Entry<String, Object>>of(
                Map.entry("iss", "https://issuer.example"),
                Map.entry("aud", "another"),
                Map.entry("aud", List.of("sluice", "another")),
                Map.entry("sub", ""),
                Map.entry("sid", 7),
                Map.entry("role", "emperor"),
                Map.entry("role", List.of("owner")),
                Map.entry("exp", "tomorrow"))) {
            assertThat(refusal(verify(signed(header(JWSAlgorithm.HS256).build(), with(wrong)))))
                    .as("%s", wrong)
                    .isEqualTo(Refused.INVALID);
        }
    }

    private static JWTClaimsSet with(Map.Entry<String, @Nullable Object> claim) {
        return claims().claim(claim.getKey(), claim.getValue()).build();
    }
}
