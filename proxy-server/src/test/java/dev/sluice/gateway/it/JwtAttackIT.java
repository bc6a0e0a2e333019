package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.auth.ScriptedIssuer;
import dev.sluice.gateway.auth.TokenMint;
import java.io.IOException;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tokens at the data plane of a running gateway: good ones are as good as keys, and of those that are not, each is refused
 * in the words of the caller's dialect. What each refusal costs is read off the gateway's own counters. The finer points
 * are tried in {@code JwtAttackTest}, without a network.
 */
@Timeout(120)
final class JwtAttackIT {
    private static final String HEADER = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"key-1\"}";
    private static final String PARSES = "sluice_token_parses_total";
    private static final String CHECKS = "sluice_token_signature_checks_total";
    private static final String FETCHES = "sluice_issuer_key_fetches_total";

    private static ScriptedIssuer issuer;
    private static ScriptedIssuer other;
    private static ScriptedIssuer evil;
    private static Rig rig;
    private static String model;

    @BeforeAll
    static void start() throws Exception {
        issuer = ScriptedIssuer.start();
        other = ScriptedIssuer.start();
        evil = ScriptedIssuer.start();
        rig = Rig.start(yaml(Rig.STANDARD), Map.of("CORP", issuer.url(), "OTHER", other.url()));
        model = rig.model(Script.json(200, Words.COMPLETION));
    }

    static String yaml(String standard) {
        return standard.replace("auth: { mode: keys }", """
                auth:
                  mode: [keys, jwt]
                  issuers:
                    corp:
                      issuer: "${CORP}"
                      audiences: [sluice]
                      algorithms: [RS256]
                      jwks: "${CORP}/keys"
                      allow_private: true
                      claims: { team: team, roles: groups, models: models }
                      roles: { auditors: auditor }
                    other:
                      issuer: "${OTHER}"
                      audiences: [sluice]
                      allow_private: true
                """.stripTrailing());
    }

    @AfterAll
    static void stop() throws Exception {
        try {
            assertThat(evil.asked())
                    .as("questions to a server that only an attack names")
                    .isEmpty();
            rig.close();
        } finally {
            issuer.close();
            other.close();
            evil.close();
        }
    }

    private static Answer ask(String token) throws IOException {
        return rig.answer(Call.chat(Words.chat(model)).key(token));
    }

    private static double figure(String name) throws IOException {
        return Scrape.figure(rig.adminAddress(), name);
    }

    @Test
    void aGoodTokenIsAsGoodAsAKeyAndItsCallsAreOnThePersonsAccount() throws Exception {
        String token = issuer.token("sluice", "ann", ",\"team\":\"research\"");
        Call call = Call.chat(Words.chat(model)).key(token).with("x-request-id", "it-jwt-good");

        assertThat(rig.answer(call).status()).isEqualTo(200);
        UsageRow row = rig.row(call);
        assertThat(row.text("key_id")).isEqualTo("user:corp:ann");
        assertThat(row.text("team_id")).isEqualTo("research");

        double checks = figure(CHECKS);
        for (int i = 0; i < 5; i++) {
            assertThat(ask(token).status()).isEqualTo(200);
        }
        assertThat(figure(CHECKS))
                .as("signatures checked for a token that is known")
                .isEqualTo(checks);
        assertThat(rig.answer(rig.keyed(Call.chat(Words.chat(model)))).status()).isEqualTo(200);
        assertThat(ask(other.token("sluice", "ann", "")).status())
                .as("an issuer whose keys are found by its own document")
                .isEqualTo(200);
    }

    @Test
    void aTokenSaysWhatItsOwnerMayDo() throws Exception {
        assertThat(ask(issuer.token("sluice", "few", ",\"models\":[\"other-*\"]"))
                        .status())
                .isEqualTo(403);
        assertThat(ask(issuer.token("sluice", "eye", ",\"groups\":[\"auditors\"]"))
                        .status())
                .isEqualTo(403);
        assertThat(rig.answer(Call.get("/v1/models").key(issuer.token("sluice", "eye", ",\"groups\":[\"auditors\"]")))
                        .status())
                .isEqualTo(200);
    }

