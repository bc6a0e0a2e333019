package dev.sluice.gateway.route;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.route.TargetHealth.Availability;
import dev.sluice.gateway.route.TargetHealth.Circuit;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Leaves a target alone that keeps failing, and finds out when it has recovered (the circuit breaker of Nygard's
 * <i>Release It!</i>).
 *
 * <pre>
 *            too many failures                  time is up
 *   CLOSED ────────────────────▶ OPEN ─────────────────────▶ HALF_OPEN
 *     ▲  ▲                        │ ▲                          │   │
 *     │  └────────────────────────┘ └──────────────────────────┘   │
 *     │     an answer all the same        the probe fails          │
 *     └────────────────────────────────────────────────────────────┘
 *                             an answer
 * </pre>
 *
 * Too many is a number in a row, or a share of those within a sliding window. A first token that came, but too late, is
 * one of them where the operator says so. Half open, one request at a time is let through, the probe; one that ends
 * without saying anything makes room for the next, 250 ms later. Requests that go to an open target because there is no
 * other are as good as a probe when they succeed, and change nothing when they fail.
 *
 * <p>Every stay in CLOSED, and every stay in OPEN with the HALF_OPEN after it, has a generation, and an attempt only
 * counts in the one in which it began: what was under way when the circuit opened says nothing about the target an
 * hour later. Generations are immutable but for their counts and are exchanged whole, so that there is nothing to lock.
 *
 * <p>Thread: any.
 */
final class CircuitBreaker {
    private static final long BETWEEN_PROBES_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    /** A probe that has said nothing for so long makes room for another. */
    private static final long PROBE_LOST_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final int SLICES = 10;
    private static final int REQUESTS = 0;
    private static final int FAILURES = 1;
    private static final int PER_CENT = 100;

    private final GatewayConfig.Breaker limits;
    private final AtomicReference<Generation> current;

    private sealed interface Generation {
        int number();
    }

    private static final class Closed implements Generation {
        final int number;
        final AtomicInteger failuresInARow = new AtomicInteger();
        final AtomicInteger slowInARow = new AtomicInteger();
        final SlidingCounters window;

        Closed(int number, long windowNanos) {
            this.number = number;
            this.window = new SlidingCounters(2, SLICES, windowNanos);
        }

        @Override
        public int number() {
            return number;
        }
    }

    private static final class Open implements Generation {
        final int number;
        final long sinceNanos;
        final long untilNanos;
        /** While a probe is under way that is when it is given up for lost. */
        final AtomicLong nextProbeNanos;

        Open(int number, long sinceNanos, long untilNanos) {
            this.number = number;
            this.sinceNanos = sinceNanos;
            this.untilNanos = untilNanos;
            this.nextProbeNanos = new AtomicLong(untilNanos);
        }

        @Override
        public int number() {
            return number;
        }

        boolean isHalf(long nowNanos) {
            return nowNanos - untilNanos >= 0;
        }

        boolean takesProbe(long nowNanos) {
            return isHalf(nowNanos) && nowNanos - nextProbeNanos.get() >= 0;
        }
    }

    CircuitBreaker(GatewayConfig.Breaker limits) {
        this.limits = limits;
        this.current = new AtomicReference<>(new Closed(0, limits.window().toNanos()));
    }

    Availability availability(long nowNanos) {
        return switch (current.get()) {
            case Closed closed -> Availability.READY;
            case Open open -> open.takesProbe(nowNanos) ? Availability.PROBE : Availability.OPEN;
        };
    }

    /** Until it may get a request; 0 when it may. */
    long readyInNanos(long nowNanos) {
        return switch (current.get()) {
            case Closed closed -> 0;
            case Open open -> Math.max(0, open.nextProbeNanos.get() - nowNanos);
        };
    }

    /** An attempt begins. Returns a ticket for its end: the generation, and whether it is the probe. */
    long begin(long nowNanos) {
        Generation generation = current.get();
        boolean probe = false;
        if (generation instanceof Open open) {
            long next = open.nextProbeNanos.get();
            probe = open.isHalf(nowNanos)
                    && nowNanos - next >= 0
                    && open.nextProbeNanos.compareAndSet(next, nowNanos + PROBE_LOST_NANOS);
        }
        return ((long) generation.number() << 1) | (probe ? 1 : 0);
    }

