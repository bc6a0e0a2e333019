package dev.sluice.gateway.edge;

import dev.sluice.gateway.http1.FieldLines;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the answers of one listener tell browsers: which pages may read them (the CORS protocol of the Fetch standard), and
 * that nothing in them is a page. Programs without a page behind them send no {@code Origin} and are not affected.
 *
 * <p>There is no wildcard: an allowed page is told its very own origin, any other one nothing.
 *
 * <p>An answer's bytes are a provider's, and whoever holds a key could have put a page there. Opened as one, it would act
 * with the origin of the gateway, whose cookies keep people logged in; hence the {@code sandbox}. Thread: any.
 */
final class Browsers {
    private static final AsciiString TRUE = AsciiString.cached("true");
    private static final AsciiString ORIGIN = AsciiString.cached("origin");
    private static final AsciiString CONTENT_TYPE_OPTIONS = AsciiString.cached("x-content-type-options");
    private static final AsciiString NO_SNIFF = AsciiString.cached("nosniff");
    private static final AsciiString REFERRER_POLICY = AsciiString.cached("referrer-policy");
    private static final AsciiString NO_REFERRER = AsciiString.cached("no-referrer");
    private static final AsciiString NOTHING_RUNS =
            AsciiString.cached("default-src 'none'; frame-ancestors 'none'; sandbox");
    private static final AsciiString NO_STORE = AsciiString.cached("no-store");
    private static final AsciiString TRANSPORT_SECURITY = AsciiString.cached("strict-transport-security");
    /** This host only: what else its owner serves below the name is not ours to decide about. */
    private static final AsciiString A_YEAR = AsciiString.cached("max-age=31536000");

    /** What every answer says; not changed any more. */
    private final FieldLines always;

    private volatile Set<String> origins;

    /**
     * @param origins whose pages may call, as browsers write them
     * @param tls whether the listener speaks nothing else
     */
    Browsers(Collection<String> origins, boolean tls) {
        this.origins = Set.copyOf(origins);
        this.always = new FieldLines()
                .add(CONTENT_TYPE_OPTIONS, NO_SNIFF)
                .add(HttpHeaderNames.CONTENT_SECURITY_POLICY, NOTHING_RUNS)
                .add(REFERRER_POLICY, NO_REFERRER);
        if (tls) {
            always.add(TRANSPORT_SECURITY, A_YEAR);
        }
    }

    /** From now on these are the pages that may call. */
    void allow(Collection<String> others) {
        origins = Set.copyOf(others);
    }

    boolean allows(String origin) {
        return origins.contains(origin);
    }

    /** Whether anybody has said which pages may call. */
    boolean areNamed() {
        return !origins.isEmpty();
    }

    /**
     * Completes the head of an answer; the last to do so, but for its framing.
     *
     * @param origin of the page that asks, as far as it says so
     * @param allowed whether it may read the answer
     */
    void describe(HttpHeaders answer, @Nullable String origin, boolean allowed) {
        if (origin != null) {
            answer.add(HttpHeaderNames.VARY, ORIGIN);
        }
        if (allowed && origin != null) {
            String readable = readable(answer);
            answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
            if (!readable.isEmpty()) {
                answer.set(HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, readable);
            }
        }
        if (!answer.contains(HttpHeaderNames.CACHE_CONTROL)) {
            answer.add(HttpHeaderNames.CACHE_CONTROL, NO_STORE);
        }
        answer.add(always);
    }

    /** All that the answer tells in headers, for it tells nothing that its caller may not know. */
    private static String readable(HttpHeaders answer) {
        StringBuilder names = new StringBuilder();
        for (String name : answer.names()) {
            if (!isReadableAnyway(name)) {
                names.append(names.isEmpty() ? "" : ", ").append(name);
            }
        }
        return names.toString();
    }

    /** The names on the safelist of the Fetch standard, and what the browser keeps to itself. */
    private static boolean isReadableAnyway(String name) {
        return HttpHeaderNames.CONTENT_TYPE.contentEqualsIgnoreCase(name)
                || HttpHeaderNames.CONTENT_LENGTH.contentEqualsIgnoreCase(name)
                || HttpHeaderNames.CACHE_CONTROL.contentEqualsIgnoreCase(name)
                || HttpHeaderNames.LAST_MODIFIED.contentEqualsIgnoreCase(name)
                || HttpHeaderNames.VARY.contentEqualsIgnoreCase(name)
                || HttpHeaderNames.SET_COOKIE.contentEqualsIgnoreCase(name)
                || isOfPreflight(name);
    }

    private static boolean isOfPreflight(String name) {
        return name.regionMatches(true, 0, "access-control-", 0, "access-control-".length());
    }
}
