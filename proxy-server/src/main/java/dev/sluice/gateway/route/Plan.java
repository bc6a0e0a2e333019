package dev.sluice.gateway.route;

import dev.sluice.gateway.config.GatewayConfig;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What is tried for one request, in which order, and how often.
 *
 * <pre>
 *   first ──▶ retry* ──▶ null: the last error is the answer
 *     └──▶ hedge, once, beside the first
 * </pre>
 *
 * A retry goes to a target that has not been tried, at once; when there is none, to one that may do better a moment later,
 * after a wait. Targets that cannot serve the request are never tried; those that are open or limited only when nobody
 * else is left.
 *
 * <p>One for each exchange. Thread: event loop.
 */
public final class Plan {
    /** Longer than this nobody waits for a provider's {@code retry-after}. */
    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final long LONGEST_BACKOFF_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Route route;
    private final Target[] targets;
    private final Ask ask;
    private final RandomGenerator random;
    /** Bit i: target i can serve the request. */
    private final long able;

    private long tried;
    private int attempts;
    private int repetitions;
    private int last = -1;
    private boolean retryPaid;
    private boolean hedged;
    private long waitNanos;

    Plan(Route route, Ask ask, RandomGenerator random) {
        this.route = route;
        this.targets = route.rawTargets();
        this.ask = ask;
        this.random = random;
        long bits = 0;
        for (int i = 0; i < targets.length; i++) {
            if (Abilities.missing(targets[i], ask) == null) {
                bits |= 1L << i;
            }
        }
        able = bits;
    }

    /** The target of the first attempt; null when none can serve the request. */
    public @Nullable Target first(long nowNanos) {
        if (able == 0) {
            return null;
        }
        route.state().retries().onRequest();
        if (route.hedge() != null) {
            route.hedges().onRequest(nowNanos);
        }
        long ready = ready(able, nowNanos);
        return chosen(ready != 0 ? pick(ready, nowNanos) : leastBad(able, nowNanos));
    }

    /**
     * The target of another attempt, to be begun after {@link #waitNanos}; null when the last error is the answer.
     *
     * @param outcome of the attempt that failed
     * @param retryAfterNanos that its provider asked for; 0 when it did not
     * @param leftNanos until the caller must have an answer
     */
    public @Nullable Target retry(Outcome outcome, long retryAfterNanos, long leftNanos, long nowNanos) {
        if (!outcome.isRetryable() || attempts >= mostAttempts()) {
            return null;
        }
        waitNanos = 0;
        long ready = ready(able & ~tried, nowNanos);
        int next = ready == 0 ? -1 : pick(ready, nowNanos);
        if (next < 0) {
            next = again(outcome, retryAfterNanos, nowNanos);
        }
        if (next < 0 || waitNanos >= leftNanos || !route.state().retries().tryRetry()) {
            return null;
        }
        retryPaid = true;
        return chosen(next);
    }

    /** A target that has been tried and may do better after a wait, or one that is not ready and nobody has tried; -1. */
    private int again(Outcome outcome, long retryAfterNanos, long nowNanos) {
        long untried = able & ~tried;
        if (untried != 0) {
            int least = leastBad(untried, nowNanos);
            if (targets[least].health().readyInNanos(nowNanos) == 0) {
                return least;
            }
        }
        if (!outcome.mayRepeatHere()) {
            return -1;
        }
        long wait = Math.max(retryAfterNanos, backoffNanos());
        waitNanos = wait;
        return wait > LONGEST_WAIT_NANOS ? -1 : last;
    }

    /** Full jitter: anything up to a bound that doubles. */
    private long backoffNanos() {
        long bound = Math.min(LONGEST_BACKOFF_NANOS, route.retry().backoff().toNanos() << Math.min(repetitions, 10));
        repetitions++;
        return random.nextLong(bound + 1);
    }

    private int mostAttempts() {
        int configured = route.retry().attempts();
        return configured == 0 ? Long.bitCount(able) : configured;
    }

