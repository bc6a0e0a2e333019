package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.price.TokenRates;
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

    /** Waits for an entry to be kept. */
    interface Waiter {
        /** What {@link #close} was given is out of the reach of whatever durability protects against. Event loop. */
        void onKept();
    }

    /**
     * Before the first byte goes to a provider.
     *
     * @param opening nothing of it is kept but texts
     * @return null when it cannot be written down: then nothing may be sent
     */
    @Nullable
    Entry open(AttemptOpening opening);

    /**
     * The same for what must be in the books once however often it comes up, here or in another gateway: of all entries
     * with the same {@code key} the first one counts.
     */
    @Nullable
    Entry openOnce(AttemptOpening opening, String key);

    /**
     * How far the attempt has come, for the case that nobody is left to say it.
     *
     * @param usage what the provider has reported so far
     * @param elapsedNanos since the attempt's start
     * @param ttftNanos to its first generated output; -1 when there was none yet
     */
    void progress(Entry entry, Counted counted, Usage usage, long elapsedNanos, long ttftNanos);

    /** What an attempt that begins now is going to be charged at; null when nobody knows. */
    default @Nullable TokenRates rates(String provider, String model, long promptTokens, long atMicros) {
        return null;
    }

    /** What an attempt that ended comes to. Changes nothing. */
    Settlement settle(AttemptSummary attempt);

    /**
     * The attempt is over: exactly once for each entry.
     *
     * @param attempt settled; nothing of it is kept but texts and the usage that its settlement bills
     * @param waiter is called back if, and only if, false is returned
     * @return whether the entry is kept already, so that the client may have its last byte
     */
    boolean close(Entry entry, AttemptSummary attempt, Waiter waiter);

    /** No books at all: for a gateway that only relays. */
    Ledger NONE = new Ledger() {
        private final Entry entry = new Entry() {};

        @Override
        public Entry open(AttemptOpening opening) {
            return entry;
        }

        @Override
        public Entry openOnce(AttemptOpening opening, String key) {
            return entry;
        }

        @Override
        public void progress(Entry of, Counted counted, Usage usage, long elapsedNanos, long ttftNanos) {}

        @Override
        public Settlement settle(AttemptSummary attempt) {
            return Settlement.NONE;
        }

        @Override
        public boolean close(Entry of, AttemptSummary attempt, Waiter waiter) {
            return true;
        }
    };
}
