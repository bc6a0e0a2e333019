package dev.sluice.gateway.limit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What one caller, in the eyes of one rule, has taken. Times are {@code nanos}, monotonic and counted from the start of the
 * {@link Limiter}, and {@code wall}, milliseconds since 1970. Thread: any.
 */
abstract sealed class Counter permits BucketCounter, RingCounter, RateCounter {
    private static final int PERCENT_BITS = 8;
    private static final long NEVER = Long.MIN_VALUE;
    private static final VarHandle WARNED;
    private static final VarHandle POOL;

    static {
        try {
            WARNED = MethodHandles.lookup().findVarHandle(Counter.class, "warned", long.class);
            POOL = MethodHandles.lookup().findVarHandle(Counter.class, "pool", LeasePool.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final CounterKey key;

    private volatile @Nullable LeasePool pool;

    /** Written by whoever comes, without order: that it is seen late does no harm. */
    private boolean wasTouched = true;

    /** Of the window for which the ledger was asked last. That of one thread, {@link Limiter#onCompared}. */
    private long comparedStart = NEVER;

    /** The window in which somebody was told last, and of which percentage. */
    private volatile long warned;

    Counter(CounterKey key) {
        this.key = key;
    }

    final CounterKey key() {
        return key;
    }

    final void touch() {
        if (!wasTouched) {
            wasTouched = true;
        }
    }

    /** Whether somebody has asked for it since this was asked last. */
    final boolean wasTouched() {
        boolean was = wasTouched;
        wasTouched = false;
        return was;
    }

    /**
     * Takes {@code need} and, of {@code extra}, what is prudent.
     *
     * @param hold learns what was taken
     * @return {@code hold}'s amount, or {@link Tally#REFUSED}, or {@link Tally#GONE}
     */
    abstract long take(Hold hold, long nanos, long wall, long need, long extra);

    /** @return as {@link #take}; {@link Tally#REFUSED}: the hold is what it was */
    abstract long extend(Hold hold, long nanos, long need, long extra);

    /** {@code actual} stays taken, the rest of what is held does not. */
    abstract void settle(Hold hold, long nanos, long actual);

    /** Of the limit, what is held included. */
    abstract long taken(long limit, long nanos, long wall);

    /** How much could be had at once: what {@link #taken} is out of. */
    long whole(long limit) {
        return limit;
    }

    abstract long held(long limit, long nanos, long wall);

    /** When {@code need} may be there; 0 when nobody knows. */
    abstract long retryMillis(long limit, long nanos, long wall, long need);

    /** When there is more of it than now; 0 when it is all there. */
    abstract long resetMillis(long limit, long nanos, long wall);

    /** When the window ends, by the wall clock; 0 when it does not. */
    long endMillis(long wall, long nanos) {
        return 0;
    }

    /** When the window began, by the wall clock. */
    abstract long startMillis(long wall, long nanos);

    /** The ledger knows of so much; what is in another window than {@code startMillis} is not touched. */
    abstract void raise(long startMillis, long used, long nanos, long wall);

    /**
     * Puts it away, if nothing is held of it: whoever has it in hand finds {@link Tally#GONE}.
     *
     * @param evenIfUsed also when something would be forgotten
     */
    abstract boolean putAway(long nanos, long wall, boolean evenIfUsed);

    abstract boolean isGone();

    /** A number for the window of now, another one for the next. */
    abstract long windowNumber(long nanos, long wall);

    /** Tells what was settled, in pieces of which each has a start. */
    abstract void save(Pieces pieces, long nanos, long wall);

    /** Takes in what another life of this gateway has saved. */
    abstract void restore(long startMillis, long used, long nanos, long wall);

    /** Hears of what was settled. */
    @FunctionalInterface
    interface Pieces {
        void add(long startMillis, long used);
    }

    /** Whether the ledger has been asked about the window that begins at {@code startMillis}. */
    final boolean isCompared(long startMillis) {
        return comparedStart == comparable(startMillis);
    }

    final void compared(long startMillis) {
        comparedStart = comparable(startMillis);
    }

    /** Of a window that slides the beginning is always another one: there it is enough that it was asked for once. */
    private long comparable(long startMillis) {
        return key.rule().rule().window().calendar() ? startMillis : 0;
    }

    /** What this node has leased of the window of now. */
    final LeasePool pool(LeaseBroker broker, Leases leases, long limit, long nanos, long wall) {
        while (true) {
            LeasePool known = pool;
            if (known != null && known.isOf(broker, sharedStartMillis(nanos, wall), limit)) {
                return known;
            }
            LeasePool made = new LeasePool(broker, leases, sharedWindow(limit, nanos, wall), nanos);
            if (POOL.compareAndSet(this, known, made)) {
                if (known != null) {
                    known.retire();
                }
                return made;
            }
        }
    }

    /** The last one; null when nothing was shared. */
    final @Nullable LeasePool pool() {
        return pool;
    }

    final LeaseBroker.SharedWindow sharedWindow(long limit, long nanos, long wall) {
        return new LeaseBroker.SharedWindow(
                key.rule().rule().id(),
                key.subject(),
                key.rule().rule(),
                limit,
                sharedStartMillis(nanos, wall),
                sharedStartMillis(nanos, wall) == 0 ? 0 : endMillis(wall, nanos));
    }

    /** When the window began, if it is one of the calendar; else 0. */
    long sharedStartMillis(long nanos, long wall) {
        return 0;
    }

    /**
     * Notes that {@code percent} has been told of in this window.
     *
     * @return the highest percentage that was told of before, at least {@code percent} when there is nothing to tell
     */
    final int noteWarned(long window, int percent) {
        while (true) {
            long before = warned;
            int told = before >>> PERCENT_BITS == window ? (int) (before & ((1 << PERCENT_BITS) - 1)) : 0;
            if (told >= percent || WARNED.compareAndSet(this, before, window << PERCENT_BITS | percent)) {
                return told;
            }
        }
    }
}
