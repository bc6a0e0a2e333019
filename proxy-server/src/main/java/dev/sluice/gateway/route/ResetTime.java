package dev.sluice.gateway.route;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;

/**
 * When a provider's limit is whole again, as its headers say: {@code 6m0s} (OpenAI, Groq), {@code 2026-11-21T20:36:03Z}
 * (Anthropic), seconds, or seconds or milliseconds since 1970 (others). Thread: any.
 */
final class ResetTime {
    static final long UNKNOWN = -1;

    private static final double NANOS_PER_SECOND = 1e9;
    /** More is no number of seconds to wait for, but a time of day: 2001 in seconds, or in milliseconds. */
    private static final double EPOCH_SECONDS = 1e9;

    private static final double EPOCH_MILLIS = 1e12;
    private static final double LONGEST_NANOS = Duration.ofDays(31).toNanos();

    private ResetTime() {}

    /** In nanoseconds from now, 0 when it has passed; {@link #UNKNOWN} when {@code text} is nothing of the kind. */
    static long nanos(String text, long wallClockMillis) {
        if (text.isEmpty()) {
            return UNKNOWN;
        }
        if (text.indexOf('T') > 0) {
            return ofTimestamp(text, wallClockMillis);
        }
        char last = text.charAt(text.length() - 1);
        return last == 's' || last == 'm' || last == 'h' || last == 'd'
                ? ofDuration(text)
                : ofNumber(text, wallClockMillis);
    }

    private static long ofTimestamp(String text, long wallClockMillis) {
        try {
            Instant reset = OffsetDateTime.parse(text).toInstant();
            return bounded((reset.toEpochMilli() - (double) wallClockMillis) * 1e6);
        } catch (DateTimeException | ArithmeticException e) {
            return UNKNOWN;
        }
    }

    private static long ofNumber(String text, long wallClockMillis) {
        double number = number(text, 0, text.length());
        if (number >= EPOCH_MILLIS) {
            return bounded((number - wallClockMillis) * 1e6);
        }
        if (number >= EPOCH_SECONDS) {
            return bounded((number * 1000 - wallClockMillis) * 1e6);
        }
        return number < 0 ? UNKNOWN : bounded(number * NANOS_PER_SECOND);
    }

    /** As Go writes them: numbers, each with its unit. */
    private static long ofDuration(String text) {
        double nanos = 0;
        int i = 0;
        while (i < text.length()) {
            int from = i;
            while (i < text.length() && isNumeral(text.charAt(i))) {
                i++;
            }
            double number = number(text, from, i);
            int unitFrom = i;
            while (i < text.length() && !isNumeral(text.charAt(i))) {
                i++;
            }
            double unit = unitNanos(text, unitFrom, i);
            if (number < 0 || unit < 0) {
                return UNKNOWN;
            }
            nanos += number * unit;
        }
        return bounded(nanos);
    }

    private static double unitNanos(String text, int from, int to) {
        return switch (text.substring(from, to)) {
            case "ns" -> 1;
            case "us", "µs" -> 1e3;
            case "ms" -> 1e6;
            case "s" -> NANOS_PER_SECOND;
            case "m" -> 60 * NANOS_PER_SECOND;
            case "h" -> 3600 * NANOS_PER_SECOND;
            case "d" -> 24 * 3600 * NANOS_PER_SECOND;
            default -> -1;
        };
    }

    /** Digits, with one point at most; -1 for anything else. */
    static double number(String text, int from, int to) {
        double number = 0;
        double scale = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c == '.' && scale == 0) {
                scale = 1;
            } else if (c >= '0' && c <= '9') {
                number = number * 10 + (c - '0');
                scale *= 10;
            } else {
                return -1;
            }
        }
        boolean hasDigit = to > from && !(to - from == 1 && text.charAt(from) == '.');
        return !hasDigit ? -1 : scale == 0 ? number : number / scale;
    }

    private static boolean isNumeral(char c) {
        return (c >= '0' && c <= '9') || c == '.';
    }

    /** Past is now, and nobody counts beyond a month. */
    private static long bounded(double nanos) {
        return (long) Math.max(0, Math.min(LONGEST_NANOS, nanos));
    }
}
