package dev.sluice.gateway.auth;

import static dev.sluice.gateway.auth.IssuerRig.ISSUER;
import static dev.sluice.gateway.auth.IssuerRig.KEYS_URL;
import static dev.sluice.gateway.auth.IssuerRig.NOW;
import static dev.sluice.gateway.auth.IssuerRig.claims;
import static dev.sluice.gateway.auth.IssuerRig.header;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class JwtVerifierTest {
    private static final GatewayConfig.Claims CLAIMS =
            new GatewayConfig.Claims("sub", "name", "org.team", "plan", "groups", "https://sluice.example/models");

    private final IssuerRig rig = new IssuerRig(IssuerRig.issuer(
            "corp", ISSUER, KEYS_URL, CLAIMS, Map.of("staff", "member", "llm-admins", "admin", "root", "owner")));

    private AuthResult ask(String more) {
        return rig.ask(rig.token(header(), claims("ann", more)));
    }

    private Principal principal(String more) {
        AuthResult result = ask(more);
        assertThat(result).as(more).isInstanceOf(Principal.class);
        return (Principal) result;
    }

    @Test
    void whatATokenDoesNotSayIsTheOperatorsDefault() {
        assertThat(principal(""))
                .isEqualTo(new Principal(
                        "user:corp:ann",
                        "ann",
                        null,
                        "corp:ann",
                        Role.MEMBER,
                        "free",
                        Map.of(),
                        List.of(),
                        List.of(),
                        NOW + 3_600 + JwtVerifier.SKEW_SECONDS));
    }

    @Test
    void whatATokenSaysIsFoundWhereTheOperatorSays() {
        Principal ann = principal(",\"name\":\"Ann\",\"org\":{\"team\":\"research\"},\"plan\":\"premium\","
                + "\"groups\":[\"staff\",\"llm-admins\",\"chess\"],\"https://sluice.example/models\":[\"gpt-*\"]");

        assertThat(ann.name()).isEqualTo("Ann");
        assertThat(ann.teamId()).isEqualTo("research");
        assertThat(ann.tier()).isEqualTo("premium");
        assertThat(ann.role()).isEqualTo(Role.ADMIN);
        assertThat(ann.models()).containsExactly("gpt-*");
    }

    @Test
    void theStrongestRoleWinsAndOnlyTheOperatorsMapGivesRoles() {
        assertThat(principal(",\"groups\":\"staff\"").role()).isEqualTo(Role.MEMBER);
        assertThat(principal(",\"groups\":[\"root\",\"staff\"]").role()).isEqualTo(Role.OWNER);
        assertThat(principal(",\"groups\":[\"staff\",\"root\"]").role()).isEqualTo(Role.OWNER);
        for (String group : List.of("owner", "admin", "OWNER", "Root", "root ", "")) {
            assertThat(principal(",\"groups\":[\"" + group + "\"]").role())
                    .as(group)
                    .isEqualTo(Role.MEMBER);
        }
        assertThat(principal(",\"role\":\"owner\",\"roles\":[\"owner\"]").role())
                .isEqualTo(Role.MEMBER);
    }

    @Test
    void anUnknownTierIsTheDefaultOne() {
        assertThat(principal(",\"plan\":\"gold\"").tier()).isEqualTo("free");
        assertThat(principal(",\"plan\":7").tier()).isEqualTo("free");
        assertThat(principal(",\"plan\":\"premium\"").tier()).isEqualTo("premium");
    }

    @Test
    void anEmptyListOfModelsIsNotAllOfThem() {
        assertThat(principal("").mayUse("gpt-5")).isTrue();
        assertThat(principal(",\"https://sluice.example/models\":[]").mayUse("gpt-5"))
                .isFalse();
    }

    @Test
    void whatCannotBeMeantMakesTheTokenNoGood() {
        for (String more : List.of(
                ",\"org\":{\"team\":7}",
                ",\"org\":{\"team\":[\"research\"]}",
                ",\"org\":{\"team\":\"\"}",
                ",\"org\":{\"team\":\"a\\u0000b\"}",
                ",\"org\":{\"team\":\"" + "t".repeat(65) + "\"}",
                ",\"groups\":{\"root\":true}",
                ",\"groups\":[1]",
                ",\"groups\":7",
                ",\"https://sluice.example/models\":7",
                ",\"https://sluice.example/models\":[[\"*\"]]")) {
            assertThat(ask(more)).as(more).isEqualTo(AuthResult.Refused.INVALID);
        }
    }

    @Test
    void whoItIsCanBeWrittenDown() {
        for (String subject :
                List.of("", " ", "a\\u0000b", "a\\nb", "a\\u202eb", "\\ud800", "s".repeat(201), "\\u200b")) {
            assertThat(rig.ask(rig.token(header(), claims(subject))))
                    .as(subject)
                    .isEqualTo(AuthResult.Refused.INVALID);
        }
        for (String claim : List.of("null", "true", "1.5", "[\"ann\"]", "{}")) {
            assertThat(rig.ask(rig.token(header(), claims("ann").replace("\"ann\"", claim))))
                    .as(claim)
                    .isEqualTo(AuthResult.Refused.INVALID);
        }
        assertThat(rig.ask(rig.token(header(), claims("ann").replace("\"ann\"", "42"))))
                .isInstanceOfSatisfying(
                        Principal.class, known -> assertThat(known.keyId()).isEqualTo("user:corp:42"));
        assertThat(rig.ask(rig.good("auth0|" + "s".repeat(194)))).isInstanceOf(Principal.class);
    }

    @Test
    void aNameIsShownWithoutWhatCannotBeSeen() {
        assertThat(principal(",\"name\":\"A\\u0000n\\u202en\\n\"").name()).isEqualTo("Ann");
        assertThat(principal(",\"name\":\"" + "n".repeat(500) + "\"").name()).hasSize(100);
        assertThat(principal(",\"name\":7").name()).isEqualTo("ann");
    }

    @Test
    void anIssuerThatDoesNotAnswerIsNoReasonToRefuse() {
        IssuerRig away = new IssuerRig();
        away.http.away();
        String token = away.good("ann");

        assertThat(away.ask(token)).isEqualTo(AuthResult.Refused.UNAVAILABLE);

        away.http.put(KEYS_URL, TokenMint.keySet(TokenMint.jwk("rsa-1", away.rsa)));
        away.ticker.advance(5, TimeUnit.SECONDS);
        assertThat(away.ask(token)).isInstanceOf(Principal.class);
    }

    @Test
    void anIdTokenIsForTheClientAndTheLoginItWasAskedBy() {
        String claims = claims("ann", ",\"nonce\":\"n-1\",\"email\":\"ann@example.com\"")
                .replace("\"aud\":\"sluice\"", "\"aud\":\"console\"");

        JwtVerifier.IdToken good = rig.verifier.verifyIdToken(rig.token(header(), claims), "console", "n-1");
        assertThat(good.refusal()).isNull();
        assertThat(good.person())
                .isEqualTo(new ExternalPerson(
                        "corp", "ann", "ann", "ann@example.com", null, Role.MEMBER, "free", List.of()));

        for (String bad : List.of(
                claims.replace("console", "sluice"),
                claims.replace("\"console\"", "[\"console\",\"sluice\"]"),
                claims.replace("\"console\"", "\"console\",\"azp\":\"other\""),
                claims.replace("\"console\"", "\"console\",\"azp\":null"),
                claims.replace("n-1", "n-2"),
                claims.replace("\"nonce\"", "\"nones\""),
                claims.replace(ISSUER, IssuerRig.OTHER_ISSUER))) {
            assertThat(rig.verifier
                            .verifyIdToken(rig.token(header(), bad), "console", "n-1")
                            .refusal())
                    .as(bad)
                    .isEqualTo(AuthResult.Refused.INVALID);
        }
        assertThat(rig.verifier.verifyIdToken("no token", "console", "n-1").refusal())
                .isEqualTo(AuthResult.Refused.INVALID);
        String both = claims.replace("\"console\"", "[\"console\",\"sluice\"],\"azp\":\"console\"");
        assertThat(rig.verifier
                        .verifyIdToken(rig.token(header(), both), "console", "n-1")
                        .refusal())
                .isNull();
    }

    @Test
    void anAddressThatIsNotConfirmedIsNotKept() {
        String claims = claims("ann", ",\"nonce\":\"n\",\"email\":\"boss@example.com\",\"email_verified\":false");

        ExternalPerson person = rig.verifier
                .verifyIdToken(rig.token(header(), claims), "sluice", "n")
                .person();

        assertThat(person).isNotNull();
        assertThat(person.email()).isNull();
    }
}
