package dev.sluice.gateway.limit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

/**
 * A rate as one moment: the one at which everything that was taken will have been made up for (the generic cell rate
 * algorithm, ITU-T I.371, where it is called the theoretical arrival time). Each unit moves it by the time in which the rule
 * allows one; a call is admitted while it is no further ahead than the burst takes. For tokens, of which a call takes more
 * or less than was thought, this is a token bucket, which is empty, or in debt, while the moment is far ahead.
 *
 * <p>A unit's time is rounded up: never more than the limit, and less by a millionth at most up to a thousand a second.
 * Thread: any.
 */
final class RateCounter extends Counter {
    /** Beyond it a unit would take less than a nanosecond a second. */
    static final long MOST = 1_000_000_000;

    /** One call asks for no more tokens than that; keeps products within a long. */
    private static final long MOST_AT_ONCE = 100_000_000;

    private static final VarHandle DUE;
    private static final VarHandle OPEN;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            DUE = lookup.findVarHandle(RateCounter.class, "dueNanos", long.class);
            OPEN = lookup.findVarHandle(RateCounter.class, "open", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long periodNanos;
    private volatile long dueNanos;
    private volatile int open;

    RateCounter(CounterKey key, long periodNanos) {
        super(key);
        this.periodNanos = periodNanos;
    }

    @Override
    long take(Hold hold, long nanos, long wall, long need, long extra) {
        long limit = hold.limit;
        long capacity = capacityNanos(limit);
        int others = (int) OPEN.getAndAdd(this, 1);
        while (true) {
            long before = dueNanos;
            long base = Math.max(before, nanos);
            long left = capacity - (base - nanos) - nanosOf(need, limit);
            if (before == Tally.GONE || left < 0) {
                OPEN.getAndAdd(this, -1);
                return before == Tally.GONE ? Tally.GONE : Tally.REFUSED;
            }
            long amount = need;
            if (extra > 0) {
                amount += Math.min(extra, unitsIn(left, limit) / (4L * (others + 1)));
            }
            long step = nanosOf(amount, limit);
            if (DUE.compareAndSet(this, before, base + step)) {
                hold.amount = amount;
                hold.mark = step;
                hold.isOpen = true;
                return amount;
            }
        }
    }

    /** Never refused: a rate is made up for by waiting before the next call, and not by ending this one. */
    @Override
    long extend(Hold hold, long nanos, long need, long extra) {
        long more = need + extra - hold.amount;
        if (more > 0) {
            hold.mark += charge(nanos, more, hold.limit);
            hold.amount += more;
        }
        return hold.amount;
    }

    @Override
    void settle(Hold hold, long nanos, long actual) {
        if (actual < hold.amount) {
            long kept = nanosOf(actual, hold.limit);
            DUE.getAndAdd(this, Math.min(0, kept - hold.mark));
        } else if (actual > hold.amount) {
            charge(nanos, actual - hold.amount, hold.limit);
        }
        hold.amount = actual;
        hold.isOpen = false;
        OPEN.getAndAdd(this, -1);
    }

    private long charge(long nanos, long units, long limit) {
        long step = nanosOf(units, limit);
        while (true) {
            long before = dueNanos;
            if (DUE.compareAndSet(this, before, Math.max(before, nanos) + step)) {
                return step;
            }
        }
    }

    @Override
    long taken(long limit, long nanos, long wall) {
        long ahead = Math.max(0, dueNanos - nanos);
        return limit == 0 ? 0 : whole(limit) - unitsIn(Math.max(0, capacityNanos(limit) - ahead), limit);
    }

    @Override
    long whole(long limit) {
        LimitRule rule = key().rule().rule();
        // The same part of the burst as of the limit.
        return rule.burst() == 0 || rule.limit() == 0
                ? Math.min(limit, MOST)
                : Math.max(1, Math.min(rule.burst(), MOST) * Math.min(limit, MOST) / Math.min(rule.limit(), MOST));
    }

    /** Nobody is told of it: what is held is made up for by time as what is used. */
    @Override
    long held(long limit, long nanos, long wall) {
        return 0;
    }

    @Override
    long retryMillis(long limit, long nanos, long wall, long need) {
        long wait = Math.max(dueNanos, nanos) - nanos + nanosOf(need, limit) - capacityNanos(limit);
        return Math.max(1, millisUp(wait));
    }

    /** When everything is there again. */
    @Override
    long resetMillis(long limit, long nanos, long wall) {
        return millisUp(Math.max(0, dueNanos - nanos));
    }

    @Override
    long startMillis(long wall, long nanos) {
        return wall - TimeUnit.NANOSECONDS.toMillis(periodNanos);
    }

    /** What the ledger knows of a minute is no longer true when it says so. */
    @Override
    void raise(long startMillis, long used, long nanos, long wall) {}

    @Override
    void save(Pieces pieces, long nanos, long wall) {}

    @Override
    void restore(long startMillis, long used, long nanos, long wall) {}

    @Override
    boolean putAway(long nanos, long wall, boolean evenIfUsed) {
        long due = dueNanos;
        return due != Tally.GONE
                && (due <= nanos || evenIfUsed)
                && open == 0
                && DUE.compareAndSet(this, due, Tally.GONE);
    }

    @Override
    boolean isGone() {
        return dueNanos == Tally.GONE;
    }

    @Override
    long windowNumber(long nanos, long wall) {
        return 1 + nanos / Math.max(periodNanos, TimeUnit.MINUTES.toNanos(1));
    }

    private long capacityNanos(long limit) {
        LimitRule rule = key().rule().rule();
        if (rule.measure() != Measure.REQUESTS) {
            return periodNanos;
        }
        long step = nanosOf(1, limit);
        long burst = whole(limit);
        return Math.multiplyHigh(burst, step) == 0 && burst * step >= 0 ? burst * step : Long.MAX_VALUE / 4;
    }

    private long nanosOf(long units, long limit) {
        long product = Math.min(units, MOST_AT_ONCE) * periodNanos;
        long divisor = Math.min(Math.max(1, limit), MOST);
        return (product + divisor - 1) / divisor;
    }

    /** Rounded down. Both are a little smaller than they are, by the same factor, so that the product is no overflow. */
    private long unitsIn(long nanos, long limit) {
        if (key().rule().rule().measure() == Measure.REQUESTS) {
            return nanos / nanosOf(1, limit);
        }
        return (nanos >> 8) * Math.min(limit, MOST) / Math.max(1, periodNanos >> 8);
    }

    private static long millisUp(long nanos) {
        return (nanos + 999_999) / 1_000_000;
    }
}
