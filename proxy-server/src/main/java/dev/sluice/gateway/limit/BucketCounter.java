package dev.sluice.gateway.limit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * Counts in windows of the calendar, one after the other; and, in a window that never ends, budgets for ever and calls that
 * are open at the same time. Thread: any.
 */
final class BucketCounter extends Counter {
    private static final VarHandle CURRENT;

    static {
        try {
            CURRENT = MethodHandles.lookup().findVarHandle(BucketCounter.class, "current", Bucket.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final CalendarWindows calendar;
    private volatile Bucket current;

    BucketCounter(CounterKey key, CalendarWindows calendar, long nanos, long wall) {
        super(key);
        this.calendar = calendar;
        this.current = Bucket.first(calendar.at(wall, nanos));
    }

    @Override
    long take(Hold hold, long nanos, long wall, long need, long extra) {
        Bucket bucket = bucket(nanos, wall);
        long amount = bucket.tally().take(need, extra, hold.limit);
        if (amount >= 0) {
            hold.bucket = bucket;
            hold.amount = amount;
            hold.isOpen = true;
        }
        return amount;
    }

    @Override
    long extend(Hold hold, long nanos, long need, long extra) {
        long amount = tally(hold).extend(hold.amount, need, extra, hold.limit);
        if (amount >= 0) {
            hold.amount = amount;
        }
        return amount;
    }

    @Override
    void settle(Hold hold, long nanos, long actual) {
        tally(hold).settle(hold.amount, actual);
        hold.amount = actual;
        hold.isOpen = false;
    }

    @Override
    long taken(long limit, long nanos, long wall) {
        return bucket(nanos, wall).tally().taken();
    }

    @Override
    long held(long limit, long nanos, long wall) {
        return bucket(nanos, wall).tally().held();
    }

    @Override
    long retryMillis(long limit, long nanos, long wall, long need) {
        return resetMillis(limit, nanos, wall);
    }

    @Override
    long resetMillis(long limit, long nanos, long wall) {
        long end = endMillis(wall, nanos);
        return end == 0 ? 0 : Math.max(1, end - wall);
    }

    @Override
    long endMillis(long wall, long nanos) {
        long end = bucket(nanos, wall).span().endMillis();
        return end == Long.MAX_VALUE ? 0 : end;
    }

    @Override
    long startMillis(long wall, long nanos) {
        return bucket(nanos, wall).span().startMillis();
    }

    @Override
    void raise(long startMillis, long used, long nanos, long wall) {
        Bucket bucket = bucket(nanos, wall);
        if (bucket.span().startMillis() == startMillis) {
            bucket.tally().raise(used);
        }
    }

    @Override
    boolean putAway(long nanos, long wall, boolean evenIfUsed) {
        Bucket bucket = current;
        Tally tally = bucket.tally();
        long taken = tally.taken();
        // Somebody may open the next window in between: then the counter is in use, and this bucket is not.
        return (evenIfUsed || bucket.isOfNoUse(nanos, wall))
                && tally.putAway(taken)
                && CURRENT.compareAndSet(this, bucket, Bucket.GONE);
    }

    @Override
    boolean isGone() {
        return current == Bucket.GONE;
    }

    @Override
    long sharedStartMillis(long nanos, long wall) {
        return startMillis(wall, nanos);
    }

    @Override
    long windowNumber(long nanos, long wall) {
        return bucket(nanos, wall).span().number();
    }

    private static Tally tally(Hold hold) {
        return Objects.requireNonNull(hold.bucket, "taken from here before").tally();
    }

    private Bucket bucket(long nanos, long wall) {
        CalendarSpan span = calendar.at(wall, nanos);
        while (true) {
            Bucket bucket = current;
            // Whoever has waited long between reading the clock and this does not lead back to the window before.
            if (bucket.span().number() >= span.number() || bucket == Bucket.GONE) {
                return bucket;
            }
            Bucket next = bucket.followedBy(span);
            if (CURRENT.compareAndSet(this, bucket, next)) {
                return next;
            }
        }
    }
}
