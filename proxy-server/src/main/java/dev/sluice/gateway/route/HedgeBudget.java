package dev.sluice.gateway.route;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps hedges a share of the requests and of the spend, over all routes: so that a slow hour at a provider neither
 * doubles its load nor the bill.
 *
 * <p>Of requests: each pays its share into an account, and each hedge takes one out. What is in it can be spent at once
 * when answers turn slow, but no more than what has been paid in within the last minute, and a few to begin with. Of spend:
 * what the losers cost within the last minute must be within the share of what everything cost.
 *
 * <p>Thread: any.
 */
public final class HedgeBudget {
    /** One hedge, in parts: so that a share of it can be paid in with each request. */
    private static final long WHOLE = 1_000_000;

    private static final double PER_CENT = 100;
    /** Hedges that may be made before anything is paid in. */
    private static final int FEW = 3;

    private static final int SLICES = 6;
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int PAID_IN = 0;
    private static final int COST = 1;
    private static final int LOST = 2;

    private final AtomicLong account = new AtomicLong(FEW * WHOLE);
    private final SlidingCounters lately = new SlidingCounters(3, SLICES, WINDOW_NANOS);

    /** A request that could be hedged begins. */
    void onRequest(double sharePercent, long nowNanos) {
        long share = Math.round(WHOLE * sharePercent / PER_CENT);
        lately.add(PAID_IN, share, nowNanos);
        long most = FEW * WHOLE + lately.sum(PAID_IN, nowNanos);
        for (; ; ) {
            long old = account.get();
            if (account.compareAndSet(old, Math.min(most, old + share))) {
                return;
            }
        }
    }

    /** Whether one more hedge may be made; it is counted. */
    boolean tryHedge(double sharePercent, long nowNanos) {
        if (lately.sum(LOST, nowNanos) * PER_CENT > lately.sum(COST, nowNanos) * sharePercent) {
            return false;
        }
        for (; ; ) {
            long old = account.get();
            if (old < WHOLE) {
                return false;
            }
            if (account.compareAndSet(old, old - WHOLE)) {
                return true;
            }
        }
    }

    /**
     * An attempt of a request that could be hedged has been paid for.
     *
     * @param lost whether the other one won
     */
    public void onCost(long costNano, boolean lost, long nowNanos) {
        lately.add(COST, costNano, nowNanos);
        if (lost) {
            lately.add(LOST, costNano, nowNanos);
        }
    }
}
