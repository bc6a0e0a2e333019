package dev.sluice.gateway.usage;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/**
 * What is kept beside the rows, and how long the rows are. Thread: any.
 *
 * @param retention how long; whole days count, and a part of a day as one
 * @param prices the text of the prices that rows were priced with
 */
public record Keeping(Duration retention, PriceTexts prices) {
    /**
     * Rows of a day are refused so long before its partition is dropped: a gateway whose clock is behind must not store
     * again what another has dropped, for the hours would count it twice.
     */
    private static final Duration AHEAD = Duration.ofHours(1);

    public Keeping {
        if (retention.compareTo(Duration.ofDays(1)) < 0) {
            throw new IllegalArgumentException("retention is " + retention + "; at least a day of usage is kept");
        }
    }

    /** The first day whose partition stays. */
    LocalDate firstDay(Instant now) {
        long days = retention.plusDays(1).minusNanos(1).toDays();
        return LocalDate.ofInstant(now, ZoneOffset.UTC).minusDays(days);
    }

    /** The first moment whose rows are still taken, microseconds since the epoch. */
    long firstMicros(Instant now) {
        return firstDay(now.plus(AHEAD)).toEpochDay() * 86_400_000_000L;
    }
}
