package dev.sluice.gateway.auth;

import static dev.sluice.gateway.auth.IssuerRig.AUDIENCE;
import static dev.sluice.gateway.auth.IssuerRig.ISSUER;
import static dev.sluice.gateway.auth.IssuerRig.KEYS_URL;
import static dev.sluice.gateway.auth.IssuerRig.NOW;
import static dev.sluice.gateway.auth.IssuerRig.OTHER_ISSUER;
import static dev.sluice.gateway.auth.IssuerRig.claims;
import static dev.sluice.gateway.auth.IssuerRig.header;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * What has been tried on verifiers of tokens over the years, tried on this one. Every attack is refused, and makes the
 * gateway do no more than a token that is good: take it apart once, check one signature, ask the issuer at most once.
 */
final class JwtAttackTest {
    private static final String HS256 = "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"rsa-1\"}";

    private final IssuerRig rig = new IssuerRig();

    JwtAttackTest() {
        // The issuer's keys are known.
        assertThat(rig.ask(rig.good("first"))).isInstanceOf(Principal.class);
    }

    /** Refused as no good, for no more than so much work. */
    private void refused(String what, String token, int checksAllowed) {
        refused(what, token, AuthResult.Refused.INVALID, checksAllowed, 0);
    }

    private void refused(String what, String token, AuthResult.Refused why, int checksAllowed, int fetchesAllowed) {
        long parses = rig.parses();
        long checks = rig.signatureChecks();
        long fetches = rig.fetches();

        assertThat(rig.ask(token)).as(what).isEqualTo(why);

        assertThat(rig.parses() - parses).as("%s: tokens taken apart", what).isLessThanOrEqualTo(1);
        assertThat(rig.signatureChecks() - checks)
                .as("%s: signatures checked", what)
                .isEqualTo(checksAllowed);
        assertThat(rig.fetches() - fetches)
                .as("%s: questions to the issuer", what)
                .isEqualTo(fetchesAllowed);
    }

    @Test
    void aTokenWithoutASignatureIsNoneInWhateverSpelling() {
        for (String none : List.of("none", "None", "NONE", "nOnE", "noNe", " none", "none ", "", "null")) {
            String header = "{\"alg\":\"" + none + "\",\"kid\":\"rsa-1\"}";
            refused(none + ", nothing signed", TokenMint.token(header, claims("eve"), input -> new byte[0]), 0);
            refused(none + ", signed well", rig.token(header, claims("eve")), 0);
        }
        refused("null", rig.token("{\"alg\":null,\"kid\":\"rsa-1\"}", claims("eve")), 0);
        refused("absent", rig.token("{\"kid\":\"rsa-1\"}", claims("eve")), 0);
        refused("a list", rig.token("{\"alg\":[\"RS256\"],\"kid\":\"rsa-1\"}", claims("eve")), 0);
    }

    @Test
    void aPublicKeyIsNoSecret() {
        byte[] der = rig.rsa.getPublic().getEncoded();
        String base64 = Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(der);
        String pem = "-----BEGIN PUBLIC KEY-----\n" + base64 + "\n-----END PUBLIC KEY-----";
        List<byte[]> secrets = List.of(
                der,
                pem.getBytes(US_ASCII),
                (pem + "\n").getBytes(US_ASCII),
                TokenMint.jwk("rsa-1", rig.rsa).getBytes(UTF_8),
                TokenMint.keySet(TokenMint.jwk("rsa-1", rig.rsa)).getBytes(UTF_8),
                TokenMint.unsigned(((java.security.interfaces.RSAPublicKey) rig.rsa.getPublic()).getModulus(), 0),
                new byte[] {0});
        for (byte[] secret : secrets) {
            refused("HS256 with it", TokenMint.token(HS256, claims("eve"), TokenMint.hs256(secret)), 0);
            refused("RS256 that is HS256", TokenMint.token(header(), claims("eve"), TokenMint.hs256(secret)), 1);
        }
        for (String algorithm :
                List.of("HS384", "HS512", "RS1", "RS384", "PS256", "ES384", "ES256K", "Ed25519", "dir")) {
            String header = "{\"alg\":\"" + algorithm + "\",\"kid\":\"rsa-1\"}";
            refused(algorithm + " is not configured", rig.token(header, claims("eve")), 0);
        }
    }

