package dev.sluice.gateway.limit;

import java.util.List;

/**
 * All rules in force: one immutable snapshot, replaced whole. Counters of a rule that stays, by its id, stay as well, also
 * when its limit is another one. Thread: any.
 *
 * @param nodes how many gateways share what is not {@link LimitRule#strict} while they cannot agree; at least 1
 */
public record LimitRules(List<LimitRule> rules, int nodes) {
    public static final LimitRules NONE = new LimitRules(List.of(), 1);

    public LimitRules {
        rules = List.copyOf(rules);
    }
}
