package dev.sluice.gateway.limit;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One call that waits in a {@link FairQueue}.
 *
 * <pre>
 *   WAITING ◀──▶ TURN ──▶ GONE      admitted, refused by another rule, or the client has left
 *      └───────────┴────▶ OVER      time is up, or there is no room: asked once more, and refused
 * </pre>
 *
 * Thread: {@link #state} any; {@link #line} that of the queue; the rest is handed over from one to the other.
 */
final class WaitingPlace {
    private enum State {
        WAITING,
        TURN,
        GONE,
        OVER
    }

    private static final CounterKey[] NONE = {};

    private final CounterKey key;
    private final String keyId;
    private final long deadlineNanos;
    /** Of the lines in which it has had its turn before: there it does not stand behind anybody again. */
    private final CounterKey[] passed;

    private Runnable later;
    private volatile State state = State.WAITING;
    private volatile @Nullable WaitingLine line;

    /**
     * @param keyId whose call it is
     * @param before where it has waited until now; null: nowhere
     */
    WaitingPlace(CounterKey key, String keyId, long deadlineNanos, Runnable later, @Nullable WaitingPlace before) {
        this.key = key;
        this.passed = before == null ? NONE : before.passedNow();
        this.keyId = keyId;
        this.deadlineNanos = deadlineNanos;
        this.later = later;
    }

    /** Of the counter that has too little. */
    CounterKey key() {
        return key;
    }

    String keyId() {
        return keyId;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    private CounterKey[] passedNow() {
        if (hasPassed(key)) {
            return passed;
        }
        CounterKey[] now = Arrays.copyOf(passed, passed.length + 1);
        now[passed.length] = key;
        return now;
    }

    boolean hasPassed(CounterKey other) {
        for (CounterKey each : passed) {
            if (each.equals(other)) {
                return true;
            }
        }
        return false;
    }

    boolean isFor(CounterKey other) {
        return key.equals(other);
    }

    boolean isOver() {
        return state == State.OVER;
    }

    @SuppressWarnings("ReferenceEquality")
    boolean hasTurnIn(WaitingLine other) {
        return state == State.TURN && line == other;
    }

    /** It has asked again, and it is too early. */
    void waitOn(Runnable next) {
        later = next;
        state = State.WAITING;
    }

    // ---- thread: that of the queue --------------------------------------------------------------------------------

    @Nullable
    WaitingLine line() {
        return line;
    }

    void enter(WaitingLine here) {
        line = here;
    }

    void leave() {
        state = State.GONE;
    }

    void beginTurn() {
        state = State.TURN;
    }

    /** It is to ask again. */
    void call() {
        later.run();
    }

    /** It is to ask again, in vain. */
    void callOff() {
        if (state != State.GONE) {
            state = State.OVER;
            later.run();
        }
    }
}
