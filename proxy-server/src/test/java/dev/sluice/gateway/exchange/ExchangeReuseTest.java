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

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.tokens.Tokenizer;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Window.Period;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Configs;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.LoopLimits;
import io.netty.buffer.ByteBuf;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An exchange serves another call only when nobody is left who could reach it, and then it is as new as a new one. */
class ExchangeReuseTest {
    private static final String ERROR = "{\"error\":{\"message\":\"no\",\"type\":\"x\",\"param\":null,\"code\":null}}";

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final TwoProviders providers = new TwoProviders(engine);

    @AfterEach
    void everythingIsReleased() {
        engine.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    private Call call() {
        return new Call(buffers, engine);
    }

    private void isAsNew(Exchange free) {
        assertThat(Leftovers.of(free, new Exchange(engine.loop()))).isEmpty();
    }

    // ---- what is kept -----------------------------------------------------------------------------------------------

    @Test
    void anExchangeThatAnsweredWholeIsKeptAndAsNew() {
        call().send(Call.WHOLE_BODY).provider(json(200, WHOLE));

        isAsNew(Objects.requireNonNull(engine.loop().takeFreeExchange()));
    }

    @Test
    void anExchangeThatStreamedIsKeptAndAsNew() {
        new LoopLimits(engine).allow(Measure.TOKENS, 1_000_000, Period.MINUTE);
        call().header("x-sluice-tags", "team=search")
                .header("x-sluice-user", "somebody")
                .header("x-session-id", "s-1")
                .send(Call.STREAM_BODY)
                .provider(STREAM_HEAD + chunk(ROLE + delta("hi")))
                .provider(chunk(FINISH + USAGE + DONE) + LAST_CHUNK);

        isAsNew(Objects.requireNonNull(engine.loop().takeFreeExchange()));
    }

    @Test
    void anExchangeWhoseBooksWereKeptLateIsKeptOnlyThen() {
        engine.ledger().slowDown();
        call().send(Call.WHOLE_BODY).provider(json(200, WHOLE));

        assertThat(engine.loop().takeFreeExchange()).isNull();
        engine.ledger().keep();
        isAsNew(Objects.requireNonNull(engine.loop().takeFreeExchange()));
    }

    @Test
    void theNextCallHasTheExchangeOfTheLast() {
        Call first = call();
        first.send(Call.WHOLE_BODY).provider(json(200, WHOLE));
        Call second = call();
        second.begin();

        assertThat(second.exchange()).isSameAs(first.exchange());
        second.exchange().onClientGone();
    }

    @Test
    void theNextRequestOfAConnectionMayComeBeforeTheLastHasBeenCleanedUp() {
        Call first = call().named("req_first");
        Call second = call().named("req_second").inLoop();
        first.client().whenEnded(() -> second.send(Call.WHOLE_BODY));
        first.send(Call.WHOLE_BODY).provider(json(200, WHOLE, "connection: close\r\n"));
        engine.settle();

        assertThat(second.exchange()).isNotSameAs(first.exchange());
        assertThat(second.exchange().isDone()).isFalse();
        second.provider(json(200, WHOLE));
        assertThat(engine.summaries())
                .extracting(ExchangeSummary::requestId)
                .containsExactly("req_first", "req_second");
        assertThat(second.client().body()).isEqualTo(WHOLE);
    }

    // ---- what is left to the collector ------------------------------------------------------------------------------

    @Test
    void aRefusedCallsExchangeIsNotKept() {
        call().key("sk-slc-wrong").begin();

        assertThat(engine.loop().takeFreeExchange()).isNull();
    }

    @Test
    void anExchangeWithASecondAttemptIsNotKept() {
        Call call = call();
        call.send(Call.STREAM_BODY);
        providers.first().send(json(503, ERROR));
        providers.second().send(stream("hi"));

        assertThat(call.summary().status()).isEqualTo(AttemptStatus.OK);
        assertThat(engine.loop().takeFreeExchange()).isNull();
    }

    @Test
    void anExchangeThatATimerStillKnowsIsNotKept() {
        providers.publish(
                Configs.RETRY, new GatewayConfig.Hedge(0, Duration.ofSeconds(1), 100), /* onClientAbort= */ null);
        Call call = call();
        call.send(Call.STREAM_BODY);
        providers.first().send(stream("hi"));

        assertThat(call.summary().status()).isEqualTo(AttemptStatus.OK);
        assertThat(engine.loop().takeFreeExchange()).isNull();
        engine.advance(Duration.ofSeconds(2));
        assertThat(engine.summaries()).hasSize(1);
    }

    @Test
    void anExchangeThatHasWaitedForItsLimitsIsNotKept() {
        new LoopLimits(engine).allowLater(Measure.CONCURRENT, 1, Duration.ofSeconds(30));
        Call first = call();
        first.send(Call.STREAM_BODY);
        Call waits = call();
        waits.send(Call.STREAM_BODY);
        first.provider(stream("hi"));
        assertThat(engine.loop().takeFreeExchange()).isSameAs(first.exchange());
        engine.advance(Duration.ofSeconds(1));
        waits.provider(stream("hi"));

        assertThat(engine.summaries()).extracting(ExchangeSummary::status).containsOnly(AttemptStatus.OK);
        assertThat(engine.loop().takeFreeExchange()).isNull();
    }

    /** The counter's thread is made to stand still, so that the prompt is counted when the answer is long over. */
    @Test
    void anExchangeWhosePromptIsBeingCountedIsNotKept() {
        CountDownLatch goOn = new CountDownLatch(1);
        occupyTheCounter(goOn);
        Call call = call();
        call.send(Call.WHOLE_BODY.replace("hello", "hello ".repeat(PromptCounter.AT_ONCE_BYTES)))
                .provider(json(200, WHOLE));

        assertThat(call.summary().status()).isEqualTo(AttemptStatus.OK);
        assertThat(engine.loop().takeFreeExchange()).isNull();
        goOn.countDown();
    }

    private void occupyTheCounter(CountDownLatch goOn) {
        InboundDialect standingStill = (InboundDialect) Proxy.newProxyInstance(
                InboundDialect.class.getClassLoader(), new Class<?>[] {InboundDialect.class}, (proxy, method, with) -> {
                    goOn.await();
                    return null;
                });
        ByteBuf large = buffers.utf8("x".repeat(PromptCounter.AT_ONCE_BYTES + 1));
        Objects.requireNonNull(engine.loop().metering().prompts())
                .count(
                        standingStill,
                        Endpoint.CHAT_COMPLETIONS,
                        large,
                        Tokenizer.of("gpt-4o"),
                        engine.loop().eventLoop(),
                        (tokens, exact) -> {});
        large.release();
    }

    // ---- whatever came before
    // -----------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void callsOfAllKindsAtOnceEndAsEachWouldAlone(long seed) {
        int again = new RandomCalls(buffers, engine, providers, seed).run();

        assertThat(again).as("calls by exchanges that were used before").isGreaterThan(5);
    }
}
