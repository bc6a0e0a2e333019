package dev.sluice.gateway.exchange;

import static dev.sluice.gateway.wire.Answers.DONE;
import static dev.sluice.gateway.wire.Answers.FINISH;
import static dev.sluice.gateway.wire.Answers.LAST_CHUNK;
import static dev.sluice.gateway.wire.Answers.ROLE;
import static dev.sluice.gateway.wire.Answers.STREAM_HEAD;
import static dev.sluice.gateway.wire.Answers.USAGE;
import static dev.sluice.gateway.wire.Answers.WHOLE;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.delta;
import static dev.sluice.gateway.wire.Answers.json;
import static dev.sluice.gateway.wire.Answers.stream;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Configs;
import dev.sluice.gateway.wire.Engine;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An attempt that is late gets a rival; whoever has content first answers, and the other one has its row. */
class ExchangeHedgeTest {
    private static final Duration AFTER = Duration.ofMillis(300);

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final TwoProviders providers = new TwoProviders(engine);
    private final Call call = new Call(buffers, engine);

    @BeforeEach
    void hedgeAfterAFixedTime() {
        providers.publish(Configs.RETRY, new GatewayConfig.Hedge(0, AFTER, 100), null);
    }

    @AfterEach
    void everythingIsReleased() {
        engine.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    private void theRivalIsMade() {
        assertThat(providers.beta().connections()).isZero();
        engine.advance(AFTER);
        assertThat(providers.beta().connections()).isEqualTo(1);
        assertThat(providers.first().isClosed()).isFalse();
    }

    @Test
    void theRivalAnswersWhenItHasContentFirst() {
        call.send(Call.STREAM_BODY);
        providers.first().send(STREAM_HEAD + chunk(ROLE));
        theRivalIsMade();
        providers.second().send(stream("hi"));

        assertThat(call.client().body()).isEqualTo(ROLE + delta("hi") + FINISH + DONE);
        assertThat(call.client().header("x-sluice-provider")).isEqualTo("beta");
        assertThat(call.client().header("x-sluice-attempts")).isEqualTo("2");
        assertThat(providers.first().isClosed()).isTrue();
        assertThat(providers.rows()).containsExactly("1 alpha cancelled", "2 beta ok");
        assertThat(providers.reasons()).containsExactly("alpha first", "beta hedge");
    }

    @Test
    void theLateOneAnswersWhenItHasContentFirst() {
        call.send(Call.STREAM_BODY);
        theRivalIsMade();
        providers.second().send(STREAM_HEAD + chunk(ROLE));
        providers.first().send(STREAM_HEAD + chunk(ROLE + delta("hi")));
        assertThat(providers.second().isClosed()).isTrue();
        providers.first().send(chunk(FINISH + USAGE + DONE) + LAST_CHUNK);

        assertThat(call.client().body()).isEqualTo(ROLE + delta("hi") + FINISH + DONE);
        assertThat(call.client().header("x-sluice-provider")).isEqualTo("alpha");
        assertThat(providers.rows()).containsExactly("1 alpha ok", "2 beta cancelled");
    }

    @Test
    void nothingOfTheLoserReachesTheClient() {
        call.send(Call.STREAM_BODY);
        theRivalIsMade();
        providers.first().send(STREAM_HEAD + chunk(ROLE + delta("one")));
        providers.second().send(STREAM_HEAD + chunk(ROLE + delta("two")));
        providers.first().send(chunk(FINISH + USAGE + DONE) + LAST_CHUNK);

        assertThat(call.client().body()).isEqualTo(ROLE + delta("one") + FINISH + DONE);
    }

    @Test
    void aFixedTimeSaysNothingOfAWholeAnswer() {
        call.send(Call.WHOLE_BODY);
        engine.advance(AFTER.multipliedBy(3));
        providers.first().send(json(200, WHOLE));

        assertThat(call.client().steps()).containsExactly("summary ok", "answer 200");
        assertThat(providers.beta().connections()).isZero();
    }

    @Test
    void aWholeAnswerIsHedgedWhenItTakesLongerThanOthers() {
        providers.publish(Configs.RETRY, new GatewayConfig.Hedge(95, null, 100), null);
        for (int i = 0; i < 30; i++) {
            Call quick = new Call(buffers, engine).send(Call.WHOLE_BODY);
            engine.advance(Duration.ofMillis(100));
            providers.first().send(json(200, WHOLE));
            assertThat(quick.client().steps()).containsExactly("summary ok", "answer 200");
        }
        engine.ledger().accounts.clear();
        engine.summaries().clear();
        call.send(Call.WHOLE_BODY);
        engine.advance(Duration.ofMillis(200));
        providers.second().send(json(200, WHOLE));

        assertThat(call.client().steps()).containsExactly("summary ok", "answer 200");
        assertThat(providers.rows()).containsExactly("1 alpha cancelled", "2 beta ok");
    }

    @Test
    void theOtherOneGoesOnWhenOneOfThemFails() {
        call.send(Call.STREAM_BODY);
        theRivalIsMade();
        providers.second().send(json(500, "{}"));
        assertThat(call.client().steps()).isEmpty();
        providers.first().send(stream("hi"));

        assertThat(call.client().header("x-sluice-provider")).isEqualTo("alpha");
        assertThat(providers.rows()).containsExactly("1 alpha ok", "2 beta upstream_error");
    }

    @Test
    void theRivalGoesOnWhenTheLateOneFails() {
        call.send(Call.STREAM_BODY);
        theRivalIsMade();
        providers.first().close();
        assertThat(call.client().steps()).isEmpty();
        providers.second().send(stream("hi"));

        assertThat(call.client().header("x-sluice-provider")).isEqualTo("beta");
        assertThat(providers.rows()).containsExactly("1 alpha upstream_error", "2 beta ok");
    }

    @Test
    void theLastErrorIsTheAnswerWhenBothFail() {
        call.send(Call.STREAM_BODY);
        theRivalIsMade();
        providers.second().send(json(529, "{}"));
        providers.first().send(json(500, "{}"));

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 502");
        assertThat(providers.rows()).containsExactly("1 alpha upstream_error", "2 beta upstream_error");
    }

    @Test
    void anAttemptThatIsNotLateGetsNoRival() {
        call.send(Call.STREAM_BODY);
        providers.first().send(STREAM_HEAD + chunk(ROLE + delta("hi")));
        engine.advance(AFTER);
        providers.first().send(chunk(FINISH + USAGE + DONE) + LAST_CHUNK);

        assertThat(providers.beta().connections()).isZero();
        assertThat(providers.rows()).containsExactly("1 alpha ok");
    }

    @Test
    void aClientThatLeavesEndsBoth() {
        call.send(Call.STREAM_BODY);
        theRivalIsMade();
        call.exchange().onClientGone();
        engine.settle();

        assertThat(providers.first().isClosed()).isTrue();
        assertThat(providers.second().isClosed()).isTrue();
        assertThat(providers.rows()).containsExactly("1 alpha client_abort", "2 beta client_abort");
    }

    @Test
    void openersAreHeldOfBoth() {
        call.send(Call.STREAM_BODY);
        theRivalIsMade();
        providers.first().send(STREAM_HEAD + chunk(ROLE));
        providers.second().send(STREAM_HEAD + chunk(ROLE));
        assertThat(call.client().steps()).isEmpty();
        engine.advance(Configs.HOLD.plusMillis(200));

        // Time is up: the first of them to be asked has its opener let go, and with it the answer.
        assertThat(call.client().steps()).containsExactly("head 200", "body");
        assertThat(providers.rows()).containsExactly("1 alpha open", "2 beta cancelled");
        providers.first().send(chunk(delta("hi") + FINISH + USAGE + DONE) + LAST_CHUNK);
        assertThat(call.client().body()).isEqualTo(ROLE + delta("hi") + FINISH + DONE);
    }
}
