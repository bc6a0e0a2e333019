package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.limit.Grant;
import dev.sluice.gateway.limit.LimitCall;
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.limit.Verdict;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One call before the {@link Limiter}: whether it may go on, and what it holds of its caller's limits from then on until it
 * is over.
 *
 * <pre>
 *   ask ──┬── refused ──▶ onRefused
 *         ├── later ────▶ waiting ──┬── called ─────▶ asked again
 *         │                         └── time is up ─▶ onRefused
 *         └── admitted ─▶ onAdmitted ──▶ extend* ──▶ settle
 * </pre>
 *
 * Who waits, waits on the event loop and keeps nobody else from going on; bounded in number and in time, whatever the rules
 * say. {@link #settle} is for every way out, from whatever state. One can be used for one call after the other, but for one
 * that has waited, which may be called still. Thread: event loop.
 */
final class Admission {
    /** On one event loop, for each of them keeps a request's body. */
    static final int MOST_WAITING = 1_024;

    static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Whose call it is. */
    interface Owner {
        /** It may go on. At once, or when it has waited. */
        void onAdmitted(long nowNanos);

        /** It may not. */
        void onRefused(GatewayError error);
    }

    private final ExchangeLoop loop;
    private final Owner owner;
    private final Runnable later = this::onCalled;
    /** Made for the first call that is under a limit. */
    private @Nullable Grant grant;
    /** Who has been asked, about what. */
    private @Nullable Limiter limiter;

    private @Nullable LimitCall call;
    private boolean hasWaited;
    private boolean waiting;
    private long waitsSinceNanos;
    private boolean over;

    Admission(ExchangeLoop loop, Owner owner) {
        this.loop = loop;
        this.owner = owner;
    }

    /** The owner has been told when this returns, unless the call has to wait. */
    void ask(Limiter of, LimitCall about, long nowNanos) {
        limiter = of;
        call = about;
        if (grant == null) {
            grant = new Grant();
        }
        ask(nowNanos);
    }

    private void ask(long nowNanos) {
        Verdict verdict = limiter().admit(Objects.requireNonNull(call), grant(), later);
        switch (verdict) {
            case ADMITTED -> {
                stopWaiting();
                owner.onAdmitted(nowNanos);
            }
            case REFUSED -> {
                stopWaiting();
                owner.onRefused(refusal());
            }
            case LATER -> waitOn(nowNanos);
        }
    }

    private void waitOn(long nowNanos) {
        hasWaited = true;
        if (!waiting && !loop.beginWaiting()) {
            owner.onRefused(LimitRefusals.tooManyWait());
            return;
        }
        if (!waiting) {
            waiting = true;
            waitsSinceNanos = nowNanos;
        }
    }

    /** Thread: any. */
    private void onCalled() {
        try {
            loop.eventLoop().execute(this::askAgain);
        } catch (RejectedExecutionException loopHasEnded) {
            // With it the connection has: nobody waits any more.
            return;
        }
    }

    private void askAgain() {
        if (waiting && !over) {
            ask(loop.ticker().nanoTime());
        }
    }

    void onTick(long nowNanos) {
        if (waiting && nowNanos - waitsSinceNanos > PATIENCE_NANOS) {
            stopWaiting();
            owner.onRefused(LimitRefusals.waitedTooLong(PATIENCE_NANOS));
        }
    }

    private void stopWaiting() {
        if (waiting) {
            waiting = false;
            loop.endWaiting();
        }
    }

    /** Whether it has been asked and not been answered. */
    boolean isWaiting() {
        return waiting;
    }

    /** Whether somebody may still call back, or has been asked to. */
    boolean hasWaited() {
        return hasWaited;
    }

    /** What is told to the caller in headers; from {@link #ask} on. */
    Grant grant() {
        return Objects.requireNonNull(grant, "nobody has been asked");
    }

    private Limiter limiter() {
        return Objects.requireNonNull(limiter, "nobody has been asked");
    }

    /** Output tokens at which {@link #extend} is to be asked; {@link Long#MAX_VALUE}: never. */
    long coveredTokens() {
        return limiter == null ? Long.MAX_VALUE : grant().coveredTokens();
    }

    /** The answer has come so far: whether it may go on. If not, {@link #refusal} says why. */
    boolean extend(long inputTokens, long outputTokens) {
        return limiter().extend(grant(), inputTokens, outputTokens);
    }

    /** Why the limiter refused last. */
    GatewayError refusal() {
        return LimitRefusals.of(Objects.requireNonNull(grant().refusal(), "nothing was refused"));
    }

    /**
     * The call is over, also if nobody was asked, or it was never admitted: what it came to stays taken. Once; the rest of
     * the calls do nothing.
     *
     * @param costNano in nano-dollars; -1 when nobody knows
     */
    void settle(long inputTokens, long outputTokens, long costNano) {
        if (!over) {
            over = true;
            stopWaiting();
            if (limiter != null) {
                limiter.settle(grant(), inputTokens, outputTokens, costNano);
            }
        }
    }

    /** For the next call, when this one is settled and has not waited. */
    void reset() {
        limiter = null;
        call = null;
        waitsSinceNanos = 0;
        over = false;
    }
}
