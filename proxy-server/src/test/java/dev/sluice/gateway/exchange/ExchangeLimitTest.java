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

import dev.sluice.codec.anthropic.AnthropicInbound;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Window.Period;
import dev.sluice.gateway.price.TokenRates;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Configs;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.LoopLimits;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A call under limits: admitted or not, followed while it streams, settled whatever becomes of it. */
class ExchangeLimitTest {
    /** A dollar for a million tokens, in or out: 1,000 nano-dollars each. */
    private static final TokenRates DOLLAR = new TokenRates(1_000_000_000, 1_000_000_000);

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final LoopLimits limits = new LoopLimits(engine);
    private final Call call = new Call(buffers, engine);

    @AfterEach
    void everythingIsReleased() {
        engine.close();
        assertThat(engine.loop().openExchanges()).isZero();
        assertThat(engine.loop().waiting()).isZero();
    }

    private Call another() {
        return new Call(buffers, engine);
    }

    /** Whose tokens can be counted. */
    private void useRealTokens(GatewayConfig.AbortPolicy onClientAbort) {
        engine.publish(Configs.routes(
                List.of(Configs.provider(
                        "alpha", "http://127.0.0.1:" + Engine.PROVIDER_PORT + "/v1", Engine.PROVIDER_KEY)),
                List.of(Configs.model(
                        "gpt-test",
                        List.of(new GatewayConfig.Target("alpha", "gpt-4o-mini")),
                        GatewayConfig.Timeouts.DEFAULT,
                        onClientAbort))));
    }

    // ---- admission ------------------------------------------------------------------------------------------------

    @Test
    void whoHasNoRequestLeftIsToldOfWhichRuleAndWhenToComeAgain() {
        limits.allow(Measure.REQUESTS, 1, Period.MINUTE);
        call.send(Call.WHOLE_BODY).provider(json(200, WHOLE));
        Call second = another().send(Call.WHOLE_BODY);

        assertThat(second.client().status()).isEqualTo(429);
        assertThat(second.client().body())
                .contains("rate_limit_exceeded", "'of requests' allows 1 requests per minute", "1 of it is used")
                .contains("\"retry_after\":");
        assertThat(Integer.parseInt(String.valueOf(second.client().header("retry-after"))))
                .isBetween(55, 61);
        assertThat(second.client().header("x-ratelimit-limit-requests")).isEqualTo("1");
        assertThat(second.client().header("x-ratelimit-remaining-requests")).isEqualTo("0");
        assertThat(engine.ledger().accounts).hasSize(1);
        assertThat(engine.summaries().getLast().status()).isEqualTo(AttemptStatus.REFUSED);
        assertThat(engine.summaries().getLast().errorCode()).isEqualTo("rate_limit_exceeded");
    }

    @Test
    void whatIsLeftIsToldWithEachAnswer() {
        limits.allow(Measure.REQUESTS, 10, Period.HOUR).allow(Measure.TOKENS, 1_000, Period.MINUTE);
        call.send(Call.WHOLE_BODY).provider(json(200, WHOLE, "x-ratelimit-limit-requests: 77\r\n"));
        Call streamed = another().send(Call.STREAM_BODY).provider(stream("hi"));

        assertThat(call.client().header("x-ratelimit-limit-requests")).isEqualTo("10");
        assertThat(call.client().header("x-ratelimit-remaining-requests")).isEqualTo("9");
        assertThat(call.client().header("x-ratelimit-reset-requests")).matches("((\\d+h)?\\d+m)?\\d+s");
        assertThat(call.client().header("x-ratelimit-limit-tokens")).isEqualTo("1000");
        assertThat(call.client().header("x-ratelimit-reset-tokens")).isNotNull();
        assertThat(call.client().header("x-upstream-ratelimit-limit-requests")).isEqualTo("77");
        assertThat(streamed.client().header("x-ratelimit-remaining-requests")).isEqualTo("8");
    }

    @Test
    void aLimitThatComesNearIsToldOf() {
        limits.allow(Measure.REQUESTS, 5, Period.HOUR);
        for (int i = 0; i < 3; i++) {
            another().send(Call.WHOLE_BODY).provider(json(200, WHOLE));
        }
        Call fourth = another().send(Call.WHOLE_BODY).provider(json(200, WHOLE));

        assertThat(fourth.client().header("x-sluice-limit-warning")).isEqualTo("of requests 80%");
    }

