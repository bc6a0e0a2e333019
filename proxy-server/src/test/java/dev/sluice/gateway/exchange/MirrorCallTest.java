package dev.sluice.gateway.exchange;

import static dev.sluice.gateway.wire.Answers.STREAM_HEAD;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.delta;
import static dev.sluice.gateway.wire.Answers.json;
import static dev.sluice.gateway.wire.Answers.stream;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.RecordingLedger;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code beta} sees copies of what {@code alpha} answers; the caller must not notice. */
class MirrorCallTest {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final TwoProviders providers = new TwoProviders(engine);
    private final Call call = new Call(buffers, engine);

    @BeforeEach
    void betaIsTheShadow() {
        providers.publishShadow(100);
    }

    @AfterEach
    void everythingIsReleased() {
        engine.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    private RecordingLedger.Account copy() {
        return engine.ledger().accounts.stream()
                .filter(account -> account.opening.provider().equals("beta"))
                .findFirst()
                .orElseThrow();
    }

    private String copyStatus() {
        AttemptSummary closed = copy().closed;
        return closed == null ? "open" : closed.status().label();
    }

    private void theCallerIsAnswered() {
        providers.first().send(stream("hi"));
        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary ok", "end");
        assertThat(call.client().header("x-sluice-provider")).isEqualTo("alpha");
        assertThat(call.client().header("x-sluice-attempts")).isEqualTo("1");
        assertThat(call.summary().attempts()).hasSize(1);
    }

    @Test
    void theShadowGetsACopyWhoseAnswerNobodySees() {
        call.send(Call.STREAM_BODY);
        assertThat(providers.second().received()).contains("\"m-2\"").contains("hello");
        providers.second().send(stream("something else"));
        theCallerIsAnswered();

        assertThat(call.client().body()).doesNotContain("something else");
        assertThat(copyStatus()).isEqualTo("ok");
    }

    @Test
    void theCopyIsOnNobodysAccountAndMarked() {
        call.header("x-sluice-tags", "a=1").send(Call.STREAM_BODY);
        providers.second().send(stream("something else"));
        theCallerIsAnswered();

        assertThat(copy().opening.keyId()).isNull();
        assertThat(copy().opening.teamId()).isNull();
        assertThat(copy().opening.tags()).isEqualTo(Map.of("mirror", "true"));
        assertThat(copy().opening.number()).isZero();
        assertThat(copy().opening.requestId()).isEqualTo("req_1");
        AttemptSummary closed = copy().closed;
        assertThat(closed).isNotNull();
        assertThat(closed.usage().outputTokens()).isEqualTo(3);
    }

    @Test
    void aShadowThatFailsIsNotNoticed() {
        call.send(Call.STREAM_BODY);
        providers.second().send(json(500, "{}"));
        theCallerIsAnswered();

        assertThat(copyStatus()).isEqualTo("upstream_error");
    }

    @Test
    void aShadowThatIsCutIsNotNoticed() {
        call.send(Call.STREAM_BODY);
        providers.second().send(STREAM_HEAD + chunk(delta("some")));
        providers.second().close();
        theCallerIsAnswered();

        assertThat(copyStatus()).isEqualTo("truncated");
    }

    @Test
    void aShadowMayGoOnWhenTheCallerHasItsAnswer() {
        call.send(Call.STREAM_BODY);
        theCallerIsAnswered();
        assertThat(copyStatus()).isEqualTo("open");
        assertThat(engine.loop().openExchanges()).isEqualTo(1);
        providers.second().send(stream("later"));

        assertThat(copyStatus()).isEqualTo("ok");
    }

    @Test
    void aShadowThatNeverAnswersIsGivenUp() {
        call.send(Call.STREAM_BODY);
        theCallerIsAnswered();
        engine.advance(Duration.ofMillis(10_200));

        assertThat(copyStatus()).isEqualTo("timeout");
        assertThat(providers.second().isClosed()).isTrue();
    }

    @Test
    void anEndOfTheGatewayEndsTheCopyToo() {
        call.send(Call.STREAM_BODY);
        theCallerIsAnswered();
        engine.loop().interruptAll();

        assertThat(copyStatus()).isEqualTo("interrupted");
    }

    @Test
    void noCopyIsSentOfWhatTheLotDoesNotFallOn() {
        providers.publishShadow(0);
        call.send(Call.STREAM_BODY);
        theCallerIsAnswered();

        assertThat(providers.beta().connections()).isZero();
        assertThat(engine.ledger().accounts).hasSize(1);
    }

    @Test
    void theShadowIsNoFallback() {
        call.send(Call.STREAM_BODY);
        providers.first().send(json(500, "{}"));

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 502");
        providers.second().send(stream("something else"));
        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 502");
    }
}
