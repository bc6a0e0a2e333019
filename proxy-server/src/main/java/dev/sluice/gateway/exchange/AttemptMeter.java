package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.relay.UsageTap;
import dev.sluice.codec.tokens.Tokenizer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Counts one attempt while it runs and tells the {@link Ledger} how far it has come: each second, and whenever 500
 * tokens have come since the last time. HOT: a chunk costs the comparison of two numbers here. One can be used for one
 * attempt after the other, unless its prompt is being counted still.
 *
 * <p>Thread: event loop.
 */
final class AttemptMeter implements PromptCounter.Receiver {
    private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long PROGRESS_TOKENS = 500;

    private Ledger ledger = Ledger.NONE;
    private @Nullable Tokenizer tokenizer;
    /** Null when nothing is counted. */
    private @Nullable UsageTap tap;

    private Ledger.@Nullable Entry entry;
    private boolean counting;
    private long promptTokens;
    private boolean promptExact;
    private boolean promptTold = true;
    private long toldTokens;
    /** The cheap bound when it was told last: it moves whenever text comes. */
    private long toldBound;

    private long toldNanos;

    /** Without counts of our own: what passes as it is cannot be counted. */
    static AttemptMeter uncounted(Metering metering) {
        AttemptMeter meter = new AttemptMeter();
        meter.ledger = metering.ledger();
        meter.promptTokens = Usage.UNKNOWN;
        return meter;
    }

    /** For an attempt at a target that has the prompt counted; a small one at once. */
    void begin(ExchangeLoop loop, CallerRequest asked, String model) {
        Metering metering = loop.metering();
        ledger = metering.ledger();
        promptTokens = Usage.UNKNOWN;
        PromptCounter counter = metering.prompts();
        if (counter != null) {
            Tokenizer counted = Tokenizer.of(model);
            tokenizer = counted;
            tap = new UsageTap(counted);
            promptTokens = counted.estimate(asked.reader().textBytes());
            count(counter, loop, asked, counted);
        }
    }

    private void count(PromptCounter counter, ExchangeLoop loop, CallerRequest asked, Tokenizer counted) {
        counting = true;
        boolean willTell = counter.count(
                asked.head().dialect(), asked.path().endpoint(), asked.body().whole(), counted, loop.eventLoop(), this);
        if (!willTell) {
            counting = false;
        }
    }

    /** Whether the prompt is being counted elsewhere: {@link #onPromptCounted} is still to come. */
    boolean isCounting() {
        return counting;
    }

    /** For the next attempt. */
    void reset() {
        ledger = Ledger.NONE;
        tokenizer = null;
        if (tap != null) {
            tap.close();
            tap = null;
        }
        entry = null;
        counting = false;
        promptTokens = 0;
        promptExact = false;
        promptTold = true;
        toldTokens = 0;
        toldBound = 0;
        toldNanos = 0;
    }

    /** Writes down what the provider has reported so far. */
    void report(AttemptRecord record, Usage usage, long nowNanos) {
        if (entry != null) {
            ledger.progress(entry, counted(), usage, nowNanos - record.startNanos(), record.ttftNanos());
        }
    }

    Ledger ledger() {
        return ledger;
    }

    /** Where what the answer says is counted. */
    ChatEvents events() {
        return tap == null ? ChatEvents.IGNORED : tap;
    }

    /** Of the prompt, as far as they are known; -1 when nothing is counted. */
    long promptTokens() {
        return promptTokens;
    }

    @Override
    public void onPromptCounted(long tokens, boolean exact) {
        counting = false;
        promptTokens = tokens;
        promptExact = exact;
        promptTold = entry == null;
    }

    /** Writes the attempt down; false when that cannot be done. */
    boolean open(AttemptOpening opening) {
        entry = ledger.open(opening);
        return entry != null;
    }

    /** Some of the answer has been read. */
    void onBytes(AttemptRecord record, @Nullable AnswerReader reader, LoopTicker ticker) {
        if (tap != null && tap.committed() - toldTokens >= PROGRESS_TOKENS) {
            tell(record, reader, ticker.nanoTime());
        }
    }

    void onTick(AttemptRecord record, @Nullable AnswerReader reader, long nowNanos) {
        if (tap != null
                && nowNanos - Math.max(toldNanos, record.startNanos()) >= PROGRESS_NANOS
                && (!promptTold || tap.upperBound() != toldBound)) {
            tell(record, reader, nowNanos);
        }
    }

    private void tell(AttemptRecord record, @Nullable AnswerReader reader, long nowNanos) {
        if (entry == null) {
            return;
        }
        Counted counted = counted();
        ledger.progress(
                entry,
                counted,
                reader == null ? Usage.NONE : reader.usage(),
                nowNanos - record.startNanos(),
                record.ttftNanos());
        toldTokens = counted.outputTokens();
        toldBound = tap == null ? 0 : tap.upperBound();
        toldNanos = nowNanos;
        promptTold = true;
    }

    /** Whether the answer says that it is none: a filter of the provider's, or the model, would not give it. */
    boolean contentRefused() {
        return tap != null && tap.refused();
    }

    /** Tokens generated so far, cheaply: never more than there are. */
    long generatedTokens() {
        return tap == null ? 0 : tap.committed();
    }

    /** At least as many as have been generated so far, without counting anything. */
    long mostTokens() {
        return tap == null ? 0 : tap.upperBound();
    }

    /** Tokens generated so far, exactly: some hundred nanoseconds. */
    long exactTokens() {
        return tap == null ? 0 : tap.total();
    }

    /** What has been counted so far. */
    Counted counted() {
        return tap == null || tokenizer == null
                ? Counted.NOTHING
                : new Counted(promptTokens, promptExact, tap.total(), tap.isExact(), tokenizer.hiddenReasoning());
    }

    /** Closes the entry, if there is one; whether it is kept already. */
    boolean close(AttemptSummary settled, Ledger.Waiter waiter) {
        Ledger.Entry open = entry;
        entry = null;
        return open == null || ledger.close(open, settled, waiter);
    }
}
