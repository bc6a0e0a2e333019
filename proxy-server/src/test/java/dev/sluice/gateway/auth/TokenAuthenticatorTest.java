package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.SignedJWT;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TokenAuthenticatorTest {
    private static final String HEADER = "{\"alg\":\"RS256\"}";

    private final MockTicker ticker = Ticker.newMockTicker();
    private final Revocations revocations = new Revocations();
    private final Deque<Runnable> held = new ArrayDeque<>();
    private final Believer believer = new Believer();
    private long nowSeconds = 1_000;
    private final TokenAuthenticator tokens = new TokenAuthenticator(
            List.of(believer), revocations, () -> Instant.ofEpochSecond(nowSeconds), ticker, held::add);

    /** Believes every token of the issuer {@code me}, for the subject it names, as long as it is told to. */
    private static class Believer implements TokenVerifier {
        private int asked;
        private long generation;
        private AuthResult.Refused refusal = AuthResult.Refused.INVALID;
        private boolean believes = true;
        private RuntimeException failure;

        @Override
        public boolean knows(String issuer) {
            return issuer.equals("me");
        }

        @Override
        public Verdict verify(SignedJWT token) {
            asked++;
            if (failure != null) {
                throw failure;
            }
            JsonObject claims = JsonObject.parse(token.getPayload().toBytes());
            String subject = claims == null ? "" : String.valueOf(claims.text("sub"));
            Principal principal = new Principal(
                    "user:" + subject,
                    subject,
                    null,
                    subject,
                    Role.MEMBER,
                    null,
                    Map.of(),
                    List.of(),
                    List.of(),
                    2_000);
            return believes
                    ? Verdict.good(new VerifiedToken(principal, "session-of-" + subject, 900))
                    : Verdict.refused(refusal);
        }

        @Override
        public long generation() {
            return generation;
        }
    }

    private static String token(String subject) {
        return token("me", subject);
    }

    private static String token(String issuer, String subject) {
        String claims = "{\"iss\":\"" + issuer + "\",\"sub\":\"" + subject + "\"}";
        return TokenMint.token(HEADER, claims, input -> new byte[] {1});
    }

    private void runHeld() {
        while (!held.isEmpty()) {
            held.remove().run();
        }
    }

    private AuthResult resolved(String token) {
        List<AuthResult> answers = new ArrayList<>();
        tokens.resolve(token, answers::add);
        runHeld();
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    private static String idOf(AuthResult result) {
        assertThat(result).isInstanceOf(Principal.class);
        return ((Principal) result).keyId();
    }

    @Test
    void memoryAnswersOnceTheSignatureHasBeenChecked() {
        String token = token("ann");
        assertThat(tokens.authenticate(token)).isEqualTo(AuthResult.Unresolved.INSTANCE);

        assertThat(idOf(resolved(token))).isEqualTo("user:ann");

        assertThat(idOf(tokens.authenticate(token))).isEqualTo("user:ann");
        assertThat(believer.asked).isEqualTo(1);
    }

    @Test
    void manyWhoSendTheSameTokenWaitForOneCheck() {
        List<AuthResult> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            tokens.resolve(token("ann"), answers::add);
        }
        assertThat(held).hasSize(1);
        assertThat(answers).isEmpty();

        runHeld();

        assertThat(answers)
                .hasSize(50)
                .allSatisfy(answer -> assertThat(idOf(answer)).isEqualTo("user:ann"));
        assertThat(believer.asked).isEqualTo(1);
    }

    @Test
    void onlySoManyAreCheckedAtOnceAndTheOthersMayComeAgain() {
        List<AuthResult> answers = new ArrayList<>();
        for (int i = 0; i < TokenAuthenticator.MAX_CHECKS; i++) {
            tokens.resolve(token("user-" + i), answers::add);
        }
        assertThat(answers).isEmpty();

        assertThat(resolvedNow(token("one-too-many"))).isEqualTo(AuthResult.Refused.UNAVAILABLE);

        runHeld();
        assertThat(answers).hasSize(TokenAuthenticator.MAX_CHECKS);
        assertThat(idOf(resolved(token("one-too-many")))).isEqualTo("user:one-too-many");
    }

    private AuthResult resolvedNow(String token) {
        List<AuthResult> answers = new ArrayList<>();
        tokens.resolve(token, answers::add);
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    @Test
    void onlySoManyWaitAtOnce() {
        List<AuthResult> answers = new ArrayList<>();
        for (int i = 0; i < TokenAuthenticator.MAX_WAITING; i++) {
            tokens.resolve(token("ann"), answers::add);
        }
        assertThat(answers).isEmpty();

        assertThat(resolvedNow(token("ann"))).isEqualTo(AuthResult.Refused.UNAVAILABLE);

        runHeld();
        assertThat(answers).hasSize(TokenAuthenticator.MAX_WAITING);
        assertThat(idOf(resolved(token("bob")))).isEqualTo("user:bob");
    }

    @Test
    void whatHasExpiredOrWasTakenBackIsRefusedFromMemory() {
        resolved(token("ann"));
        resolved(token("bob"));
        resolved(token("cat"));

        revocations.add("session-of-ann", 900, 5_000);
        revocations.add("bob", 900, 5_000);
        assertThat(tokens.authenticate(token("ann"))).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(tokens.authenticate(token("bob"))).isEqualTo(AuthResult.Refused.INVALID);
        nowSeconds = 2_000;
        assertThat(idOf(tokens.authenticate(token("cat")))).isEqualTo("user:cat");
        nowSeconds = 2_001;
        assertThat(tokens.authenticate(token("cat"))).isEqualTo(AuthResult.Refused.EXPIRED);
        assertThat(believer.asked).isEqualTo(3);
    }

    @Test
    void whatWasTakenBackBeforeItCameIsNotBelievedAtAll() {
        revocations.add("ann", 900, 5_000);

        assertThat(resolved(token("ann"))).isEqualTo(AuthResult.Refused.INVALID);
    }

    @Test
    void isAskedAgainWhenTheVerifierMayThinkOtherwise() {
        resolved(token("ann"));
        believer.generation++;

        assertThat(tokens.authenticate(token("ann"))).isEqualTo(AuthResult.Unresolved.INSTANCE);
        believer.believes = false;
        assertThat(resolved(token("ann"))).isEqualTo(AuthResult.Refused.INVALID);
    }

    @Test
    void otherIssuersAreBelievedFromNowOnAndThoseThatStayAreNotAskedAgain() {
        String mine = token("ann");
        String others = token("other", "bob");
        resolved(mine);
        assertThat(resolved(others)).isEqualTo(AuthResult.Refused.INVALID);
        long generation = tokens.generation();

        Believer other = new Believer() {
            @Override
            public boolean knows(String issuer) {
                return issuer.equals("other");
            }
        };
        tokens.use(List.of(believer, other));
        assertThat(tokens.generation()).isNotEqualTo(generation);
        assertThat(idOf(tokens.authenticate(mine))).isEqualTo("user:ann");
        assertThat(idOf(resolved(others))).isEqualTo("user:bob");

        tokens.use(List.of(other));
        assertThat(tokens.authenticate(mine)).isEqualTo(AuthResult.Unresolved.INSTANCE);
        assertThat(resolved(mine)).isEqualTo(AuthResult.Refused.INVALID);
    }

    @Test
    void aRefusalIsRememberedForAWhileAndWhatCannotBeToldIsNot() {
        believer.believes = false;
        assertThat(resolved(token("ann"))).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(tokens.authenticate(token("ann"))).isEqualTo(AuthResult.Refused.INVALID);
        believer.refusal = AuthResult.Refused.UNAVAILABLE;
        assertThat(resolved(token("bob"))).isEqualTo(AuthResult.Refused.UNAVAILABLE);
        assertThat(tokens.authenticate(token("bob"))).isEqualTo(AuthResult.Unresolved.INSTANCE);

        ticker.advance(5, TimeUnit.SECONDS);
        believer.believes = true;
        assertThat(idOf(resolved(token("ann")))).isEqualTo("user:ann");
    }

    @Test
    void whatNobodyForesawIsNoFaultOfTheCallers() {
        believer.failure = new IllegalStateException("broken");

        assertThat(resolved(token("ann"))).isEqualTo(AuthResult.Refused.UNAVAILABLE);

        believer.failure = null;
        assertThat(idOf(resolved(token("ann")))).isEqualTo("user:ann");
    }

    @Test
    void remembersSoManyAndNoMore() {
        for (int i = 0; i < 3 * TokenAuthenticator.MAX_REMEMBERED; i++) {
            resolved(token("user-" + i));
            // Somebody who calls all the time.
            assertThat(tokens.authenticate(token("user-0"))).isInstanceOf(Principal.class);
        }

        assertThat(tokens.size()).isBetween(TokenAuthenticator.MAX_REMEMBERED / 2, TokenAuthenticator.MAX_REMEMBERED);
        assertThat(believer.asked).isEqualTo(3 * TokenAuthenticator.MAX_REMEMBERED);
    }
}
