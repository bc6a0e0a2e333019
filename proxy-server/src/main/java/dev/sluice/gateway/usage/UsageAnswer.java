package dev.sluice.gateway.usage;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link UsageQuery}. Immutable; thread: any.
 *
 * @param rows in time when they are by day or hour, else dearest first
 * @param hours whether they come from the sums by hour, and not from the calls themselves
 * @param truncated whether there are more than the query's limit
 * @param callsKeptSince set when calls before it were wanted and only their sums by hour are kept
 */
public record UsageAnswer(
        List<UsageRow> rows,
        boolean hours,
        boolean truncated,
        @Nullable Instant callsKeptSince) {

    public UsageAnswer {
        rows = List.copyOf(rows);
    }
}
