package dev.sluice.gateway.route;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.concurrent.TimeUnit;

/** How long a provider asks to be left alone. Thread: any. */
public final class RetryAfter {
    private RetryAfter() {}

    /** In nanoseconds; 0 when nothing, or nothing sensible, was said. */
    public static long nanos(HttpHeaders headers, long wallClockMillis) {
        String seconds = headers.get(HttpHeaderNames.RETRY_AFTER);
        try {
            return seconds == null ? 0 : TimeUnit.SECONDS.toNanos(Long.parseLong(seconds));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
