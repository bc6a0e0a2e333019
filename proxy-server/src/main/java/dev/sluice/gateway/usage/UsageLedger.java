package dev.sluice.gateway.usage;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.AttemptOpening;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.exchange.Counted;
import dev.sluice.gateway.exchange.Ledger;
import dev.sluice.gateway.exchange.Settlement;
import dev.sluice.gateway.journal.JournalAppender;
import dev.sluice.gateway.journal.JournalSegment;
import dev.sluice.gateway.price.TokenRates;
import java.util.ArrayDeque;
import java.util.Map;
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

    /** So many accounts wait for the next attempts; where more were open at once, the others go. */
    private static final int MOST_FREE = 256;

    private final JournalAppender journal;
    private final UsageQueue queue;
    private final Settler settler;
    private final Figures figures;
    private final boolean waitsForDisk;
    private final KnownTexts texts = new KnownTexts();
    private final UsageRecords records = new UsageRecords(texts);
    /** Of attempts that are over, for the next ones. */
    private final ArrayDeque<Account> free = new ArrayDeque<>();

    private Map<String, String> lastTags = Map.of();
    private @Nullable String lastTagsText;

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
        Account account = free.isEmpty() ? new Account() : free.pop();
        account.begin(id, opening, tags(opening.tags()), texts);
        records.open(account, opening.counted());
        int closeBytes = records.largestCloseBytes();
        boolean opened = closeBytes <= journal.largestPayloadBytes()
                && journal.open(account.record, id, records.buffer(), records.size(), closeBytes);
        if (!opened) {
            figures.refused.increment();
            giveBack(account);
            return null;
        }
        return account;
    }

    /** The calls of one key have the same tags, which are the same object. */
    @SuppressWarnings("ReferenceEquality")
    private @Nullable String tags(Map<String, String> tags) {
        if (tags != lastTags) {
            lastTagsText = Text.tags(tags);
            lastTags = tags;
        }
        return lastTagsText;
    }

    private void giveBack(Account account) {
        account.clear();
        if (free.size() < MOST_FREE) {
            free.push(account);
        }
    }

    @Override
    public void progress(Entry entry, Counted counted, Usage usage, long elapsedNanos, long ttftNanos) {
        Account account = (Account) entry;
        records.progress(account.id(), counted, usage, Account.millis(elapsedNanos), Account.millis(ttftNanos));
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
        UsageEvent event = account.event(attempt, texts);
        records.close(event);
        figures.recorded.increment();
        if (event.costNano() == UsageEvent.UNKNOWN && attempt.settlement().source() != Settlement.Source.NONE) {
            figures.unpriced.increment();
        }
        JournalSegment segment = journal.close(account.record, records.buffer(), records.size());
        giveBack(account);
        if (!journal.isBehind() && !queue.offer(event, segment)) {
            journal.fallBehind();
        }
        if (!waitsForDisk) {
            return true;
        }
        journal.whenDurable(durable -> waiter.onKept());
        return false;
    }
}
