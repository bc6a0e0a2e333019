package dev.sluice.gateway.admin;

import com.nimbusds.jwt.SignedJWT;
import dev.sluice.gateway.auth.AccessTokens;
import dev.sluice.gateway.auth.ExternalPerson;
import dev.sluice.gateway.auth.JwtVerifier;
import dev.sluice.gateway.auth.Person;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.auth.SecretBox;
import dev.sluice.gateway.auth.VerifiedToken;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.store.AccountStore;
import dev.sluice.gateway.store.SessionStore;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Operators log in with an account of an issuer: OpenID Connect, authorization code flow with PKCE.
 *
 * <pre>
 *   browser            gateway                                  issuer
 *      | GET login        |                                        |
 *      |----------------->| state, nonce, verifier into a sealed   |
 *      |<-----------------| cookie; 302                            |
 *      |------------------------------------------------ login --->|
 *      | GET callback     |<--------------------------- 302 with code
 *      |----------------->| the cookie's state?  code, verifier -->|
 *      |                  |<----------------------------- ID token |
 *      |                  | signature, issuer, audience, nonce     |
 *      |<-----------------| user, session, audit row; 303 to /     |
 * </pre>
 *
 * What the browser gets is an access token of the gateway's own, for as long as a working day, in a cookie that no script
 * sees and no other site makes it send. Thread: a virtual one for each request.
 */
public final class OidcLogin implements AdminPart {
    /** How long one is logged in. */
    static final Duration SESSION = SessionStore.LONGEST_TOKEN;

    static final String ATTEMPT_COOKIE = "sluice_oidc";

    private static final String SUBJECT = "login";
    private static final String ATTEMPT_PATH = "/auth/oidc";
    private static final String SECURE = "https";
    private static final int MAX_CODE_CHARS = 4_096;

    private final GatewayConfig.@Nullable Oidc oidc;
    private final @Nullable OidcProvider provider;
    private final SecretBox box;
    private final AccessTokens tokens;
    private final Changes changes;
    private final InstantSource clock;

    /**
     * @param oidc null: nobody logs in this way
     * @param issuer the one that {@code oidc} names, as it is in force; null when it is gone from the configuration
     * @param box what is sealed for the time of a login
     */
    public OidcLogin(
            GatewayConfig.@Nullable Oidc oidc,
            Supplier<@Nullable JwtVerifier> issuer,
            SecretBox box,
            AccessTokens tokens,
            Changes changes,
            InstantSource clock) {
        this.oidc = oidc;
        this.provider = oidc == null ? null : new OidcProvider(oidc, issuer);
        this.box = box;
        this.tokens = tokens;
        this.changes = changes;
        this.clock = clock;
    }

    @Override
    public List<AdminRoute> routes() {
        return List.of(
                AdminRoute.of(
                        "GET /auth/oidc/login",
                        RouteDocument.of(SUBJECT, "Sends a browser to the issuer of `admin.oidc`.")
                                .answers(302, null),
                        request -> login()),
                AdminRoute.of(
                        "GET /auth/oidc/callback",
                        RouteDocument.of(
                                        SUBJECT,
                                        "Where the issuer sends the browser back to; sets the cookie of the login.")
                                .query("code", "what the issuer gives")
                                .query("state", "what the login began with")
                                .query("iss", "who the issuer is")
                                .query("error", "why the issuer gives nothing")
                                .answers(303, null),
                        this::callback),
                AdminRoute.of(
                        "POST /auth/logout", RouteDocument.of(SUBJECT, "Ends the login that asks."), this::logout));
    }

    private AdminResponse login() throws RefusedException {
        if (provider == null) {
            return notConfigured();
        }
        OidcAttempt attempt = OidcAttempt.begin(clock);
        try {
            return AdminResponse.redirect(302, provider.authorizationUrl(attempt))
                    .withCookie(attemptCookie(attempt.sealed(box), OidcAttempt.LIFETIME));
        } catch (RefusedException e) {
            return e.answer();
        }
    }

    private AdminResponse callback(AdminRequest request) throws Exception {
        if (provider == null) {
            return notConfigured();
        }
        AdminResponse answer;
        try {
            answer = admit(request, provider);
        } catch (RefusedException e) {
            answer = e.answer();
        }
        // It was good for one answer, whatever that is.
        return answer.withCookie(attemptCookie("", Duration.ZERO));
    }

