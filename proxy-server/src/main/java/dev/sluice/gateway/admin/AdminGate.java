package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.auth.TokenGate;
import dev.sluice.gateway.config.Secret;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells who asks at the admin listener.
 *
 * <ul>
 *   <li>Whoever has the admin token is {@link #OPERATOR}. Without a token the listener is on loopback, where every process
 *       of the machine is, but no web page: a page whose name was rebound to 127.0.0.1 still sends its own name as {@code
 *       Host}, and is refused for that.
 *   <li>A person is known by the token of a login, in the header {@code Authorization} or in a cookie. Browsers send
 *       cookies along unasked, so with one of them a change needs a header that only scripts of the same origin can set.
 *   <li>A gateway key is for the data plane and opens nothing here, not even the right one.
 * </ul>
 *
 * Thread: event loop; {@link #resolve} blocks and belongs to a virtual one.
 */
final class AdminGate {
    /** Whoever has the admin token, or, where there is none, is on this machine. */
    static final Principal OPERATOR = new Principal(
            "admin-token", "admin token", null, null, Role.OWNER, null, Map.of(), List.of(), List.of(), Long.MAX_VALUE);

    /** Whoever asks for what everybody may have. */
    static final Principal NOBODY = new Principal("anonymous", "anonymous", null, List.of());

    static final String CSRF_HEADER = "x-sluice-csrf";

    private static final Logger LOG = LoggerFactory.getLogger(AdminGate.class);
    private static final String GATEWAY_KEY = "sk-slc-";
    private static final String SCHEME_END = "://";
    private static final String FETCH_SITE = "sec-fetch-site";
    private static final String SAME_ORIGIN = "same-origin";
    private static final long PATIENCE_SECONDS = 10;
    private static final Set<String> LOCAL_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Set<String> HARMLESS = Set.of("GET", "HEAD");

    private final byte @Nullable [] token;
    private final TokenGate tokens;
    private final WrongGuesses guesses;

    /** What the gate says. */
    sealed interface Verdict {
        record Known(Principal caller) implements Verdict {}

        record Refused(AdminResponse answer) implements Verdict {}

        /** {@link #resolve} will tell. */
        record Unresolved(String token) implements Verdict {
            @Override
            public String toString() {
                return "***";
            }
        }
    }

    /** @param nanoClock monotonic */
    AdminGate(@Nullable Secret token, TokenGate tokens, LongSupplier nanoClock) {
        this.token = token == null ? null : token.reveal().getBytes(StandardCharsets.UTF_8);
        this.tokens = tokens;
        this.guesses = new WrongGuesses(nanoClock);
    }

    /**
     * From memory alone.
     *
     * @param open whether everybody may have what is asked for
     */
    Verdict enter(boolean open, String method, HttpHeaders headers, InetAddress from) {
        AdminResponse foreign = token == null ? refuseForeignHost(headers) : null;
        if (foreign != null) {
            return new Verdict.Refused(foreign);
        }
        if (open) {
            return new Verdict.Known(NOBODY);
        }
        PresentedCredential presented = PresentedCredential.in(headers);
        if (presented.kind() == PresentedCredential.Kind.NONE) {
            return token == null ? new Verdict.Known(OPERATOR) : new Verdict.Refused(missing());
        }
        if (guesses.areTooMany(from)) {
            return new Verdict.Refused(tooMany());
        }
        return switch (presented.kind()) {
            case BEARER -> bearer(presented.text(), from);
            case COOKIE -> cookie(presented.text(), method, headers, from);
            case NONE, UNREADABLE -> wrong(from, missing());
        };
    }

    private Verdict bearer(String text, InetAddress from) {
        // Takes as long for a wrong first byte as for a wrong last one.
        if (token != null && MessageDigest.isEqual(text.getBytes(StandardCharsets.UTF_8), token)) {
            return new Verdict.Known(OPERATOR);
        }
        if (text.startsWith(GATEWAY_KEY)) {
            return wrong(
                    from,
                    error(401, "gateway_key_refused", "a gateway key is for the data plane; it opens nothing here"));
        }
        if (isTokenOfALogin(text)) {
            return verdict(tokens.authenticate(text), text, from);
        }
        return token == null ? new Verdict.Known(OPERATOR) : wrong(from, missing());
    }

    private Verdict cookie(String text, String method, HttpHeaders headers, InetAddress from) {
        if (!HARMLESS.contains(method) && !isOfThisOrigin(headers)) {
            return new Verdict.Refused(error(
                    403,
                    "csrf_refused",
                    "a change with the cookie of a login needs the header `" + CSRF_HEADER
                            + ": 1` and has to come from a page of this origin"));
        }
        return verdict(tokens.authenticate(text), text, from);
    }

    /** Asks whoever has to fetch something before it can tell. Blocks. */
    Verdict resolve(Verdict.Unresolved unresolved, InetAddress from) throws InterruptedException {
        CompletableFuture<AuthResult> answer = new CompletableFuture<>();
        tokens.resolve(unresolved.token(), answer::complete);
        AuthResult result;
        try {
            result = answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            result = AuthResult.Refused.UNAVAILABLE;
        }
        Verdict verdict = verdict(result, unresolved.token(), from);
        return verdict instanceof Verdict.Unresolved ? new Verdict.Refused(unavailable()) : verdict;
    }

    /** Credentials that were wrong, since the start. */
    long wrongGuesses() {
        return guesses.total();
    }

    private Verdict verdict(AuthResult result, String text, InetAddress from) {
        return switch (result) {
            case Principal known -> new Verdict.Known(known);
            case AuthResult.Unresolved unresolved -> new Verdict.Unresolved(text);
            case AuthResult.Refused refused -> refused(refused, from);
            // Callers of models are made to wait so, and nobody here.
            case AuthResult.Blocked blocked -> new Verdict.Refused(unavailable());
        };
    }

    private Verdict refused(AuthResult.Refused why, InetAddress from) {
        return switch (why) {
            case MISSING, INVALID ->
                wrong(from, error(401, "invalid_token", "the token of the login is not valid here"));
            case EXPIRED -> new Verdict.Refused(error(401, "token_expired", "the token of the login has expired"));
            case NOT_YET_VALID ->
                new Verdict.Refused(error(401, "invalid_token", "the token of the login is not valid yet"));
            case ADDRESS, ENDPOINT -> new Verdict.Refused(error(403, "not_allowed", "this login may not be used here"));
            case UNAVAILABLE -> new Verdict.Refused(unavailable());
        };
    }

    private Verdict wrong(InetAddress from, AdminResponse answer) {
        if (guesses.count(from)) {
            LOG.atWarn()
                    .addKeyValue("address", from.getHostAddress())
                    .log("too many wrong credentials at the admin listener; the address is made to wait");
        }
        return new Verdict.Refused(answer);
    }

    /** Three parts with dots between them, as every signed token has; the admin token is compared before. */
    private static boolean isTokenOfALogin(String text) {
        int first = text.indexOf('.');
        int second = text.indexOf('.', first + 1);
        return first > 0 && second > first + 1 && second < text.length() - 1;
    }

    private static boolean isOfThisOrigin(HttpHeaders headers) {
        if (!headers.getAll(CSRF_HEADER).equals(List.of("1"))) {
            return false;
        }
        List<String> sites = headers.getAll(FETCH_SITE);
        List<String> origins = headers.getAll(HttpHeaderNames.ORIGIN);
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        if (hosts.size() != 1 || (sites.isEmpty() && origins.isEmpty())) {
            return false;
        }
        for (String site : sites) {
            if (!site.equals(SAME_ORIGIN)) {
                return false;
            }
        }
        for (String origin : origins) {
            int scheme = origin.indexOf(SCHEME_END);
            if (scheme < 0 || !origin.substring(scheme + SCHEME_END.length()).equalsIgnoreCase(hosts.get(0))) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable AdminResponse refuseForeignHost(HttpHeaders headers) {
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        if (hosts.size() == 1 && isLocal(hosts.get(0))) {
            return refuseForeignPage(headers);
        }
        return error(
                403,
                "host_not_allowed",
                "without an admin token the Host header must be localhost, 127.0.0.1 or [::1]");
    }

    /** A page need not see the answer to do harm: some requests are sent for it unasked, with its origin beside them. */
    private static @Nullable AdminResponse refuseForeignPage(HttpHeaders headers) {
        for (String origin : headers.getAll(HttpHeaderNames.ORIGIN)) {
            int scheme = origin.indexOf(SCHEME_END);
            if (scheme < 0 || !isLocal(origin.substring(scheme + SCHEME_END.length()))) {
                return error(403, "origin_not_allowed", "without an admin token no page of another host may ask");
            }
        }
        return null;
    }

    private static boolean isLocal(String hostAndPort) {
        return LOCAL_NAMES.contains(withoutPort(hostAndPort).toLowerCase(Locale.ROOT));
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }

    private static AdminResponse missing() {
        return error(
                401,
                "invalid_admin_token",
                "the admin plane needs `Authorization: Bearer` with the configured admin token or the token of a login");
    }

    private static AdminResponse tooMany() {
        return error(
                        429,
                        "too_many_attempts",
                        "more than " + WrongGuesses.ALLOWED_A_MINUTE
                                + " wrong credentials within a minute came from this address")
                .withHeader("retry-after", "60");
    }

    private static AdminResponse unavailable() {
        return error(503, "auth_unavailable", "whether the token is valid cannot be told at the moment")
                .withHeader("retry-after", "2");
    }

    private static AdminResponse error(int status, String code, String message) {
        AdminResponse answer = AdminResponse.error(status, code, null, message);
        return status == 401 ? answer.withHeader("www-authenticate", "Bearer") : answer;
    }
}
