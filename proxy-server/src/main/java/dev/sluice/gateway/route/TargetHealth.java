package dev.sluice.gateway.route;

import dev.sluice.gateway.config.GatewayConfig;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How a target is doing, as seen by the attempts of all event loops. Without locks. Thread: any.
 */
public final class TargetHealth {

    /** Whether a target should get a request. */
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

    private final GatewayConfig.Breaker breaker;
    private final AtomicInteger open = new AtomicInteger();

    public TargetHealth(GatewayConfig.Breaker breaker) {
        this.breaker = breaker;
    }

    /**
     * Whether the target should get a request now.
     *
     * @param tokens that the request will use, roughly
     */
    public Availability availability(long tokens, long nowNanos) {
        return Availability.READY;
    }

    /** When it will be ready at the latest, in nanoseconds from now; 0 when it is. */
    public long readyInNanos(long nowNanos) {
        return 0;
    }

    /** An attempt begins. Returns a ticket for its {@link #end}. */
    public long begin(long tokens, long nowNanos) {
        return open.incrementAndGet();
    }

    /** The provider's answer began: what its head says of the limits is learnt. Borrows {@code headers}. */
    public void onHead(int status, HttpHeaders headers, long nowNanos) {}

    /** The first generated output came. */
    public void onFirstContent(int band, long ttftNanos, long nowNanos) {}

    /**
     * An attempt is over: exactly once for each {@link #begin}.
     *
     * @param retryAfterNanos that the provider asked for; 0 when it did not
     */
    public void end(long ticket, Outcome outcome, long retryAfterNanos, long nowNanos) {
        open.decrementAndGet();
    }

    /** Attempts that have begun and not ended. */
    public int open() {
        return open.get();
    }

    /** Forgets what failed and what was limited, as when it had just been configured. */
    public void reset() {}

    @Override
    public String toString() {
        return open + " open, " + breaker;
    }
}
