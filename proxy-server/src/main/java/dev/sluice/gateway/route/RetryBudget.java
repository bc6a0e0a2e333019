package dev.sluice.gateway.route;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps retries a share of the requests, so that they cannot multiply an outage: a bucket that each request fills by a
 * tenth and each retry empties by one. A retry that succeeds gives its token back, so that the budget only ever bounds
 * those that are in vain. Thread: any.
 */
final class RetryBudget {
    private static final int TENTHS = 10;
    private static final int CAPACITY_TENTHS = 100 * TENTHS;

    private final AtomicInteger tenths = new AtomicInteger(CAPACITY_TENTHS);

    /** A request begins. */
    void onRequest() {
        add(1);
    }

    /** Whether one more retry may be made; it is paid for. */
    boolean tryRetry() {
        for (; ; ) {
            int left = tenths.get();
            if (left < TENTHS) {
                return false;
            }
            if (tenths.compareAndSet(left, left - TENTHS)) {
                return true;
            }
        }
    }

    /** A retry was worth it. */
    void giveBack() {
        add(TENTHS);
    }

    /** Retries that may be made at once. */
    int left() {
        return tenths.get() / TENTHS;
    }

    private void add(int amount) {
        for (; ; ) {
            int left = tenths.get();
            int next = Math.min(CAPACITY_TENTHS, left + amount);
            if (left == next || tenths.compareAndSet(left, next)) {
                return;
            }
        }
    }
}
