package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an answer tells of work that was done while nobody waited for it: the requests of a batch, a response in the
 * background. It may be fetched as often as one likes and is billed once: each model's sum is an entry of its own in the
 * books, under a key that is the same for every fetch.
 *
 * <p>Each answer is priced for itself before it is added, for what a token costs may depend on the length of its prompt.
 * Thread: event loop.
 */
final class OnceBill {
    /** The tier in which the requests of a batch are served. */
    static final String BATCH_TIER = "batch";

    private static final int MAX_MODELS = 64;
    private static final String OTHER_MODELS = "other";

    /** What one model's answers come to. */
    private static final class Sum {
        private final @Nullable String tier;
        private Usage usage = Usage.NONE;
        private long costNano;
        private long priceVersion = Usage.UNKNOWN;
        private Settlement.Source source = Settlement.Source.NONE;

        Sum(@Nullable String tier) {
            this.tier = tier;
        }

        void add(Settlement answer) {
            usage = usage.plus(answer.usage());
            boolean priced = costNano != Usage.UNKNOWN && answer.costNano() != Usage.UNKNOWN;
            costNano = priced ? costNano + answer.costNano() : Usage.UNKNOWN;
            priceVersion = priced ? answer.priceVersion() : Usage.UNKNOWN;
            source = answer.source();
        }

        Settlement settlement() {
            return new Settlement(usage, source, costNano, priceVersion);
        }
    }

    private final AttemptRecord fetch;
    private final Ledger ledger;
    private final Map<String, Sum> sums = new LinkedHashMap<>();

    /** @param fetch the attempt that fetches */
    OnceBill(AttemptRecord fetch) {
        this.fetch = fetch;
        this.ledger = fetch.meter().ledger();
    }

    /** One answer of a batch. */
    void add(String model, Usage usage) {
        add(model, usage, BATCH_TIER);
    }

    /** One answer. */
    void add(String model, Usage usage, @Nullable String tier) {
        String name = sums.containsKey(model) || sums.size() < MAX_MODELS ? model : OTHER_MODELS;
        sums.computeIfAbsent(name, unseen -> new Sum(tier))
                .add(ledger.settle(summary(0, model, usage, tier, Settlement.NONE, 0)));
    }

    /**
     * Puts the sums into the books.
     *
     * @param label of the entries' endpoint
     * @param id of what was fetched
     * @param waiter is told of each entry that is not kept at once
     * @return how many are not; -1 when one could not be written down
     */
    int book(CallRecord call, String label, String id, long nowNanos, Ledger.Waiter waiter) {
        int waiting = 0;
        int number = fetch.number();
        String provider = fetch.target().provider().name();
        for (Map.Entry<String, Sum> each : sums.entrySet()) {
            number++;
            String model = each.getKey();
            Sum sum = each.getValue();
            Ledger.Entry entry = ledger.openOnce(
                    call.opening(fetch, number, label, model), String.join("\n", label, provider, id, model));
            if (entry == null) {
                return -1;
            }
            AttemptSummary settled =
                    summary(number, model, sum.usage, sum.tier, sum.settlement(), nowNanos - fetch.startNanos());
            if (!ledger.close(entry, settled, waiter)) {
                waiting++;
            }
        }
        sums.clear();
        return waiting;
    }

    private AttemptSummary summary(
            int number, String model, Usage usage, @Nullable String tier, Settlement settlement, long durationNanos) {
        return new AttemptSummary(
                number,
                fetch.startedAtMicros(),
                fetch.target().provider().name(),
                model,
                model,
                tier,
                AttemptStatus.OK,
                /* written= */ true,
                /* finished= */ true,
                200,
                usage,
                Counted.NOTHING,
                settlement,
                -1,
                durationNanos,
                null,
                AttemptReason.FIRST,
                null);
    }
}
