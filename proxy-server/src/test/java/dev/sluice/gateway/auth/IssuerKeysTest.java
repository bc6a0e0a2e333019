package dev.sluice.gateway.auth;

import static dev.sluice.gateway.auth.IssuerRig.ISSUER;
import static dev.sluice.gateway.auth.IssuerRig.KEYS_URL;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.net.URI;
import java.security.KeyPair;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IssuerKeysTest {
    private static final String DISCOVERY_URL = ISSUER + "/.well-known/openid-configuration";
    private static final String KEY = TokenMint.jwk("one", TokenMint.rsa());

    private final ScriptedHttp http = new ScriptedHttp().put(KEYS_URL, TokenMint.keySet(KEY));
    private final MockTicker ticker = Ticker.newMockTicker();
    private final TokenWork work = new TokenWork();

    private IssuerKeys keys(@Nullable String url, Executor fetches) {
        IssuerKeys.Source source = new IssuerKeys.Source("corp", ISSUER, url == null ? null : URI.create(url), false);
        return new IssuerKeys(source, http, ticker, fetches, work);
    }

    private IssuerKeys keys() {
        return keys(KEYS_URL, Runnable::run);
    }

    private static void isUsable(IssuerKeys.Found found) {
        assertThat(found).isInstanceOf(IssuerKeys.Usable.class);
    }

    private long fetches() {
        return work.keyFetches().sum();
    }

    @Test
    void readsTheKeysOnceAndKeepsThem() {
        IssuerKeys keys = keys();

        isUsable(keys.find("one", "RS256"));
        isUsable(keys.find("one", "PS512"));
        isUsable(keys.find(null, "RS256"));
        assertThat(keys.find("one", "ES256")).isEqualTo(IssuerKeys.Missing.UNKNOWN);

        assertThat(fetches()).isEqualTo(1);
    }

    @Test
    void readsThemAgainEachHourWhetherAnybodyAsksOrNot() {
        IssuerKeys keys = keys();
        keys.tick();
        assertThat(fetches()).isEqualTo(1);
        ticker.advance(59, TimeUnit.MINUTES);
        keys.tick();
        assertThat(fetches()).isEqualTo(1);

        ticker.advance(1, TimeUnit.MINUTES);
        keys.tick();

        assertThat(fetches()).isEqualTo(2);
    }

    @Test
    void asksForAnUnknownNameAtMostOnceAMinute() {
        IssuerKeys keys = keys();
        isUsable(keys.find("one", "RS256"));
        http.put(KEYS_URL, TokenMint.keySet(KEY, TokenMint.jwk("two", TokenMint.ed25519())));

        assertThat(keys.find("two", "EdDSA")).isEqualTo(IssuerKeys.Missing.UNKNOWN);
        ticker.advance(59, TimeUnit.SECONDS);
        assertThat(keys.find("two", "EdDSA")).isEqualTo(IssuerKeys.Missing.UNKNOWN);
        assertThat(fetches()).isEqualTo(1);
        ticker.advance(1, TimeUnit.SECONDS);
        isUsable(keys.find("two", "EdDSA"));
        assertThat(keys.find("three", "EdDSA")).isEqualTo(IssuerKeys.Missing.UNKNOWN);

        assertThat(fetches()).isEqualTo(2);
    }

    @Test
    void aBurstOfUnknownNamesWaitsForOneFetchAndLearnsWhatItBrings() throws Exception {
        Deque<Runnable> held = new ArrayDeque<>();
        IssuerKeys keys = keys(KEYS_URL, held::add);
        List<CompletableFuture<IssuerKeys.Found>> answers = new java.util.ArrayList<>();
        for (int i = 0; i < 20; i++) {
            CompletableFuture<IssuerKeys.Found> answer = new CompletableFuture<>();
            answers.add(answer);
            Thread.ofVirtual().start(() -> answer.complete(keys.find("one", "RS256")));
        }
        org.awaitility.Awaitility.await().until(() -> keys.waiting() == 20);
        assertThat(held).hasSize(1);

        held.remove().run();

        for (CompletableFuture<IssuerKeys.Found> answer : answers) {
            isUsable(answer.get(10, TimeUnit.SECONDS));
        }
        assertThat(fetches()).isEqualTo(1);
    }

    @Test
    void noMoreThanSoManyWait() throws Exception {
        Deque<Runnable> held = new ArrayDeque<>();
        IssuerKeys keys = keys(KEYS_URL, held::add);
        List<Thread> waiting = new java.util.ArrayList<>();
        for (int i = 0; i < IssuerKeys.MAX_WAITING; i++) {
            waiting.add(Thread.ofVirtual().start(() -> keys.find("one", "RS256")));
        }
        org.awaitility.Awaitility.await().until(() -> keys.waiting() == IssuerKeys.MAX_WAITING);

        assertThat(keys.find("one", "RS256")).isEqualTo(IssuerKeys.Missing.UNAVAILABLE);

        held.remove().run();
        for (Thread thread : waiting) {
            thread.join();
        }
        isUsable(keys.find("one", "RS256"));
    }

    @Test
    void anIssuerThatHasNeverAnsweredIsUnavailableAndAskedAgainSoon() {
        http.away();
        IssuerKeys keys = keys();

        assertThat(keys.find("one", "RS256")).isEqualTo(IssuerKeys.Missing.UNAVAILABLE);
        assertThat(keys.find(null, "RS256")).isEqualTo(IssuerKeys.Missing.UNAVAILABLE);
        assertThat(fetches()).isEqualTo(1);
        ticker.advance(5, TimeUnit.SECONDS);
        http.put(KEYS_URL, TokenMint.keySet(KEY));

        isUsable(keys.find("one", "RS256"));
        assertThat(fetches()).isEqualTo(2);
    }

    @Test
    void keepsTheLastKeysForADayWhileTheIssuerIsAway() {
        IssuerKeys keys = keys();
        isUsable(keys.find("one", "RS256"));
        http.away();

        for (int minute = 1; minute < 24 * 60; minute++) {
            ticker.advance(1, TimeUnit.MINUTES);
            keys.tick();
            isUsable(keys.find("one", "RS256"));
        }
        assertThat(fetches()).as("each minute once it is an hour old").isEqualTo(1 + 23 * 60);
        assertThat(keys.find("new", "RS256"))
                .as("it may have that one, and cannot be asked")
                .isEqualTo(IssuerKeys.Missing.UNAVAILABLE);
        assertThat(keys.generation()).isZero();

        ticker.advance(1, TimeUnit.MINUTES);
        keys.tick();
        assertThat(keys.find("one", "RS256")).isEqualTo(IssuerKeys.Missing.UNAVAILABLE);
        assertThat(keys.generation()).isEqualTo(1);

        ticker.advance(1, TimeUnit.MINUTES);
        http.put(KEYS_URL, TokenMint.keySet(KEY));
        isUsable(keys.find("one", "RS256"));
    }

    @Test
    void isAnotherGenerationWhenAKeyHasGoneAndOnlyThen() {
        IssuerKeys keys = keys();
        isUsable(keys.find("one", "RS256"));
        String second = TokenMint.jwk("two", TokenMint.ed25519());

        refreshed(keys, TokenMint.keySet(second, KEY));
        assertThat(keys.generation()).isZero();
        refreshed(keys, TokenMint.keySet(KEY, second));
        assertThat(keys.generation()).isZero();
        refreshed(keys, TokenMint.keySet(KEY));
        assertThat(keys.generation()).isEqualTo(1);
        refreshed(keys, TokenMint.keySet(TokenMint.jwk("one", TokenMint.rsa(2_048))));
        assertThat(keys.generation()).as("another key of the same name").isEqualTo(2);
    }

    private void refreshed(IssuerKeys keys, String keySet) {
        http.put(KEYS_URL, keySet);
        ticker.advance(1, TimeUnit.HOURS);
        keys.tick();
    }

    @Test
    void anAnswerThatIsNoKeySetChangesNothing() {
        IssuerKeys keys = keys();
        isUsable(keys.find("one", "RS256"));
        for (String answer :
                List.of("", "<html>", "{}", "{\"keys\":{}}", "{\"keys\":[]}", "{\"keys\":[1,null,\"x\"]}")) {
            refreshed(keys, answer);
            isUsable(keys.find("one", "RS256"));
        }
        assertThat(keys.generation()).isZero();
    }

    @Test
    void findsTheKeysWhereTheIssuerSays() {
        http.put(DISCOVERY_URL, discovery(ISSUER, ISSUER + "/moved")).put(ISSUER + "/moved", TokenMint.keySet(KEY));
        IssuerKeys keys = keys(null, Runnable::run);

        isUsable(keys.find("one", "RS256"));
        assertThat(http.asked).containsExactly(DISCOVERY_URL, ISSUER + "/moved");

        ticker.advance(1, TimeUnit.MINUTES);
        assertThat(keys.find("two", "RS256")).isEqualTo(IssuerKeys.Missing.UNKNOWN);
        assertThat(http.asked)
                .as("a made up name asks for nothing but the keys")
                .hasSize(3);

        http.put(DISCOVERY_URL, discovery(ISSUER, KEYS_URL));
        ticker.advance(1, TimeUnit.HOURS);
        keys.tick();
        assertThat(http.asked).endsWith(DISCOVERY_URL, KEYS_URL);
    }

    @Test
    void doesNotBelieveTheDocumentOfAnotherIssuerOrAnUnusableUrl() {
        for (String document : List.of(
                discovery(ISSUER + "/", KEYS_URL),
                discovery("https://evil.example", KEYS_URL),
                discovery(ISSUER, "http://login.example/keys"),
                discovery(ISSUER, "file:///etc/passwd"),
                discovery(ISSUER, "https://user:password@login.example/keys"),
                discovery(ISSUER, "https:///keys"),
                discovery(ISSUER, "not a url"),
                "{\"issuer\":\"" + ISSUER + "\"}")) {
            http.asked.clear();
            http.put(DISCOVERY_URL, document);
            IssuerKeys keys = keys(null, Runnable::run);

            assertThat(keys.find("one", "RS256")).as(document).isEqualTo(IssuerKeys.Missing.UNAVAILABLE);
            assertThat(http.asked).as(document).containsExactly(DISCOVERY_URL);
        }
    }

    private static String discovery(String issuer, String keysUrl) {
        return "{\"issuer\":\"" + issuer + "\",\"jwks_uri\":\"" + keysUrl + "\"}";
    }

    @Test
    void passesOverKeysThatAreWeakOrForSomethingElse() {
        KeyPair ec = TokenMint.ec("secp256r1");
        KeyPair rsa = TokenMint.rsa();
        String e = "\"e\":\"AQAB\"";
        List<String> unusable = List.of(
                TokenMint.jwk("short", TokenMint.rsa(1_024)),
                TokenMint.jwk("one", rsa).replace(e, "\"e\":\"AQ\""),
                TokenMint.jwk("even", rsa).replace(e, "\"e\":\"AQAA\""),
                TokenMint.jwk("encrypts", rsa, "\"use\":\"enc\""),
                TokenMint.jwk("wraps", rsa, "\"key_ops\":[\"wrapKey\"]"),
                TokenMint.jwk("other algorithm", rsa, "\"alg\":\"RSA-OAEP\""),
                TokenMint.jwk("hmac", ec, "\"alg\":\"HS256\""),
                TokenMint.jwk("no point", ec).replaceAll("\"y\":\"[^\"]+\"", "\"y\":\"AAAA\""),
                TokenMint.jwk("short x", TokenMint.ed25519()).replaceAll("\"x\":\"[^\"]+\"", "\"x\":\"AAAA\""),
                TokenMint.jwk("exchange", TokenMint.ed25519()).replace("Ed25519", "X25519"),
                "{\"kty\":\"oct\",\"kid\":\"secret\",\"k\":\"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U\"}",
                "{\"kty\":\"AKP\",\"kid\":\"tomorrow\",\"alg\":\"ML-DSA-44\",\"pub\":\"AA\"}",
                "{}");
        http.put(
                KEYS_URL, TokenMint.keySet(String.join(",", unusable), TokenMint.jwk("good", ec, "\"alg\":\"ES256\"")));
        IssuerKeys keys = keys();

        isUsable(keys.find("good", "ES256"));
        isUsable(keys.find(null, "ES256"));
        for (String algorithm : List.of("RS256", "PS256", "EdDSA", "HS256", "ES384")) {
            assertThat(keys.find(null, algorithm)).as(algorithm).isEqualTo(IssuerKeys.Missing.UNKNOWN);
        }
    }

    @Test
    void aKeyThatNamesItsAlgorithmServesNoOther() {
        http.put(KEYS_URL, TokenMint.keySet(TokenMint.jwk("one", TokenMint.rsa(), "\"alg\":\"PS256\"")));
        IssuerKeys keys = keys();

        isUsable(keys.find("one", "PS256"));
        assertThat(keys.find("one", "RS256")).isEqualTo(IssuerKeys.Missing.UNKNOWN);
    }
}
