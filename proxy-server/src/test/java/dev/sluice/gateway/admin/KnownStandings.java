package dev.sluice.gateway.admin;

import dev.sluice.gateway.limit.Budget;
import dev.sluice.gateway.limit.LimitRules;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Figures of limits as a test says they are. */
final class KnownStandings implements LimitFigures {
    final Map<String, Standing> ofBudgets = new ConcurrentHashMap<>();
    volatile LimitRules rules = LimitRules.NONE;
    volatile List<Standing> nearest = List.of();

    @Override
    public LimitRules inForce() {
        return rules;
    }

    @Override
    public List<Standing> nearest(int count) {
        return nearest.subList(0, Math.min(count, nearest.size()));
    }

    @Override
    public @Nullable Standing of(Budget budget) {
        return ofBudgets.get(budget.id());
    }
}
