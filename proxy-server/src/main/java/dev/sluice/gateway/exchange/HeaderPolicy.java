package dev.sluice.gateway.exchange;

import dev.sluice.gateway.route.Target;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.List;
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
    static final AsciiString TOKEN_COUNT = AsciiString.cached("x-sluice-token-count");
    private static final AsciiString OVERHEAD = AsciiString.cached("x-sluice-overhead-us");
    private static final AsciiString RATE_LIMIT_PREFIX = AsciiString.cached("x-ratelimit-");
    private static final AsciiString ACCEL_BUFFERING = AsciiString.cached("x-accel-buffering");
    private static final AsciiString NO = AsciiString.cached("no");

    private static final HttpHeadersFactory HEADERS =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false);

    /** What travels on whatever the provider's dialect is. */
    private static final AsciiString[] TO_PROVIDER = {
        AsciiString.cached("idempotency-key"),
        AsciiString.cached("x-client-request-id"),
        AsciiString.cached("traceparent"),
        AsciiString.cached("tracestate"),
    };

    /** What travels on to a provider of the caller's own dialect: what its client libraries and tools tell it. */
    private static final AsciiString[] TO_SAME_DIALECT = {
        AsciiString.cached("accept"),
        AsciiString.cached("user-agent"),
        AsciiString.cached("openai-beta"),
        AsciiString.cached("x-app"),
        AsciiString.cached("x-title"),
        AsciiString.cached("http-referer"),
        AsciiString.cached("originator"),
        AsciiString.cached("version"),
        AsciiString.cached("session_id"),
        AsciiString.cached("session-id"),
        AsciiString.cached("conversation_id"),
        AsciiString.cached("thread-id"),
        AsciiString.cached("x-goog-api-client"),
        AsciiString.cached("x-server-timeout"),
    };

    private static final AsciiString[] PREFIXES_TO_SAME_DIALECT = {
        AsciiString.cached("anthropic-"),
        AsciiString.cached("x-stainless-"),
        AsciiString.cached("x-claude-"),
        AsciiString.cached("x-codex-"),
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
        AsciiString.cached("request-id"),
    };

    /** Of requests whose bodies pass as they are: what describes the bytes. */
    private static final AsciiString[] OF_RAW_REQUEST = {
        AsciiString.cached("content-type"), AsciiString.cached("range"), AsciiString.cached("if-range"),
    };

    /** The same of their answers. */
    private static final AsciiString[] OF_RAW_ANSWER = {
        AsciiString.cached("content-length"),
        AsciiString.cached("content-range"),
        AsciiString.cached("content-encoding"),
        AsciiString.cached("content-disposition"),
        AsciiString.cached("accept-ranges"),
        AsciiString.cached("etag"),
        AsciiString.cached("last-modified"),
    };

    /** Where providers tell their own id of a request: most of them, Anthropic, Amazon, Azure. */
    private static final AsciiString[] PROVIDER_REQUEST_IDS = {
        REQUEST_ID,
        AsciiString.cached("request-id"),
        AsciiString.cached("x-amzn-requestid"),
        AsciiString.cached("apim-request-id"),
    };

    private static final AsciiString UPSTREAM_LIMITS_PREFIX = AsciiString.cached("anthropic-ratelimit-");
    private static final AsciiString DROPPED = AsciiString.cached("x-sluice-dropped");
    private static final int MAX_DROPPED_CHARS = 1024;

    private HeaderPolicy() {}

    /**
     * What of the caller's headers travels on.
     *
     * @param sameDialect whether the provider has the caller's wire format
     */
    static HttpHeaders toProvider(HttpHeaders received, boolean sameDialect) {
        HttpHeaders passed = HEADERS.newEmptyHeaders();
        for (Iterator<Map.Entry<CharSequence, CharSequence>> entries = received.iteratorCharSequence();
                entries.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> entry = entries.next();
            CharSequence name = entry.getKey();
            boolean passes = isListed(TO_PROVIDER, name)
                    || (sameDialect && (isListed(TO_SAME_DIALECT, name) || isPrefixed(PREFIXES_TO_SAME_DIALECT, name)));
            if (passes) {
                passed.add(name, entry.getValue());
            }
        }
        return passed;
    }

    /** What of the caller's headers travels on with a body that passes as it is. */
    static HttpHeaders toProviderRaw(HttpHeaders received) {
        HttpHeaders passed = toProvider(received, /* sameDialect= */ true);
        copy(OF_RAW_REQUEST, received, passed);
        return passed;
    }

    /** The head of an answer whose body passes as it is. */
    static HttpHeaders toCallerRaw(HttpHeaders received, boolean eventStream) {
        HttpHeaders passed = toCaller(received, eventStream);
        copy(OF_RAW_ANSWER, received, passed);
        return passed;
    }

    private static void copy(AsciiString[] names, HttpHeaders from, HttpHeaders to) {
        for (AsciiString name : names) {
            String value = from.get(name);
            if (value != null) {
                to.set(name, value);
            }
        }
    }

    /** The same, of an answer whose kind is known. */
    static HttpHeaders toCaller(HttpHeaders received, boolean eventStream) {
        HttpHeaders passed = toCaller(received);
        if (eventStream) {
            forEvents(passed);
        }
        return passed;
    }

    /** What of the head of a provider's answer the caller gets; borrows {@code received}. */
    static HttpHeaders toCaller(HttpHeaders received) {
        HttpHeaders passed = HEADERS.newHeaders();
        for (Iterator<Map.Entry<CharSequence, CharSequence>> entries = received.iteratorCharSequence();
                entries.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> entry = entries.next();
            CharSequence name = entry.getKey();
            if (startsWith(name, RATE_LIMIT_PREFIX)) {
                passed.set("x-upstream-" + name.subSequence(2, name.length()), entry.getValue());
            } else if (isListed(TO_CALLER, name) || startsWith(name, UPSTREAM_LIMITS_PREFIX)) {
                passed.set(name, entry.getValue());
            }
        }
        String id = providerRequestId(received);
        if (id != null) {
            passed.set(UPSTREAM_REQUEST_ID, id);
        }
        return passed;
    }

    /** The provider's own id of a request, as its answer's head tells it. */
    static @Nullable String providerRequestId(HttpHeaders received) {
        for (AsciiString name : PROVIDER_REQUEST_IDS) {
            String id = received.get(name);
            if (id != null) {
                return id;
            }
        }
        return null;
    }

    /** Nobody on the way may keep or gather the events of a stream. */
    static void forEvents(HttpHeaders headers) {
        headers.set(HttpHeaderNames.CACHE_CONTROL, "no-cache");
        headers.set(ACCEL_BUFFERING, NO);
    }

    /** Tells what of a request its provider was not told. */
    static void addDropped(HttpHeaders headers, List<String> dropped) {
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < dropped.size() && names.length() < MAX_DROPPED_CHARS; i++) {
            names.append(i == 0 ? "" : ", ").append(printable(dropped.get(i)));
        }
        if (!names.isEmpty()) {
            headers.set(DROPPED, names.substring(0, Math.min(names.length(), MAX_DROPPED_CHARS)));
        }
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
            if (!target.model().isEmpty()) {
                headers.add(MODEL, printable(target.model()));
            }
            headers.add(ATTEMPTS, Integer.toString(attempts));
        }
        if (overheadNanos >= 0) {
            headers.add(OVERHEAD, Long.toString(overheadNanos / 1_000));
        }
    }

    private static boolean isPrefixed(AsciiString[] prefixes, CharSequence name) {
        for (AsciiString prefix : prefixes) {
            if (startsWith(name, prefix)) {
                return true;
            }
        }
        return false;
    }

    private static boolean startsWith(CharSequence name, AsciiString prefix) {
        return AsciiString.regionMatches(name, true, 0, prefix, 0, prefix.length());
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
    static String printable(String text) {
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
