package dev.sluice.gateway.limit;

/**
 * Where counters that several nodes share get what this node may spend of them. What has been leased is spent from memory;
 * a call waits for an answer only where nothing is left of it.
 *
 * <pre>
 *   lease(spent 0, returned 0, needed 1, wanted 8) ── onLease(8) ──▶ may spend 8
 *   ... 6 spent, another ask ahead of the need ...
 *   lease(spent 6, returned 0, needed 0, wanted 8) ── onLease(8) ──▶ may spend 2 + 8
 *   ... idle ...
 *   lease(spent 1, returned 9, needed 0, wanted 0) ── onLease(0) ──▶ nothing is held
 * </pre>
 *
 * <p>Asks are answered each exactly once, in bounded time (some 25 ms). For one window there is one ask under way at a
 * time: the next one is made after the last one's answer. Windows are told apart by the rule's id, the subject and the
 * start.
 *
 * <p>What an ask reports counts as reported, whatever its answer: the broker sees to it that it arrives, once. It is what
 * was really spent: also what was spent beyond the leases, while nobody could tell.
 *
 * <p>A lease may be spent for {@link #leaseMillis} after the last ask that was answered with {@code onLease} or {@code
 * onExhausted}, measured from before that ask. Each such ask renews all of the window's leases, so that whoever holds some
 * asks at least every third of that time, if only to report. What is not renewed is given to others: it is not to be spent,
 * nor returned, any more. Thread: any.
 */
public interface LeaseBroker {

    /** Hears what came of an ask. Thread: any, also the one that asked, before the ask returns. */
    interface Receiver {

        /**
         * This node may spend so much more in the window it asked about.
         *
         * @param units at least as many as were needed; nothing, if nothing was needed and little is left
         * @param used of the limit by all nodes, what they have leased and not spent included
         */
        void onLease(long units, long used);

        /**
         * There is not so much left. What was leased before stays leased.
         *
         * @param retryAfterMillis when there may be as much: when the window moves on, or when another node may have given
         *     something back; 0: not in this window
         */
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

    /** How long a lease of such a rule may be spent. Those of rates are short: what is saved up would come all at once. */
    static long leaseMillis(LimitRule rule) {
        boolean rate = rule.measure() == Measure.REQUESTS
                && !rule.window().calendar()
                && (rule.burst() > 0 || rule.window().period() == Window.Period.SECOND);
        return rate ? 1_000 : 60_000;
    }

    /**
     * Asks for a part of what is left.
     *
     * @param spent of earlier leases since the last ask, now settled; never anything of calls at once, which are returned
     * @param returned of earlier leases, not spent and not wanted any more
     * @param needed at least; 0 to report, to renew, to give back, or to lease ahead
     * @param wanted at best
     */
    void lease(SharedWindow window, long spent, long returned, long needed, long wanted, Receiver receiver);

    /**
     * What the ledger says was spent in a window by all nodes: what everybody counts rises to that, if it is less, and never
     * falls. Not answered; may be lost, and is said again a minute later.
     */
    default void raise(SharedWindow window, long used) {}

    /** Whether the nodes can agree at present. */
    boolean isUp();
}
