package dev.sluice.gateway.route;

import dev.sluice.gateway.config.GatewayConfig;
import java.util.Objects;
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
 * A retry goes, in this order,
 * <ol>
 *   <li>at once to a target that has not been tried and is ready,
 *   <li>after a random pause to one that has been tried, is ready still, and may do better a moment later,
 *   <li>at once to one that has not been tried because it has failed too often: nobody else is left,
 *   <li>after a pause to the one that was tried last, though it has failed too often by now, if nothing limits it,
 *   <li>to one that is limited, when its limit is over, if that is soon.
 * </ol>
 * Targets that cannot serve the request are never tried. An attempt's end is told to its {@link TargetHealth} before its
 * retry is asked for here.
 *
 * <p>One for each exchange, or kept for the next one by whoever made it. Thread: event loop.
 */
public final class Plan {
    /** Longer than this nobody waits for a limit to end. */
    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final long LONGEST_BACKOFF_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int MOST_DOUBLINGS = 10;

    private static final Target[] NO_TARGETS = {};

    private @Nullable Route route;
    private @Nullable Ask ask;
    private @Nullable RandomGenerator random;
    private Target[] targets = NO_TARGETS;
    /** Bit i: target i can serve the request. */
    private long able;

    private long tried;
    /** Of these: where the same may go better a moment later. */
    private long repeatable;

    private int attempts;
    private int repetitions;
    private int last;
    /** When the last attempt that is not a hedge begins. */
    private long begunNanos;

    private boolean retryPaid;
    private long waitNanos;
    /** The target beside whose attempt there is a hedge; -1 while there is none. */
    private int hedged;

    private long hedgeBegunNanos;

    /** For one request after the other, each of which it {@linkplain #begin begins} with. */
    public Plan() {
        reset();
    }

    /**
     * For the next request.
     *
     * @param asked stays as it is until {@link #reset}
     */
    public void begin(Route of, Ask asked, RandomGenerator generator) {
        reset();
        route = of;
        ask = asked;
        random = generator;
        targets = of.rawTargets();
        for (int i = 0; i < targets.length; i++) {
            if (Abilities.missing(targets[i], of.known(targets[i]), asked) == null) {
                able |= 1L << i;
            }
        }
    }

    /** Forgets the request. */
    public void reset() {
        route = null;
        ask = null;
        random = null;
        targets = NO_TARGETS;
        able = 0;
        tried = 0;
        repeatable = 0;
        attempts = 0;
        repetitions = 0;
        last = -1;
        begunNanos = 0;
        retryPaid = false;
        waitNanos = 0;
        hedged = -1;
        hedgeBegunNanos = 0;
    }

    private Route route() {
        return Objects.requireNonNull(route, "not begun");
    }

    private RandomGenerator random() {
        return Objects.requireNonNull(random, "not begun");
    }

    /** The target of the first attempt; null when none can serve the request. */
    public @Nullable Target first(long nowNanos) {
        if (able == 0) {
            return null;
        }
        route().state().retries().onRequest();
        GatewayConfig.Hedge hedge = route().hedge();
        if (hedge != null) {
            route().hedges().onRequest(hedge.budgetPercent(), nowNanos);
        }
        long ready = ready(able, nowNanos);
        return chosen(ready != 0 ? pick(ready, nowNanos) : soonest(able, nowNanos), nowNanos);
    }

    /**
     * The target of another attempt, to be begun after {@link #waitNanos}; null when the last error is the answer.
     *
     * @param failed its target
     * @param outcome of the attempt that failed
     * @param retryAfterNanos that its provider asked for; 0 when it did not
     * @param leftNanos until the caller must have an answer
     */
    public @Nullable Target retry(Target failed, Outcome outcome, long retryAfterNanos, long leftNanos, long nowNanos) {
        waitNanos = 0;
        last = indexOf(failed);
        if (!outcome.isRetryable() || attempts >= mostAttempts()) {
            return null;
        }
        repeatable = outcome.mayRepeatHere() ? repeatable | 1L << last : repeatable & ~(1L << last);
        long ready = ready(able & ~tried, nowNanos);
        int next = ready == 0 ? again(retryAfterNanos, nowNanos) : pick(ready, nowNanos);
        if (next < 0 || waitNanos >= leftNanos || !route().state().retries().tryRetry()) {
            return null;
        }
        retryPaid = true;
        return chosen(next, nowNanos + waitNanos);
    }

