package dev.sluice.gateway.auth;

import java.time.InstantSource;

/**
 * How much the database is asked about keys that nobody knows: so often within any second, and so often at once. Thread:
 * any; its lock is held for a few instructions.
 */
final class LookupLimit {
    private static final long SECOND_MILLIS = 1_000;

    private final InstantSource clock;
    private final int mostAtOnce;
    /** When the last ones began, in a ring. */
    private final long[] beganMillis;

    private int oldest;
    private long begun;
    private int running;

    LookupLimit(InstantSource clock, int mostInASecond, int mostAtOnce) {
        this.clock = clock;
        this.mostAtOnce = mostAtOnce;
        this.beganMillis = new long[mostInASecond];
    }

    /** Whether one more may begin; if so, {@link #end} has to follow. */
    synchronized boolean begin() {
        long now = clock.millis();
        long sinceOldest = now - beganMillis[oldest];
        // Less than nothing: the clock was put back.
        boolean tooOften = begun >= beganMillis.length && sinceOldest >= 0 && sinceOldest < SECOND_MILLIS;
        if (tooOften || running >= mostAtOnce) {
            return false;
        }
        beganMillis[oldest] = now;
        oldest = (oldest + 1) % beganMillis.length;
        begun++;
        running++;
        return true;
    }

    synchronized void end() {
        running--;
    }
}