    @Test
    void aKeyOfOneKindDoesNotServeAnother() {
        refused("RSA with the name of EC", rig.token("{\"alg\":\"RS256\",\"kid\":\"ec-1\"}", claims("eve")), 0);
        refused("EC with the name of RSA", rig.token("{\"alg\":\"ES256\",\"kid\":\"rsa-1\"}", claims("eve")), 0);
        refused("EdDSA with the name of EC", rig.token("{\"alg\":\"EdDSA\",\"kid\":\"ec-1\"}", claims("eve")), 0);
        refused("RSA in the form of EC", rig.token("{\"alg\":\"ES256\",\"kid\":\"ec-1\"}", claims("eve")), 1);
    }

    @Test
    void theNameOfAKeyIsANameAndNothingElse() {
        List<String> names = List.of(
                "../../../../dev/null",
                "/dev/null",
                "rsa-1' OR '1'='1",
                "x' UNION SELECT 'secret",
                "https://evil.example/keys",
                "file:///etc/passwd",
                "|/usr/bin/id",
                "RSA-1",
                "rsa-1 ",
                "*");
        refused("unknown", rig.token("{\"alg\":\"RS256\",\"kid\":\"gone\"}", claims("eve")), 0);
        rig.ticker.advance(1, TimeUnit.MINUTES);
        for (int i = 0; i < names.size(); i++) {
            // The first one that is not known makes the issuer be asked, and no other one for a minute.
            String token = rig.token("{\"alg\":\"RS256\",\"kid\":\"" + names.get(i) + "\"}", claims("eve"));
            refused(names.get(i), token, AuthResult.Refused.INVALID, 0, i == 0 ? 1 : 0);
        }
        rig.ticker.advance(1, TimeUnit.MINUTES);
        for (String kid : List.of(
                "\"" + "k".repeat(5_000) + "\"",
                "\"rsa-1\\u0000\"",
                "\"\\u0000\"",
                "\"\\n\"",
                "\"\"",
                "1",
                "null",
                "true",
                "{}",
                "[\"rsa-1\"]")) {
            refused("kid " + kid, rig.token("{\"alg\":\"RS256\",\"kid\":" + kid + "}", claims("eve")), 0);
        }
        assertThat(rig.http.asked).containsOnly(KEYS_URL);
    }

    @Test
    void aTokenThatIsNotNamedAfterAKeyIsForTheOnlyOneOfItsKind() {
        assertThat(rig.ask(rig.token("{\"alg\":\"RS256\"}", claims("ann")))).isInstanceOf(Principal.class);
        rig.http.put(
                KEYS_URL,
                TokenMint.keySet(TokenMint.jwk("rsa-1", rig.rsa), TokenMint.jwk("rsa-2", TokenMint.rsa(2_048))));
        rig.ticker.advance(1, TimeUnit.HOURS);
        rig.keys.tick();

        refused("two that fit", rig.token("{\"alg\":\"RS256\"}", claims("eve")), 0);
    }

    @Test
    void aTokenDoesNotBringItsKeyNorSayWhereItIs() {
        KeyPair evil = TokenMint.rsa(2_048);
        String key = TokenMint.jwk("rsa-1", evil);
        for (String member : List.of(
                "\"jku\":\"https://evil.example/keys\"",
                "\"x5u\":\"https://evil.example/certificate\"",
                "\"jwk\":" + key,
                "\"x5c\":[\""
                        + Base64.getEncoder().encodeToString(evil.getPublic().getEncoded()) + "\"]",
                "\"crit\":[\"exp\"],\"exp\":1",
                "\"crit\":[]",
                "\"crit\":[\"b64\"],\"b64\":false",
                "\"b64\":false",
                "\"zip\":\"DEF\"",
                "\"enc\":\"A128GCM\"")) {
            String header = "{\"alg\":\"RS256\",\"kid\":\"rsa-1\"," + member + "}";
            refused(member, TokenMint.token(header, claims("eve"), TokenMint.rs256(evil)), 0);
            refused(member + ", signed well", rig.token(header, claims("eve")), 0);
        }
        assertThat(rig.http.asked).containsOnly(KEYS_URL);
    }

