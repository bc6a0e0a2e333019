package dev.sluice.gateway.limit;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for one counter: a queue for each key, and the keys in a ring. Whose turn it is stands first in the first
 * queue until it is through; then its key goes to the end of the ring.
 *
 * <p>Thread: that of the {@link FairQueue}; {@link #noteRelease} any.
 */
final class WaitingLine {
    /** Who has the turn asks again within that time, or loses it. */
    static final long LONGEST_TURN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final CounterKey key;
    private final ArrayDeque<OfKey> ring = new ArrayDeque<>();
    private final Map<String, OfKey> byKey = new HashMap<>();
    private final AtomicBoolean released = new AtomicBoolean();
    private @Nullable WaitingPlace turn;
    private long turnEndsNanos;
    /** When the counter has more, as it says. */
    private long retryNanos;

    private boolean retries;
    private boolean armed;
    private long armedNanos;

    /** One key's calls, in the order in which they came. */
    private static final class OfKey {
        private final String keyId;
        private final ArrayDeque<WaitingPlace> places = new ArrayDeque<>();

        OfKey(String keyId) {
            this.keyId = keyId;
        }
    }

    WaitingLine(CounterKey key) {
        this.key = key;
    }

    CounterKey key() {
        return key;
    }

    boolean isEmpty() {
        return ring.isEmpty();
    }

    int waitingOf(String keyId) {
        OfKey waiting = byKey.get(keyId);
        return waiting == null ? 0 : waiting.places.size();
    }

    void add(WaitingPlace place) {
        OfKey waiting = byKey.get(place.keyId());
        if (waiting == null) {
            waiting = new OfKey(place.keyId());
            byKey.put(place.keyId(), waiting);
            ring.addLast(waiting);
        }
        waiting.places.addLast(place);
    }

    /** @return whether it was here */
    @SuppressWarnings("ReferenceEquality")
    boolean remove(WaitingPlace place) {
        OfKey waiting = byKey.get(place.keyId());
        if (waiting == null || !waiting.places.remove(place)) {
            return false;
        }
        boolean hadTurn = turn == place;
        if (hadTurn) {
            turn = null;
        }
        if (waiting.places.isEmpty()) {
            ring.remove(waiting);
            byKey.remove(waiting.keyId);
        } else if (hadTurn && ring.remove(waiting)) {
            ring.addLast(waiting);
        }
        return true;
    }

    // ---- turns ----------------------------------------------------------------------------------------------------

    /** @return whether this is news. Thread: any */
    boolean noteRelease() {
        return released.compareAndSet(false, true);
    }

    /** Whether something has been let go since the last turn began. */
    boolean isReleased() {
        return released.get();
    }

    /** @return whose turn it is from now on; null when it is somebody's already, or nobody waits */
    @Nullable
    WaitingPlace beginTurn(long nowNanos) {
        OfKey first = ring.peekFirst();
        if (turn != null || first == null) {
            return null;
        }
        WaitingPlace next = first.places.getFirst();
        released.set(false);
        retries = false;
        turn = next;
        turnEndsNanos = nowNanos + LONGEST_TURN_NANOS;
        next.beginTurn();
        return next;
    }

    /** It stays where it is. @return whether it had the turn */
    @SuppressWarnings("ReferenceEquality")
    boolean endTurn(WaitingPlace place) {
        if (turn != place) {
            return false;
        }
        turn = null;
        return true;
    }

    /** @param millis 0: nobody knows */
    void retryIn(long nowNanos, long millis) {
        retries = millis > 0;
        retryNanos = nowNanos + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    boolean isTimeToRetry(long nowNanos) {
        return turn == null && retries && nowNanos - retryNanos >= 0;
    }

    /** Takes out who has the turn and does not use it. */
    @Nullable
    WaitingPlace takeSilent(long nowNanos) {
        WaitingPlace silent = turn;
        if (silent == null || nowNanos - turnEndsNanos < 0) {
            return null;
        }
        remove(silent);
        return silent;
    }

    /** Takes out one who has waited long enough; who has the turn is left alone. */
    @SuppressWarnings("ReferenceEquality")
    @Nullable
    WaitingPlace takeExpired(long nowNanos) {
        for (Iterator<OfKey> all = ring.iterator(); all.hasNext(); ) {
            OfKey each = all.next();
            WaitingPlace first = each.places.getFirst();
            if (first != turn && nowNanos - first.deadlineNanos() >= 0) {
                each.places.removeFirst();
                if (each.places.isEmpty()) {
                    all.remove();
                    byKey.remove(each.keyId);
                }
                return first;
            }
        }
        return null;
    }

    // ---- time -----------------------------------------------------------------------------------------------------

    /**
     * Notes that something will have to be done.
     *
     * @return in how many milliseconds; -1 when that has been noted before
     */
    @SuppressWarnings("ReferenceEquality")
    long arm(long nowNanos) {
        long next = turn != null ? turnEndsNanos : retries ? retryNanos : nowNanos + Long.MAX_VALUE / 4;
        for (OfKey each : ring) {
            WaitingPlace first = each.places.getFirst();
            if (first != turn && first.deadlineNanos() - next < 0) {
                next = first.deadlineNanos();
            }
        }
        if (armed && armedNanos - next <= 0) {
            return -1;
        }
        armed = true;
        armedNanos = next;
        return Math.max(0, next - nowNanos + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
    }

    /** @return whether it is time; not for one that was overtaken by an earlier one */
    boolean disarm(long nowNanos) {
        if (!armed || nowNanos - armedNanos < 0) {
            return false;
        }
        armed = false;
        return true;
    }
}