    private AdminResponse admit(AdminRequest request, OidcProvider from) throws Exception {
        OidcAttempt attempt = attempt(request);
        String state = request.parameter("state");
        if (attempt == null || state == null || !attempt.isState(state)) {
            return AdminResponse.error(
                    400,
                    "oidc_state_mismatch",
                    "state",
                    "this browser has not begun that login within the last " + OidcAttempt.LIFETIME.toMinutes()
                            + " minutes; begin again at /auth/oidc/login");
        }
        String issuer = request.parameter("iss");
        if (issuer != null && !from.isCalled(issuer)) {
            return AdminResponse.error(400, "oidc_issuer_mismatch", "iss", "this is the answer of another issuer");
        }
        String error = request.parameter("error");
        if (error != null) {
            return AdminResponse.error(
                    403,
                    "oidc_denied",
                    null,
                    "the issuer does not let you in" + (OidcProvider.isCode(error) ? ": " + error : ""));
        }
        String code = request.parameter("code");
        if (code == null || code.length() > MAX_CODE_CHARS) {
            return AdminResponse.error(
                    400, "invalid_parameter", "code", "`code` is missing, or longer than " + MAX_CODE_CHARS);
        }
        return start(request, from.redeem(code, attempt));
    }

    private @Nullable OidcAttempt attempt(AdminRequest request) {
        String sealed = cookie(request);
        return sealed == null ? null : OidcAttempt.open(sealed, box, clock);
    }

    private static @Nullable String cookie(AdminRequest request) {
        String found = null;
        for (String header : request.headers().getAll("cookie")) {
            for (Cookie cookie : ServerCookieDecoder.STRICT.decodeAll(header)) {
                if (cookie.name().equals(ATTEMPT_COOKIE)) {
                    if (found != null) {
                        return null;
                    }
                    found = cookie.value();
                }
            }
        }
        return found;
    }

    private AdminResponse start(AdminRequest request, ExternalPerson known) throws Exception {
        if (known.role() == Role.SERVICE) {
            return AdminResponse.error(
                    403, "role_not_allowed", null, "the role `service` is for programs; allowed: " + operators());
        }
        Principal self = known.principal(Long.MAX_VALUE);
        return changes.change(request.by(self), change -> {
            AccountStore.StoredUser user = new AccountStore(change.connection()).upsertExternal(external(known));
            if (user == null) {
                return AdminResponse.error(
                        403, "team_unknown", null, "there is no team `" + Echo.of(self.tenant()) + "` here");
            }
            Person person = user.person();
            if (!user.enabled()) {
                return AdminResponse.error(403, "user_disabled", null, "this account or its team is switched off");
            }
            String session = new SessionStore(change.connection())
                    .start(person.id(), SESSION)
                    .id();
            change.audit("login", "session", session, person.teamId(), null, null);
            return AdminResponse.redirect(303, "/")
                    .withCookie(sessionCookie(tokens.issue(person, session, SESSION), SESSION));
        });
    }

    private static AccountStore.External external(ExternalPerson known) {
        return new AccountStore.External(
                known.issuer(),
                known.subject(),
                known.email() == null ? "" : known.email(),
                known.name(),
                known.teamId() == null ? Principal.DEFAULT_TEAM : known.teamId(),
                known.role(),
                known.tier());
    }

    private AdminResponse logout(AdminRequest request) throws Exception {
        String session = session(PresentedCredential.in(request.headers()).text());
        if (session == null) {
            return AdminResponse.error(
                    400, "no_session", null, "there is no login to end; allowed: the token of a login of this gateway");
        }
        AdminResponse answer = changes.change(request, change -> {
            new SessionStore(change.connection()).revoke(session, "logout");
            change.audit("logout", "session", session, request.caller().tenant(), null, null);
            return AdminResponse.noContent();
        });
        return answer.status() < 400 ? answer.withCookie(sessionCookie("", Duration.ZERO)) : answer;
    }

    /** The gate has verified the token; of that, this only finds the session again. */
    private @Nullable String session(String token) {
        try {
            VerifiedToken verified = tokens.verify(SignedJWT.parse(token)).token();
            return verified == null ? null : verified.sessionId();
        } catch (ParseException e) {
            return null;
        }
    }

    private String attemptCookie(String value, Duration lifetime) {
        return ATTEMPT_COOKIE + "=" + value + "; Path=" + ATTEMPT_PATH + "; Max-Age=" + lifetime.toSeconds()
                + "; HttpOnly; SameSite=Lax" + (isSecure() ? "; Secure" : "");
    }

    /** With the prefix, browsers let nobody but this very host set it. */
    private String sessionCookie(String value, Duration lifetime) {
        return (isSecure() ? "__Host-sluice_session=" : "sluice_session=") + value + "; Path=/; Max-Age="
                + lifetime.toSeconds() + "; HttpOnly; SameSite=Strict" + (isSecure() ? "; Secure" : "");
    }

    private boolean isSecure() {
        return oidc != null && SECURE.equals(oidc.redirectUrl().getScheme());
    }

    private static String operators() {
        return String.join(
                ", ",
                Role.LABELS.stream()
                        .filter(label -> !label.equals(Role.SERVICE.label()))
                        .toList());
    }

    private static AdminResponse notConfigured() {
        return AdminResponse.error(404, "oidc_not_configured", null, "nobody logs in here without `admin.oidc`");
    }
}
