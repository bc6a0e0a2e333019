package dev.sluice.gateway.limit;

import java.util.List;

/**
 * One amount that may be spent in one window. What an operator writes as one rule with several amounts are several of
 * these with the same name. Immutable; thread: any.
 *
 * @param id by which its counters are found again, here, in Redis and after a restart: unique, and the same on each node
 * @param name what the operator calls it; told to callers
 * @param appliesTo which calls it is for
 * @param per whose counters: one for each combination of values; empty: one for all calls. A call without a value, such as
 *     one without an end user, counts as one whose value is empty
 * @param limit how much, in the measure's unit; 0 forbids
 * @param burst for requests: how many may come at once, the others one by one at the rate that the window says; 0: as many
 *     as the window allows
 * @param strict whether calls are refused while what nodes share cannot be told; else each node goes on with its part
 * @param queueMillis how long a call waits at most instead of being refused; 0: not at all
 * @param warnPercent of the limit at which somebody is told; ascending
 */
public record LimitRule(
        String id,
        String name,
        CallFilter appliesTo,
        List<Dimension> per,
        Measure measure,
        long limit,
        Window window,
        long burst,
        boolean strict,
        long queueMillis,
        List<Integer> warnPercent) {

    public LimitRule {
        per = List.copyOf(per);
        warnPercent = List.copyOf(warnPercent);
    }
}
