package dev.sluice.gateway.route;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.TimeUnit;

/** How long a provider wants to be left alone, as its answer says (RFC 9110, 10.2.3). Thread: any. */
public final class RetryAfter {
    /** Azure's and OpenAI's; more precise, therefore looked at first. */
    private static final AsciiString MILLIS = AsciiString.cached("retry-after-ms");

    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;
    /** Who says more than this means: not again. */
    private static final double LONGEST_NANOS = TimeUnit.DAYS.toNanos(1);

    private RetryAfter() {}

    /**
     * Borrows {@code headers}.
     *
     * @param wallClockMillis against which a date is read
     * @return nanoseconds, a day at most; 0 when nothing is said, or nothing that could be understood
     */
    public static long nanos(HttpHeaders headers, long wallClockMillis) {
        String millis = headers.get(MILLIS);
        if (millis != null) {
            double number = number(millis);
            if (number >= 0) {
                return bounded(number * NANOS_PER_MILLI);
            }
        }
        String text = headers.get(HttpHeaderNames.RETRY_AFTER);
        if (text == null) {
            return 0;
        }
        double seconds = number(text);
        if (seconds >= 0) {
            return bounded(seconds * NANOS_PER_SECOND);
        }
        try {
            Instant date = DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from);
            return bounded((date.toEpochMilli() - (double) wallClockMillis) * NANOS_PER_MILLI);
        } catch (DateTimeException e) {
            return 0;
        }
    }

    private static double number(String text) {
        return ResetTime.number(text, 0, text.length());
    }

    private static long bounded(double nanos) {
        return (long) Math.max(0, Math.min(LONGEST_NANOS, nanos));
    }
}