    /** One that would not be chosen if there was another; -1 for none. */
    private int again(long retryAfterNanos, long nowNanos) {
        long ready = ready(repeatable, nowNanos);
        if (ready != 0) {
            // Not all health is told by heads: who asked for time gets it, even if it looks ready.
            int next = (ready >>> last & 1) != 0 ? last : pick(ready, nowNanos);
            return later(next, next == last ? retryAfterNanos : 0);
        }
        long untried = open(able & ~tried, nowNanos);
        if (untried != 0) {
            return soonest(untried, nowNanos);
        }
        if ((open(repeatable, nowNanos) >>> last & 1) != 0) {
            return later(last, retryAfterNanos);
        }
        long limited = (able & ~tried) | repeatable;
        if (limited == 0) {
            return -1;
        }
        int next = soonest(limited, nowNanos);
        long asked = next == last ? retryAfterNanos : 0;
        return later(next, Math.max(asked, targets[next].health().readyInNanos(nowNanos)));
    }

    /** A random bit more than {@code atLeastNanos}, so that not everybody comes back in the same instant. */
    private int later(int next, long atLeastNanos) {
        waitNanos = atLeastNanos + backoffNanos();
        return atLeastNanos > LONGEST_WAIT_NANOS ? -1 : next;
    }

    /** Full jitter: anything up to a bound that doubles. */
    private long backoffNanos() {
        long bound = Math.min(
                LONGEST_BACKOFF_NANOS, route().retry().backoff().toNanos() << Math.min(repetitions, MOST_DOUBLINGS));
        repetitions++;
        return random().nextLong(bound + 1);
    }

    private int mostAttempts() {
        int configured = route().retry().attempts();
        return configured == 0 ? Long.bitCount(able) : configured;
    }

    /** Whether a target is left that has not been tried, and may be. */
    public boolean isAnotherLeft() {
        return attempts < mostAttempts() && (able & ~tried) != 0;
    }

    /** How long to wait before the attempt that {@link #retry} gave. */
    public long waitNanos() {
        return waitNanos;
    }

    /** After how long without content a hedge is due; -1 for never. */
    public long hedgeAfterNanos(long nowNanos) {
        GatewayConfig.Hedge hedge = route().hedge();
        if (hedge == null || hedged >= 0) {
            return -1;
        }
        if (hedge.after() != null) {
            // Of a whole answer nobody sees the first token.
            return ask().stream() ? hedge.after().toNanos() : -1;
        }
        return route().state().firstTokens().percentileNanos(hedge.percentile(), ask().band(), nowNanos);
    }

    /** The target of a hedge: another one if possible, at ease in any case; null when there is to be none. */
    public @Nullable Target hedge(long nowNanos) {
        GatewayConfig.Hedge hedge = route().hedge();
        if (hedge == null || hedged >= 0 || last < 0) {
            return null;
        }
        long fit = atEase(able & ~tried, nowNanos);
        if (fit == 0) {
            fit = atEase(able & tried, nowNanos);
        }
        if (fit == 0 || !route().hedges().tryHedge(hedge.budgetPercent(), nowNanos)) {
            return null;
        }
        hedged = last;
        hedgeBegunNanos = nowNanos;
        return chosen(pick(fit, nowNanos), nowNanos);
    }

