package dev.sluice.gateway.exchange;

import dev.sluice.gateway.limit.Grant;
import dev.sluice.gateway.limit.Measure;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

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

    static void add(HttpHeaders headers, Grant grant) {
        add(headers, REQUESTS, grant, Measure.REQUESTS);
        add(headers, TOKENS, grant, Measure.TOKENS);
        String rule = grant.warnRule();
        if (grant.warnPercent() > 0 && rule != null) {
            headers.set(WARNING, warning(rule, grant.warnPercent()));
        }
    }

    private static void add(HttpHeaders headers, Names names, Grant grant, Measure measure) {
        long limit = grant.limit(measure);
        if (limit >= 0) {
            headers.set(names.limit, Long.toString(limit));
            headers.set(names.remaining, Long.toString(Math.max(0, grant.remaining(measure))));
            headers.set(names.reset, duration(grant.resetMillis(measure)));
        }
    }

    private static @Nullable String warning(String rule, int percent) {
        return HeaderPolicy.printable(rule) + " " + percent + "%";
    }

    /** As OpenAI writes it: {@code 120ms}, {@code 12s}, {@code 6m0s}, {@code 1h0m12s}. */
    static String duration(long millis) {
        if (millis < MILLIS_PER_SECOND) {
            return Math.max(0, millis) + "ms";
        }
        long seconds = (millis - 1) / MILLIS_PER_SECOND + 1;
        long minutes = seconds / SECONDS_PER_MINUTE;
        if (minutes == 0) {
            return seconds + "s";
        }
        long hours = seconds / SECONDS_PER_HOUR;
        String rest = minutes % SECONDS_PER_MINUTE + "m" + seconds % SECONDS_PER_MINUTE + "s";
        return hours == 0 ? rest : hours + "h" + rest;
    }
}
