package dev.sluice.gateway.exchange;

import static dev.sluice.gateway.wire.Answers.ERROR_EVENT;
import static dev.sluice.gateway.wire.Answers.FINISH;
import static dev.sluice.gateway.wire.Answers.LAST_CHUNK;
import static dev.sluice.gateway.wire.Answers.ROLE;
import static dev.sluice.gateway.wire.Answers.STREAM_HEAD;
import static dev.sluice.gateway.wire.Answers.WHOLE;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.delta;
import static dev.sluice.gateway.wire.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The deadlines of an exchange: each one met within a tick, and what the client is told then. */
class ExchangeTimeTest {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(
            buffers,
            new GatewayConfig.Timeouts(
                    Duration.ofSeconds(2), Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofSeconds(60)));
    private final Call call = new Call(buffers, engine);

    @AfterEach
    void everythingIsReleased() {
        engine.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    /** Nothing has ended yet shortly before {@code deadline}; shortly behind it the exchange is over. */
    private void expectTimeoutAt(Duration deadline) {
        engine.advance(deadline.minusMillis(50));
        assertThat(engine.summaries()).as("ended before " + deadline).isEmpty();
        engine.advance(Duration.ofMillis(250));
        assertThat(call.summary().status()).isEqualTo(AttemptStatus.TIMEOUT);
        assertThat(call.summary().errorCode()).isEqualTo("upstream_timeout");
    }

    @Test
    void aConnectionThatDoesNotComeAboutIsA504() {
        engine.network().becomeUnreachable();
        call.send(Call.STREAM_BODY);

        expectTimeoutAt(Duration.ofSeconds(2));

        assertThat(call.client().steps()).containsExactly("summary timeout", "answer 504");
        assertThat(call.client().body()).contains("2000 ms");
        assertThat(call.attempt().httpStatus()).isZero();
    }

    @Test
    void aStreamWithoutAHeadIsA504AtTheFirstTokensLimit() {
        call.send(Call.STREAM_BODY);

        expectTimeoutAt(Duration.ofSeconds(10));

        assertThat(call.client().steps()).containsExactly("summary timeout", "answer 504");
        assertThat(call.client().body()).contains("10000 ms");
        assertThat(call.provider().isClosed()).isTrue();
    }

    @Test
    void heartbeatsAreNoFirstToken() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD);
        for (int i = 0; i < 9; i++) {
            engine.advance(Duration.ofSeconds(1));
            call.provider(chunk(": still here\n\n"));
        }
        expectTimeoutAt(Duration.ofSeconds(1));

        assertThat(call.summary().ttftNanos()).isEqualTo(-1);
        // The heartbeats had been let through after five seconds, so it is too late for a status.
        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary timeout", "body", "end");
    }

    @Test
    void aRoleIsNoFirstTokenEither() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE));

        expectTimeoutAt(Duration.ofSeconds(10));

        assertThat(call.client().body()).startsWith(ROLE + "data: {\"error\":").doesNotContain("[DONE]");
    }

    @Test
    void anAnswerThatIsNoStreamMayTakeLongerThanAFirstToken() {
        call.send(Call.WHOLE_BODY);
        engine.advance(Duration.ofSeconds(50));
        call.provider(json(200, WHOLE));

        assertThat(call.summary().status()).isEqualTo(AttemptStatus.OK);
        assertThat(call.attempt().durationNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(50));
    }

    @Test
    void aStreamThatFallsSilentTimesOutAtTheIdleLimit() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")));
        engine.advance(Duration.ofSeconds(19));
        call.provider(chunk(delta("there")));

        engine.advance(Duration.ofMillis(19_900));
        assertThat(engine.summaries()).isEmpty();
        engine.advance(Duration.ofMillis(400));

        assertThat(call.summary().status()).isEqualTo(AttemptStatus.TIMEOUT);
        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary timeout", "body", "end");
        assertThat(call.client().body()).contains("20000 ms").doesNotContain("[DONE]");
        assertThat(call.provider().isClosed()).isTrue();
    }

    @Test
    void heartbeatsKeepARunningStreamAlive() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")));
        engine.advance(Duration.ofSeconds(15));
        call.provider(chunk(": ping\n\n"));
        engine.advance(Duration.ofSeconds(15));
        call.provider(chunk(FINISH) + LAST_CHUNK);

        assertThat(call.summary().status()).isEqualTo(AttemptStatus.OK);
    }

    @Test
    void aStreamThatGoesOnForeverTimesOutAtTheTotalLimit() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE));
        for (int i = 0; i < 59; i++) {
            call.provider(chunk(delta("more")));
            engine.advance(Duration.ofSeconds(1));
        }
        expectTimeoutAt(Duration.ofSeconds(1));

        assertThat(call.client().body()).contains("60000 ms");
    }

    @Test
    void theCallerMayLowerTheTotalLimit() {
        call.header("x-sluice-timeout-ms", "1500").send(Call.STREAM_BODY);

        expectTimeoutAt(Duration.ofMillis(1_500));
    }

    @Test
    void theCallerCannotRaiseTheTotalLimit() {
        call.header("x-sluice-timeout-ms", "9999999").send(Call.WHOLE_BODY);

        expectTimeoutAt(Duration.ofSeconds(60));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "soon", "", "1.5", "99999999999999999999"})
    void aTimeoutThatIsNoneIsRefused(String wanted) {
        call.header("x-sluice-timeout-ms", wanted).send(Call.STREAM_BODY);

        assertThat(call.client().steps()).containsExactly("summary refused", "answer 400");
        assertThat(call.client().body()).contains("x-sluice-timeout-ms");
    }

    @Test
    void aStreamIsHeldFiveSecondsForTheSakeOfAnErrorStatus() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(": warming up\n\n"));
        engine.advance(Duration.ofMillis(4_900));
        assertThat(call.client().steps()).isEmpty();

        call.provider(chunk(ERROR_EVENT));

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 503");
    }

    @Test
    void afterFiveSecondsOfHeartbeatsTheHeadIsLetGo() {
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(": warming up\n\n"));
        engine.advance(Duration.ofMillis(5_200));
        assertThat(call.client().steps()).containsExactly("head 200", "body");
        assertThat(call.client().count("flush")).isPositive();

        call.provider(chunk(ERROR_EVENT) + LAST_CHUNK);

        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary upstream_error", "end");
        assertThat(call.client().body()).isEqualTo(": warming up\n\n" + ERROR_EVENT);
    }

    @Test
    void timesAreToldAsTheyWere() {
        call.begin();
        engine.advance(Duration.ofMillis(300));
        call.body(Call.STREAM_BODY).bodyEnd();
        engine.advance(Duration.ofMillis(700));
        call.provider(STREAM_HEAD + chunk(ROLE));
        engine.advance(Duration.ofMillis(200));
        call.provider(chunk(delta("hi")));
        engine.advance(Duration.ofMillis(100));
        call.provider(chunk(FINISH) + LAST_CHUNK);

        assertThat(call.summary().overheadNanos()).isZero();
        assertThat(call.summary().ttftNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(900));
        assertThat(call.attempt().ttftNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(900));
        assertThat(call.attempt().durationNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(1_000));
        assertThat(call.summary().durationNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(1_300));
        assertThat(call.attempt().startedAtMicros())
                .isEqualTo(Engine.NOW.getEpochSecond() * 1_000_000 + Engine.NOW.getNano() / 1_000);
    }
}
