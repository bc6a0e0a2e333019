package dev.sluice.gateway.admin;

import dev.sluice.gateway.config.AmountText;
import dev.sluice.gateway.config.LimitSettings.Amount;
import dev.sluice.gateway.limit.Budget;
import dev.sluice.gateway.limit.Dimension;
import dev.sluice.gateway.limit.Labels;
import dev.sluice.gateway.store.BudgetRow;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A budget as the API shows it; see {@link Json}. Immutable; thread: any.
 *
 * @param team null: for everybody's callers
 * @param amount in dollars for {@code cost}, such as {@code 0.5/day}
 * @param used in the same unit; null in lists, and where each value has a counter of its own
 * @param left likewise
 * @param resetsAt likewise
 */
record BudgetView(
        String id,
        String name,
        @Nullable String team,
        String subject,
        @Nullable String value,
        String measure,
        String amount,
        boolean calendar,
        @Nullable String timeZone,
        boolean strict,
        List<Integer> warn,
        boolean enabled,
        @Nullable String used,
        @Nullable String left,
        @Nullable Instant resetsAt,
        long version,
        Instant createdAt,
        Instant updatedAt) {

    static BudgetView of(BudgetRow row) {
        return of(row, null);
    }

    static BudgetView of(BudgetRow row, LimitFigures.@Nullable Standing standing) {
        Budget budget = row.budget();
        String measure = budget.measure().label();
        Dimension subject = budget.subject();
        ZoneId zone = budget.zone();
        return new BudgetView(
                budget.id(),
                budget.name(),
                budget.team(),
                subject == null ? BudgetWish.ALL : Labels.of(subject),
                budget.value(),
                measure,
                AmountText.of(
                        new Amount(measure, budget.limit(), budget.period().label())),
                budget.calendar(),
                zone == null ? null : zone.getId(),
                budget.strict(),
                budget.warnPercent(),
                row.enabled(),
                standing == null ? null : AmountText.number(measure, standing.used()),
                standing == null ? null : AmountText.number(measure, Math.max(0, budget.limit() - standing.used())),
                standing == null ? null : standing.resetsAt(),
                row.version(),
                row.createdAt(),
                row.updatedAt());
    }
}
