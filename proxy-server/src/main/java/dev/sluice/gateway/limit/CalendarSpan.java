package dev.sluice.gateway.limit;

/**
 * One day, week, or month of a calendar. Immutable; thread: any.
 *
 * @param number of those that a {@link CalendarWindows} has opened; 0: before the first one
 * @param openedNanos when that happened
 * @param leftNanos how long it had to go then
 */
record CalendarSpan(long number, long startMillis, long endMillis, long openedNanos, long leftNanos) {
    static final CalendarSpan NONE = new CalendarSpan(0, 0, 0, 0, 0);

    /** It never ends. */
    static final CalendarSpan ALWAYS = new CalendarSpan(1, 0, Long.MAX_VALUE, 0, 0);
}
