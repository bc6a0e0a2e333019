package dev.sluice.gateway.limit;

import java.util.concurrent.TimeUnit;

/**
 * One window of a {@link BucketCounter}, and of the one before it what a clock that goes back may make matter again. A call
 * that was admitted in it is settled in it, also when it is not the current one any more. Thread: any.
 */
final class Bucket {
    /** The counter has been put away. */
    static final Bucket GONE = new Bucket(CalendarSpan.NONE, Tally.GONE, 0, 0);

    /** A clock is set back by hours rather than by days. */
    private static final long LINGER_MILLIS = TimeUnit.HOURS.toMillis(6);

    private static final long LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(LINGER_MILLIS);

    private final CalendarSpan span;
    private final Tally tally;
    private final long previousStartMillis;
    private final long previousTaken;

    private Bucket(CalendarSpan span, long taken, long previousStartMillis, long previousTaken) {
        this.span = span;
        this.tally = new Tally(taken);
        this.previousStartMillis = previousStartMillis;
        this.previousTaken = previousTaken;
    }

    static Bucket first(CalendarSpan span) {
        return new Bucket(span, 0, 0, 0);
    }

    /** The bucket of {@code next}, which begins with nothing, unless it is a time that was there before. */
    Bucket followedBy(CalendarSpan next) {
        if (next.startMillis() > span.startMillis()) {
            return new Bucket(next, 0, span.startMillis(), tally.taken());
        }
        long before = previousStartMillis == next.startMillis() ? previousTaken : 0;
        return new Bucket(next, before + tally.taken(), 0, 0);
    }

    /** Nothing is taken that could matter, or both clocks agree that its time has been over for some hours. */
    boolean isOfNoUse(long nanos, long wall) {
        if (tally.taken() == 0 && previousTaken == 0) {
            return true;
        }
        return wall - LINGER_MILLIS >= span.endMillis()
                && nanos - span.openedNanos() - span.leftNanos() >= LINGER_NANOS;
    }

    CalendarSpan span() {
        return span;
    }

    Tally tally() {
        return tally;
    }
}
