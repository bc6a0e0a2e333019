package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import org.jspecify.annotations.Nullable;

/**
 * The books, as an exchange sees them; {@code usage} implements it. What is written here outlives the process.
 *
 * <pre>
 *   open ──▶ progress* ──▶ settle ──▶ close ──(kept)──▶ the client's last byte
 * </pre>
 *
 * <p>One for each event loop. Thread: that event loop; nothing here blocks.
 */
public interface Ledger {

    /** An attempt in the books, from {@link #open} to {@link #close}. */
    interface Entry {}

    /** Waits for its entries to be kept. */
    interface Waiter {
        /** What {@link #close} was given is out of the reach of whatever durability protects against. Event loop. */
        void onKept();
    }

    /** Whether what a new attempt may cost could be written down. Asked before anything is sent to a provider. */
    boolean accepts();

    /** Before the first byte goes to a provider. Null when it cannot be written down: then nothing may be sent. */
    @Nullable
    Entry open(AttemptOpening opening);

    /**
     * How far the attempt has come, for the case that nobody is left to say it.
     *
     * @param usage what the provider has reported so far
     * @param elapsedNanos since the attempt's start
     * @param ttftNanos to its first generated output; -1 when there was none yet
     */
    void progress(Entry entry, Counted counted, Usage usage, long elapsedNanos, long ttftNanos);

    /** What an attempt that ended comes to. Changes nothing. */
    Settlement settle(AttemptSummary attempt);

    /**
     * The exchange is over: closes the entries of its attempts. Exactly once for each exchange that opened any.
     *
     * @param entries of {@code summary.attempts()}, in the same order
     * @param waiter is called back if, and only if, false is returned
     * @return whether the entries are kept already, so that the client may have its last byte
     */
    boolean close(ExchangeSummary summary, Entry[] entries, Waiter waiter);
}
