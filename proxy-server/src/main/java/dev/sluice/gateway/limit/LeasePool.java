package dev.sluice.gateway.limit;

import dev.sluice.gateway.limit.LeaseBroker.SharedWindow;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What this node has leased of one window of a counter that several nodes share, and has not taken yet. Calls take from it
 * as they take from the counter, and give back what they did not use; when less than half of the last lease is left, the
 * next one is asked for, in the background.
 *
 * <pre>
 *   leased = left + held by open calls + spent and not reported yet
 * </pre>
 *
 * <p>A stream cannot wait in the middle: what it has received already is taken also where nothing is left, until an ask has
 * been answered with "exhausted"; {@link #left} is below nothing then, and the next ask is for so much more. So is what is
 * taken while nobody can tell. What was spent beyond the leases is told of like the rest; the broker counts it, and then it
 * is no debt any more. Thread: any.
 */
final class LeasePool implements LeaseBroker.Receiver {
    /** So many parts of a node's share of a limit are a lease. */
    private static final long PARTS = 20;

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** For so long an answer stands: somebody else may give something back. */
    private static final long EXHAUSTED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long UNAVAILABLE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final VarHandle LEFT;
    private static final VarHandle SPENT;
    private static final VarHandle OPEN;
    private static final VarHandle LEASED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            LEFT = lookup.findVarHandle(LeasePool.class, "left", long.class);
            SPENT = lookup.findVarHandle(LeasePool.class, "spent", long.class);
            OPEN = lookup.findVarHandle(LeasePool.class, "open", int.class);
            LEASED = lookup.findVarHandle(LeasePool.class, "leased", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final LeaseBroker broker;
    private final Leases leases;
    private final SharedWindow window;
    private final long leaseNanos;
    private final AtomicBoolean isAsking = new AtomicBoolean();
    private final AtomicReference<@Nullable Waiter> waiters = new AtomicReference<>();

    private volatile long left;
    private volatile long spent;
    private volatile int open;
    private volatile long lastLease;
    private volatile long usedByAll;
    private volatile long lastTakenNanos;
    private volatile long askedNanos;
    private volatile long validUntilNanos;
    private volatile long exhaustedUntilNanos;
    private volatile long exhaustedNeed;
    private volatile long retryAtNanos;
    private volatile long unavailableUntilNanos;
    private volatile boolean isRetired;

    /** As the broker counts it: what it has given, less what it was told of. Written by who asks, and by the answer. */
    private volatile long leased;

    /** What the ask that is under way needs. */
    private volatile long asked;

    /** A call that is to be asked again. */
    static final class Waiter {
        private final Runnable later;
        private final AtomicBoolean isTold = new AtomicBoolean();
        private @Nullable Waiter next;

        Waiter(Runnable later) {
            this.later = later;
        }

        /** @return false when the answer has come already: then {@code later} is not called */
        boolean waitForIt() {
            return isTold.compareAndSet(false, true);
        }

        private void tell() {
            if (!isTold.compareAndSet(false, true)) {
                later.run();
            }
        }
    }

    LeasePool(LeaseBroker broker, Leases leases, SharedWindow window, long nanos) {
        this.broker = broker;
        this.leases = leases;
        this.window = window;
        this.leaseNanos = TimeUnit.MILLISECONDS.toNanos(LeaseBroker.leaseMillis(window.rule()));
        this.lastTakenNanos = nanos;
        this.askedNanos = nanos;
        this.validUntilNanos = nanos;
        this.exhaustedUntilNanos = nanos;
        this.unavailableUntilNanos = nanos;
    }

    /** The very broker: the units are its own. */
    @SuppressWarnings("ReferenceEquality")
    boolean isOf(LeaseBroker other, long startMillis, long limit) {
        return broker == other && window.windowStartMillis() == startMillis && window.limit() == limit;
    }

    /** How much may be taken; what was not renewed in time may not. */
    long left(long nanos) {
        long now = left;
        return now > 0 && nanos - validUntilNanos >= 0 ? 0 : now;
    }

    /** Whether nobody can tell at present. */
    boolean isAway(long nanos) {
        return !broker.isUp() || nanos - unavailableUntilNanos < 0;
    }

    /** Whether the nodes have just said that there is not so much. */
    boolean isExhausted(long need, long nanos) {
        return nanos - exhaustedUntilNanos < 0 && (left < 0 || need >= exhaustedNeed);
    }

    long retryMillis(long nanos) {
        return Math.max(0, (retryAtNanos - nanos + 999_999) / 1_000_000);
    }

    /** @return whether there was so much */
    boolean take(Hold hold, long amount, long nanos) {
        if (left(nanos) < amount) {
            return false;
        }
        long before = left;
        while (before >= amount) {
            if (LEFT.compareAndSet(this, before, before - amount)) {
                note(hold, amount, nanos);
                leaseAhead(nanos);
                return true;
            }
            before = left;
        }
        return false;
    }

    /** Takes, whether it is there or not. */
    void overtake(Hold hold, long amount, long nanos) {
        LEFT.getAndAdd(this, -amount);
        note(hold, amount, nanos);
        leaseAhead(nanos);
    }

    /** The call is over. */
    void settle(Hold hold, long actual, boolean isSpent) {
        long stays = isSpent ? actual : 0;
        if (stays != 0) {
            SPENT.getAndAdd(this, stays);
        }
        if (hold.leased != stays) {
            LEFT.getAndAdd(this, hold.leased - stays);
        }
        OPEN.getAndAdd(this, -1);
        hold.pool = null;
        if (isRetired) {
            leases.keep(this);
        }
    }

    /** Asks for {@code need}, unless somebody does. */
    void ask(long need, long nanos) {
        if (isAsking.compareAndSet(false, true)) {
            askNow(need + Math.max(0, -left), want(need), 0, nanos);
        }
    }

    /** Asks for {@code need}; {@code waiter} is told when an ask has been answered. */
    void ask(long need, Waiter waiter, long nanos) {
        Waiter first;
        do {
            first = waiters.get();
            waiter.next = first;
        } while (!waiters.compareAndSet(first, waiter));
        ask(need, nanos);
    }

    /**
     * Renews what is held, reports what was spent, gives back what nobody asks for.
     *
     * @return whether there may be something to do later
     */
    boolean tend(long nanos) {
        boolean isIdle = isRetired || nanos - lastTakenNanos >= IDLE_NANOS;
        long now = left(nanos);
        long age = nanos - askedNanos;
        boolean gives = isIdle && now > 0;
        // While nobody can tell, the broker takes it in, to say it before anybody leases again.
        boolean isUp = broker.isUp();
        boolean reports = spent > 0 && (isIdle || age >= REPORT_NANOS || !isUp);
        boolean renews = age >= leaseNanos / 3 && leased > 0 && nanos - validUntilNanos < 0;
        if ((gives || reports || (renews && isUp)) && isAsking.compareAndSet(false, true)) {
            askNow(0, 0, gives ? takeAllLeft() : 0, nanos);
        }
        return !isIdle || left > 0 || spent > 0 || open > 0;
    }

    /** Another window has begun: gives back what is left of this one. */
    void retire() {
        isRetired = true;
        leases.keep(this);
    }

    /** What other nodes have taken of the limit, as far as is known. */
    long usedByOthers(long takenHere) {
        return Math.max(0, usedByAll - Math.max(0, left) - takenHere);
    }

    SharedWindow window() {
        return window;
    }

    int open() {
        return open;
    }

    @Override
    public void onLease(long units, long used) {
        usedByAll = used;
        if (units > 0) {
            lastLease = units;
            LEASED.getAndAdd(this, units);
            LEFT.getAndAdd(this, units);
            exhaustedUntilNanos = leases.nanos();
        }
        renewed();
        answered();
    }

    @Override
    public void onExhausted(long used, long retryAfterMillis) {
        long nanos = leases.nanos();
        usedByAll = used;
        exhaustedNeed = asked;
        retryAtNanos = nanos + TimeUnit.MILLISECONDS.toNanos(Math.min(retryAfterMillis, 1L << 40));
        exhaustedUntilNanos = nanos + EXHAUSTED_NANOS;
        renewed();
        answered();
    }

    @Override
    public void onUnavailable() {
        unavailableUntilNanos = leases.nanos() + UNAVAILABLE_NANOS;
        answered();
    }

    private void askNow(long need, long want, long returned, long nanos) {
        asked = need;
        askedNanos = nanos;
        long report = (long) SPENT.getAndSet(this, 0L);
        if (nanos - validUntilNanos >= 0) {
            // Not renewed in time: it has been given to others.
            LEFT.getAndAdd(this, -leased);
            leased = 0;
        }
        long rest = leased - report - returned;
        if (rest < 0) {
            // Spent beyond the leases, and counted from now on.
            LEFT.getAndAdd(this, -rest);
        }
        leased = Math.max(0, rest);
        broker.lease(window, report, returned, need, want, this);
    }

    private void renewed() {
        validUntilNanos = askedNanos + leaseNanos;
    }

    private void answered() {
        // First this: whoever comes to wait from now on asks for himself.
        isAsking.set(false);
        Waiter waiter = waiters.getAndSet(null);
        while (waiter != null) {
            waiter.tell();
            waiter = waiter.next;
        }
    }

    private void note(Hold hold, long amount, long nanos) {
        lastTakenNanos = nanos;
        if (hold.pool == null) {
            OPEN.getAndAdd(this, 1);
            hold.pool = this;
            hold.leased = 0;
            leases.keep(this);
        }
        hold.leased += amount;
    }

    private void leaseAhead(long nanos) {
        if (left < lastLease / 2 && nanos - exhaustedUntilNanos >= 0 && !isAway(nanos)) {
            if (isAsking.compareAndSet(false, true)) {
                askNow(Math.max(0, -left), want(0), 0, nanos);
            }
        }
    }

    private long want(long need) {
        return Math.max(need, Math.max(1, window.limit() / (PARTS * leases.nodes())));
    }

    private long takeAllLeft() {
        while (true) {
            long now = left;
            if (now <= 0) {
                return 0;
            }
            if (LEFT.compareAndSet(this, now, 0L)) {
                return now;
            }
        }
    }
}
