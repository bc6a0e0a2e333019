package dev.sluice.gateway.wire;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.AttemptOpening;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.exchange.Counted;
import dev.sluice.gateway.exchange.Ledger;
import dev.sluice.gateway.exchange.Settlement;
import dev.sluice.gateway.price.TokenRates;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Books that note what they are told, refuse when they are told to, and keep entries at once or when asked to. */
public final class RecordingLedger implements Ledger {

    /** One attempt in these books. */
    public static final class Account implements Entry {
        public final AttemptOpening opening;
        public final List<Counted> progress = new ArrayList<>();
        public @Nullable AttemptSummary closed;

        /** What it is opened once for; null for one of its own. */
        public final @Nullable String key;

        private Account(AttemptOpening opening, @Nullable String key) {
            this.opening = opening;
            this.key = key;
        }
    }

    public final List<Account> accounts = new ArrayList<>();
    private final List<Waiter> waiters = new ArrayList<>();
    private boolean full;
    private boolean slow;
    private long costNano = Usage.UNKNOWN;
    private @Nullable TokenRates rates;

    /** From now on nothing more can be opened. */
    public void fill() {
        full = true;
    }

    /** From now on entries are kept only by {@link #keep}. */
    public void slowDown() {
        slow = true;
    }

    /** From now on every attempt costs this. */
    public void charge(long nano) {
        costNano = nano;
    }

    /** From now on tokens are charged at these, those that nobody reported as well. */
    public void charge(TokenRates nanoForAMillion) {
        rates = nanoForAMillion;
    }

    /** Everything closed until now is kept. */
    public void keep() {
        List<Waiter> kept = List.copyOf(waiters);
        waiters.clear();
        kept.forEach(Waiter::onKept);
    }

    /** The one account. */
    public Account account() {
        if (accounts.size() != 1) {
            throw new AssertionError("expected one account, got " + accounts.size());
        }
        return accounts.get(0);
    }

    @Override
    public @Nullable Entry open(AttemptOpening opening) {
        return open(opening, null);
    }

    @Override
    public @Nullable Entry openOnce(AttemptOpening opening, String key) {
        return open(opening, key);
    }

    private @Nullable Entry open(AttemptOpening opening, @Nullable String key) {
        if (full) {
            return null;
        }
        Account account = new Account(opening, key);
        accounts.add(account);
        return account;
    }

    @Override
    public void progress(Entry entry, Counted counted, Usage usage, long elapsedNanos, long ttftNanos) {
        ((Account) entry).progress.add(counted);
    }

    @Override
    public @Nullable TokenRates rates(String provider, String model, long promptTokens, long atMicros) {
        return rates;
    }

    @Override
    public Settlement settle(AttemptSummary attempt) {
        if (rates != null && attempt.written()) {
            Usage billed = attempt.usage()
                    .orElse(attempt.counted().inputTokens(), attempt.counted().outputTokens());
            long cost = (billed.inputTokens() * rates.input() + billed.outputTokens() * rates.output()) / 1_000_000;
            return new Settlement(billed, Settlement.Source.COUNTED, cost, 1);
        }
        return new Settlement(attempt.usage(), Settlement.Source.PROVIDER, costNano, 1);
    }

    @Override
    public boolean close(Entry entry, AttemptSummary attempt, Waiter waiter) {
        Account account = (Account) entry;
        if (account.closed != null) {
            throw new AssertionError("closed twice: " + attempt);
        }
        account.closed = attempt;
        if (slow) {
            waiters.add(waiter);
        }
        return !slow;
    }
}
