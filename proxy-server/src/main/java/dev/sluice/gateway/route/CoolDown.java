package dev.sluice.gateway.route;

import dev.sluice.gateway.route.TargetHealth.Availability;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Leaves a key alone whose provider has refused it: for as long as the provider asked, at most a minute; else for 1, 2, 4
 * ... 60 s, as often as it refuses again. When the time is up one request is let through each second until one is
 * answered, so that a key that was revoked does not cost every request of the next second an attempt.
 *
 * <p>Thread: any.
 */
final class CoolDown {
    static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long BETWEEN_TRIES_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** 2^6 s are more than the longest. */
    private static final int MOST_STEPS = 6;

    /**
     * @param steps how often it was refused again
     * @param tried whether its time was up, and a request is finding out
     */
    private record Rest(long untilNanos, int steps, boolean tried) {}

    private final AtomicReference<@Nullable Rest> rest = new AtomicReference<>();

    Availability availability(long nowNanos) {
        Rest now = rest.get();
        if (now == null) {
            return Availability.READY;
        }
        return now.untilNanos() - nowNanos > 0 ? Availability.LIMITED : Availability.PROBE;
    }

    /** Until a request may be let through; 0 when it may. */
    long leftNanos(long nowNanos) {
        Rest now = rest.get();
        return now == null ? 0 : Math.max(0, now.untilNanos() - nowNanos);
    }

    /** An attempt begins: when the time is up it is the one that finds out. */
    void onBegin(long nowNanos) {
        Rest old = rest.get();
        if (old != null && old.untilNanos() - nowNanos <= 0) {
            rest.compareAndSet(old, new Rest(nowNanos + BETWEEN_TRIES_NANOS, old.steps(), true));
        }
    }

    /**
     * The provider refused.
     *
     * @param askedNanos for how long it wants to be left alone; 0 when it did not say
     */
    void onRefused(long askedNanos, long nowNanos) {
        for (; ; ) {
            Rest old = rest.get();
            Rest next = after(old, askedNanos, nowNanos);
            if (next == null || rest.compareAndSet(old, next)) {
                return;
            }
        }
    }

    /** Null: nothing changes. Of many that were under way and are refused together, only the first makes the next longer. */
    private static @Nullable Rest after(@Nullable Rest old, long askedNanos, long nowNanos) {
        long asked = Math.min(askedNanos, LONGEST_NANOS);
        if (old != null && !old.tried() && old.untilNanos() - nowNanos > 0) {
            return nowNanos + asked - old.untilNanos() > 0 ? new Rest(nowNanos + asked, old.steps(), false) : null;
        }
        int steps = old == null ? 0 : Math.min(MOST_STEPS, old.steps() + 1);
        long pause = asked > 0 ? asked : Math.min(LONGEST_NANOS, FIRST_NANOS << steps);
        return new Rest(nowNanos + pause, steps, false);
    }

    /** The provider answered. What was under way before it refused does not end a rest that it asked for. */
    void onAnswered() {
        Rest old = rest.get();
        if (old != null && old.tried()) {
            rest.compareAndSet(old, null);
        }
    }

    void reset() {
        rest.set(null);
    }
}
