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

    static @Nullable String of(HttpHeaders headers) {
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
        return null;
    }
}
