package dev.sluice.gateway.redis;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this node has spent of one shared window and holds of its leases, as long as it has to do with it. Redis is told the
 * whole figures, numbered, and never a difference: so it may be told twice, or not know whether it was told, and what it
 * has forgotten it hears again.
 *
 * <p>One ask is under way at a time, others wait behind it: each says what the last one's answer left. Thread:
 * {@code sluice-redis}.
 */
final class Life {
    /** Under which Redis keeps it: another one after a restart, or when this one was forgotten. */
    private final String name;

    private final String key;
    private final Shape.Kind kind;
    private final long leaseNanos;
    private final @Nullable Recent recent;
    private final Deque<Ask> waiting = new ArrayDeque<>();

    private @Nullable Ask underWay;
    private long spent;
    private long held;
    private long toldSpent;
    private long toldHeld;
    private long renewedNanos;
    private long usedNanos;

    Life(String name, String key, Shape shape, long nowNanos) {
        this.name = name;
        this.key = key;
        kind = shape.kind();
        leaseNanos = shape.leaseMillis() * 1_000_000;
        recent = shape.lookBackMillis() == 0 ? null : new Recent(shape.lookBackMillis() * 1_000_000);
        renewedNanos = nowNanos;
        usedNanos = nowNanos;
    }

    String name() {
        return name;
    }

    String key() {
        return key;
    }

    /** What has become of leases since the last report. */
    void report(long spentSince, long returned, long nowNanos) {
        usedNanos = nowNanos;
        dropExpired(nowNanos);
        spent += spentSince;
        held = Math.max(0, held - spentSince - returned);
        if (recent != null) {
            recent.add(spentSince, nowNanos);
        }
    }

    /** @return whether it is {@code ask}'s turn; else it gets it from {@link #end} */
    boolean begin(Ask ask) {
        if (underWay == null) {
            underWay = ask;
            return true;
        }
        waiting.add(ask);
        return false;
    }

    /**
     * {@code ask} is over, or has given up waiting.
     *
     * @return whose turn it is now; null: nobody's, or still somebody else's
     */
    @Nullable
    Ask end(Ask ask) {
        if (underWay != ask) {
            waiting.remove(ask);
            return null;
        }
        underWay = waiting.poll();
        return underWay;
    }

    /** Those under way and those that wait. */
    List<Ask> asks() {
        List<Ask> all = new ArrayList<>(waiting);
        if (underWay != null) {
            all.add(underWay);
        }
        return all;
    }

    /** What Redis is to be told. */
    record Told(long spent, long held, long unseen) {}

    Told told(long nowNanos) {
        dropExpired(nowNanos);
        long unseen = switch (kind) {
            case CALENDAR -> spent;
            case SLIDING -> lately(nowNanos);
            case RATE -> lately(nowNanos) + held;
            case HELD -> 0;
        };
        return new Told(spent, held, unseen);
    }

    private long lately(long nowNanos) {
        return recent == null ? 0 : recent.sum(nowNanos);
    }

    /** Redis has answered what it was told by an ask that was made at {@code askedNanos}. */
    void answered(Told told, long units, long askedNanos) {
        held += units;
        toldSpent = told.spent();
        toldHeld = told.held() + units;
        renewedNanos = askedNanos;
    }

    /** Whether Redis does not know all yet, and nobody is about to say it. */
    boolean isUntold(long nowNanos) {
        dropExpired(nowNanos);
        return underWay == null && (spent != toldSpent || held != toldHeld);
    }

    /** Whether nothing would be lost by forgetting it. */
    boolean isForgettable(long idleNanos, long nowNanos) {
        dropExpired(nowNanos);
        return underWay == null && held == 0 && spent == toldSpent && nowNanos - usedNanos > idleNanos;
    }

    /** Others have been given by now what was not renewed in time. */
    private void dropExpired(long nowNanos) {
        if (held > 0 && nowNanos - renewedNanos >= leaseNanos) {
            held = 0;
            toldHeld = 0;
        }
    }
}