    @Test
    void withoutRulesNothingIsToldOfLimits() {
        call.send(Call.WHOLE_BODY).provider(json(200, WHOLE));

        assertThat(call.client().header("x-ratelimit-limit-requests")).isNull();
    }

    @Test
    void moreTokensThanARuleAllowsAreNotAskedFor() {
        limits.allow(Measure.MAX_TOKENS, 100);
        call.send(Call.STREAM_BODY.replace("\"stream\"", "\"max_tokens\":101,\"stream\""));

        assertThat(call.client().status()).isEqualTo(400);
        assertThat(call.client().body())
                .contains("invalid_request_error", "\"param\":\"max_tokens\"", "allows 100", "101");
        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void aRequestLargerThanARuleAllowsIsRefused() {
        limits.allow(Measure.REQUEST_BYTES, 20);
        call.send(Call.STREAM_BODY);

        assertThat(call.client().status()).isEqualTo(413);
        assertThat(call.client().body()).contains("request_too_large", "allows 20", "has " + Call.STREAM_BODY.length());
    }

    @Test
    void aBudgetThatIsUsedUpIsToldInDollars() {
        engine.ledger().charge(DOLLAR);
        limits.allow(Measure.COST, 10_000, Period.DAY);
        call.send(Call.STREAM_BODY).provider(stream("hi"));
        Call second = another().send(Call.STREAM_BODY);

        assertThat(second.client().status()).isEqualTo(429);
        assertThat(second.client().body())
                .contains("budget_exceeded", "allows $0.00001 per day; $0.00001 of it is used");
    }

    @Test
    void aCountOfTokensTakesNothing() {
        limits.allow(Measure.REQUESTS, 0, Period.MINUTE);
        call.in(new AnthropicInbound(), new CallPath(Endpoint.MESSAGES_COUNT_TOKENS))
                .send("{\"model\":\"gpt-test\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");

        assertThat(call.client().status()).isEqualTo(200);
    }

    // ---- settlement -----------------------------------------------------------------------------------------------

    private static Stream<Named<Consumer<Call>>> waysOut() {
        return Stream.of(
                Named.of("ok", call -> call.send(Call.STREAM_BODY).provider(stream("hi"))),
                Named.of("whole", call -> call.send(Call.WHOLE_BODY).provider(json(200, WHOLE))),
                Named.of(
                        "gone before the answer",
                        call -> call.send(Call.STREAM_BODY).exchange().onClientGone()),
                Named.of(
                        "gone in the middle",
                        call -> call.send(Call.STREAM_BODY)
                                .provider(STREAM_HEAD + chunk(ROLE + delta("hi")))
                                .exchange()
                                .onClientGone()),
                Named.of(
                        "refused by the provider",
                        call -> call.send(Call.STREAM_BODY).provider(json(400, "{\"error\":{\"message\":\"no\"}}"))),
                Named.of(
                        "truncated",
                        call -> call.send(Call.STREAM_BODY)
                                .provider(STREAM_HEAD + chunk(ROLE + delta("hi")) + LAST_CHUNK)),
                Named.of(
                        "interrupted",
                        call -> call.send(Call.STREAM_BODY)
                                .provider(STREAM_HEAD + chunk(ROLE + delta("hi")))
                                .exchange()
                                .interrupt()),
                Named.of(
                        "stopped by an operator",
                        call -> call.send(Call.STREAM_BODY)
                                .provider(STREAM_HEAD + chunk(ROLE + delta("hi")))
                                .exchange()
                                .stop()),
                Named.of(
                        "refused for a header",
                        call -> call.header("x-sluice-timeout-ms", "never").send(Call.STREAM_BODY)));
    }

    @ParameterizedTest
    @MethodSource("waysOut")
    void whateverBecomesOfACallItsPlaceIsFreeAfterwards(Consumer<Call> way) {
        limits.allow(Measure.CONCURRENT, 1);
        way.accept(call);
        assertThat(limits.used()).isZero();

        Call next = another().send(Call.WHOLE_BODY).provider(json(200, WHOLE));
        assertThat(next.client().status()).isEqualTo(200);
    }

    @Test
    void withFullBooksTheirPlaceIsFreeAsWell() {
        limits.allow(Measure.CONCURRENT, 1);
        engine.ledger().fill();
        call.send(Call.STREAM_BODY);

        assertThat(call.client().status()).isEqualTo(503);
        assertThat(limits.used()).isZero();
    }

    @Test
    void whoIsOneTooManyAtOnceIsRefused() {
        limits.allow(Measure.CONCURRENT, 1);
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")));
        Call second = another().send(Call.STREAM_BODY);

        assertThat(second.client().status()).isEqualTo(429);
        assertThat(second.client().body()).contains("allows 1 calls at once; 1 of it is used");
        call.exchange().onClientGone();
    }

    @Test
    void whatIsChargedIsWhatTheBooksSay() {
        engine.ledger().charge(DOLLAR);
        limits.allow(Measure.COST, 1_000_000, Period.DAY);
        call.send(Call.WHOLE_BODY).provider(json(200, WHOLE));

        // 7 in, 3 out, as the provider reports.
        assertThat(limits.used()).isEqualTo(10_000);
    }

    @Test
    void allAttemptsOfACallAreCharged() {
        engine.ledger().charge(DOLLAR);
        TwoProviders providers = new TwoProviders(engine);
        providers.publish(Configs.RETRY, new GatewayConfig.Hedge(0, Duration.ofMillis(300), 100), null);
        limits.allow(Measure.COST, 1_000_000, Period.DAY);
        call.send(Call.STREAM_BODY);
        providers.first().send(STREAM_HEAD + chunk(ROLE));
        engine.advance(Duration.ofMillis(300));
        providers.second().send(stream("hi"));

        long sum = 0;
        for (AttemptSummary attempt : call.summary().attempts()) {
            sum += attempt.settlement().costNano();
        }
        assertThat(call.summary().attempts()).hasSize(2);
        assertThat(limits.used()).isEqualTo(sum).isGreaterThan(10_000);
    }

    // ---- while it streams -----------------------------------------------------------------------------------------

    private void streamWords(Call of, int chunks) {
        for (int i = 0; i < chunks && !of.provider().isClosed(); i++) {
            of.provider(chunk(delta(" one two three four")));
        }
    }

    @Test
    void aStreamWhoseBudgetIsUsedUpEndsAsOneThatWasAllowedNoMore() {
        useRealTokens(GatewayConfig.AbortPolicy.CANCEL);
        engine.ledger().charge(DOLLAR);
        limits.allow(Measure.COST, 100_000, Period.DAY);
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE));
        streamWords(call, 50);

