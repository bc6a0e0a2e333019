package dev.sluice.gateway.exchange;

import static dev.sluice.gateway.wire.Answers.FINISH;
import static dev.sluice.gateway.wire.Answers.LAST_CHUNK;
import static dev.sluice.gateway.wire.Answers.ROLE;
import static dev.sluice.gateway.wire.Answers.STREAM_HEAD;
import static dev.sluice.gateway.wire.Answers.WHOLE;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.delta;
import static dev.sluice.gateway.wire.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client that leaves, cannot keep up, or outlives the gateway: in each phase of an exchange. */
class ExchangeClientTest {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final Call call = new Call(buffers, engine);

    @AfterEach
    void everythingIsReleased() {
        engine.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    // ---- the client leaves ----------------------------------------------------------------------------------------

    @Test
    void aClientThatLeavesWhileItsBodyArrivesIsRecorded() {
        call.begin().body("{\"model\":\"gpt-");
        call.exchange().onClientGone();

        assertThat(call.client().steps()).containsExactly("summary client_abort", "cut");
        assertThat(call.summary().attempts()).isEmpty();
        assertThat(call.summary().httpStatus()).isZero();
        assertThat(call.summary().requestBytes()).isEqualTo(14);
    }

    @Test
    void aClientThatLeavesBeforeTheConnectionStandsCostsNoRequest() {
        engine.network().becomeUnreachable();
        call.send(Call.STREAM_BODY);
        call.exchange().onClientGone();

        assertThat(call.client().steps()).containsExactly("summary client_abort", "cut");
        assertThat(call.attempt().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void aClientThatLeavesBeforeTheAnswerClosesTheProvidersConnectionAtOnce() {
        call.send(Call.STREAM_BODY);
        call.exchange().onClientGone();

        assertThat(call.provider().isClosed()).isTrue();
        assertThat(call.client().steps()).containsExactly("summary client_abort", "cut");
        assertThat(call.summary().overheadNanos()).isZero();
    }

    @Test
    void aClientThatLeavesInMidStreamClosesTheProvidersConnectionAtOnce() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")));
        call.exchange().onClientGone();

        assertThat(call.provider().isClosed()).isTrue();
        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary client_abort", "cut");
        assertThat(call.summary().httpStatus()).isEqualTo(200);
        assertThat(call.attempt().httpStatus()).isEqualTo(200);
    }

    @Test
    void aClientThatLeavesWhileAWholeAnswerIsHeldGetsNothingOfIt() {
        call.send(Call.WHOLE_BODY).provider(json(200, WHOLE).substring(0, 200));
        call.exchange().onClientGone();

        assertThat(call.client().steps()).containsExactly("summary client_abort", "cut");
        assertThat(call.summary().responseBytes()).isZero();
    }

    // ---- the gateway leaves ---------------------------------------------------------------------------------------

    @Test
    void aShutdownWhileTheBodyArrivesIsA503() {
        call.begin().body("{\"model\":");
        engine.loop().interruptAll();

        assertThat(call.client().steps()).containsExactly("summary interrupted", "answer 503");
        assertThat(call.client().body()).contains("shutting down");
    }

    @Test
    void aShutdownBeforeTheAnswerIsA503AndCancelsTheAttempt() {
        call.send(Call.STREAM_BODY);
        engine.loop().interruptAll();

        assertThat(call.client().steps()).containsExactly("summary interrupted", "answer 503");
        assertThat(call.provider().isClosed()).isTrue();
        assertThat(call.attempt().status()).isEqualTo(AttemptStatus.INTERRUPTED);
    }

    @Test
    void aShutdownInMidStreamEndsItWithAnErrorEvent() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")));
        engine.loop().interruptAll();

        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary interrupted", "body", "end");
        assertThat(call.client().body()).contains("\"code\":\"overloaded\"").doesNotContain("[DONE]");
        assertThat(call.provider().isClosed()).isTrue();
    }

    @Test
    void aShutdownEndsEveryOpenExchangeAndSparesTheOthers() {
        Call second = new Call(buffers, engine);
        call.send(Call.STREAM_BODY);
        second.send(Call.STREAM_BODY);
        assertThat(engine.loop().openExchanges()).isEqualTo(2);
        call.exchange().onClientGone();

        engine.loop().interruptAll();

        assertThat(engine.summaries())
                .extracting(ExchangeSummary::status)
                .containsExactly(AttemptStatus.CLIENT_ABORT, AttemptStatus.INTERRUPTED);
    }

    // ---- the client cannot keep up --------------------------------------------------------------------------------

    @Test
    void theProviderIsNotReadWhileTheClientCannotTakeMore() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE));
        call.exchange().onClientWritable(false);
        engine.settle();

        // What had been asked for already may still come; nothing behind it.
        call.provider(chunk(delta("one")));
        String seen = call.client().body();
        call.provider(chunk(delta("two"))).provider(chunk(delta("three")));
        assertThat(call.client().body()).isEqualTo(seen).doesNotContain("two");

        call.exchange().onClientWritable(true);
        engine.settle();
        assertThat(call.client().body()).isEqualTo(ROLE + delta("one") + delta("two") + delta("three"));

        call.provider(chunk(FINISH) + LAST_CHUNK);
        assertThat(call.summary().status()).isEqualTo(AttemptStatus.OK);
    }

    @Test
    void aPausedConnectionIsReadAgainWhenItServesTheNextRequest() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi") + FINISH));
        call.provider().channel();
        call.provider(LAST_CHUNK);
        Call second = new Call(buffers, engine);
        second.send(Call.STREAM_BODY);
        second.exchange().onClientWritable(false);
        engine.settle();
        second.exchange().onClientWritable(true);
        engine.settle();
        second.provider(STREAM_HEAD + chunk(ROLE + delta("hi") + FINISH) + LAST_CHUNK);

        assertThat(engine.provider().connections()).isEqualTo(1);
        assertThat(engine.summaries()).extracting(ExchangeSummary::status).containsOnly(AttemptStatus.OK);
        assertThat(engine.summaries()).hasSize(2);
    }

    @Test
    void aClientThatWasUnwritableFromTheStartIsNotFloodedWithItsAnswer() {
        call.begin();
        call.exchange().onClientWritable(false);
        call.body(Call.STREAM_BODY).bodyEnd();
        call.provider(STREAM_HEAD + chunk(ROLE + delta("one")));
        call.provider(chunk(delta("two")));

        assertThat(call.client().body()).isEmpty();

        call.exchange().onClientWritable(true);
        engine.settle();
        assertThat(call.client().body()).contains("two");
    }

    @Test
    void whileTheClientCannotTakeMoreTheProviderIsNotLate() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE));
        call.exchange().onClientWritable(false);
        // The limits are 20 s to the first token and 60 s between reads.
        engine.advance(Duration.ofSeconds(59));
        assertThat(engine.summaries()).isEmpty();

        call.exchange().onClientWritable(true);
        call.provider(chunk(delta("hi") + FINISH) + LAST_CHUNK);

        assertThat(call.summary().status()).isEqualTo(AttemptStatus.OK);
    }

    @Test
    void aClientThatTakesNothingForAMinuteIsGivenUp() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")));
        call.exchange().onClientWritable(false);
        engine.advance(Duration.ofMillis(59_900));
        assertThat(engine.summaries()).isEmpty();

        engine.advance(Duration.ofMillis(300));

        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary client_abort", "cut");
        assertThat(call.provider().isClosed()).isTrue();
    }

    @Test
    void aClientThatNowAndThenTakesALittleIsNotGivenUp() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")));
        for (int i = 0; i < 4; i++) {
            call.exchange().onClientWritable(false);
            engine.advance(Duration.ofSeconds(50));
            call.exchange().onClientWritable(true);
            engine.settle();
        }

        assertThat(engine.summaries()).isEmpty();
        call.exchange().onClientGone();
    }
}