    /** How long to wait before the attempt that {@link #retry} gave. */
    public long waitNanos() {
        return waitNanos;
    }

    /** After how long without content a hedge is due; -1 for never. */
    public long hedgeAfterNanos(long nowNanos) {
        GatewayConfig.Hedge hedge = route.hedge();
        if (hedge == null || hedged) {
            return -1;
        }
        return hedge.after() != null
                ? hedge.after().toNanos()
                : route.state().firstTokens().percentileNanos(hedge.percentile(), ask.band(), nowNanos);
    }

    /** The target of a hedge: another one if possible, ready in any case; null when there is to be none. */
    public @Nullable Target hedge(long nowNanos) {
        GatewayConfig.Hedge hedge = route.hedge();
        if (hedge == null || hedged) {
            return null;
        }
        long fit = fit(able & ~tried, nowNanos);
        if (fit == 0) {
            fit = fit(able & tried, nowNanos);
        }
        if (fit == 0 || !route.hedges().tryHedge(hedge.budgetPercent(), nowNanos)) {
            return null;
        }
        hedged = true;
        return chosen(pick(fit, nowNanos));
    }

    /** An attempt has sent content: nothing is tried after it. */
    public void onContent(Target winner, long ttftNanos, long nowNanos) {
        route.state().firstTokens().add(ask.band(), ttftNanos, nowNanos);
        winner.health().onFirstContent(ask.band(), ttftNanos, nowNanos);
        if (retryPaid) {
            retryPaid = false;
            route.state().retries().giveBack();
        }
    }

    /** What an attempt cost; only where hedges are watched. */
    public void onCost(long costNano, boolean lost, long nowNanos) {
        if (route.hedge() != null) {
            route.hedges().onCost(costNano, lost, nowNanos);
        }
    }

    /** How long openers without content are kept from the client. */
    public long holdNanos() {
        return route.retry().hold().toNanos();
    }

    public Ask ask() {
        return ask;
    }

    /** Why no target can serve the request, each in a few words. */
    public String refusal() {
        StringBuilder why = new StringBuilder();
        for (Target target : targets) {
            String missing = Abilities.missing(target, ask);
            if (missing != null) {
                why.append(why.isEmpty() ? "" : "; ").append(target).append(' ').append(missing);
            }
        }
        return why.toString();
    }

    private int pick(long eligible, long nowNanos) {
        return Long.bitCount(eligible) == 1
                ? Long.numberOfTrailingZeros(eligible)
                : route.balancer().pick(targets, eligible, ask, random, nowNanos);
    }

    private Target chosen(int index) {
        last = index;
        tried |= 1L << index;
        attempts++;
        return targets[index];
    }

    private long ready(long of, long nowNanos) {
        long ready = 0;
        for (long left = of; left != 0; left &= left - 1) {
            int i = Long.numberOfTrailingZeros(left);
            switch (targets[i].health().availability(ask.promptTokens(), nowNanos)) {
                case READY, PROBE -> ready |= 1L << i;
                case LIMITED, OPEN -> {}
            }
        }
        return ready;
    }

    /** Those that are in the best of health: a hedge must not add to anybody's trouble. */
    private long fit(long of, long nowNanos) {
        long fit = 0;
        for (long left = of; left != 0; left &= left - 1) {
            int i = Long.numberOfTrailingZeros(left);
            if (targets[i].health().availability(ask.promptTokens(), nowNanos) == TargetHealth.Availability.READY) {
                fit |= 1L << i;
            }
        }
        return fit;
    }

    /** Nobody is ready: the one that will be soonest. The last one standing is never shed. */
    private int leastBad(long of, long nowNanos) {
        int chosen = Long.numberOfTrailingZeros(of);
        long soonest = Long.MAX_VALUE;
        for (long left = of; left != 0; left &= left - 1) {
            int i = Long.numberOfTrailingZeros(left);
            long readyIn = targets[i].health().readyInNanos(nowNanos);
            if (readyIn < soonest) {
                soonest = readyIn;
                chosen = i;
            }
        }
        return chosen;
    }
}
