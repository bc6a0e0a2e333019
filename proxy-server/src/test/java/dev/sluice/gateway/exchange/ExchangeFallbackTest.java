package dev.sluice.gateway.exchange;

import static dev.sluice.gateway.wire.Answers.DONE;
import static dev.sluice.gateway.wire.Answers.ERROR_EVENT;
import static dev.sluice.gateway.wire.Answers.FINISH;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What fails before it has said anything gives way to the next target; what has said something is never repeated. */
class ExchangeFallbackTest {
    private static final String ERROR = "{\"error\":{\"message\":\"no\",\"type\":\"x\",\"param\":null,\"code\":null}}";

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final TwoProviders providers = new TwoProviders(engine);
    private final Call call = new Call(buffers, engine);

    @AfterEach
    void everythingIsReleased() {
        engine.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    private void theSecondAnswers() {
        providers.second().send(stream("hi"));
        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary ok", "end");
        assertThat(call.client().body()).isEqualTo(ROLE + delta("hi") + FINISH + DONE);
        assertThat(call.client().header("x-sluice-provider")).isEqualTo("beta");
        assertThat(call.client().header("x-sluice-model")).isEqualTo("m-2");
        assertThat(call.client().header("x-sluice-attempts")).isEqualTo("2");
        assertThat(providers.reasons()).containsExactly("alpha first", "beta fallback");
        assertThat(providers.alpha().connections()).isEqualTo(1);
    }

    // ---- what another target is asked for ---------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 404, 408, 429, 500, 502, 503, 529})
    void anErrorOfTheProvidersMakingGivesWay(int status) {
        call.send(Call.STREAM_BODY);
        providers.first().send(json(status, ERROR));

        assertThat(providers.second().received()).contains("\"m-2\"").contains("key-of-beta");
        theSecondAnswers();
        assertThat(providers.rows()).containsExactly("1 alpha upstream_error", "2 beta ok");
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 413, 422})
    void anErrorOfTheCallersMakingDoesNot(int status) {
        call.send(Call.STREAM_BODY);
        providers.first().send(json(status, ERROR));

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer " + status);
        assertThat(call.client().header("x-sluice-attempts")).isEqualTo("1");
        assertThat(providers.beta().connections()).isZero();
        assertThat(providers.rows()).containsExactly("1 alpha upstream_error");
    }

    @Test
    void aLostConnectionGivesWay() {
        call.send(Call.STREAM_BODY);
        providers.first().close();

        theSecondAnswers();
        assertThat(providers.rows()).containsExactly("1 alpha upstream_error", "2 beta ok");
    }

    @Test
    void theGatewaysOwnTimeIsThatUntilSomebodyWasAsked() {
        providers.publishNobodyFirst();
        call.send(Call.STREAM_BODY);
        providers.second().send(stream("hi"));

        assertThat(providers.rows()).containsExactly("1 nobody upstream_error", "2 beta ok");
        assertThat(call.client().header("x-sluice-attempts")).isEqualTo("2");
        assertThat(call.summary().overheadNanos()).isNotNegative();
    }

    @Test
    void aHeadWithNothingBehindItGivesWay() {
        call.send(Call.STREAM_BODY);
        providers.first().send(STREAM_HEAD);
        providers.first().close();

        theSecondAnswers();
        assertThat(providers.rows()).containsExactly("1 alpha truncated", "2 beta ok");
    }