    /** An attempt has sent content: nothing is tried after it. */
    public void onContent(Target winner, long ttftNanos, long nowNanos) {
        route().state().firstTokens().add(ask().band(), ttftNanos, nowNanos);
        winner.health().onFirstContent(ask().band(), ttftNanos, nowNanos);
        if (hedged >= 0 && nowNanos - ttftNanos - hedgeBegunNanos >= 0) {
            onOvertaken(nowNanos);
        }
        if (retryPaid) {
            retryPaid = false;
            route().state().retries().giveBack();
        }
    }

    /**
     * The hedge won. How long the other one would have taken nobody knows; that it took longer than until now is recorded.
     * Without that the late ones would be missing wherever hedging works, the percentile would sink into the times of those
     * that are not late at all, and the budget would be spent on them. The percentile is right in spite of the cut: each
     * time that was cut is above it, and only how many there are above it matters.
     */
    private void onOvertaken(long nowNanos) {
        long elapsedNanos = nowNanos - begunNanos;
        route().state().firstTokens().add(ask().band(), elapsedNanos, nowNanos);
        targets[hedged].health().onOvertaken(ask().band(), elapsedNanos, nowNanos);
    }

    /** What an attempt cost; only where hedges are watched. */
    public void onCost(long costNano, boolean lost, long nowNanos) {
        if (route().hedge() != null) {
            route().hedges().onCost(costNano, lost, nowNanos);
        }
    }

    /** How long openers without content are kept from the client. */
    public long holdNanos() {
        return route().retry().hold().toNanos();
    }

    public Ask ask() {
        return Objects.requireNonNull(ask, "not begun");
    }

    /** Why no target can serve the request, each in a few words. */
    public String refusal() {
        StringBuilder why = new StringBuilder();
        for (Target target : targets) {
            String missing = Abilities.missing(target, route().known(target), ask());
            if (missing != null) {
                why.append(why.isEmpty() ? "" : "; ").append(target).append(' ').append(missing);
            }
        }
        return why.toString();
    }

    private int indexOf(Target one) {
        for (int i = 0; i < targets.length; i++) {
            if (targets[i].equals(one)) {
                return i;
            }
        }
        throw new IllegalArgumentException("not of this route: " + one);
    }

    private int pick(long eligible, long nowNanos) {
        return Long.bitCount(eligible) == 1
                ? Long.numberOfTrailingZeros(eligible)
                : route().balancer().pick(targets, eligible, ask(), random(), nowNanos);
    }

    private Target chosen(int index, long beginsNanos) {
        if (hedged < 0) {
            begunNanos = beginsNanos;
        }
        last = index;
        tried |= 1L << index;
        attempts++;
        return targets[index];
    }

    private long ready(long of, long nowNanos) {
        long ready = 0;
        for (long left = of; left != 0; left &= left - 1) {
            int i = Long.numberOfTrailingZeros(left);
            switch (targets[i].health().availability(ask().promptTokens(), nowNanos)) {
                case READY, PROBE -> ready |= 1L << i;
                case LIMITED, OPEN -> {}
            }
        }
        return ready;
    }

    /** Those that have failed too often, but whose limits would let a request through. */
    private long open(long of, long nowNanos) {
        long open = 0;
        for (long left = of; left != 0; left &= left - 1) {
            int i = Long.numberOfTrailingZeros(left);
            if (targets[i].health().isOnlyOpen(nowNanos)) {
                open |= 1L << i;
            }
        }
        return open;
    }

    /** Those that are in the best of health: a hedge must not add to anybody's trouble. */
    private long atEase(long of, long nowNanos) {
        long fit = 0;
        for (long left = of; left != 0; left &= left - 1) {
            int i = Long.numberOfTrailingZeros(left);
            if (targets[i].health().isAtEase(ask().promptTokens(), nowNanos)) {
                fit |= 1L << i;
            }
        }
        return fit;
    }

    /** Nobody is ready: the one that will be soonest. The last one standing is never shed. */
    private int soonest(long of, long nowNanos) {
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
