package dev.sluice.gateway.usage;

import java.util.List;

/**
 * Usage of one group. Immutable; thread: any.
 *
 * @param groups for each of the groupings that were asked for, in their order; empty text for rows that have none
 */
public record UsageRow(List<String> groups, UsageSums sums) {

    public UsageRow {
        groups = List.copyOf(groups);
    }
}
