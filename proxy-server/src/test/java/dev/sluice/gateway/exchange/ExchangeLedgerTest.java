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
import dev.sluice.gateway.wire.RecordingLedger;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an exchange writes into the books, and when. */
class ExchangeLedgerTest {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final RecordingLedger ledger = engine.ledger();
    private final Call call = new Call(buffers, engine);

    @AfterEach
    void everythingIsReleased() {
        engine.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    private void useModel(String model, GatewayConfig.AbortPolicy onClientAbort) {
        engine.publish(Configs.routes(
                List.of(Configs.provider(
                        "alpha", "http://127.0.0.1:" + Engine.PROVIDER_PORT + "/v1", Engine.PROVIDER_KEY)),
                List.of(Configs.model(
                        "gpt-test",
                        List.of(new GatewayConfig.Target("alpha", model)),
                        GatewayConfig.Timeouts.DEFAULT,
                        onClientAbort))));
    }

    // ---- opening --------------------------------------------------------------------------------------------------

    @Test
    void anAttemptIsOpenedBeforeItsConnectionIs() {
        engine.network().becomeUnreachable();
        call.header("x-sluice-user", "ann").send(Call.STREAM_BODY);

        AttemptOpening opening = ledger.account().opening;
        assertThat(opening.requestId()).isEqualTo("req_1");
        assertThat(opening.keyId()).isEqualTo("key_all");
        assertThat(opening.endUser()).isEqualTo("ann");
        assertThat(opening.requestedModel()).isEqualTo("gpt-test");
        assertThat(opening.upstreamModel()).isEqualTo("m-1");
        assertThat(opening.stream()).isTrue();
        assertThat(opening.counted().inputTokens()).isPositive();
        assertThat(opening.counted().outputTokens()).isZero();
        call.exchange().onClientGone();
    }

    @Test
    void withFullBooksNothingIsSent() {
        ledger.fill();
        call.send(Call.STREAM_BODY);

        assertThat(call.client().steps()).containsExactly("summary refused", "answer 503");
        assertThat(call.client().body()).contains("metering_unavailable");
        assertThat(call.summary().attempts()).isEmpty();
        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void aRefusedRequestOpensNothing() {
        call.key(null).send(Call.STREAM_BODY);

        assertThat(ledger.accounts).isEmpty();
    }

    @Test
    void aSmallPromptIsCountedBeforeItIsSent() {
        useModel("gpt-4o-mini", GatewayConfig.AbortPolicy.CANCEL);
        call.send(Call.STREAM_BODY);

        // 3 for the message, "user", "hello", 3 for the reply.
        assertThat(ledger.account().opening.counted())
                .isEqualTo(new Counted(8, /* inputExact= */ true, 0, /* outputExact= */ true, false));
    }

    // ---- progress -------------------------------------------------------------------------------------------------

    @Test
    void progressIsToldOnceASecondWhileTextComes() {
        useModel("gpt-4o-mini", GatewayConfig.AbortPolicy.CANCEL);
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("one two")));
        engine.advance(Duration.ofMillis(900));
        assertThat(ledger.account().progress).isEmpty();

        engine.advance(Duration.ofMillis(300));
        assertThat(ledger.account().progress).extracting(Counted::outputTokens).containsExactly(2L);

        engine.advance(Duration.ofSeconds(5));
        assertThat(ledger.account().progress).hasSize(1);

        call.provider(chunk(delta(" three")));
        engine.advance(Duration.ofMillis(200));
        assertThat(ledger.account().progress).extracting(Counted::outputTokens).containsExactly(2L, 3L);
        call.exchange().onClientGone();
    }