    /** Each attack, and how many signatures it makes the gateway check. */
    private static Map<String, Integer> attacks() throws Exception {
        TokenMint.Signer rsa = TokenMint.rs256(issuer.pair());
        KeyPair evilPair = TokenMint.rsa(2_048);
        String claims = issuer.claims("sluice", "eve", "");
        Map<String, Integer> attacks = new LinkedHashMap<>();
        for (String none : new String[] {"none", "None", "NONE", "nOnE", ""}) {
            attacks.put(TokenMint.token("{\"alg\":\"" + none + "\"}", claims, input -> new byte[0]), 0);
            attacks.put(TokenMint.token("{\"alg\":\"" + none + "\"}", claims, rsa), 0);
        }
        byte[] der = issuer.pair().getPublic().getEncoded();
        String pem = "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END PUBLIC KEY-----\n";
        for (byte[] secret : new byte[][] {
            der, pem.getBytes(UTF_8), TokenMint.jwk("key-1", issuer.pair()).getBytes(UTF_8)
        }) {
            attacks.put(
                    TokenMint.token("{\"alg\":\"HS256\",\"kid\":\"key-1\"}", claims, input -> hmac(secret, input)), 0);
        }
        for (String kid : new String[] {"../../dev/null", "x' OR '1'='1", evil.url() + "/keys", "key-1\\u0000"}) {
            attacks.put(TokenMint.token("{\"alg\":\"RS256\",\"kid\":\"" + kid + "\"}", claims, rsa), 0);
        }
        for (String member : new String[] {
            "\"jku\":\"" + evil.url() + "/keys\"",
            "\"x5u\":\"" + evil.url() + "/certificate\"",
            "\"jwk\":" + TokenMint.jwk("key-1", evilPair),
            "\"crit\":[\"jku\"],\"jku\":\"" + evil.url() + "/keys\""
        }) {
            String header = "{\"alg\":\"RS256\",\"kid\":\"key-1\"," + member + "}";
            attacks.put(TokenMint.token(header, claims, TokenMint.rs256(evilPair)), 0);
        }
        attacks.put(TokenMint.token(HEADER, claims.replace(issuer.url(), evil.url()), rsa), 0);
        attacks.put(TokenMint.token(HEADER, claims.replace(issuer.url(), issuer.url() + "/"), rsa), 0);
        attacks.put(TokenMint.token(HEADER, issuer.claims("sluice-admin", "eve", ""), rsa), 1);
        attacks.put(TokenMint.token(HEADER, issuer.claims("Sluice", "eve", ""), rsa), 1);
        attacks.put(TokenMint.token(HEADER, claims.replace("\"sluice\"", "[\"a\",\"b\"]"), rsa), 1);
        attacks.put(TokenMint.token(HEADER, claims.replaceAll("\"exp\":\\d+", "\"exp\":1000000000"), rsa), 1);
        attacks.put(TokenMint.token(HEADER, claims.replaceAll(",\"exp\":\\d+", ""), rsa), 1);
        attacks.put(TokenMint.token(HEADER, claims.replaceAll("\"exp\":\\d+", "\"exp\":1e300"), rsa), 1);
        attacks.put(TokenMint.token(HEADER, issuer.claims("sluice", "eve", ",\"nbf\":99999999999"), rsa), 1);
        attacks.put(TokenMint.token(HEADER, issuer.claims("sluice", "eve", ",\"sub\":\"ann\""), rsa), 0);
        attacks.put(TokenMint.token(HEADER, claims, TokenMint.rs256(evilPair)), 1);
        attacks.put(other.token("sluice", "eve", "").replaceAll("\\.[^.]*$", ".AAAA"), 1);
        String good = TokenMint.token(HEADER, claims, rsa);
        attacks.put(good.substring(0, good.lastIndexOf('.') + 1), 0);
        attacks.put(good.substring(0, good.lastIndexOf('.')), 0);
        attacks.put(good + "A", 1);
        attacks.put(".".repeat(7_000), 0);
        attacks.put("a.b." + "c".repeat(10_000), 0);
        attacks.put("\u00ff." + good, 0);
        return attacks;
    }