        assertThat(call.provider().isClosed()).isTrue();
        assertThat(call.client().body())
                .contains("\"finish_reason\":\"length\"", "\"stopped_by\":\"budget_exceeded\"")
                .endsWith(DONE);
        assertThat(call.client().steps()).containsExactly("head 200", "body", "summary budget_stop", "body", "end");
        assertThat(call.summary().status()).isEqualTo(AttemptStatus.BUDGET_STOP);
        assertThat(call.attempt().status()).isEqualTo(AttemptStatus.BUDGET_STOP);
        assertThat(call.summary().errorCode()).isEqualTo("budget_exceeded");
        // 100 tokens have been paid for; a chunk is four of them.
        long taken = call.attempt().counted().inputTokens()
                + call.attempt().counted().outputTokens();
        assertThat(taken).isBetween(99L, 104L);
        assertThat(limits.used()).isEqualTo(taken * 1_000);
    }

    @Test
    void aStreamThatEndsWithItsLastTokenIsNotStopped() {
        useRealTokens(GatewayConfig.AbortPolicy.CANCEL);
        engine.ledger().charge(DOLLAR);
        limits.allow(Measure.COST, 16_000, Period.DAY);
        String whole = ROLE + delta(" one two three four") + delta(" one two three four") + FINISH + USAGE + DONE;
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(whole) + LAST_CHUNK);

        assertThat(call.summary().status()).isEqualTo(AttemptStatus.OK);
        assertThat(call.client().body()).contains("\"finish_reason\":\"stop\"");
    }

    @Test
    void nothingOfAnAnswerThatTheCallerHasNotSeenIsCutOff() {
        useRealTokens(GatewayConfig.AbortPolicy.CANCEL);
        engine.ledger().charge(DOLLAR);
        limits.allow(Measure.COST, 300_000, Period.DAY);
        call.send(Call.WHOLE_BODY).provider(json(200, WHOLE.replace("\"hi\"", "\"" + " one".repeat(500) + "\"")));

        assertThat(call.client().status()).isEqualTo(200);
        assertThat(call.summary().status()).isEqualTo(AttemptStatus.OK);
    }

    @Test
    void anAnswerThatIsReadForNobodyIsStoppedAsWell() {
        useRealTokens(GatewayConfig.AbortPolicy.DRAIN);
        engine.ledger().charge(DOLLAR);
        limits.allow(Measure.COST, 100_000, Period.DAY);
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta(" one")));
        call.exchange().onClientGone();
        assertThat(call.provider().isClosed()).isFalse();
        streamWords(call, 50);

        assertThat(call.provider().isClosed()).isTrue();
        assertThat(call.summary().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
        assertThat(limits.used()).isBetween(99_000L, 104_000L);
    }

    @Test
    void halfAnEventIsFollowedByNothing() {
        useRealTokens(GatewayConfig.AbortPolicy.CANCEL);
        engine.ledger().charge(DOLLAR);
        limits.allow(Measure.COST, 30_000, Period.DAY);
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE));
        for (int i = 0; i < 20 && !call.provider().isClosed(); i++) {
            String twice = delta(" one two three four") + delta(" one two three four");
            call.provider(chunk(twice.substring(0, twice.length() - 30)));
            if (!call.provider().isClosed()) {
                call.provider(chunk(twice.substring(twice.length() - 30)));
            }
        }

        // The relay may hold the half event back; then the end is a proper one.
        assertThat(call.summary().status()).isEqualTo(AttemptStatus.BUDGET_STOP);
        assertThat(call.client().steps().getLast()).isIn("end", "cut");
        assertThat(call.client().body()).doesNotContain("\"finish_reason\":\"stop\"");
    }

    // ---- operators ------------------------------------------------------------------------------------------------

    @Test
    void anOpenStreamIsShownAsItStands() {
        useRealTokens(GatewayConfig.AbortPolicy.CANCEL);
        engine.ledger().charge(DOLLAR);
        call.header("x-sluice-user", "ann").send(Call.STREAM_BODY);
        OpenStream waiting = engine.loop().openStreams().getFirst();
        call.provider(STREAM_HEAD + chunk(ROLE + delta(" one two three")));
        OpenStream streaming = engine.loop().openStreams().getFirst();

        assertThat(waiting.streaming()).isFalse();
        assertThat(waiting.provider()).isEqualTo("alpha");
        assertThat(waiting.outputTokens()).isZero();
        assertThat(streaming.id()).isEqualTo(waiting.id());
        assertThat(streaming.requestId()).isEqualTo("req_1");
        assertThat(streaming.caller().keyId()).isEqualTo("key_all");
        assertThat(streaming.endUser()).isEqualTo("ann");
        assertThat(streaming.model()).isEqualTo("gpt-test");
        assertThat(streaming.upstreamModel()).isEqualTo("gpt-4o-mini");
        assertThat(streaming.stream()).isTrue();
        assertThat(streaming.streaming()).isTrue();
        assertThat(streaming.inputTokens()).isEqualTo(8);
        assertThat(streaming.outputTokens()).isEqualTo(3);
        assertThat(streaming.costNano()).isEqualTo(11_000);
        assertThat(streaming.startedAtMillis()).isEqualTo(Engine.NOW.toEpochMilli());
        call.exchange().onClientGone();
        assertThat(engine.loop().openStreams()).isEmpty();
    }

    @Test
    void anOperatorStopsOneStreamAndNoOther() {
        Call other = another().send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")));
        call.send(Call.STREAM_BODY).provider(STREAM_HEAD + chunk(ROLE + delta("hi")));
        engine.loop().stop(engine.loop().openStreams().getLast().id());
        engine.settle();

        assertThat(call.client().body())
                .contains("\"finish_reason\":\"length\"", "\"stopped_by\":\"stopped_by_operator\"")
                .endsWith(DONE);
        assertThat(call.summary().status()).isEqualTo(AttemptStatus.BUDGET_STOP);
        assertThat(call.summary().errorCode()).isEqualTo("stopped_by_operator");
        assertThat(call.attempt().errorCode()).isEqualTo("stopped_by_operator");
        assertThat(call.provider().isClosed()).isTrue();
        assertThat(engine.loop().openStreams()).hasSize(1);
        other.exchange().onClientGone();
    }

    @Test
    void whoHasNothingYetIsToldThatTheCallWasStopped() {
        call.send(Call.STREAM_BODY);
        engine.loop().stop(engine.loop().openStreams().getFirst().id());
        engine.settle();

        assertThat(call.client().steps()).containsExactly("summary budget_stop", "answer 403");
        assertThat(call.client().body()).contains("permission_denied", "operator");
        assertThat(call.provider().isClosed()).isTrue();
    }
}
