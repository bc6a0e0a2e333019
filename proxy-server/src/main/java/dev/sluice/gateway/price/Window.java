package dev.sluice.gateway.price;

import java.time.Instant;
import java.time.zone.ZoneRules;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Hours and days with tariffs of their own. Immutable; thread: any.
 *
 * @param hours in UTC; empty: the whole day
 * @param weekdays a bit for each day, Monday the lowest; a day is that of the moment itself, also in hours that began
 *     before midnight
 * @param zone where the weekdays are those of the calendar; null: UTC
 */
record Window(List<Hours> hours, int weekdays, @Nullable ZoneRules zone, Tariffs tariffs) {
    static final int EVERY_DAY = 0b111_1111;

    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final long SECONDS_PER_DAY = 86_400;
    /** 1 January 1970 was a Thursday. */
    private static final int WEEKDAY_OF_THE_EPOCH = 3;

    /**
     * Minutes of the UTC day, from the first to before the last; over midnight when {@code from} is above {@code to}.
     */
    record Hours(int fromMinute, int toMinute) {
        boolean contain(int minute) {
            return fromMinute <= toMinute
                    ? minute >= fromMinute && minute < toMinute
                    : minute >= fromMinute || minute < toMinute;
        }
    }

    Window {
        hours = List.copyOf(hours);
    }

    boolean contains(long atMicros) {
        long second = Math.floorDiv(atMicros, MICROS_PER_SECOND);
        return isInHours((int) (Math.floorMod(second, SECONDS_PER_DAY) / 60)) && isOnDay(second);
    }

    private boolean isInHours(int minute) {
        if (hours.isEmpty()) {
            return true;
        }
        for (int i = 0; i < hours.size(); i++) {
            if (hours.get(i).contain(minute)) {
                return true;
            }
        }
        return false;
    }

    private boolean isOnDay(long second) {
        if (weekdays == EVERY_DAY) {
            return true;
        }
        long local = zone == null
                ? second
                : second + zone.getOffset(Instant.ofEpochSecond(second)).getTotalSeconds();
        int weekday = (int) Math.floorMod(Math.floorDiv(local, SECONDS_PER_DAY) + WEEKDAY_OF_THE_EPOCH, 7L);
        return (weekdays >> weekday & 1) != 0;
    }

    Window with(Tariffs others) {
        return new Window(hours, weekdays, zone, others);
    }
}
