package dev.sluice.gateway.usage;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A range of time as it is asked for: dates, which stand for whole days of UTC, or instants. Immutable; thread: any.
 *
 * @param from the first instant that counts
 * @param to the first that does not
 */
public record UsagePeriod(Instant from, Instant to) {
    /** What PostgreSQL can hold is wider; what makes sense is not. */
    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");

    private static final Instant LATEST = Instant.parse("2999-12-31T00:00:00Z");
    private static final int DATE_LENGTH = "2026-01-31".length();
    private static final int LONGEST_ECHO = 64;

    /** A time that cannot be used: the message names the actual and the allowed value and goes to the caller. */
    public static final class InvalidException extends Exception {
        private final String parameter;

        InvalidException(String parameter, String message) {
            super(message, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
            this.parameter = parameter;
        }

        public String parameter() {
            return parameter;
        }
    }

    /**
     * Reads {@code from} and {@code to} as they were sent.
     *
     * @param to a date includes its day; null: until the end of the hour that {@code now} is in, which the sums by hour
     *     can answer for
     * @param beginning where a range without {@code from} begins, by its end
     */
    public static UsagePeriod parse(
            @Nullable String from, @Nullable String to, Instant now, UnaryOperator<Instant> beginning)
            throws InvalidException {
        Instant end = to == null ? endOfHour(now) : time("to", to, 1);
        Instant begin = from == null ? beginning.apply(end) : time("from", from, 0);
        if (!begin.isBefore(end)) {
            throw new InvalidException("from", "`from` is " + begin + "; it must be before `to`, " + end);
        }
        return new UsagePeriod(begin, end);
    }

    /** Refuses what the sums by hour cannot answer. */
    void requireWholeHours() throws InvalidException {
        requireWholeHour("from", from);
        requireWholeHour("to", to);
    }

    private static void requireWholeHour(String name, Instant instant) throws InvalidException {
        if (!UsageQuery.isWholeHour(instant)) {
            throw new InvalidException(
                    name, "`" + name + "` is " + instant + "; allowed: dates and whole hours of UTC");
        }
    }

    void requireAtMostDays(int most) throws InvalidException {
        long hours = ChronoUnit.HOURS.between(from, to);
        if (hours > most * 24L) {
            throw new InvalidException(
                    "from", "`from` is " + from + " and `to` is " + to + "; allowed: " + most + " days between them");
        }
    }

    static Instant endOfHour(Instant now) {
        return now.truncatedTo(ChronoUnit.HOURS).plus(1, ChronoUnit.HOURS);
    }

    private static Instant time(String name, String text, int daysAfterDate) throws InvalidException {
        Instant instant = instant(text, daysAfterDate);
        if (instant == null || instant.isBefore(EARLIEST) || instant.isAfter(LATEST)) {
            throw new InvalidException(
                    name,
                    "`" + name + "` is `" + echo(text) + "`; allowed: a date such as 2026-01-31 or an instant such as"
                            + " 2026-01-31T12:00:00Z, from " + EARLIEST + " to " + LATEST);
        }
        return instant;
    }

    private static @Nullable Instant instant(String text, int daysAfterDate) {
        try {
            return text.length() == DATE_LENGTH
                    ? LocalDate.parse(text)
                            .plusDays(daysAfterDate)
                            .atStartOfDay(ZoneOffset.UTC)
                            .toInstant()
                    : Instant.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    /** The beginning of what a caller sent, to be repeated to it. */
    public static String echo(String text) {
        return text.length() <= LONGEST_ECHO ? text : text.substring(0, LONGEST_ECHO) + "…";
    }
}
