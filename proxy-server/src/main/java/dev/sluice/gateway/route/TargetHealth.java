package dev.sluice.gateway.route;

import dev.sluice.gateway.config.GatewayConfig;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * How a target is doing, as seen by the attempts of all event loops. Asked by {@link Plan} and the balancers before each
 * attempt, told by the exchange how each went.
 *
 * <pre>
 *   begin ──▶ onHead ──▶ onFirstContent ──▶ end
 *     └──────────┴──────────────┴────────────▲
 * </pre>
 *
 * Without locks. Thread: any.
 */
public final class TargetHealth {

    /** Whether a target should get a request; the later, the less. */
    public enum Availability {
        /** It may. */
        READY,
        /** It may get this one, to see whether it has recovered. */
        PROBE,
        /** It would refuse: its limit is used up. */
        LIMITED,
        /** It has failed too often. */
        OPEN
    }

    /** Where its circuit breaker is. */
    public enum Circuit {
        CLOSED,
        OPEN,
        HALF_OPEN
    }

    /**
     * What is known of a target, for people.
     *
     * @param openRequests begun and not ended
     * @param ttftMillis average time to first token for each of {@link Ask#band}; -1 where none has been seen
     * @param failureRatio within the breaker's window, from 0 to 1
     * @param limitedForMillis 0 when it is not limited
     * @param remainingRequests as the provider told it; -1: it did not
     * @param remainingTokens likewise
     * @param requests attempts ever
     * @param failures of these
     */
    public record State(
            Circuit circuit,
            int openRequests,
            List<Long> ttftMillis,
            int failuresInARow,
            double failureRatio,
            long limitedForMillis,
            long remainingRequests,
            long remainingTokens,
            long requests,
            long failures) {}

    private static final int UNAUTHORIZED = 401;
    private static final int PAYMENT_REQUIRED = 402;

    private final InstantSource clock;
    private final CircuitBreaker breaker;
    private final CoolDown coolDown = new CoolDown();
    private final Quotas quotas = new Quotas();
    private final FirstTokenAverage firstTokens = new FirstTokenAverage();
    private final RecentLoad recent = new RecentLoad();
    private final AtomicInteger open = new AtomicInteger();
    private final LongAdder requests = new LongAdder();
    private final LongAdder failures = new LongAdder();

    public TargetHealth(GatewayConfig.Breaker breaker) {
        this(breaker, InstantSource.system());
    }

    /** @param clock against which the times of day in heads are read */
    TargetHealth(GatewayConfig.Breaker breaker, InstantSource clock) {
        this.breaker = new CircuitBreaker(breaker);
        this.clock = clock;
    }

    /**
     * Whether the target should get a request now.
     *
     * @param tokens that the request will use, roughly
     */
    public Availability availability(long tokens, long nowNanos) {
        Availability circuit = breaker.availability(nowNanos);
        if (circuit == Availability.OPEN) {
            return circuit;
        }
        Availability limits = coolDown.availability(nowNanos);
        if (limits != Availability.LIMITED) {
            Availability quota = quotas.availability(tokens, nowNanos);
            limits = limits.compareTo(quota) >= 0 ? limits : quota;
        }
        return circuit.compareTo(limits) >= 0 ? circuit : limits;
    }

    /** Whether a request may be sent that could be spared: all is well, and the limits are far from used up. */
    boolean isAtEase(long tokens, long nowNanos) {
        return availability(tokens, nowNanos) == Availability.READY && quotas.areAmple(nowNanos);
    }

    /** When it will be ready at the latest, in nanoseconds from now; 0 when it is. */
    public long readyInNanos(long nowNanos) {
        return Math.max(breaker.readyInNanos(nowNanos), limitedForNanos(nowNanos));
    }

    private long limitedForNanos(long nowNanos) {
        return Math.max(coolDown.leftNanos(nowNanos), quotas.readyInNanos(nowNanos));
    }