    @Test
    void progressIsToldAtOnceWhenFiveHundredTokensHaveCome() {
        useModel("gpt-4o-mini", GatewayConfig.AbortPolicy.CANCEL);
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE));
        for (int i = 0; i < 16; i++) {
            call.provider(chunk(delta(" one".repeat(100))));
        }

        assertThat(ledger.account().progress).hasSizeBetween(2, 3);
        assertThat(ledger.account().progress.get(0).outputTokens()).isBetween(500L, 620L);
        call.exchange().onClientGone();
    }

    // ---- closing --------------------------------------------------------------------------------------------------

    @Test
    void theEntryIsClosedBeforeTheLastByteIsWritten() {
        ledger.slowDown();
        call.send(Call.STREAM_BODY).provider(stream("hi"));

        assertThat(ledger.account().closed).isNotNull();
        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary ok");
        assertThat(engine.loop().openExchanges()).isEqualTo(1);

        ledger.keep();
        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary ok", "end");
    }

    @Test
    void aWholeAnswerIsHeldUntilItsEntryIsKept() {
        ledger.slowDown();
        ledger.charge(1_500);
        call.send(Call.WHOLE_BODY).provider(json(200, WHOLE));
        assertThat(call.client().steps()).containsExactly("summary ok");

        ledger.keep();
        assertThat(call.client().steps()).containsExactly("summary ok", "answer 200");
        assertThat(call.client().header("x-sluice-cost-usd")).isEqualTo("0.0000015");
    }

    @Test
    void aClientThatLeavesWhileItsEntryIsNotKeptYetIsNotAnswered() {
        ledger.slowDown();
        call.send(Call.WHOLE_BODY).provider(json(200, WHOLE));
        call.exchange().onClientGone();
        ledger.keep();

        assertThat(call.client().steps()).containsExactly("summary ok", "cut");
        assertThat(engine.summaries()).hasSize(1);
    }

    @Test
    void anAnswerWithoutACostDoesNotTellOne() {
        call.send(Call.WHOLE_BODY).provider(json(200, WHOLE));

        assertThat(call.client().header("x-sluice-cost-usd")).isNull();
    }

    @Test
    void whatWasDeliveredIsCountedWhenTheClientLeaves() {
        useModel("gpt-4o-mini", GatewayConfig.AbortPolicy.CANCEL);
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("one two") + delta(" three")));
        // Half an event is not delivered, and so not counted.
        call.provider(chunk(delta(" four five six").substring(0, 100)));
        call.exchange().onClientGone();

        assertThat(call.attempt().counted()).isEqualTo(new Counted(8, true, 3, true, false));
        assertThat(call.provider().isClosed()).isTrue();
    }

    // ---- draining -------------------------------------------------------------------------------------------------

    @Test
    void aDrainedAnswerIsReadToItsEndForItsFigures() {
        useModel("gpt-4o-mini", GatewayConfig.AbortPolicy.DRAIN);
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")));
        call.exchange().onClientGone();
        assertThat(call.provider().isClosed()).isFalse();
        assertThat(engine.summaries()).isEmpty();

        call.provider(chunk(delta(" there") + FINISH + USAGE + DONE) + LAST_CHUNK);

        assertThat(call.summary().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
        assertThat(call.attempt().usage().outputTokens()).isEqualTo(3);
        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary client_abort", "cut");
    }

    @Test
    void aDrainedAnswerIsClosedWhenItsTimeIsOver() {
        useModel("gpt-4o-mini", GatewayConfig.AbortPolicy.DRAIN);
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")));
        call.exchange().onClientGone();
        for (int second = 0; second < 59; second++) {
            engine.advance(Duration.ofSeconds(1));
            call.provider(chunk(delta("x")));
        }
        assertThat(engine.summaries()).isEmpty();

        engine.advance(Duration.ofSeconds(2));
        assertThat(call.summary().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
        assertThat(call.provider().isClosed()).isTrue();
    }

    @Test
    void aClientThatCouldNotKeepUpNoLongerHoldsADrainedAnswerBack() {
        useModel("gpt-4o-mini", GatewayConfig.AbortPolicy.DRAIN);
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")));
        call.exchange().onClientWritable(false);
        call.exchange().onClientGone();

        call.provider(chunk(FINISH + USAGE + DONE) + LAST_CHUNK);

        assertThat(call.attempt().usage().outputTokens()).isEqualTo(3);
    }

    @Test
    void aShutdownEndsADrainedAnswerToo() {
        useModel("gpt-4o-mini", GatewayConfig.AbortPolicy.DRAIN);
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")));
        call.exchange().onClientGone();
        engine.loop().interruptAll();

        assertThat(call.summary().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
        assertThat(call.provider().isClosed()).isTrue();
    }
}