    /**
     * The first generated output of an attempt came: that is an answer, whatever becomes of the rest of it.
     *
     * @param mayBeSlow whether the time that it took says anything
     */
    void onFirstContent(long ttftNanos, boolean mayBeSlow, long nowNanos) {
        boolean slow =
                mayBeSlow && limits.slow() != null && ttftNanos > limits.slow().toNanos();
        switch (current.get()) {
            case Closed closed -> {
                if (slow) {
                    closed.window.add(FAILURES, 1, nowNanos);
                    openIfTooMany(closed, closed.slowInARow.incrementAndGet(), nowNanos);
                } else if (closed.slowInARow.get() != 0) {
                    closed.slowInARow.set(0);
                }
            }
            case Open open -> {
                if (nowNanos - ttftNanos - open.sinceNanos >= 0) {
                    if (!slow) {
                        close(open);
                    } else if (open.isHalf(nowNanos)) {
                        openAgain(open, nowNanos);
                    }
                }
            }
        }
    }

    void end(long ticket, Outcome outcome, long nowNanos) {
        Generation generation = current.get();
        if (generation.number() != (int) (ticket >> 1)) {
            return;
        }
        switch (generation) {
            case Closed closed -> count(closed, outcome, nowNanos);
            case Open open -> {
                if (outcome == Outcome.OK) {
                    close(open);
                } else if ((ticket & 1) != 0) {
                    if (outcome.isFailure()) {
                        openAgain(open, nowNanos);
                    } else {
                        open.nextProbeNanos.set(nowNanos + BETWEEN_PROBES_NANOS);
                    }
                }
            }
        }
    }

    private void count(Closed closed, Outcome outcome, long nowNanos) {
        if (outcome == Outcome.OK) {
            closed.window.add(REQUESTS, 1, nowNanos);
            if (closed.failuresInARow.get() != 0) {
                closed.failuresInARow.set(0);
            }
        } else if (outcome.isFailure()) {
            closed.window.add(REQUESTS, 1, nowNanos);
            closed.window.add(FAILURES, 1, nowNanos);
            openIfTooMany(closed, closed.failuresInARow.incrementAndGet(), nowNanos);
        }
    }

    private void openIfTooMany(Closed closed, int inARow, long nowNanos) {
        if (inARow >= limits.failures() || tooManyOfAll(closed, nowNanos)) {
            current.compareAndSet(closed, opened(closed, nowNanos));
        }
    }

    private boolean tooManyOfAll(Closed closed, long nowNanos) {
        long requests = closed.window.sum(REQUESTS, nowNanos);
        return requests >= limits.requests()
                && closed.window.sum(FAILURES, nowNanos) * PER_CENT >= requests * limits.ratioPercent();
    }

    private void openAgain(Open open, long nowNanos) {
        current.compareAndSet(open, opened(open, nowNanos));
    }

    private Open opened(Generation before, long nowNanos) {
        return new Open(before.number() + 1, nowNanos, nowNanos + limits.open().toNanos());
    }

    private void close(Generation before) {
        current.compareAndSet(
                before, new Closed(before.number() + 1, limits.window().toNanos()));
    }

    /** Closes it, whatever it has seen. */
    void reset() {
        for (; ; ) {
            Generation before = current.get();
            if (current.compareAndSet(
                    before, new Closed(before.number() + 1, limits.window().toNanos()))) {
                return;
            }
        }
    }

    Circuit circuit(long nowNanos) {
        return switch (current.get()) {
            case Closed closed -> Circuit.CLOSED;
            case Open open -> open.isHalf(nowNanos) ? Circuit.HALF_OPEN : Circuit.OPEN;
        };
    }

    /** Since the circuit was closed; 0 while it is not. */
    int failuresInARow() {
        return current.get() instanceof Closed closed ? closed.failuresInARow.get() : 0;
    }

    /** Of those within the window, from 0 to 1; 0 while the circuit is not closed. */
    double failureRatio(long nowNanos) {
        if (!(current.get() instanceof Closed closed)) {
            return 0;
        }
        long requests = closed.window.sum(REQUESTS, nowNanos);
        return requests == 0 ? 0 : Math.min(1, (double) closed.window.sum(FAILURES, nowNanos) / requests);
    }
}