    @Test
    void aTokenOfAnotherTypeIsNoAccessToken() {
        for (String type :
                List.of("\"logout+jwt\"", "\"secevent+jwt\"", "\"JOSE\"", "\"dpop+jwt\"", "\"\"", "1", "null")) {
            String header = "{\"alg\":\"RS256\",\"kid\":\"rsa-1\",\"typ\":" + type + "}";
            refused(type, rig.token(header, claims("eve")), 0);
        }
        for (String type : List.of("JWT", "jwt", "at+jwt", "application/at+jwt")) {
            String header = "{\"alg\":\"RS256\",\"kid\":\"rsa-1\",\"typ\":\"" + type + "\"}";
            assertThat(rig.ask(rig.token(header, claims("ann")))).isInstanceOf(Principal.class);
        }
    }

    @Test
    void theIssuerIsWrittenExactlySo() {
        for (String issuer : List.of(
                "https://evil.example",
                ISSUER + "/",
                ISSUER.toUpperCase(java.util.Locale.ROOT),
                ISSUER + ".evil.example",
                "http://login.example",
                " " + ISSUER,
                "sluice",
                "")) {
            refused(issuer, rig.token(header(), claims("eve").replace(ISSUER, issuer)), 0);
        }
        for (String issuer : List.of("null", "1", "[\"" + ISSUER + "\"]", "{}")) {
            String claims = claims("eve").replace("\"" + ISSUER + "\"", issuer);
            refused(issuer, rig.token(header(), claims), 0);
        }
        refused("absent", rig.token(header(), claims("eve").replace("\"iss\"", "\"issuer\"")), 0);
    }

    @Test
    void aTokenIsForAnAudienceOfOursToTheLetter() {
        for (String audience : List.of(
                "\"sluice-admin\"",
                "\"sluic\"",
                "\"Sluice\"",
                "\"sluice \"",
                "\"sluice,sluice-too\"",
                "\"sluice sluice-too\"",
                "\"\"",
                "[]",
                "[\"other\",\"sluice2\"]",
                "[[\"sluice\"]]",
                "{\"sluice\":true}",
                "null",
                "true",
                "1")) {
            String claims = claims("eve").replace("\"" + AUDIENCE + "\"", audience);
            refused("aud " + audience, rig.token(header(), claims), 1);
        }
        refused("absent", rig.token(header(), claims("eve").replace("\"aud\"", "\"audience\"")), 1);
        assertThat(rig.ask(rig.token(
                        header(), claims("ann").replace("\"" + AUDIENCE + "\"", "[\"other\",\"sluice-too\"]"))))
                .isInstanceOf(Principal.class);
    }

