package dev.sluice.gateway.admin;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Durations as requests write them: a whole number and s, m, h or d. Thread: any. */
final class TimeSpan {
    private static final int MOST_DIGITS = 9;

    private TimeSpan() {}

    static Duration parse(String text, String name, Duration longest) throws InvalidParameterException {
        Duration span = read(text);
        if (span == null || span.compareTo(longest) > 0) {
            throw new InvalidParameterException(
                    name,
                    "`" + name + "` is `" + Echo.of(text)
                            + "`; allowed: a whole number with s, m, h or d, such as 24h, up to " + longest.toDays()
                            + "d");
        }
        return span;
    }

    private static @Nullable Duration read(String text) {
        int digits = text.length() - 1;
        if (digits < 1 || digits > MOST_DIGITS) {
            return null;
        }
        long count = 0;
        for (int i = 0; i < digits; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return null;
            }
            count = count * 10 + c - '0';
        }
        return switch (text.charAt(digits)) {
            case 's' -> Duration.ofSeconds(count);
            case 'm' -> Duration.ofMinutes(count);
            case 'h' -> Duration.ofHours(count);
            case 'd' -> Duration.ofDays(count);
            default -> null;
        };
    }
}
