package dev.sluice.gateway.edge;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/** Finds the gateway key wherever the SDKs of the field put theirs. Thread: any. */
final class PresentedKey {

    private static final String BEARER = "Bearer ";

    private static final AsciiString[] OTHERS = {
        AsciiString.cached("x-api-key"), AsciiString.cached("api-key"), AsciiString.cached("x-goog-api-key"),
    };

    private PresentedKey() {}

    /** @param uri the request target; Gemini's clients may put their key there */
    static @Nullable String of(HttpHeaders headers, String uri) {
        String authorization = headers.get(HttpHeaderNames.AUTHORIZATION);
        if (authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return authorization.substring(BEARER.length()).trim();
        }
        for (AsciiString name : OTHERS) {
            String value = headers.get(name);
            if (value != null) {
                return value;
            }
        }
        return uri.startsWith(Route.GEMINI_PREFIX) ? inQuery(uri) : null;
    }

    private static @Nullable String inQuery(String uri) {
        int name = Math.max(uri.indexOf("?key="), uri.indexOf("&key="));
        if (name < 0) {
            return null;
        }
        int from = name + "?key=".length();
        int end = uri.indexOf('&', from);
        return uri.substring(from, end < 0 ? uri.length() : end);
    }
}
