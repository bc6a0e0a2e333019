package dev.sluice.gateway.limit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How much of one amount is taken: what was settled, and what open calls hold of it. The sum of both is one number, so that
 * one compare-and-set decides, and the limit holds however many ask at once. Thread: any.
 */
final class Tally {
    /** Given back, and found in {@link #taken}, when the counter has been put away: there is another one by now. */
    static final long GONE = Long.MIN_VALUE;

    /** There is not so much left. */
    static final long REFUSED = -1;

    /** Of what is left, so many parts as there are open calls, times this, are not touched by a slice ahead. */
    private static final long CAUTION = 4;

    private static final VarHandle TAKEN;
    private static final VarHandle HELD;
    private static final VarHandle OPEN;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            TAKEN = lookup.findVarHandle(Tally.class, "taken", long.class);
            HELD = lookup.findVarHandle(Tally.class, "held", long.class);
            OPEN = lookup.findVarHandle(Tally.class, "open", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile long taken;
    private volatile long held;
    private volatile int open;

    Tally(long taken) {
        this.taken = taken;
    }

    /**
     * Takes {@code need}, and of {@code extra} what is prudent.
     *
     * @return how much is held now, or {@link #REFUSED}, or {@link #GONE}
     */
    long take(long need, long extra, long limit) {
        // Before anything is taken: whoever puts counters away looks at this after it has looked at what is taken.
        int others = (int) OPEN.getAndAdd(this, 1);
        while (true) {
            long before = taken;
            long left = limit - before - need;
            if (before == GONE || left < 0) {
                OPEN.getAndAdd(this, -1);
                return before == GONE ? GONE : REFUSED;
            }
            long now = need + (extra == 0 ? 0 : prudent(extra, left, others + 1));
            if (TAKEN.compareAndSet(this, before, before + now)) {
                HELD.getAndAdd(this, now);
                return now;
            }
        }
    }

    /**
     * A call that holds {@code holding} needs {@code need} in all by now.
     *
     * @return how much it holds from now on, or {@link #REFUSED}, and then it holds what it held
     */
    long extend(long holding, long need, long extra, long limit) {
        long missing = Math.max(0, need - holding);
        while (true) {
            long before = taken;
            long left = limit - before - missing;
            if (left < 0 && missing > 0) {
                return REFUSED;
            }
            long wanted = Math.max(0, need + extra - holding - missing);
            long more = missing + (left <= 0 ? 0 : prudent(wanted, left, open));
            if (more == 0) {
                return holding;
            }
            if (TAKEN.compareAndSet(this, before, before + more)) {
                HELD.getAndAdd(this, more);
                return holding + more;
            }
        }
    }

    /** A call that held {@code holding} is over, and {@code actual} of it stays. */
    void settle(long holding, long actual) {
        HELD.getAndAdd(this, -holding);
        if (actual != holding) {
            TAKEN.getAndAdd(this, actual - holding);
        }
        OPEN.getAndAdd(this, -1);
    }

    /** What was settled is in no window any more. */
    void forget(long amount) {
        TAKEN.getAndAdd(this, -amount);
    }

    /**
     * What was settled is at least {@code used}.
     *
     * @return by how much that is more
     */
    long raise(long used) {
        while (true) {
            long before = taken;
            long more = used - Math.max(0, before - held);
            if (before == GONE || more <= 0) {
                return 0;
            }
            if (TAKEN.compareAndSet(this, before, before + more)) {
                return more;
            }
        }
    }

    /** @return false when somebody has taken of it meanwhile, or a call is open: then nothing has happened */
    boolean putAway(long seen) {
        return seen != GONE && open == 0 && TAKEN.compareAndSet(this, seen, GONE);
    }

    boolean isGone() {
        return taken == GONE;
    }

    /** Of the limit, what calls hold included. */
    long taken() {
        long now = taken;
        return now == GONE ? 0 : now;
    }

    long held() {
        return held;
    }

    long used() {
        return Math.max(0, taken() - held);
    }

    int open() {
        return open;
    }

    /** Of a slice ahead as much as leaves something for those that come next. */
    private static long prudent(long wanted, long left, int open) {
        return Math.min(wanted, left / (CAUTION * Math.max(1, open)));
    }
}