    @Test
    void aTokenIsGoodForAWhileAndSaysSo() {
        String exp = "\"exp\":" + (NOW + 3_600);
        refused(
                "expired",
                rig.token(header(), claims("eve").replace(exp, "\"exp\":" + (NOW - 60))),
                AuthResult.Refused.EXPIRED,
                1,
                0);
        assertThat(rig.ask(rig.token(header(), claims("ann").replace(exp, "\"exp\":" + (NOW - 59)))))
                .as("clocks may be a minute apart")
                .isInstanceOf(Principal.class);
        for (String end : List.of(
                "\"end\":1",
                "\"exp\":null",
                "\"exp\":\"" + (NOW + 3_600) + "\"",
                "\"exp\":true",
                "\"exp\":[" + (NOW + 3_600) + "]",
                "\"exp\":-1",
                "\"exp\":9223372036854775807",
                "\"exp\":9223372036854775808",
                "\"exp\":253402300800",
                "\"exp\":1e18",
                "\"exp\":1e308",
                "\"exp\":1e999",
                "\"exp\":" + "9".repeat(33))) {
            long before = rig.signatureChecks();
            assertThat(rig.ask(rig.token(header(), claims("eve").replace(exp, end))))
                    .as(end)
                    .isEqualTo(AuthResult.Refused.INVALID);
            assertThat(rig.signatureChecks() - before).as(end).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void aTokenOfTheFutureIsNotGoodYet() {
        AuthResult.Refused early = AuthResult.Refused.NOT_YET_VALID;
        refused("nbf", rig.token(header(), claims("eve", ",\"nbf\":" + (NOW + 61))), early, 1, 0);
        refused("nbf, far", rig.token(header(), claims("eve", ",\"nbf\":253402300799")), early, 1, 0);
        String iat = "\"iat\":" + NOW;
        refused("iat", rig.token(header(), claims("eve").replace(iat, "\"iat\":" + (NOW + 61))), early, 1, 0);
        refused("nbf is text", rig.token(header(), claims("eve", ",\"nbf\":\"0\"")), 1);
        refused("nbf is null", rig.token(header(), claims("eve", ",\"nbf\":null")), 1);
        refused("iat is text", rig.token(header(), claims("eve").replace(iat, "\"iat\":\"now\"")), 1);
        refused("iat is before all time", rig.token(header(), claims("eve").replace(iat, "\"iat\":-5")), 1);
        assertThat(rig.ask(rig.token(header(), claims("ann", ",\"nbf\":" + (NOW + 60)))))
                .as("clocks may be a minute apart")
                .isInstanceOf(Principal.class);
    }

    @Test
    void whatIsNoTokenIsNotEvenTakenApart() {
        String good = rig.good("ann");
        List<String> garbage = List.of(
                "x".repeat(1 << 20),
                good + "x".repeat(1 << 20),
                "a.b." + "c".repeat(TokenHash.MAX_TOKEN_CHARS - 3),
                ".".repeat(10_000),
                ".".repeat(8_000),
                "",
                ".",
                "..",
                "...",
                good + ".",
                "." + good,
                good + ".x",
                good.substring(0, good.lastIndexOf('.')),
                good + "=",
                good + "\0",
                good + " ",
                good.replace('.', ','),
                good + "\u0100",
                // The low byte of this character is that of 'A'.
                "\u0141" + good.substring(1),
                "\ud83d\ude00." + good,
                "%s%n.%d.{}");
        for (String text : garbage) {
            long parses = rig.parses();
            assertThat(rig.ask(text)).isEqualTo(AuthResult.Refused.INVALID);
            assertThat(rig.parses() - parses).isLessThanOrEqualTo(1);
        }
        assertThat(rig.signatureChecks())
                .as("signatures checked since the first")
                .isEqualTo(1);
        assertThat(TokenHash.probe("a.b." + "c".repeat(TokenHash.MAX_TOKEN_CHARS - 3)))
                .as("one character too long")
                .isNull();
        assertThat(TokenHash.probe("a.b." + "c".repeat(TokenHash.MAX_TOKEN_CHARS - 4)))
                .isNotNull();
    }

    @Test
    void whatTwoReadersCouldUnderstandDifferentlyIsNoToken() {
        for (String claims : List.of(
                claims("ann", ",\"sub\":\"eve\""),
                claims("ann", ",\"iss\":\"" + OTHER_ISSUER + "\""),
                claims("ann", ",\"exp\":9999999999"),
                claims("ann", ",\"s\\u0075b\":\"eve\""),
                claims("ann", ",\"org\":{\"team\":\"a\",\"team\":\"b\"}"),
                claims("ann", ",\"deep\":" + "[".repeat(50) + "]".repeat(50)),
                claims("ann") + "{}",
                claims("ann") + "x",
                claims("ann").replace("}", ",}"),
                claims("ann").replace('"', '\''),
                "\ufeff" + claims("ann"),
                "[" + claims("ann") + "]",
                "\"" + ISSUER + "\"",
                "",
                "null")) {
            refused(claims, rig.token(header(), claims), 0);
        }
        refused("alg twice", rig.token("{\"alg\":\"RS256\",\"alg\":\"none\",\"kid\":\"rsa-1\"}", claims("ann")), 0);
        refused("kid twice", rig.token("{\"alg\":\"RS256\",\"kid\":\"rsa-1\",\"kid\":\"x\"}", claims("ann")), 0);
    }

    @Test
    void whatIsNoUtf8IsNoToken() {
        TokenMint.Signer signer = TokenMint.rs256(rig.rsa);
        for (byte[] bytes : List.of(
                new byte[] {(byte) 0xff, (byte) 0xfe},
                new byte[] {(byte) 0xc0, (byte) 0xaf},
                new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
                new byte[] {(byte) 0xf5, (byte) 0x80, (byte) 0x80, (byte) 0x80},
                new byte[] {(byte) 0xe2, (byte) 0x82})) {
            byte[] claims = claims("ann#").getBytes(UTF_8);
            int at = new String(claims, UTF_8).indexOf('#');
            byte[] broken = new byte[claims.length - 1 + bytes.length];
            System.arraycopy(claims, 0, broken, 0, at);
            System.arraycopy(bytes, 0, broken, at, bytes.length);
            System.arraycopy(claims, at + 1, broken, at + bytes.length, claims.length - at - 1);
            refused("claims", TokenMint.token(header().getBytes(UTF_8), broken, signer), 0);
        }
        byte[] utf16 = claims("ann").getBytes(java.nio.charset.StandardCharsets.UTF_16);
        refused("UTF-16", TokenMint.token(header().getBytes(UTF_8), utf16, signer), 0);
    }

    @Test
    void tokensThatBeginAlikeAreNotTheSame() {
        for (int shared : List.of(100, 800)) {
            // Claims of one length, and alike until the subject, which comes last.
            String start = claims("#").replace("\"sub\":\"#\",", "").replace("}", ",\"pad\":\"" + "p".repeat(shared));
            String ann = rig.token(header(), start + "\",\"sub\":\"ann\"}");
            String bob = rig.token(header(), start + "\",\"sub\":\"bob\"}");
            assertThat(ann.substring(0, shared)).isEqualTo(bob.substring(0, shared));
            String forged = ann.substring(0, ann.lastIndexOf('.')) + bob.substring(bob.lastIndexOf('.'));

            for (int round = 0; round < 2; round++) {
                assertThat(rig.ask(ann))
                        .isInstanceOfSatisfying(
                                Principal.class,
                                principal -> assertThat(principal.userId()).isEqualTo("corp:ann"));
                assertThat(rig.ask(bob))
                        .isInstanceOfSatisfying(
                                Principal.class,
                                principal -> assertThat(principal.userId()).isEqualTo("corp:bob"));
                assertThat(rig.ask(forged)).isEqualTo(AuthResult.Refused.INVALID);
            }
        }
    }

    @Test
    void aSignatureHoldsForEachOfItsBitsAndInOneFormOnly() {
        for (String good : List.of(
                rig.good("ann"),
                TokenMint.token("{\"alg\":\"ES256\",\"kid\":\"ec-1\"}", claims("ann"), TokenMint.es256(rig.ec)),
                TokenMint.token("{\"alg\":\"EdDSA\",\"kid\":\"ed-1\"}", claims("ann"), TokenMint.eddsa(rig.ed)))) {
            assertThat(rig.ask(good)).isInstanceOf(Principal.class);
            int dot = good.lastIndexOf('.');
            byte[] signature = Base64.getUrlDecoder().decode(good.substring(dot + 1));
            for (int i = 0; i < signature.length; i++) {
                byte[] flipped = signature.clone();
                flipped[i] ^= (byte) (1 << (i % 8));
                refused("byte " + i, good.substring(0, dot + 1) + TokenMint.encode(flipped), 1);
            }
            refused("none", good.substring(0, dot + 1), 0);
            refused(
                    "half",
                    good.substring(0, dot + 1)
                            + TokenMint.encode(java.util.Arrays.copyOf(signature, signature.length / 2)),
                    1);
            refused(
                    "more",
                    good.substring(0, dot + 1)
                            + TokenMint.encode(java.util.Arrays.copyOf(signature, signature.length + 1)),
                    1);
        }
    }

    /** The last character of a part has bits that stand for nothing: a text that differs there decodes to the same. */
    @Test
    void aTokenHasOneSpelling() {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        String good = rig.good("ann");
        byte[] signature = Base64.getUrlDecoder().decode(good.substring(good.lastIndexOf('.') + 1));
        int last = alphabet.indexOf(good.charAt(good.length() - 1));
        int spellings = 0;
        for (int other = (last & 0x30); other < (last & 0x30) + 16; other++) {
            String spelt = good.substring(0, good.length() - 1) + alphabet.charAt(other);
            assertThat(Base64.getUrlDecoder().decode(spelt.substring(spelt.lastIndexOf('.') + 1)))
                    .isEqualTo(signature);
            if (rig.ask(spelt) instanceof Principal) {
                spellings++;
            }
        }
        assertThat(spellings).isEqualTo(1);
    }

    @Test
    void aCurveIsNotFooledByEmptyOrOtherlyWrittenSignatures() {
        String header = "{\"alg\":\"ES256\",\"kid\":\"ec-1\"}";
        byte[] order = TokenMint.unsigned(
                ((java.security.interfaces.ECPublicKey) rig.ec.getPublic())
                        .getParams()
                        .getOrder(),
                32);
        List<byte[]> made = new ArrayList<>();
        made.add(new byte[64]);
        made.add(concatenated(order, order));
        made.add(concatenated(new byte[32], order));
        made.add(concatenated(TokenMint.unsigned(BigInteger.ONE, 32), new byte[32]));
        made.add(new byte[] {0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00});
        for (byte[] signature : made) {
            refused("made up", TokenMint.token(header, claims("eve"), input -> signature), 1);
        }
        refused(
                "DER",
                TokenMint.token(
                        header, claims("eve"), input -> TokenMint.sign("SHA256withECDSA", rig.ec.getPrivate(), input)),
                1);
        refused(
                "Ed25519 without a point",
                TokenMint.token("{\"alg\":\"EdDSA\",\"kid\":\"ed-1\"}", claims("eve"), input -> new byte[64]),
                1);
    }

    private static byte[] concatenated(byte[] first, byte[] second) {
        byte[] both = java.util.Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    @Test
    void anIssuerSpeaksForItselfOnly() {
        String header = "{\"alg\":\"ES256\",\"kid\":\"ec-1\"}";
        String others = claims("ann").replace(ISSUER, OTHER_ISSUER);
        assertThat(rig.ask(TokenMint.token(header, others, TokenMint.es256(rig.othersEc))))
                .isInstanceOfSatisfying(
                        Principal.class,
                        principal -> assertThat(principal.keyId()).isEqualTo("user:other:ann"));

        refused("corp by other", TokenMint.token(header, claims("ann"), TokenMint.es256(rig.othersEc)), 1);
        refused("other by corp", TokenMint.token(header, others, TokenMint.es256(rig.ec)), 1);
    }

    @Test
    void aTokenDoesNotOutliveItsKey() {
        String old = rig.good("ann");
        assertThat(rig.ask(old)).isInstanceOf(Principal.class);
        KeyPair next = TokenMint.rsa(2_048);
        rig.http.put(KEYS_URL, TokenMint.keySet(TokenMint.jwk("rsa-2", next)));
        rig.ticker.advance(2, TimeUnit.MINUTES);
        long generation = rig.tokens.generation();

        String fresh = TokenMint.token("{\"alg\":\"RS256\",\"kid\":\"rsa-2\"}", claims("ann"), TokenMint.rs256(next));
        assertThat(rig.ask(fresh)).isInstanceOf(Principal.class);

        assertThat(rig.tokens.generation()).isNotEqualTo(generation);
        refused("remembered", old, 0);
        refused("never seen", rig.good("bob"), 0);
    }

    @Test
    void aFloodOfMadeUpNamesAsksTheIssuerOnce() {
        rig.ticker.advance(1, TimeUnit.MINUTES);
        long fetches = rig.fetches();
        for (int i = 0; i < 500; i++) {
            String token = TokenMint.token(
                    "{\"alg\":\"RS256\",\"kid\":\"made-up-" + i + "\"}", claims("eve"), input -> new byte[256]);
            assertThat(rig.ask(token)).isEqualTo(AuthResult.Refused.INVALID);
        }
        assertThat(rig.fetches() - fetches).isEqualTo(1);
        assertThat(rig.signatureChecks()).isEqualTo(1);
    }

    @Test
    void theSameBadTokenIsTakenApartOnceInAWhile() {
        String bad = rig.token(header(), claims("eve").replace(AUDIENCE, "elsewhere"));
        long parses = rig.parses();
        for (int i = 0; i < 100; i++) {
            assertThat(rig.ask(bad)).isEqualTo(AuthResult.Refused.INVALID);
        }
        assertThat(rig.parses() - parses).isEqualTo(1);

        rig.ticker.advance(TokenAuthenticator.REFUSAL_NANOS, TimeUnit.NANOSECONDS);
        assertThat(rig.ask(bad)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(rig.parses() - parses).isEqualTo(2);
    }
}
