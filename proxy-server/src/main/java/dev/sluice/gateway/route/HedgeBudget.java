package dev.sluice.gateway.route;

/**
 * Keeps hedges a share of the requests and of the spend, over all routes. Thread: any.
 */
public final class HedgeBudget {

    /** A request that could be hedged begins. */
    void onRequest(long nowNanos) {}

    /** Whether one more hedge may be made; it is counted. */
    boolean tryHedge(double sharePercent, long nowNanos) {
        return false;
    }

    /**
     * An attempt of a request that could be hedged has been paid for.
     *
     * @param lost whether the other one won
     */
    public void onCost(long costNano, boolean lost, long nowNanos) {}
}
