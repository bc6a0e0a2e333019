package dev.sluice.gateway.limit;

/** Hears of limits that come near. Called on event loops: neither blocks nor throws. */
@FunctionalInterface
public interface LimitListener {

    /**
     * A caller has used so much of a limit, for the first time in its window.
     *
     * @param subject the values of the rule's dimensions
     * @param percent one of the rule's
     * @param resetMillis wall clock at which the window ends; 0 when it does not
     */
    void onUsed(LimitRule rule, String subject, int percent, long used, long resetMillis);
}
