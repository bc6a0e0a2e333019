package dev.sluice.gateway.exchange;

import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.limit.Grant;
import dev.sluice.gateway.limit.Measure;
import io.netty.util.AsciiString;

/**
 * How a caller stands with its own limits, as OpenAI's client libraries and people's programs read it: of each measure the
 * rule that is nearest to its end. Thread: any.
 */
final class LimitHeaders {
    private static final Names REQUESTS = Names.of("requests");
    private static final Names TOKENS = Names.of("tokens");
    static final AsciiString WARNING = AsciiString.cached("x-sluice-limit-warning");

    private static final long MILLIS_PER_SECOND = 1_000;
    private static final long SECONDS_PER_MINUTE = 60;
    private static final long SECONDS_PER_HOUR = 3_600;

    private record Names(AsciiString limit, AsciiString remaining, AsciiString reset) {
        static Names of(String what) {
            return new Names(
                    AsciiString.cached("x-ratelimit-limit-" + what),
                    AsciiString.cached("x-ratelimit-remaining-" + what),
                    AsciiString.cached("x-ratelimit-reset-" + what));
        }
    }

    private LimitHeaders() {}

    /** @param text borrowed, for what numbers alone do not say */
    static void add(FieldLines headers, Grant grant, StringBuilder text) {
        add(headers, REQUESTS, grant, Measure.REQUESTS, text);
        add(headers, TOKENS, grant, Measure.TOKENS, text);
        String rule = grant.warnRule();
        if (grant.warnPercent() > 0 && rule != null) {
            headers.set(WARNING, warning(rule, grant.warnPercent()));
        }
    }

    private static void add(FieldLines headers, Names names, Grant grant, Measure measure, StringBuilder text) {
        long limit = grant.limit(measure);
        if (limit >= 0) {
            headers.addLong(names.limit, limit);
            headers.addLong(names.remaining, Math.max(0, grant.remaining(measure)));
            text.setLength(0);
            putDuration(grant.resetMillis(measure), text);
            headers.add(names.reset, text);
        }
    }

    private static String warning(String rule, int percent) {
        return HeaderPolicy.printable(rule) + " " + percent + "%";
    }

    /** As OpenAI writes it: {@code 120ms}, {@code 12s}, {@code 6m0s}, {@code 1h0m12s}. */
    static void putDuration(long millis, StringBuilder text) {
        if (millis < MILLIS_PER_SECOND) {
            text.append(Math.max(0, millis)).append("ms");
            return;
        }
        long seconds = (millis - 1) / MILLIS_PER_SECOND + 1;
        long minutes = seconds / SECONDS_PER_MINUTE;
        long hours = seconds / SECONDS_PER_HOUR;
        if (hours > 0) {
            text.append(hours).append('h');
        }
        if (minutes > 0) {
            text.append(minutes % SECONDS_PER_MINUTE).append('m');
        }
        text.append(seconds % SECONDS_PER_MINUTE).append('s');
    }
}
