package dev.sluice.gateway.limit;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * How often each rule has agreed, refused, let wait, or stopped a stream, by its name; the budgets of the database are one,
 * and so are the rules beside single keys: there may be as many of them as there are customers. Thread: any.
 */
public final class Decisions {
    private static final int MOST_NAMES = 500;
    private static final String BUDGET_ID = "budget:";
    private static final String KEY_ID = "key:";
    private static final String BUDGETS = "(budgets)";
    private static final String KEYS = "(keys)";
    private static final String OTHERS = "(others)";

    private final ConcurrentHashMap<String, Counts> byName = new ConcurrentHashMap<>();

    /** Of one name. */
    record Counts(LongAdder admitted, LongAdder refused, LongAdder waiting, LongAdder stopped) {
        Counts() {
            this(new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder());
        }
    }

    void onAdmitted(ActiveRule rule) {
        of(rule).admitted.increment();
    }

    void onRefused(LimitRule rule) {
        of(rule).refused.increment();
    }

    void onWaiting(LimitRule rule) {
        of(rule).waiting.increment();
    }

    void onStopped(ActiveRule rule) {
        of(rule).stopped.increment();
    }

    /** By name and verdict: {@code admitted refused waiting stopped}. */
    public Map<String, Map<String, Long>> counts() {
        Map<String, Map<String, Long>> all = new TreeMap<>();
        byName.forEach((name, counts) -> all.put(
                name,
                Map.of(
                        "admitted", counts.admitted.sum(),
                        "refused", counts.refused.sum(),
                        "waiting", counts.waiting.sum(),
                        "stopped", counts.stopped.sum())));
        return all;
    }

    /** Of each call of each rule: looked up once, and remembered there as long as the rule has that name. */
    private Counts of(ActiveRule rule) {
        LimitRule terms = rule.rule();
        Counts known = rule.decisions(terms);
        if (known != null) {
            return known;
        }
        Counts found = of(terms);
        rule.decisions(terms, found);
        return found;
    }

    private Counts of(LimitRule rule) {
        String name = rule.id().startsWith(BUDGET_ID) ? BUDGETS : rule.id().startsWith(KEY_ID) ? KEYS : rule.name();
        Counts known = byName.get(name);
        if (known != null) {
            return known;
        }
        return byName.computeIfAbsent(byName.size() < MOST_NAMES ? name : OTHERS, added -> new Counts());
    }
}
