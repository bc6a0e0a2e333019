package dev.sluice.gateway.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a request says for itself: the header {@code Authorization}, or else the cookie of a login. Thread: any.
 *
 * @param kind what it is
 * @param text the token; empty for {@link Kind#NONE} and {@link Kind#UNREADABLE}
 */
record PresentedCredential(Kind kind, String text) {
    static final Set<String> COOKIES = Set.of("__Host-sluice_session", "sluice_session");

    enum Kind {
        NONE,
        BEARER,
        /** Sent by a browser, whoever wrote the page that makes it ask. */
        COOKIE,
        /** Another scheme, or more than one. */
        UNREADABLE
    }

    private static final String SCHEME = "Bearer ";
    private static final PresentedCredential NONE = new PresentedCredential(Kind.NONE, "");
    private static final PresentedCredential UNREADABLE = new PresentedCredential(Kind.UNREADABLE, "");

    static PresentedCredential in(HttpHeaders headers) {
        List<String> presented = headers.getAll(HttpHeaderNames.AUTHORIZATION);
        if (presented.isEmpty()) {
            return inCookies(headers.getAll(HttpHeaderNames.COOKIE));
        }
        String value = presented.get(0);
        if (presented.size() > 1 || !value.regionMatches(/* ignoreCase= */ true, 0, SCHEME, 0, SCHEME.length())) {
            return UNREADABLE;
        }
        return new PresentedCredential(
                Kind.BEARER, value.substring(SCHEME.length()).strip());
    }

    private static PresentedCredential inCookies(List<String> headers) {
        String found = null;
        for (String header : headers) {
            for (Cookie cookie : ServerCookieDecoder.STRICT.decodeAll(header)) {
                if (COOKIES.contains(cookie.name())) {
                    if (found != null && !found.equals(cookie.value())) {
                        return UNREADABLE;
                    }
                    found = cookie.value();
                }
            }
        }
        return ofCookie(found);
    }

    private static PresentedCredential ofCookie(@Nullable String value) {
        return value == null ? NONE : new PresentedCredential(Kind.COOKIE, value);
    }

    @Override
    public String toString() {
        return kind + " ***";
    }
}
