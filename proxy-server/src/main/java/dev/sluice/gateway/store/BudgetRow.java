package dev.sluice.gateway.store;

import dev.sluice.gateway.limit.Budget;
import java.time.Instant;

/**
 * A budget as the database has it. Immutable; thread: any.
 *
 * @param enabled whether it is in force
 * @param version goes up with each change
 */
public record BudgetRow(Budget budget, boolean enabled, long version, Instant createdAt, Instant updatedAt) {

    public String id() {
        return budget.id();
    }
}
