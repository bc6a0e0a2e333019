package dev.sluice.gateway.edge;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Locale;
import java.util.Set;

/**
 * The question that a browser asks before a page's request (CORS-preflight of the Fetch standard): may it have this
 * method and these headers? It carries no credential and says nothing about the path, so it is answered for every path
 * alike; what is wrong with the request itself its own answer will tell. Thread: any.
 */
final class Preflight {
    private static final String METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
    private static final String MAX_AGE_SECONDS = "600";
    private static final String VARY =
            HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD + ", " + HttpHeaderNames.ACCESS_CONTROL_REQUEST_HEADERS;

    /** What the gateway understands, and what the client libraries and tools send that run in browsers. */
    private static final Set<String> HEADERS = Set.of(
            "accept",
            "accept-language",
            "api-key",
            "authorization",
            "cache-control",
            "content-language",
            "content-type",
            "idempotency-key",
            "if-match",
            "if-none-match",
            "range",
            "traceparent",
            "tracestate",
            "x-api-key",
            "x-client-request-id",
            "x-goog-api-client",
            "x-goog-api-key",
            "x-request-id",
            "x-session-id",
            "x-title");

    private static final String[] PREFIXES = {"anthropic-", "openai-", "x-sluice-", "x-stainless-"};

    private Preflight() {}

    static boolean is(HttpRequest request) {
        return request.method().equals(HttpMethod.OPTIONS)
                && request.headers().contains(HttpHeaderNames.ORIGIN)
                && request.headers().contains(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD);
    }

    /**
     * The answer to an allowed page. A header that is not allowed is left out, and the browser then does not send the
     * request.
     *
     * @param asked the headers of the preflight
     */
    static HttpHeaders answer(HttpHeaders asked) {
        HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
        headers.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        String allowed = allowed(asked.get(HttpHeaderNames.ACCESS_CONTROL_REQUEST_HEADERS, ""));
        if (!allowed.isEmpty()) {
            headers.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        }
        headers.set(HttpHeaderNames.ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS);
        headers.set(HttpHeaderNames.VARY, VARY);
        return headers;
    }

    private static String allowed(String wanted) {
        StringBuilder allowed = new StringBuilder();
        for (String part : wanted.split(",", -1)) {
            String name = part.strip().toLowerCase(Locale.ROOT);
            if (isAllowed(name)) {
                allowed.append(allowed.isEmpty() ? "" : ", ").append(name);
            }
        }
        return allowed.toString();
    }

    private static boolean isAllowed(String name) {
        if (HEADERS.contains(name)) {
            return true;
        }
        for (String prefix : PREFIXES) {
            if (name.startsWith(prefix) && isToken(name)) {
                return true;
            }
        }
        return false;
    }

    /** Nothing that would have a meaning of its own where it is repeated. */
    private static boolean isToken(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_') {
                return false;
            }
        }
        return true;
    }
}
