package dev.sluice.gateway.usage;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A question about usage. Immutable; thread: any.
 *
 * @param by in the order in which the groups are named; none: one row with the sum of all
 * @param tag the tag by whose value {@link Grouping#TAG} groups; null: by each {@code name=value} pair, so that a call
 *     with several tags is in several groups
 * @param only what is counted: rows whose value is this one; the empty text stands for rows that have none
 * @param from the first instant that counts
 * @param to the first that does not
 * @param limit rows at most
 */
public record UsageQuery(
        List<Grouping> by, @Nullable String tag, Map<Grouping, String> only, Instant from, Instant to, int limit) {

    public UsageQuery {
        by = List.copyOf(by);
        // In the order given: it is the order of the parameters of the statement.
        only = Collections.unmodifiableMap(new LinkedHashMap<>(only));
        if (tag != null && !by.contains(Grouping.TAG)) {
            throw new IllegalArgumentException("a tag is named, and the groups are " + by);
        }
        for (Grouping filter : only.keySet()) {
            if (filter.isTime() || filter == Grouping.TAG) {
                throw new IllegalArgumentException(filter + " is no filter");
            }
        }
    }

    /** Whether the sums by hour have all that is asked for: then not every call needs to be read. */
    boolean isAnsweredByHours() {
        return isWholeHour(from) && isWholeHour(to) && inHours(by) && inHours(only.keySet());
    }

    private static boolean inHours(Iterable<Grouping> groupings) {
        for (Grouping grouping : groupings) {
            if (!grouping.isInHours()) {
                return false;
            }
        }
        return true;
    }

    /** Hours of UTC: those of a zone with half an hour begin in the middle of them. */
    static boolean isWholeHour(Instant instant) {
        return instant.equals(instant.truncatedTo(ChronoUnit.HOURS));
    }
}
