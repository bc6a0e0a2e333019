package dev.sluice.gateway.limit;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.TemporalAdjusters;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Which window of a calendar it is. The calendar is asked when a window ends, else a comparison answers. Shared by all
 * counters with the same period and zone, so that they begin anew together.
 *
 * <p>A wall clock that is set back does not open a window again: the one that has begun stays until the clock has caught up
 * with it. Only if it is still behind when the window has lasted as long as it should have, by the monotonic clock, the
 * window is given up, for then the clock was ahead when it was opened, and not behind now; a caller waits for no longer than
 * one window. {@link BucketCounter} carries over what was taken, so that this forgives nobody anything.
 *
 * <p>Days, weeks and months begin at the first moment of their first day in the zone, whatever daylight saving makes of it;
 * hours, minutes and seconds by the zone's standard time, so that none is counted twice or missing. Thread: any.
 */
final class CalendarWindows {
    private final Window.Period period;
    private final ZoneId zone;
    private final AtomicReference<CalendarSpan> current = new AtomicReference<>(CalendarSpan.NONE);

    CalendarWindows(Window.Period period, ZoneId zone) {
        this.period = period;
        this.zone = zone;
    }

    CalendarSpan at(long wall, long nanos) {
        CalendarSpan span = current.get();
        return wall >= span.startMillis() && wall < span.endMillis() ? span : next(span, wall, nanos);
    }

    private CalendarSpan next(CalendarSpan span, long wall, long nanos) {
        boolean isBehind = wall < span.startMillis();
        if (isBehind && nanos - span.openedNanos() < span.leftNanos()) {
            return span;
        }
        long start = startOf(wall);
        long end = endOf(start);
        CalendarSpan opened = new CalendarSpan(
                span.number() + 1, start, end, nanos, TimeUnit.MILLISECONDS.toNanos(Math.max(0, end - wall)));
        return current.compareAndSet(span, opened) ? opened : current.get();
    }

    /** The first moment of the window that {@code wall} is in. */
    long startOf(long wall) {
        return switch (period) {
            case SECOND, MINUTE, HOUR -> {
                long length = TimeUnit.SECONDS.toMillis(period.seconds());
                long offset = offsetMillis(wall);
                yield Math.floorDiv(wall + offset, length) * length - offset;
            }
            case DAY -> startOf(day(wall));
            case WEEK -> startOf(day(wall).with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)));
            case MONTH -> startOf(day(wall).withDayOfMonth(1));
            case TOTAL -> 0;
        };
    }

    private long endOf(long start) {
        return switch (period) {
            case SECOND, MINUTE, HOUR -> start + TimeUnit.SECONDS.toMillis(period.seconds());
            case DAY -> startOf(day(start).plusDays(1));
            case WEEK -> startOf(day(start).plusWeeks(1));
            case MONTH -> startOf(day(start).plusMonths(1));
            case TOTAL -> Long.MAX_VALUE;
        };
    }

    private LocalDate day(long wall) {
        return LocalDate.ofInstant(Instant.ofEpochMilli(wall), zone);
    }

    private long startOf(LocalDate day) {
        return day.atStartOfDay(zone).toInstant().toEpochMilli();
    }

    private long offsetMillis(long wall) {
        return TimeUnit.SECONDS.toMillis(
                zone.getRules().getStandardOffset(Instant.ofEpochMilli(wall)).getTotalSeconds());
    }
}
