package dev.sluice.gateway.limit;

import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * The time in which a rule's amount may be spent. Immutable; thread: any.
 *
 * @param period of which there may be one amount
 * @param calendar whether it begins with the period of the calendar, such as at midnight; else it is any stretch of that
 *     length
 * @param zone whose calendar
 */
public record Window(Period period, boolean calendar, ZoneId zone) {

    /** For what is not counted over time. */
    public static final Window NONE = new Window(Period.TOTAL, /* calendar= */ false, ZoneOffset.UTC);

    /** {@link #label()} is its name in the configuration. */
    public enum Period {
        SECOND("second", 1),
        MINUTE("minute", 60),
        HOUR("hour", 3_600),
        DAY("day", 86_400),
        /** Begins on Monday. */
        WEEK("week", 7 * 86_400),
        /** Thirty days, unless it is the calendar's. */
        MONTH("month", 30 * 86_400),
        /** Never begins anew. */
        TOTAL("total", Long.MAX_VALUE / 1_000_000_000);

        private final String label;
        private final long seconds;

        Period(String label, long seconds) {
            this.label = label;
            this.seconds = seconds;
        }

        public String label() {
            return label;
        }

        /** How long a sliding one is. */
        public long seconds() {
            return seconds;
        }
    }

    /** Any stretch of that length. */
    public static Window sliding(Period period) {
        return new Window(period, /* calendar= */ false, ZoneOffset.UTC);
    }
}