    @ParameterizedTest
    @ValueSource(strings = {ROLE, ROLE + ": ping\n\n", ": ping\n\n", ROLE + USAGE})
    void openersGiveWay(String opener) {
        call.send(Call.STREAM_BODY);
        providers.first().send(STREAM_HEAD + chunk(opener));
        assertThat(call.client().steps()).isEmpty();
        providers.first().close();

        theSecondAnswers();
        assertThat(providers.rows()).containsExactly("1 alpha truncated", "2 beta ok");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ROLE})
    void anErrorEventBeforeAnyContentGivesWay(String opener) {
        call.send(Call.STREAM_BODY);
        providers.first().send(STREAM_HEAD + chunk(opener + ERROR_EVENT));

        theSecondAnswers();
        assertThat(providers.rows()).containsExactly("1 alpha upstream_error", "2 beta ok");
    }

    @Test
    void garbageGivesWay() {
        call.send(Call.STREAM_BODY);
        providers.first().send(STREAM_HEAD + chunk("data: <html>\n\n"));

        theSecondAnswers();
        assertThat(providers.rows()).containsExactly("1 alpha upstream_error", "2 beta ok");
    }

    @Test
    void aFirstTokenThatDoesNotComeGivesWay() {
        call.send(Call.STREAM_BODY);
        engine.advance(Duration.ofMillis(10_200));

        assertThat(providers.first().isClosed()).isTrue();
        theSecondAnswers();
        assertThat(providers.rows()).containsExactly("1 alpha timeout", "2 beta ok");
    }

    @Test
    void aWholeAnswerThatIsCutGivesWay() {
        call.send(Call.WHOLE_BODY);
        String whole = json(200, WHOLE);
        providers.first().send(whole.substring(0, whole.length() - 20));
        providers.first().close();
        providers.second().send(json(200, WHOLE));

        assertThat(call.client().steps()).containsExactly("summary ok", "answer 200");
        assertThat(call.client().body()).isEqualTo(WHOLE);
        assertThat(providers.rows()).containsExactly("1 alpha truncated", "2 beta ok");
    }

    @Test
    void aWholeAnswerThatDoesNotComeGivesWayAtHalfTime() {
        call.send(Call.WHOLE_BODY);
        engine.advance(Duration.ofMillis(29_900));
        assertThat(providers.beta().connections()).isZero();
        engine.advance(Duration.ofMillis(300));
        assertThat(providers.first().isClosed()).isTrue();
        engine.advance(Duration.ofMillis(29_000));
        providers.second().send(json(200, WHOLE));

        assertThat(call.client().steps()).containsExactly("summary ok", "answer 200");
        assertThat(providers.rows()).containsExactly("1 alpha timeout", "2 beta ok");
    }

    @Test
    void aWholeAnswerOfTheOnlyTargetHasAllTheTime() {
        providers.publishOne(Configs.retry(2));
        call.send(Call.WHOLE_BODY);
        engine.advance(Duration.ofSeconds(59));
        providers.first().send(json(200, WHOLE));

        assertThat(call.client().steps()).containsExactly("summary ok", "answer 200");
    }

    @Test
    void aTargetThatTheBooksHaveNoRoomForIsNotAsked() {
        call.send(Call.STREAM_BODY);
        engine.ledger().fill();
        providers.first().send(json(500, ERROR));

        assertThat(call.client().steps()).containsExactly("summary refused", "answer 503");
        assertThat(call.client().body()).contains("metering_unavailable");
        assertThat(providers.beta().connections()).isZero();
    }

    // ---- what is never repeated
    // ---------------------------------------------------------------------------------------

    @Test
    void nothingIsRepeatedAfterTheFirstContent() {
        call.send(Call.STREAM_BODY);
        providers.first().send(STREAM_HEAD + chunk(ROLE + delta("h")));
        providers.first().close();

        assertThat(call.client().body()).startsWith(ROLE + delta("h") + "data: {\"error\":");
        assertThat(call.client().body()).doesNotContain("[DONE]");
        assertThat(providers.beta().connections()).isZero();
        assertThat(providers.rows()).containsExactly("1 alpha truncated");
    }

    @Test
    void nothingIsRepeatedAfterOpenersThatWereLetGo() {
        call.send(Call.STREAM_BODY);
        providers.first().send(STREAM_HEAD + chunk(ROLE));
        engine.advance(Configs.HOLD.plusMillis(200));
        assertThat(call.client().steps()).containsExactly("head 200", "body");
        providers.first().close();

        assertThat(call.client().body()).startsWith(ROLE + "data: {\"error\":");
        assertThat(providers.beta().connections()).isZero();
    }

    @Test
    void theLastErrorIsTheAnswer() {
        call.send(Call.STREAM_BODY);
        providers.first().send(json(429, ERROR));
        providers.second().send(json(503, ERROR));

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 503");
        assertThat(call.client().body()).contains("overloaded");
        assertThat(call.client().header("x-sluice-provider")).isEqualTo("beta");
        assertThat(call.client().header("x-sluice-attempts")).isEqualTo("2");
        assertThat(providers.rows()).containsExactly("1 alpha upstream_error", "2 beta upstream_error");
    }

    // ---- the same target again
    // -----------------------------------------------------------------------------------------

    @Test
    void aSingleTargetIsTriedOnceUnlessMoreIsAskedFor() {
        providers.publishOne(Configs.RETRY);
        call.send(Call.STREAM_BODY);
        providers.first().send(json(500, ERROR));

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 502");
    }

    @Test
    void theSameTargetIsAskedAgainAfterAWait() {
        providers.publishOne(Configs.retry(2));
        call.send(Call.STREAM_BODY);
        providers.first().send(json(500, ERROR, "connection: close\r\n"));
        engine.advance(Duration.ofMillis(100));
        providers.first().send(stream("hi"));

        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary ok", "end");
        assertThat(providers.alpha().connections()).isEqualTo(2);
        assertThat(providers.reasons()).containsExactly("alpha first", "alpha retry");
        assertThat(providers.rows()).containsExactly("1 alpha upstream_error", "2 alpha ok");
    }

    @Test
    void whatTheProviderAsksToWaitIsWaited() {
        providers.publishOne(Configs.retry(2));
        call.send(Call.STREAM_BODY);
        providers.first().send(json(429, ERROR, "retry-after: 2\r\nconnection: close\r\n"));
        engine.advance(Duration.ofMillis(1_900));
        assertThat(providers.alpha().connections()).isEqualTo(1);
        engine.advance(Duration.ofMillis(200));
        assertThat(providers.alpha().connections()).isEqualTo(2);
        providers.first().send(stream("hi"));

        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary ok", "end");
    }

    @Test
    void aLongWaitIsTheCallersToWait() {
        providers.publishOne(Configs.retry(2));
        call.send(Call.STREAM_BODY);
        providers.first().send(json(429, ERROR, "retry-after: 3600\r\n"));

        assertThat(call.client().steps()).containsExactly("summary upstream_error", "answer 429");
        assertThat(call.client().header("retry-after")).isEqualTo("3600");
    }

    @Test
    void aClientThatLeavesWhileARetryWaitsEndsIt() {
        providers.publishOne(Configs.retry(2));
        call.send(Call.STREAM_BODY);
        providers.first().send(json(429, ERROR, "retry-after: 2\r\nconnection: close\r\n"));
        call.exchange().onClientGone();
        engine.advance(Duration.ofSeconds(5));

        assertThat(call.client().steps()).containsExactly("summary client_abort", "cut");
        assertThat(providers.alpha().connections()).isEqualTo(1);
    }

    @Test
    void theTotalIsThatOfAllAttemptsTogether() {
        call.header("x-sluice-timeout-ms", "12000").send(Call.STREAM_BODY);
        engine.advance(Duration.ofMillis(10_200));
        assertThat(providers.beta().connections()).isEqualTo(1);
        engine.advance(Duration.ofMillis(1_700));
        assertThat(call.client().steps()).isEmpty();
        engine.advance(Duration.ofMillis(300));

        assertThat(call.client().steps()).containsExactly("summary timeout", "answer 504");
        assertThat(providers.rows()).containsExactly("1 alpha timeout", "2 beta timeout");
    }

    @Test
    void anAnswerIsDrainedOfTheAttemptThatRuns() {
        providers.publish(Configs.RETRY, null, GatewayConfig.AbortPolicy.DRAIN);
        call.send(Call.STREAM_BODY);
        providers.first().send(json(500, ERROR));
        call.exchange().onClientGone();
        engine.settle();
        providers.second().send(stream("hi"));

        assertThat(call.client().steps()).containsExactly("summary client_abort", "cut");
        assertThat(providers.rows()).containsExactly("1 alpha upstream_error", "2 beta client_abort");
        assertThat(call.summary().attempts().get(1).usage().outputTokens()).isEqualTo(3);
    }
}
