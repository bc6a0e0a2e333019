package dev.sluice.gateway.usage;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.exchange.ExchangeListener;
import dev.sluice.gateway.exchange.ExchangeSummary;
import dev.sluice.gateway.price.Money;
import dev.sluice.gateway.price.PriceBook;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Makes usage events of an exchange that ended, one for each attempt, priced, and hands them to the
 * {@link UsageQueue}. An exchange without attempts (refused, unknown model) cost nothing and leaves no row.
 *
 * <p>HOT. Thread: event loop.
 */
public final class UsageRecorder implements ExchangeListener {
    private static final int MAX_REQUEST_ID = 128;
    private static final int MAX_NAME = 256;
    private static final String FROM_PROVIDER = "provider";
    private static final String FROM_NOBODY = "none";

    private final PriceBook prices;
    private final UsageQueue queue;
    private final LongAdder recorded = new LongAdder();
    private final LongAdder unpriced = new LongAdder();

    public UsageRecorder(PriceBook prices, UsageQueue queue) {
        this.prices = prices;
        this.queue = queue;
    }

    @Override
    public void onExchange(ExchangeSummary summary) {
        List<AttemptSummary> attempts = summary.attempts();
        if (attempts.isEmpty()) {
            return;
        }
        String tags = Text.tags(summary.tags());
        for (int i = 0; i < attempts.size(); i++) {
            recorded.increment();
            queue.offer(event(summary, attempts.get(i), tags));
        }
    }

    private UsageEvent event(ExchangeSummary exchange, AttemptSummary attempt, @Nullable String tags) {
        Usage usage = attempt.usage();
        boolean reported = usage.isReported();
        long cost = reported
                ? prices.cost(
                        attempt.provider(),
                        attempt.upstreamModel(),
                        attempt.answeredModel(),
                        attempt.serviceTier(),
                        /* batch= */ false,
                        attempt.startedAtMicros(),
                        usage)
                : Money.UNKNOWN;
        if (reported && cost == Money.UNKNOWN) {
            unpriced.increment();
        }
        return new UsageEvent(
                EventIds.next(attempt.startedAtMicros()),
                attempt.startedAtMicros(),
                Text.cleaned(exchange.requestId(), MAX_REQUEST_ID),
                Math.min(attempt.number(), Short.MAX_VALUE),
                Text.clean(exchange.keyId(), MAX_NAME),
                Text.clean(exchange.teamId(), MAX_NAME),
                Text.clean(exchange.endUser(), MAX_NAME),
                tags,
                Text.cleaned(exchange.endpoint(), MAX_NAME),
                Text.clean(exchange.requestedModel(), MAX_NAME),
                Text.cleaned(attempt.provider(), MAX_NAME),
                Text.cleaned(attempt.upstreamModel(), MAX_NAME),
                exchange.stream(),
                attempt.status().label(),
                attempt.httpStatus() == 0 ? UsageEvent.UNKNOWN : attempt.httpStatus(),
                usage,
                attempt.counted().inputTokens(),
                attempt.counted().outputTokens(),
                reported ? FROM_PROVIDER : FROM_NOBODY,
                attempt.counted().lowerBound(),
                Text.clean(attempt.serviceTier(), MAX_NAME),
                cost,
                cost == Money.UNKNOWN ? UsageEvent.UNKNOWN : prices.version(),
                millis(attempt.ttftNanos()),
                millis(attempt.durationNanos()),
                Text.clean(attempt.providerRequestId(), MAX_NAME));
    }

    private static int millis(long nanos) {
        return nanos < 0 ? UsageEvent.UNKNOWN : (int) Math.min(nanos / 1_000_000, Integer.MAX_VALUE);
    }

    /** Events made since the start. */
    public long recorded() {
        return recorded.sum();
    }

    /** Events whose provider reported usage that no price was found for. */
    public long unpriced() {
        return unpriced.sum();
    }
}