    private static byte[] hmac(byte[] secret, byte[] input) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        return mac.doFinal(input);
    }

    @Test
    void everyAttackIsRefusedForNoMoreWorkThanAGoodTokenCosts() throws Exception {
        assertThat(ask(issuer.token("sluice", "warm", "")).status()).isEqualTo(200);
        double fetches = figure(FETCHES);
        for (Map.Entry<String, Integer> attack : attacks().entrySet()) {
            double parses = figure(PARSES);
            double checks = figure(CHECKS);

            Answer answer = ask(attack.getKey());

            assertThat(answer.status()).as(attack.getKey()).isEqualTo(401);
            assertThat(answer.text()).contains("\"code\":\"invalid_api_key\"").doesNotContain(attack.getKey());
            assertThat(figure(PARSES) - parses).as(attack.getKey()).isLessThanOrEqualTo(1);
            assertThat(figure(CHECKS) - checks).as(attack.getKey()).isEqualTo((double) attack.getValue());
        }
        assertThat(figure(FETCHES) - fetches)
                .as("questions to the issuer, for all the names of keys that were made up")
                .isLessThanOrEqualTo(1);
    }

    @Test
    void aTokenOfAMegabyteIsNotEvenTakenApart() throws Exception {
        String huge = "a.b." + "c".repeat(1_000_000);
        double parses = figure(PARSES);
        assertThat(ask(huge).status()).as("more than a head may have").isEqualTo(431);
        assertThat(figure(PARSES)).isEqualTo(parses);

        String wide = yaml(Rig.STANDARD).replace("drain_delay: 0s", "drain_delay: 0s, limits: { headers: 1MiB }");
        try (Rig own = Rig.start(wide, Map.of("CORP", issuer.url(), "OTHER", other.url()))) {
            Answer answer = own.answer(Call.chat(Words.chat(model)).key(huge));

            assertThat(answer.status()).as("where a head may be so large").isEqualTo(401);
            assertThat(Scrape.figure(own.adminAddress(), PARSES)).isZero();
        }
    }

    @Test
    void aRefusalIsInTheWordsOfTheCallersDialect() throws Exception {
        String bad = issuer.token("elsewhere", "eve", "");

        Answer anthropic =
                rig.answer(Call.post("/v1/messages", "{\"model\":\"" + model + "\",\"max_tokens\":1,\"messages\":[]}")
                        .with("x-api-key", bad));
        assertThat(anthropic.status()).isEqualTo(401);
        assertThat(anthropic.text()).contains("\"type\":\"authentication_error\"");

        Answer gemini = rig.answer(Call.post("/v1beta/models/" + model + ":generateContent", "{\"contents\":[]}")
                .with("x-goog-api-key", bad));
        assertThat(gemini.status()).isEqualTo(401);
        assertThat(gemini.text()).contains("\"status\":\"UNAUTHENTICATED\"");
    }

    @Test
    void tokensThatBeginAlikeBelongToWhomTheySay() throws Exception {
        String pad = ",\"pad\":\"" + "p".repeat(900) + "\"";
        long now = Instant.now().getEpochSecond();
        String start = "{\"iss\":\"" + issuer.url() + "\",\"aud\":\"sluice\",\"exp\":" + (now + 600) + pad;
        String ann = TokenMint.token(HEADER, start + ",\"sub\":\"like-ann\"}", TokenMint.rs256(issuer.pair()));
        String bob = TokenMint.token(HEADER, start + ",\"sub\":\"like-bob\"}", TokenMint.rs256(issuer.pair()));
        assertThat(ann.substring(0, 800)).isEqualTo(bob.substring(0, 800));

        for (int round = 0; round < 2; round++) {
            for (String token : new String[] {ann, bob}) {
                Call call = Call.chat(Words.chat(model))
                        .key(token)
                        .with("x-request-id", "it-alike-" + round + (token.equals(ann) ? "-ann" : "-bob"));
                assertThat(rig.answer(call).status()).isEqualTo(200);
                assertThat(rig.row(call).text("key_id"))
                        .isEqualTo(token.equals(ann) ? "user:corp:like-ann" : "user:corp:like-bob");
            }
        }
    }

    @Test
    void aTokenDoesNotOutliveItsKey() throws Exception {
        try (ScriptedIssuer rotating = ScriptedIssuer.start();
                Rig own = Rig.start(yaml(Rig.STANDARD), Map.of("CORP", rotating.url(), "OTHER", other.url()))) {
            String reply = own.model(Script.json(200, Words.COMPLETION));
            String old = rotating.token("sluice", "ann", "");
            assertThat(own.answer(Call.chat(Words.chat(reply)).key(old)).status())
                    .isEqualTo(200);
            KeyPair next = TokenMint.rsa(2_048);
            rotating.keys(TokenMint.keySet(TokenMint.jwk("key-2", next)));
            // The keys are elsewhere from now on: at the place that the issuer's own document names.
            Files.writeString(own.configuration(), yaml(Rig.STANDARD).replaceAll("(?m)^ *jwks:.*\n", ""));
            assertThat(Operator.post(own.adminAddress(), "/admin/api/reload").statusCode())
                    .isEqualTo(200);

            assertThat(own.answer(Call.chat(Words.chat(reply)).key(old)).status())
                    .isEqualTo(401);
            String fresh = TokenMint.token(
                    HEADER.replace("key-1", "key-2"), rotating.claims("sluice", "ann", ""), TokenMint.rs256(next));
            assertThat(own.answer(Call.chat(Words.chat(reply)).key(fresh)).status())
                    .isEqualTo(200);
        }
    }

    @Test
    void anIssuerThatCannotBeAskedIsNoReasonToRefuse() throws Exception {
        try (ScriptedIssuer silent = ScriptedIssuer.start()) {
            silent.keys(null);
            try (Rig own = Rig.start(yaml(Rig.STANDARD), Map.of("CORP", silent.url(), "OTHER", other.url()))) {
                String reply = own.model(Script.json(200, Words.COMPLETION));
                Answer answer = own.answer(Call.chat(Words.chat(reply)).key(silent.token("sluice", "ann", "")));
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.text()).contains("auth_unavailable");
                assertThat(answer.field("retry-after")).isNotNull();

                silent.keys(TokenMint.keySet(TokenMint.jwk("key-1", silent.pair())));
                await("the issuer is asked again")
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> own.answer(Call.chat(Words.chat(reply)).key(silent.token("sluice", "ann", "")))
                                        .status()
                                == 200);
            }
        }
    }
}
