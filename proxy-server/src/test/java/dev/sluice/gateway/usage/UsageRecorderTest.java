package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.exchange.Counted;
import dev.sluice.gateway.exchange.ExchangeSummary;
import dev.sluice.gateway.exchange.Settlement;
import dev.sluice.gateway.price.PriceBook;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class UsageRecorderTest {
    private static final Usage USAGE = Usage.of(1_000, 800, Usage.UNKNOWN, 100, 40);
    private final PriceBook prices = PriceBook.load(null, Map.of());
    private final UsageQueue queue = new UsageQueue(16);
    private final UsageRecorder recorder = new UsageRecorder(prices, queue);

    @Test
    void anAttemptBecomesAPricedEventWithEveryColumn() {
        recorder.onExchange(Summaries.exchange("req-1", Summaries.attempt(1, AttemptStatus.OK, USAGE)));
        UsageEvent event = polled();
        assertThat(event)
                .isEqualTo(new UsageEvent(
                        event.eventId(),
                        Summaries.STARTED_MICROS,
                        "req-1",
                        1,
                        "key-1",
                        "team-1",
                        "user-1",
                        "{\"team\":\"blue\"}",
                        "chat.completions",
                        "chat",
                        "openai",
                        "gpt-4o-mini",
                        true,
                        "ok",
                        200,
                        USAGE,
                        -1,
                        -1,
                        "provider",
                        false,
                        null,
                        // 200 x 0.15 + 800 x 0.075 + 100 x 0.60 dollars for a million.
                        150_000,
                        prices.version(),
                        250,
                        1_234,
                        "req_abc"));
        assertThat(queue.poll()).isNull();
        assertThat(recorder.recorded()).isEqualTo(1);
        assertThat(recorder.unpriced()).isZero();
    }

    @Test
    void eachAttemptIsAnEventOfItsOwnUnderOneRequest() {
        recorder.onExchange(Summaries.exchange(
                "req-1",
                Summaries.attempt(1, AttemptStatus.TIMEOUT, Usage.NONE),
                Summaries.attempt(2, AttemptStatus.OK, USAGE)));
        UsageEvent first = polled();
        UsageEvent second = polled();
        assertThat(first.attempt()).isEqualTo(1);
        assertThat(first.status()).isEqualTo("timeout");
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(first.requestId()).isEqualTo(second.requestId());
        assertThat(first.eventId()).isNotEqualTo(second.eventId());
    }

    @Test
    void withoutReportedUsageNothingIsKnownAndNothingIsZero() {
        recorder.onExchange(Summaries.exchange("r", Summaries.attempt(1, AttemptStatus.CLIENT_ABORT, Usage.NONE)));
        UsageEvent event = polled();
        assertThat(event.usageSource()).isEqualTo("none");
        assertThat(event.status()).isEqualTo("client_abort");
        assertThat(event.usage().inputTokens()).isEqualTo(UsageEvent.UNKNOWN);
        assertThat(event.costNano()).isEqualTo(UsageEvent.UNKNOWN);
        assertThat(event.priceVersion()).isEqualTo(UsageEvent.UNKNOWN);
        assertThat(event.httpStatus()).isEqualTo(UsageEvent.UNKNOWN);
        assertThat(event.ttftMillis()).isEqualTo(UsageEvent.UNKNOWN);
        // The price is known, the usage is not: no fault of the catalogue.
        assertThat(recorder.unpriced()).isZero();
    }

    @Test
    void aModelWithoutAPriceIsCountedAndUnpriced() {
        recorder.onExchange(Summaries.exchange(
                "r",
                new AttemptSummary(
                        1,
                        Summaries.STARTED_MICROS,
                        "openai",
                        "unheard-of",
                        null,
                        null,
                        AttemptStatus.OK,
                        true,
                        200,
                        USAGE,
                        Counted.NOTHING,
                        Settlement.NONE,
                        -1,
                        0,
                        null)));
        UsageEvent event = polled();
        assertThat(event.costNano()).isEqualTo(UsageEvent.UNKNOWN);
        assertThat(event.usage().inputTokens()).isEqualTo(1_000);
        assertThat(recorder.unpriced()).isEqualTo(1);
    }

    @Test
    void anExchangeWithoutAttemptsLeavesNoEvent() {
        recorder.onExchange(Summaries.exchange("r"));
        assertThat(queue.poll()).isNull();
        assertThat(recorder.recorded()).isZero();
    }

    @Test
    void textFromOutsideIsCleanedAndBounded() {
        ExchangeSummary exchange = Summaries.exchange(
                "r\0" + "x".repeat(500),
                "u\uD800" + "y".repeat(500),
                Map.of("k\0", "v\0"),
                Summaries.attempt(1, AttemptStatus.OK, USAGE));
        recorder.onExchange(exchange);
        UsageEvent event = polled();
        assertThat(event.requestId()).hasSize(128).startsWith("r\uFFFDx");
        assertThat(event.endUser()).hasSize(256).startsWith("u\uFFFDy");
        assertThat(event.tags()).isEqualTo("{\"k\uFFFD\":\"v\uFFFD\"}");
    }

    @Test
    void aFullQueueLosesTheEventCountsItAndGoesOn() {
        for (int i = 0; i < 20; i++) {
            recorder.onExchange(Summaries.exchange("r" + i, Summaries.attempt(1, AttemptStatus.OK, USAGE)));
        }
        assertThat(queue.size()).isEqualTo(16);
        assertThat(queue.overflowed()).isEqualTo(4);
        assertThat(polled().requestId()).isEqualTo("r0");
        recorder.onExchange(Summaries.exchange("later", Summaries.attempt(1, AttemptStatus.OK, USAGE)));
        assertThat(queue.overflowed()).isEqualTo(4);
    }

    private UsageEvent polled() {
        return Objects.requireNonNull(queue.poll(), "an event").event();
    }
}
