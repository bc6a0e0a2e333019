package dev.sluice.gateway.usage;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.AttemptOpening;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.exchange.Counted;
import dev.sluice.gateway.exchange.Ledger;
import dev.sluice.gateway.exchange.Settlement;
import dev.sluice.gateway.journal.JournalAppender;
import dev.sluice.gateway.journal.JournalSegment;
import dev.sluice.gateway.journal.OpenRecord;
import dev.sluice.gateway.price.TokenRates;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The books of one event loop: what an exchange tells of an attempt goes into that loop's part of the journal, and at its
 * end, priced, to the {@link PostgresWriter} by way of the {@link UsageQueue}. When the queue is full the journal alone
 * has it, and the writer reads it from there.
 *
 * <p>HOT. Thread: event loop; the figures any.
 */
public final class UsageLedger implements Ledger {

    /** An attempt on its way. */
    private record Account(
            UUID id, AttemptOpening opening, @Nullable String tags, OpenRecord record) implements Entry {}

    /** Figures of all event loops together. Thread: any. */
    public static final class Figures {
        private final LongAdder recorded = new LongAdder();
        private final LongAdder unpriced = new LongAdder();
        private final LongAdder refused = new LongAdder();

        /** Attempts that were closed since the start. */
        public long recorded() {
            return recorded.sum();
        }

        /** Those of them that consumed something for which no price was found. */
        public long unpriced() {
            return unpriced.sum();
        }

        /** Attempts that could not be opened, and so were not made. */
        public long refused() {
            return refused.sum();
        }
    }

    private final JournalAppender journal;
    private final UsageQueue queue;
    private final Settler settler;
    private final Figures figures;
    private final boolean waitsForDisk;
    private final UsageRecords records = new UsageRecords();

    /** @param waitsForDisk whether an attempt is kept only once its end is on the disk */
    public UsageLedger(
            JournalAppender journal, UsageQueue queue, Pricing pricing, boolean waitsForDisk, Figures figures) {
        this.journal = journal;
        this.queue = queue;
        this.settler = new Settler(pricing);
        this.waitsForDisk = waitsForDisk;
        this.figures = figures;
    }

    @Override
    public @Nullable Entry open(AttemptOpening opening) {
        return open(EventIds.next(opening.startedAtMicros()), opening);
    }

    @Override
    public @Nullable Entry openOnce(AttemptOpening opening, String key) {
        return open(EventIds.once(key), opening);
    }

    private @Nullable Entry open(UUID id, AttemptOpening opening) {
        String tags = Text.tags(opening.tags());
        records.open(id, opening, tags);
        int closeBytes = records.largestCloseBytes();
        OpenRecord record = closeBytes > journal.largestPayloadBytes()
                ? null
                : journal.open(id, records.buffer(), records.size(), closeBytes);
        if (record == null) {
            figures.refused.increment();
            return null;
        }
        return new Account(id, opening, tags, record);
    }

    @Override
    public void progress(Entry entry, Counted counted, Usage usage, long elapsedNanos, long ttftNanos) {
        Account account = (Account) entry;
        records.progress(account.id, counted, usage, millis(elapsedNanos), millis(ttftNanos));
        // Left out when room is short: the end of an attempt matters more than how far it has come.
        journal.progress(account.record, records.buffer(), records.size());
    }

    @Override
    public @Nullable TokenRates rates(String provider, String model, long promptTokens, long atMicros) {
        return settler.rates(provider, model, promptTokens, atMicros);
    }

    @Override
    public Settlement settle(AttemptSummary attempt) {
        return settler.settle(attempt);
    }

    @Override
    public boolean close(Entry entry, AttemptSummary attempt, Waiter waiter) {
        Account account = (Account) entry;
        UsageEvent event = event(account, attempt);
        records.close(event);
        figures.recorded.increment();
        if (event.costNano() == UsageEvent.UNKNOWN && attempt.settlement().source() != Settlement.Source.NONE) {
            figures.unpriced.increment();
        }
        JournalSegment segment = journal.close(account.record, records.buffer(), records.size());
        if (!journal.isBehind() && !queue.offer(event, segment)) {
            journal.fallBehind();
        }
        if (!waitsForDisk) {
            return true;
        }
        journal.whenDurable(durable -> waiter.onKept());
        return false;
    }

    private static UsageEvent event(Account account, AttemptSummary attempt) {
        AttemptOpening opening = account.opening;
        Settlement settlement = attempt.settlement();
        return new UsageEvent(
                account.id,
                opening.startedAtMicros(),
                Text.cleaned(opening.requestId(), Text.MAX_REQUEST_ID),
                Math.min(opening.number(), Short.MAX_VALUE),
                Text.clean(opening.keyId(), Text.MAX_NAME),
                Text.clean(opening.teamId(), Text.MAX_NAME),
                Text.clean(opening.endUser(), Text.MAX_NAME),
                account.tags,
                Text.cleaned(opening.endpoint(), Text.MAX_NAME),
                Text.clean(opening.requestedModel(), Text.MAX_NAME),
                Text.cleaned(opening.provider(), Text.MAX_NAME),
                Text.cleaned(opening.upstreamModel(), Text.MAX_NAME),
                opening.stream(),
                attempt.status().label(),
                attempt.httpStatus() == 0 ? UsageEvent.UNKNOWN : attempt.httpStatus(),
                settlement.usage(),
                attempt.counted().inputTokens(),
                attempt.counted().outputTokens(),
                settlement.source().label(),
                settlement.source() != Settlement.Source.PROVIDER
                        && attempt.counted().lowerBound(),
                Text.clean(attempt.serviceTier(), Text.MAX_NAME),
                settlement.costNano(),
                settlement.priceVersion(),
                millis(attempt.ttftNanos()),
                millis(attempt.durationNanos()),
                Text.clean(attempt.providerRequestId(), Text.MAX_NAME));
    }

    private static int millis(long nanos) {
        return nanos < 0 ? UsageEvent.UNKNOWN : (int) Math.min(nanos / 1_000_000, Integer.MAX_VALUE);
    }
}