    /** An attempt begins. Returns a ticket for its {@link #end}. */
    public long begin(long tokens, long nowNanos) {
        open.incrementAndGet();
        requests.increment();
        recent.add(nowNanos);
        coolDown.onBegin(nowNanos);
        quotas.onBegin(tokens, nowNanos);
        return breaker.begin(nowNanos);
    }

    /** The provider's answer began: what its head says of the limits is learnt. Borrows {@code headers}. */
    public void onHead(int status, HttpHeaders headers, long nowNanos) {
        boolean isAnswer = status >= 200 && status < 300;
        quotas.onHead(headers, !isAnswer, clock, nowNanos);
        if (isAnswer) {
            coolDown.onAnswered();
        } else if (status == UNAUTHORIZED || status == PAYMENT_REQUIRED) {
            // A key that was revoked or has no money left will not be better in a second, unlike a 403 or a 404, which
            // may be about what one caller asked for.
            coolDown.onRefused(CoolDown.LONGEST_NANOS, nowNanos);
        }
    }

    /** The first generated output came; that of an answer that comes whole is never too slow for the circuit breaker. */
    public void onFirstContent(int band, long ttftNanos, long nowNanos) {
        firstTokens.add(band, ttftNanos, nowNanos);
        breaker.onFirstContent(ttftNanos, !Ask.isWhole(band), nowNanos);
    }

    /** An attempt was given up because another one was faster; it would have taken longer than this. */
    void onOvertaken(int band, long elapsedNanos, long nowNanos) {
        if (elapsedNanos > firstTokens.nanos(band)) {
            firstTokens.add(band, elapsedNanos, nowNanos);
        }
    }

    /**
     * An attempt is over: exactly once for each {@link #begin}.
     *
     * @param retryAfterNanos that the provider asked for; 0 when it did not
     */
    public void end(long ticket, Outcome outcome, long retryAfterNanos, long nowNanos) {
        open.decrementAndGet();
        breaker.end(ticket, outcome, nowNanos);
        if (outcome.isFailure()) {
            failures.increment();
        }
        switch (outcome) {
            case OK -> coolDown.onAnswered();
            case LIMITED, DENIED -> coolDown.onRefused(retryAfterNanos, nowNanos);
            case UNAVAILABLE, SLOW, CALLER_ERROR, ABANDONED -> {}
        }
    }

    /** Attempts that have begun and not ended. */
    public int open() {
        return open.get();
    }

    /** Whether nothing speaks against a request but that it has failed too often. */
    boolean isOnlyOpen(long nowNanos) {
        return breaker.availability(nowNanos) == Availability.OPEN && limitedForNanos(nowNanos) == 0;
    }

    /** How long it takes to its first token, less the longer nobody has seen one; -1 when nobody has. */
    double ttftNanos(int band, long nowNanos) {
        return firstTokens.fadedNanos(band, nowNanos);
    }

    /** How many requests it has been given lately. */
    double recentRequests(long nowNanos) {
        return recent.requests(nowNanos);
    }

    /** For the admin API. */
    public State view(long nowNanos) {
        List<Long> ttftMillis = new ArrayList<>();
        for (int band = 0; band < Ask.BANDS; band++) {
            long nanos = firstTokens.nanos(band);
            ttftMillis.add(nanos < 0 ? -1 : TimeUnit.NANOSECONDS.toMillis(nanos));
        }
        return new State(
                breaker.circuit(nowNanos),
                open.get(),
                List.copyOf(ttftMillis),
                breaker.failuresInARow(),
                breaker.failureRatio(nowNanos),
                Math.ceilDiv(limitedForNanos(nowNanos), TimeUnit.MILLISECONDS.toNanos(1)),
                quotas.requests(),
                quotas.tokens(),
                requests.sum(),
                failures.sum());
    }

    /** Forgets what failed and what was limited, as when it had just been configured. */
    public void reset() {
        breaker.reset();
        coolDown.reset();
        quotas.reset();
        firstTokens.reset();
    }

    @Override
    public String toString() {
        return open + " open, " + requests.sum() + " requests, " + failures.sum() + " failures";
    }
}
