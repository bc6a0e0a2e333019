package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.relay.UsageTap;
import dev.sluice.codec.tokens.Tokenizer;
import dev.sluice.gateway.route.Target;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Counts one attempt while it runs and tells the {@link Ledger} how far it has come: each second, and whenever 500
 * tokens have come since the last time. HOT: a chunk costs the comparison of two numbers here.
 *
 * <p>Thread: event loop.
 */
final class AttemptMeter implements PromptCounter.Receiver {
    private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long PROGRESS_TOKENS = 500;

    private final Ledger ledger;
    private final @Nullable PromptCounter prompts;
    private final Tokenizer tokenizer;
    /** Null when nothing is counted. */
    private final @Nullable UsageTap tap;

    private Ledger.@Nullable Entry entry;
    private long promptTokens;
    private boolean promptExact;
    private boolean promptTold = true;
    private long toldTokens;
    /** The cheap bound when it was told last: it moves whenever text comes. */
    private long toldBound;

    private long toldNanos;

    private AttemptMeter(Metering metering, Tokenizer tokenizer, long promptBytes) {
        this.ledger = metering.ledger();
        this.prompts = metering.prompts();
        this.tokenizer = tokenizer;
        this.tap = prompts == null ? null : new UsageTap(tokenizer);
        this.promptTokens = prompts == null ? Usage.UNKNOWN : tokenizer.estimate(promptBytes);
    }

    /** @param promptBytes of the prompt's text: what it is estimated by until it has been counted */
    static AttemptMeter of(Metering metering, String model, long promptBytes) {
        return new AttemptMeter(metering, Tokenizer.of(model), promptBytes);
    }

    /** For an attempt at {@code target}; has the prompt counted, a small one at once. */
    static AttemptMeter of(ExchangeLoop loop, CallerRequest asked, Target target) {
        AttemptMeter meter = of(loop.metering(), target.model(), asked.reader().textBytes());
        meter.countPrompt(
                asked.head().dialect(), asked.path().endpoint(), asked.body().whole(), loop.eventLoop());
        return meter;
    }

    /** Without counts of our own: what passes as it is cannot be counted. */
    static AttemptMeter uncounted(Metering metering, String model) {
        return of(new Metering(metering.ledger(), null, metering.drain()), model, 0);
    }

    /** Writes down what the provider has reported so far. */
    void report(AttemptRecord record, Usage usage, long nowNanos) {
        if (entry != null) {
            ledger.progress(entry, counted(), usage, nowNanos - record.startNanos(), record.ttftNanos());
        }
    }

    /** Has the prompt counted; a small one at once. Borrows {@code body}. */
    void countPrompt(InboundDialect dialect, Endpoint endpoint, ByteBuf body, EventLoop loop) {
        if (prompts != null) {
            prompts.count(dialect, endpoint, body, tokenizer, loop, this);
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
        return tap == null
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
