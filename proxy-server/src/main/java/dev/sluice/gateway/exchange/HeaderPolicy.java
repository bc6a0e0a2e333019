package dev.sluice.gateway.exchange;

import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.route.Target;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
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
    private static final AsciiString OF_UPSTREAM_PREFIX = AsciiString.cached("x-upstream-");
    private static final int X_CHARS = "x-".length();
    private static final AsciiString ACCEL_BUFFERING = AsciiString.cached("x-accel-buffering");
    private static final AsciiString NO = AsciiString.cached("no");
    private static final AsciiString NO_CACHE = AsciiString.cached("no-cache");
    private static final AsciiString JSON = AsciiString.cached("application/json");

    /** What travels on whatever the provider's dialect is. */
    private static final NameList TO_PROVIDER =
            NameList.of("idempotency-key", "x-client-request-id", "traceparent", "tracestate");

    /** What travels on to a provider of the caller's own dialect: also what its client libraries and tools tell it. */
    private static final NameList TO_SAME_DIALECT = NameList.of(
                    "idempotency-key",
                    "x-client-request-id",
                    "traceparent",
                    "tracestate",
                    "accept",
                    "user-agent",
                    "openai-beta",
                    "x-app",
                    "x-title",
                    "http-referer",
                    "originator",
                    "version",
                    "session_id",
                    "session-id",
                    "conversation_id",
                    "thread-id",
                    "x-goog-api-client",
                    "x-server-timeout")
            .orPrefixed("anthropic-", "x-stainless-", "x-claude-", "x-codex-");

    private static final NameList TO_CALLER = NameList.of(
                    "content-type",
                    "retry-after",
                    "retry-after-ms",
                    "x-should-retry",
                    "openai-processing-ms",
                    "openai-version",
                    "openai-model",
                    "openai-beta",
                    "anthropic-beta",
                    "request-id")
            .orPrefixed("anthropic-ratelimit-");

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

    private static final AsciiString DROPPED = AsciiString.cached("x-sluice-dropped");
    private static final int MAX_DROPPED_CHARS = 1024;

    private HeaderPolicy() {}

    /**
     * What of the caller's headers travels on; gives it.
     *
     * @param received borrowed
     * @param sameDialect whether the provider has the caller's wire format
     */
    static FieldLines toProvider(HttpHeaders received, boolean sameDialect) {
        NameList listed = sameDialect ? TO_SAME_DIALECT : TO_PROVIDER;
        FieldLines passed = FieldLines.take();
        FieldLines all = lines(received);
        for (int i = 0; i < all.size(); i++) {
            if (listed.lists(all, i)) {
                passed.addLine(all, i);
            }
        }
        giveBack(all, received);
        return passed;
    }

    /** As lines: the very ones, or a copy that {@link #giveBack} lets go of. */
    private static FieldLines lines(HttpHeaders received) {
        if (received instanceof FieldLines lines) {
            return lines;
        }
        FieldLines copy = FieldLines.take();
        for (Iterator<Map.Entry<CharSequence, CharSequence>> entries = received.iteratorCharSequence();
                entries.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> entry = entries.next();
            if (isSendable(entry.getValue())) {
                copy.add(entry.getKey(), entry.getValue());
            }
        }
        return copy;
    }

    /** Whether it can stand in a line of HTTP/1.1: what came in frames need not. */
    private static boolean isSendable(CharSequence value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f) {
                return false;
            }
        }
        return true;
    }

    @SuppressWarnings("ReferenceEquality")
    private static void giveBack(FieldLines lines, HttpHeaders received) {
        if (lines != received) {
            lines.giveBack();
        }
    }

    /** Adds what a dialect wants to be told with every request, where the caller has not told it otherwise. */
    static void addMissing(FieldLines headers, Map<String, String> wanted) {
        if (wanted.isEmpty()) {
            return;
        }
        for (Map.Entry<String, String> own : wanted.entrySet()) {
            if (!headers.contains(own.getKey())) {
                headers.add(own.getKey(), own.getValue());
            }
        }
    }

    /** What of the caller's headers travels on with a body that passes as it is. */
    static FieldLines toProviderRaw(HttpHeaders received) {
        FieldLines passed = toProvider(received, /* sameDialect= */ true);
        copy(OF_RAW_REQUEST, received, passed);
        return passed;
    }

    /** The head of an answer whose body passes as it is. */
    static FieldLines toCallerRaw(HttpHeaders received, boolean eventStream) {
        FieldLines passed = toCaller(received, eventStream);
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
    static FieldLines toCaller(HttpHeaders received, boolean eventStream) {
        FieldLines passed = toCaller(received);
        if (eventStream) {
            forEvents(passed);
        }
        return passed;
    }

    /** What of the head of a provider's answer the caller gets; gives it, borrows {@code received}. */
    static FieldLines toCaller(HttpHeaders received) {
        FieldLines passed = FieldLines.take();
        FieldLines all = lines(received);
        for (int i = 0; i < all.size(); i++) {
            if (all.nameStartsWith(i, RATE_LIMIT_PREFIX)) {
                passed.addPrefixed(OF_UPSTREAM_PREFIX, X_CHARS, all, i);
            } else if (TO_CALLER.lists(all, i) && !passed.containsNameOf(all, i)) {
                passed.addLine(all, i);
            }
        }
        int id = placeOfRequestId(all);
        if (id >= 0) {
            passed.addValue(UPSTREAM_REQUEST_ID, all, id);
        }
        giveBack(all, received);
        return passed;
    }

    /** Whoever was given {@code headers} reads them no more. */
    static void release(HttpHeaders headers) {
        if (headers instanceof FieldLines lines) {
            lines.giveBack();
        }
    }

    private static int placeOfRequestId(FieldLines received) {
        for (AsciiString name : PROVIDER_REQUEST_IDS) {
            int place = received.indexOf(name);
            if (place >= 0) {
                return place;
            }
        }
        return -1;
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
        headers.set(HttpHeaderNames.CACHE_CONTROL, NO_CACHE);
        headers.set(ACCEL_BUFFERING, NO);
    }

    /** Tells what of a request its provider was not told. */
    static void addDropped(HttpHeaders headers, List<String> dropped) {
        if (dropped.isEmpty()) {
            return;
        }
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < dropped.size() && names.length() < MAX_DROPPED_CHARS; i++) {
            names.append(i == 0 ? "" : ", ").append(printable(dropped.get(i)));
        }
        if (!names.isEmpty()) {
            headers.set(DROPPED, names.substring(0, Math.min(names.length(), MAX_DROPPED_CHARS)));
        }
    }

    /** The headers of an answer of our own; gives them. */
    static FieldLines own() {
        FieldLines headers = FieldLines.take();
        headers.add(HttpHeaderNames.CONTENT_TYPE, JSON);
        return headers;
    }

    /** Adds what every answer tells of the gateway's part in it; once for each {@code headers}. */
    static void describe(
            FieldLines headers, String requestId, @Nullable Target target, int attempts, long overheadNanos) {
        headers.add(REQUEST_ID, requestId);
        if (target != null) {
            headers.add(PROVIDER, target.provider().name());
            if (!target.model().isEmpty()) {
                headers.add(MODEL, printable(target.model()));
            }
            headers.addLong(ATTEMPTS, attempts);
        }
        if (overheadNanos >= 0) {
            headers.addLong(OVERHEAD, overheadNanos / 1_000);
        }
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
