package dev.sluice.gateway.account;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.exchange.AccountDesk;
import dev.sluice.gateway.exchange.AccountDesk.Visitor;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Refresh tokens in browsers: the cookie that keeps one out of the reach of scripts, and which pages may make use of it. A
 * browser sends a cookie along whoever's page asks; so the page has to be one of the gateway's own host or of
 * {@code server.cors.origins}, and has to say so. {@code SameSite=Strict} is a second lock on the same door.
 *
 * <p>Immutable; thread: any.
 */
final class Pages {
    private final GatewayConfig.Server server;

    Pages(GatewayConfig.Server server) {
        this.server = server;
    }

    /** Whether the cookie may be set for this visitor, or believed. */
    boolean mayUseCookie(Visitor visitor) {
        String origin = visitor.origin();
        return origin != null && (server.corsOrigins().contains(origin) || isOwn(origin, visitor.host()));
    }

    private boolean isOwn(String origin, @Nullable String host) {
        if (host == null) {
            return false;
        }
        String own = host.toLowerCase(Locale.ROOT);
        // What terminates TLS in front of us speaks clear text to us, and https to the browser.
        return origin.equals("https://" + own) || (server.tls() == null && origin.equals("http://" + own));
    }

    Secret cookie(Visitor visitor, String token, Duration lasts) {
        return new Secret(AccountDesk.COOKIE + "=" + token + attributes(visitor, lasts.toSeconds()));
    }

    /** Makes the browser forget it. */
    Secret noCookie(Visitor visitor) {
        return new Secret(AccountDesk.COOKIE + "=" + attributes(visitor, 0));
    }

    private String attributes(Visitor visitor, long seconds) {
        String origin = visitor.origin();
        boolean secure = server.tls() != null || (origin != null && origin.startsWith("https://"));
        return "; Path=/auth; Max-Age=" + seconds + "; HttpOnly; SameSite=Strict" + (secure ? "; Secure" : "");
    }
}
