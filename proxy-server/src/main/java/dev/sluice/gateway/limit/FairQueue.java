package dev.sluice.gateway.limit;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Where calls wait whose rule lets them wait instead of being refused. For each counter that has too little left there is a
 * {@link WaitingLine}, and in it one queue for each key, served in turn: what comes free goes to the keys in equal parts,
 * however many calls one of them has waiting.
 *
 * <pre>
 *   refused ──▶ waiting ──┬── its turn ──▶ asked again ──┬── admitted
 *                ▲        │                              └── not yet: stays where it was ─┐
 *                └────────┼───────────────────────────────────────────────────────────────┘
 *                         └── time is up, or the queue is full ──▶ asked again, refused
 * </pre>
 *
 * One call of a line has the turn at a time; who comes new stands behind all who wait. The turn comes when something is let
 * go, or when the counter said that it would have more. Bounded: {@value #MOST} calls in all, {@value #MOST_OF_A_KEY} of a
 * key, and of no key more than there are places free, so that a few keys leave some for others.
 *
 * <p>Lines belong to one thread, that of the {@link Turns}; everybody else only asks whether there is a line, and posts.
 * Thread: any.
 */
public final class FairQueue {
    /** Calls that wait. */
    public static final int MOST = 1_000;

    /** Calls of one key that wait in one line. */
    public static final int MOST_OF_A_KEY = 100;

    private final LimitClock clock;
    private final Turns turns;
    private final ConcurrentHashMap<CounterKey, WaitingLine> lines = new ConcurrentHashMap<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final LongAdder admitted = new LongAdder();
    private final LongAdder expired = new LongAdder();
    private final LongAdder rejected = new LongAdder();

    /** One thread: what it is given runs in order, and never at the same time. What comes after its end is dropped. */
    public interface Turns {
        void execute(Runnable task);

        void schedule(Runnable task, long delayMillis);
    }

    public FairQueue(LimitClock clock, Turns turns) {
        this.clock = clock;
        this.turns = turns;
    }

    // ---- asked by the limiter, on the thread of a call ------------------------------------------------------------

    /** Whether a call has to stand behind others that wait for {@code key}. Costs next to nothing while nobody waits. */
    boolean holdsBack(CounterKey key, @Nullable WaitingPlace place) {
        if (waiting.get() == 0) {
            return false;
        }
        WaitingLine line = lines.get(key);
        return line != null && (place == null || !(place.hasTurnIn(line) || place.hasPassed(key)));
    }

    /**
     * Lets a call wait that was refused, if it may.
     *
     * @param grant its {@link Grant#key} is that of the counter that refused
     * @return false when it is to be refused
     */
    boolean join(Grant grant, LimitCall call, Refusal refusal, Runnable later) {
        WaitingPlace before = grant.place();
        if (before != null && before.isOver()) {
            grant.place(null);
            return false;
        }
        if (before != null && before.isFor(grant.key())) {
            before.waitOn(later);
            turns.execute(() -> onRefusedAgain(before, refusal.retryAfterMillis()));
            return true;
        }
        long now = clock.nanoTime();
        long deadline = now + TimeUnit.MILLISECONDS.toNanos(refusal.rule().queueMillis());
        if (before != null) {
            leave(grant);
            deadline = earlier(deadline, before.deadlineNanos());
        }
        if (!mayWait(refusal, deadline - now)) {
            return false;
        }
        if (waiting.incrementAndGet() > MOST) {
            waiting.decrementAndGet();
            rejected.increment();
            return false;
        }
        WaitingPlace place =
                new WaitingPlace(grant.key().copy(), call.principal().keyId(), deadline, later, before);
        grant.place(place);
        turns.execute(() -> enter(place));
        return true;
    }

    /** Money, and what is free again by itself or when others are done. Not what time alone brings, and too late. */
    private static boolean mayWait(Refusal refusal, long patienceNanos) {
        boolean passes = refusal.limit() > 0
                && switch (refusal.reason()) {
                    case RATE, BUDGET -> true;
                    case TOO_LARGE, UNAVAILABLE -> false;
                };
        boolean inTime = refusal.rule().measure() != Measure.REQUESTS
                || TimeUnit.MILLISECONDS.toNanos(refusal.retryAfterMillis()) <= patienceNanos;
        return passes && inTime && patienceNanos > 0;
    }

    private static long earlier(long one, long other) {
        return one - other < 0 ? one : other;
    }

    /** The call of {@code grant} goes on. */
    void onAdmitted(Grant grant) {
        if (grant.place() != null) {
            admitted.increment();
            leave(grant);
        }
    }

    /** The call of {@code grant} waits no more, whatever has become of it. */
    void leave(Grant grant) {
        WaitingPlace place = grant.place();
        if (place != null) {
            grant.place(null);
            turns.execute(() -> remove(place));
        }
    }

    /** Something of the counter has been let go. */
    void onReleased(CounterKey key) {
        if (waiting.get() == 0) {
            return;
        }
        WaitingLine line = lines.get(key);
        if (line != null && line.noteRelease()) {
            turns.execute(() -> goOn(line));
        }
    }

    // ---- on the one thread ----------------------------------------------------------------------------------------

    private void enter(WaitingPlace place) {
        WaitingLine line = lines.get(place.key());
        boolean isFirst = line == null;
        if (line == null) {
            line = new WaitingLine(place.key());
            lines.put(place.key(), line);
        }
        place.enter(line);
        int free = MOST - waiting.get() + 1;
        if (line.waitingOf(place.keyId()) >= Math.min(MOST_OF_A_KEY, free)) {
            rejected.increment();
            waiting.decrementAndGet();
            place.callOff();
        } else {
            line.add(place);
        }
        if (isFirst) {
            // What was let go while there was no line, nobody has been told of.
            goOn(line);
        } else {
            arm(line);
        }
    }

    private void onRefusedAgain(WaitingPlace place, long retryMillis) {
        WaitingLine line = place.line();
        if (line == null || !line.endTurn(place)) {
            // It was given up while it asked.
            place.callOff();
            return;
        }
        if (line.isReleased()) {
            goOn(line);
        } else {
            line.retryIn(clock.nanoTime(), retryMillis);
            goOnLater(line);
        }
    }

    private void remove(WaitingPlace place) {
        place.leave();
        WaitingLine line = place.line();
        if (line != null && line.remove(place)) {
            waiting.decrementAndGet();
            goOn(line);
        }
    }

    /** The next one's turn, if it is nobody's. */
    private void goOn(WaitingLine line) {
        callOffExpired(line);
        WaitingPlace next = line.beginTurn(clock.nanoTime());
        goOnLater(line);
        if (next != null) {
            next.call();
        }
    }

    private void goOnLater(WaitingLine line) {
        if (line.isEmpty()) {
            lines.remove(line.key(), line);
        } else {
            arm(line);
        }
    }

    private void arm(WaitingLine line) {
        long millis = line.arm(clock.nanoTime());
        if (millis >= 0) {
            turns.schedule(() -> onTime(line), millis);
        }
    }

    private void onTime(WaitingLine line) {
        long now = clock.nanoTime();
        if (!line.disarm(now) || line.isEmpty()) {
            return;
        }
        WaitingPlace silent = line.takeSilent(now);
        if (silent != null) {
            waiting.decrementAndGet();
            silent.callOff();
        }
        if (silent != null || line.isTimeToRetry(now)) {
            goOn(line);
        } else {
            callOffExpired(line);
            goOnLater(line);
        }
    }

    private void callOffExpired(WaitingLine line) {
        long now = clock.nanoTime();
        for (WaitingPlace late = line.takeExpired(now); late != null; late = line.takeExpired(now)) {
            expired.increment();
            waiting.decrementAndGet();
            late.callOff();
        }
    }

    // ---- for operators --------------------------------------------------------------------------------------------

    /** Calls that wait. */
    public int waiting() {
        return waiting.get();
    }

    /** Calls that were admitted after they had waited. */
    public long admitted() {
        return admitted.sum();
    }

    /** Calls that were refused because they had waited as long as their rule lets them. */
    public long expired() {
        return expired.sum();
    }

    /** Calls that were refused because too many waited. */
    public long rejected() {
        return rejected.sum();
    }
}
