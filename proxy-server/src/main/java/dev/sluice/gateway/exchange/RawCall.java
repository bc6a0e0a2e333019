package dev.sluice.gateway.exchange;

import io.netty.handler.codec.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/**
 * A call that passes as it is. Immutable; thread: any.
 *
 * @param path behind the dialect's folder or, at a provider that the caller named, its base URL; undecoded, checked to stay there; begins with a slash
 * @param query undecoded, without credentials; null for none
 * @param provider that the path names; null where it names none
 * @param id of what the call is about, which some provider keeps; null without one
 */
public record RawCall(
        RawEndpoint endpoint,
        HttpMethod method,
        String path,
        @Nullable String query,
        @Nullable String provider,
        @Nullable String id) {

    private static final String FILES = "/files/";
    private static final String CONTENT = "/content";
    private static final String BATCHES = "/messages/batches/";
    private static final String RESULTS = "/results";

    /** Whether a provider will keep something new after it. What passes under the caller's eyes only, nobody can tell. */
    boolean creates() {
        return id == null && endpoint.isKept() && method.equals(HttpMethod.POST);
    }

    /** Whether it asks for all that a provider keeps, whoever made it. */
    boolean lists() {
        return id == null && endpoint.isKept() && (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD));
    }

    /** The file that is fetched, which may hold the results of a batch; null when none is. */
    @Nullable
    String fetchedFile() {
        return method.equals(HttpMethod.GET) ? between(FILES, CONTENT) : null;
    }

    /** The batch of messages whose results are fetched; null when none are. */
    @Nullable
    String fetchedBatch() {
        return method.equals(HttpMethod.GET) ? between(BATCHES, RESULTS) : null;
    }

    private @Nullable String between(String before, String behind) {
        int from = path.lastIndexOf(before) + before.length();
        int to = path.length() - behind.length();
        boolean found = from >= before.length() && from < to && path.endsWith(behind);
        return found && path.indexOf('/', from) == to ? path.substring(from, to) : null;
    }
}
