package dev.sluice.gateway.limit;

import org.jspecify.annotations.Nullable;

/**
 * Takes from a counter that several nodes share: what is leased, as long as the nodes can agree; this node's part of the
 * limit while they cannot. The counter in memory counts what this node takes in both cases, so that it knows its part.
 * Thread: any.
 */
final class SharedCounters {
    /** Not leased yet: to be asked for, and waited for. */
    static final long LATER = -2;

    /** The nodes have agreed that there is not so much. */
    static final long EXHAUSTED = -3;

    /** Nobody can tell, and the rule is strict. */
    static final long AWAY = -4;

    private final Leases leases;

    SharedCounters(Leases leases) {
        this.leases = leases;
    }

    /** @return what {@code hold} has, or one of the above, or what {@link Counter#take} may answer */
    long take(LeaseBroker broker, Counter counter, Hold hold, long nanos, long wall, long need, long extra) {
        long limit = hold.limit;
        LeasePool pool = counter.pool(broker, leases, counter.key().rule().limit(100), nanos, wall);
        long left = pool.left(nanos);
        if (left >= need) {
            long amount = counter.take(hold, nanos, wall, need, Math.min(extra, (left - need) / 2));
            if (amount < 0 || pool.take(hold, amount, nanos)) {
                return amount;
            }
            // Somebody was faster: once more, from the beginning.
            counter.settle(hold, nanos, 0);
            return Tally.GONE;
        }
        LimitRule rule = counter.key().rule().rule();
        if (pool.isAway(nanos)) {
            if (rule.strict()) {
                return AWAY;
            }
            hold.limit = part(limit);
            long amount = counter.take(hold, nanos, wall, need, extra);
            if (amount >= 0) {
                pool.overtake(hold, amount, nanos);
            }
            return amount;
        }
        return pool.isExhausted(need, nanos) ? EXHAUSTED : LATER;
    }

    /** @return as {@link Counter#extend}, or {@link #EXHAUSTED}, or {@link #AWAY} */
    long extend(LeasePool pool, Counter counter, Hold hold, long nanos, long need, long extra) {
        long before = hold.amount;
        long missing = Math.max(0, need - before);
        long left = pool.left(nanos);
        long prudent = Math.min(extra, Math.max(0, left - missing) / 2);
        if (missing > 0 && left < missing) {
            if (pool.isAway(nanos)) {
                if (counter.key().rule().rule().strict()) {
                    return AWAY;
                }
                hold.limit = part(hold.limit);
            } else if (pool.isExhausted(Long.MAX_VALUE, nanos)) {
                return EXHAUSTED;
            }
        }
        long amount = counter.extend(hold, nanos, need, prudent);
        if (amount > before) {
            pool.overtake(hold, amount - before, nanos);
        }
        return amount;
    }

    static void settle(@Nullable LeasePool pool, Hold hold, long actual, Measure measure) {
        if (pool != null) {
            pool.settle(hold, actual, /* isSpent= */ measure != Measure.CONCURRENT);
        }
    }

    /** At least one: a rule that lets in fewer calls than there are nodes would let in none. */
    private long part(long limit) {
        return Math.max(1, limit / leases.nodes());
    }
}
