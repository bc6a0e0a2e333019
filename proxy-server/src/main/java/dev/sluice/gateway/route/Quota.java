package dev.sluice.gateway.route;

import dev.sluice.gateway.route.TargetHealth.Availability;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What is left of one limit of a key's: told by the heads of its answers, counted down between them by what is sent.
 *
 * <p>The providers' limits are token buckets, and the time of reset that they tell is when the bucket is <em>full</em>: of
 * 60 requests a minute all used, one is back after a second, not after the minute. So where the size of the limit is told,
 * what is left grows with time; where it is not, everything is back at the reset, and nothing before. A provider that
 * counts otherwise refuses, and then {@link CoolDown} has the say.
 *
 * <p>A reset that is more than a minute away (limits for each day) is not waited for: after a minute one request may find
 * out, and the next a minute later.
 *
 * <p>The four numbers are written one after the other, without a lock. Who reads half of the old and half of the new sends
 * one request too many or too few. Thread: any.
 */
final class Quota {
    static final long UNKNOWN = -1;
    /** What a provider that tells no reset is believed: it will tell anew. */
    private static final long UNTOLD_RESET_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long LONGEST_NANOS = CoolDown.LONGEST_NANOS;

    private final AtomicLong left = new AtomicLong();
    private volatile boolean told;
    private volatile long toldAtNanos;
    private volatile long resetNanos;
    private volatile double backPerNano;
    private volatile long limit = UNKNOWN;

    /**
     * @param limit how many there are in all; {@link #UNKNOWN}
     * @param resetNanos from now; 0 when it does not matter; {@link ResetTime#UNKNOWN}
     */
    void onTold(long remaining, long limit, long resetNanos, long nowNanos) {
        long reset = resetNanos == ResetTime.UNKNOWN ? UNTOLD_RESET_NANOS : resetNanos;
        this.limit = limit;
        backPerNano = limit > remaining && reset > 0 ? (double) (limit - remaining) / reset : 0;
        this.resetNanos = reset;
        toldAtNanos = nowNanos;
        left.set(remaining);
        told = true;
    }

    void onBegin(long need, long nowNanos) {
        if (!told) {
            return;
        }
        boolean asks = availability(need, nowNanos) == Availability.PROBE;
        left.addAndGet(-need);
        if (asks) {
            toldAtNanos = nowNanos;
        }
    }

    Availability availability(long need, long nowNanos) {
        if (!told) {
            return Availability.READY;
        }
        long since = nowNanos - toldAtNanos;
        if (left.get() + backPerNano * since >= need) {
            return Availability.READY;
        }
        if (since < Math.min(resetNanos, LONGEST_NANOS)) {
            return Availability.LIMITED;
        }
        return resetNanos > LONGEST_NANOS ? Availability.PROBE : Availability.READY;
    }

    /** Until {@code need} are there, at the latest; 0 when they are. */
    long readyInNanos(long need, long nowNanos) {
        if (availability(need, nowNanos) != Availability.LIMITED) {
            return 0;
        }
        double whole = Math.min(resetNanos, LONGEST_NANOS);
        double grown = backPerNano == 0 ? whole : (need - left.get()) / backPerNano;
        return Math.max(1, (long) Math.min(whole, Math.ceil(grown)) - (nowNanos - toldAtNanos));
    }

    /** Whether there is so much left, a tenth or more, that what is not needed may be spent of it. */
    boolean isAmple(long nowNanos) {
        return !told || nowNanos - toldAtNanos >= resetNanos || left.get() / (double) Math.max(1, limit) >= 0.1;
    }

    /** What was left by the last that was told, less what was sent since; {@link #UNKNOWN}. */
    long left() {
        return told ? Math.max(0, left.get()) : UNKNOWN;
    }

    void reset() {
        told = false;
    }
}
