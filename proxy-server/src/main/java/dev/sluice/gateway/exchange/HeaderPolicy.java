package dev.sluice.gateway.exchange;

import dev.sluice.gateway.route.Target;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which headers pass from caller to provider and back: lists of names, everything else stays behind. So no credential
 * of a caller reaches a provider, and no cookie, redirect or organisation of a provider reaches a caller. Thread: any.
 */
final class HeaderPolicy {

    static final AsciiString REQUEST_ID = AsciiString.cached("x-request-id");
    private static final AsciiString UPSTREAM_REQUEST_ID = AsciiString.cached("x-upstream-request-id");
    private static final AsciiString PROVIDER = AsciiString.cached("x-sluice-provider");
    private static final AsciiString MODEL = AsciiString.cached("x-sluice-model");
    private static final AsciiString ATTEMPTS = AsciiString.cached("x-sluice-attempts");
    static final AsciiString INCLUDE_COST = AsciiString.cached("x-sluice-include-cost");
    static final AsciiString COST = AsciiString.cached("x-sluice-cost-usd");
    private static final AsciiString OVERHEAD = AsciiString.cached("x-sluice-overhead-us");
    private static final AsciiString RATE_LIMIT_PREFIX = AsciiString.cached("x-ratelimit-");
    private static final AsciiString ACCEL_BUFFERING = AsciiString.cached("x-accel-buffering");
    private static final AsciiString NO = AsciiString.cached("no");

    private static final HttpHeadersFactory HEADERS =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false);

    private static final AsciiString[] TO_PROVIDER = {
        AsciiString.cached("accept"),
        AsciiString.cached("idempotency-key"),
        AsciiString.cached("openai-beta"),
        AsciiString.cached("x-client-request-id"),
        AsciiString.cached("traceparent"),
        AsciiString.cached("tracestate"),
    };

    private static final AsciiString[] TO_CALLER = {
        AsciiString.cached("content-type"),
        AsciiString.cached("retry-after"),
        AsciiString.cached("retry-after-ms"),
        AsciiString.cached("x-should-retry"),
        AsciiString.cached("openai-processing-ms"),
        AsciiString.cached("openai-version"),
        AsciiString.cached("openai-model"),
        AsciiString.cached("openai-beta"),
        AsciiString.cached("anthropic-beta"),
    };

    private HeaderPolicy() {}

    /** What of the caller's headers travels on. */
    static HttpHeaders toProvider(HttpHeaders received) {
        HttpHeaders passed = HEADERS.newEmptyHeaders();
        for (AsciiString name : TO_PROVIDER) {
            String value = received.get(name);
            if (value != null) {
                passed.set(name, value);
            }
        }
        return passed;
    }

    /** The head of a provider's answer as the caller gets it. */
    static HttpHeaders toCaller(HttpHeaders received, boolean eventStream) {
        HttpHeaders passed = HEADERS.newHeaders();
        for (Iterator<Map.Entry<CharSequence, CharSequence>> entries = received.iteratorCharSequence();
                entries.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> entry = entries.next();
            CharSequence name = entry.getKey();
            if (AsciiString.regionMatches(name, true, 0, RATE_LIMIT_PREFIX, 0, RATE_LIMIT_PREFIX.length())) {
                passed.set("x-upstream-" + name.subSequence(2, name.length()), entry.getValue());
            } else if (AsciiString.contentEqualsIgnoreCase(name, REQUEST_ID)) {
                passed.set(UPSTREAM_REQUEST_ID, entry.getValue());
            } else if (isListed(TO_CALLER, name)) {
                passed.set(name, entry.getValue());
            }
        }
        if (eventStream) {
            passed.set(HttpHeaderNames.CACHE_CONTROL, "no-cache");
            passed.set(ACCEL_BUFFERING, NO);
        }
        return passed;
    }

    /** The headers of an answer of our own. */
    static HttpHeaders own() {
        HttpHeaders headers = HEADERS.newHeaders();
        headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        return headers;
    }

    /** Adds what every answer tells of the gateway's part in it; once for each {@code headers}. */
    static void describe(
            HttpHeaders headers, String requestId, @Nullable Target target, int attempts, long overheadNanos) {
        headers.add(REQUEST_ID, requestId);
        if (target != null) {
            headers.add(PROVIDER, target.provider().name());
            headers.add(MODEL, printable(target.model()));
            headers.add(ATTEMPTS, Integer.toString(attempts));
        }
        if (overheadNanos >= 0) {
            headers.add(OVERHEAD, Long.toString(overheadNanos / 1_000));
        }
    }

    private static boolean isListed(AsciiString[] names, CharSequence name) {
        for (AsciiString listed : names) {
            if (listed.contentEqualsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }

    /** A model's name comes from the caller's body: what a header may not hold becomes a question mark. */
    private static String printable(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < 0x20 || text.charAt(i) > 0x7e) {
                char[] chars = text.toCharArray();
                for (int j = i; j < chars.length; j++) {
                    if (chars[j] < 0x20 || chars[j] > 0x7e) {
                        chars[j] = '?';
                    }
                }
                return new String(chars);
            }
        }
        return text;
    }
}
