package dev.sluice.gateway.route;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Requests to a route, with a clock of its own and providers that do as they are told: what an exchange does with its plan,
 * without bytes.
 */
final class Simulation {

    /**
     * What becomes of an attempt.
     *
     * @param outcome what it ends with; the first token comes only with {@link Outcome#OK}
     * @param afterNanos of the first token, or of the failure
     * @param streamNanos from the first token to the end
     */
    record Fate(Outcome outcome, long afterNanos, long streamNanos) {}

    /** How targets behave. */
    @FunctionalInterface
    interface Behaviour {
        Fate of(Target target, long nowNanos);
    }

    private record Event(long atNanos, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            long apart = atNanos - other.atNanos;
            return Long.signum(apart == 0 ? order - other.order : apart);
        }
    }

    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long COST = 1000;
    /** A loser is cancelled before it has written much. */
    private static final long COST_OF_LOSER = 600;

    final SplittableRandom random = new SplittableRandom(42);
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Behaviour behaviour;
    private long made;
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(20);
    private final long begin = now;

    int requests;
    int attempts;
    int hedges;
    int answered;
    int failed;
    private long[] waits = new long[1024];

    Simulation(Behaviour behaviour) {
        this.behaviour = behaviour;
    }

    long now() {
        return now;
    }

    double seconds() {
        return (now - begin) / 1e9;
    }

    static long millis(double millis) {
        return (long) (millis * 1e6);
    }

    /** In so many nanoseconds from now. */
    void in(long nanos, Runnable action) {
        events.add(new Event(now + nanos, made++, action));
    }

    /** Requests as they come from many who do not know of each other: Poisson's process. */
    void arrivals(double perSecond, double untilSeconds, Runnable request) {
        long gap = (long) (-Math.log(1 - random.nextDouble()) / perSecond * 1e9);
        in(gap, () -> {
            if (seconds() < untilSeconds) {
                request.run();
                arrivals(perSecond, untilSeconds, request);
            }
        });
    }

    void run() {
        for (Event event = events.poll(); event != null; event = events.poll()) {
            now = event.atNanos();
            event.action().run();
        }
    }

    Target request(Route route, Ask ask) {
        requests++;
        return new Call(route.plan(ask, random)).begin();
    }

    /** From the request to its first token, of those that were answered. */
    double waitMillis(double percentile) {
        long[] sorted = Arrays.copyOf(waits, answered);
        Arrays.sort(sorted);
        return sorted[(int) Math.min(answered - 1, Math.floor(answered * percentile / 100))] / 1e6;
    }

    private final class Call {
        private final Plan plan;
        private final long begun = now;
        private final List<Attempt> running = new ArrayList<>();
        private boolean hasContent;

        Call(Plan plan) {
            this.plan = plan;
        }

        Target begin() {
            Target target = plan.first(now);
            if (target == null) {
                throw new AssertionError("nobody can serve: " + plan.refusal());
            }
            long hedgeAfter = plan.hedgeAfterNanos(now);
            launch(target);
            if (hedgeAfter >= 0) {
                in(hedgeAfter, this::hedge);
            }
            return target;
        }

        private void launch(Target target) {
            attempts++;
            running.add(new Attempt(this, target));
        }

        private void hedge() {
            Target target = hasContent || running.isEmpty() ? null : plan.hedge(now);
            if (target != null) {
                hedges++;
                launch(target);
            }
        }

        private void onContent(Attempt winner, Fate fate) {
            hasContent = true;
            plan.onContent(winner.target, fate.afterNanos(), now);
            if (answered == waits.length) {
                waits = Arrays.copyOf(waits, waits.length * 2);
            }
            waits[answered++] = now - begun;
            for (Attempt loser : running) {
                if (loser != winner) {
                    loser.end(Outcome.ABANDONED);
                    plan.onCost(COST_OF_LOSER, true, now);
                }
            }
            in(fate.streamNanos(), () -> {
                winner.end(Outcome.OK);
                plan.onCost(COST, false, now);
            });
        }

        private void onFailure(Attempt attempt, Outcome outcome) {
            attempt.end(outcome);
            running.remove(attempt);
            if (!running.isEmpty()) {
                return;
            }
            @Nullable Target next = plan.retry(attempt.target, outcome, 0, begun + DEADLINE_NANOS - now, now);
            if (next == null) {
                failed++;
            } else {
                in(plan.waitNanos(), () -> launch(next));
            }
        }
    }

    private final class Attempt {
        private final Target target;
        private final long ticket;
        private boolean ended;

        Attempt(Call call, Target target) {
            this.target = target;
            this.ticket = target.health().begin(250, now);
            Fate fate = behaviour.of(target, now);
            in(fate.afterNanos(), () -> {
                if (ended) {
                    return;
                }
                if (fate.outcome() == Outcome.OK) {
                    call.onContent(this, fate);
                } else {
                    call.onFailure(this, fate.outcome());
                }
            });
        }

        void end(Outcome outcome) {
            ended = true;
            target.health().end(ticket, outcome, 0, now);
        }
    }
}
