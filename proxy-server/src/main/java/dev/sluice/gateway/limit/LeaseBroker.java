package dev.sluice.gateway.limit;

/**
 * Where counters that several nodes share get what this node may spend of them. What has been leased is spent from memory;
 * a call waits for an answer only where nothing is left of it.
 *
 * <p>Asks are answered in any order, each exactly once, in bounded time. Thread: any.
 */
public interface LeaseBroker {

    /** Hears what came of an ask. Thread: any, also the one that asked, before the ask returns. */
    interface Receiver {

        /**
         * This node may spend so much more in the window it asked about.
         *
         * @param units at least as many as were needed
         * @param used of the limit by all nodes, what they have leased and not spent included
         */
        void onLease(long units, long used);

        /** There is not so much left. */
        void onExhausted(long used, long retryAfterMillis);

        /** Nobody can tell: the node goes on with its part of the limit, or refuses if the rule is strict. */
        void onUnavailable();
    }

    /**
     * A counter in one of its windows.
     *
     * @param id of the rule
     * @param subject the values of the rule's dimensions
     * @param windowStartMillis by the wall clock, for windows of the calendar; else 0
     * @param windowEndMillis the same; else 0
     */
    record SharedWindow(
            String id, String subject, LimitRule rule, long limit, long windowStartMillis, long windowEndMillis) {}

    /**
     * Asks for a part of what is left.
     *
     * @param spent of earlier leases since the last ask, now settled
     * @param needed at least; 0 to report and give back alone
     * @param wanted at best
     * @param returned of earlier leases, not spent and not wanted any more
     */
    void lease(SharedWindow window, long spent, long returned, long needed, long wanted, Receiver receiver);

    /** Whether the nodes can agree at present. */
    boolean isUp();
}
