package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.config.Secret;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may talk to the admin listener.
 *
 * <p>With a token, the API wants it. Without one the listener is on loopback, where every process of the machine may ask,
 * but no web page: a page whose name was rebound to 127.0.0.1 still sends its own name as {@code Host}, and is refused
 * for that. Thread: event loop.
 */
final class AdminGate {
    /** Whoever has the admin token, or, where there is none, is on this machine. */
    static final Principal OPERATOR = new Principal(
            "admin-token", "admin token", null, null, Role.OWNER, null, Map.of(), List.of(), List.of(), Long.MAX_VALUE);

    private static final String API = "/admin/api";
    private static final String SCHEME = "Bearer ";
    private static final String SCHEME_END = "://";
    private static final Set<String> LOCAL_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");

    private final byte @Nullable [] token;

    AdminGate(@Nullable Secret token) {
        this.token = token == null ? null : token.reveal().getBytes(StandardCharsets.UTF_8);
    }

    /** The refusal, or null for those who may come in. */
    @Nullable
    AdminResponse refuse(String path, HttpHeaders headers) {
        if (token == null) {
            return refuseForeignHost(headers);
        }
        if (!isApi(path) || isToken(headers, token)) {
            return null;
        }
        return AdminResponse.error(
                        401,
                        "invalid_admin_token",
                        null,
                        "the admin API needs `Authorization: Bearer` with the configured admin token")
                .withHeader("www-authenticate", "Bearer");
    }

    private static @Nullable AdminResponse refuseForeignHost(HttpHeaders headers) {
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        if (hosts.size() == 1 && isLocal(hosts.get(0))) {
            return refuseForeignPage(headers);
        }
        return AdminResponse.error(
                403,
                "host_not_allowed",
                null,
                "without an admin token the Host header must be localhost, 127.0.0.1 or [::1]");
    }

    /** A page need not see the answer to do harm: some requests are sent for it unasked, with its origin beside them. */
    private static @Nullable AdminResponse refuseForeignPage(HttpHeaders headers) {
        for (String origin : headers.getAll(HttpHeaderNames.ORIGIN)) {
            int scheme = origin.indexOf(SCHEME_END);
            if (scheme < 0 || !isLocal(origin.substring(scheme + SCHEME_END.length()))) {
                return AdminResponse.error(
                        403, "origin_not_allowed", null, "without an admin token no page of another host may ask");
            }
        }
        return null;
    }

    private static boolean isLocal(String hostAndPort) {
        return LOCAL_NAMES.contains(withoutPort(hostAndPort).toLowerCase(Locale.ROOT));
    }

    private static boolean isApi(String path) {
        return path.equals(API) || path.startsWith(API + "/");
    }

    private static boolean isToken(HttpHeaders headers, byte[] token) {
        List<String> presented = headers.getAll(HttpHeaderNames.AUTHORIZATION);
        if (presented.size() != 1) {
            return false;
        }
        String value = presented.get(0);
        if (!value.regionMatches(/* ignoreCase= */ true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        byte[] guess = value.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8);
        // Takes as long for a wrong first byte as for a wrong last one.
        return MessageDigest.isEqual(guess, token);
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }
}
