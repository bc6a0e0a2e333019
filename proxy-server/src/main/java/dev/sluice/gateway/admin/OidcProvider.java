package dev.sluice.gateway.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.ExternalPerson;
import dev.sluice.gateway.auth.IssuerHttp;
import dev.sluice.gateway.auth.IssuerMetadata;
import dev.sluice.gateway.auth.JwtVerifier;
import dev.sluice.gateway.config.GatewayConfig;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The issuer at which operators log in, as a client sees it (OpenID Connect Core 1.0, section 3.1): where to send a browser,
 * and who it was that came back. Thread: any that may block.
 */
final class OidcProvider {
    private static final Logger LOG = LoggerFactory.getLogger(OidcProvider.class);
    private static final JsonFactory JSON = new JsonFactory();
    private static final int OK = 200;
    private static final int MAX_ERROR_CHARS = 64;

    private final GatewayConfig.Oidc oidc;
    private final Supplier<@Nullable JwtVerifier> issuer;
    private final AtomicBoolean troubled = new AtomicBoolean();

    /** @param issuer the one that is in force; null when it is gone from the configuration */
    OidcProvider(GatewayConfig.Oidc oidc, Supplier<@Nullable JwtVerifier> issuer) {
        this.oidc = oidc;
        this.issuer = issuer;
    }

    /** Where the browser is sent. */
    String authorizationUrl(OidcAttempt attempt) throws RefusedException {
        URI endpoint = metadata().authorizationEndpoint();
        if (endpoint == null) {
            throw unavailable("the issuer has no authorization_endpoint");
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("response_type", "code");
        parameters.put("client_id", oidc.clientId());
        parameters.put("redirect_uri", oidc.redirectUrl().toString());
        parameters.put("scope", String.join(" ", oidc.scopes()));
        parameters.put("state", attempt.state());
        parameters.put("nonce", attempt.nonce());
        parameters.put("code_challenge", attempt.challenge());
        parameters.put("code_challenge_method", "S256");
        return endpoint + (endpoint.getRawQuery() == null ? "?" : "&") + form(parameters);
    }

    /** Whether {@code name} is how this issuer calls itself (RFC 9207). */
    boolean isCalled(String name) {
        JwtVerifier verifier = issuer.get();
        return verifier != null && verifier.knows(name);
    }

    /** Who it was, according to what the issuer gives for {@code code}. */
    ExternalPerson redeem(String code, OidcAttempt attempt) throws RefusedException {
        String idToken = idToken(code, attempt);
        JwtVerifier.IdToken verified = verifier().verifyIdToken(idToken, oidc.clientId(), attempt.nonce());
        ExternalPerson person = verified.person();
        if (person != null) {
            report(null);
            return person;
        }
        if (verified.refusal() == AuthResult.Refused.UNAVAILABLE) {
            throw unavailable("the issuer's keys cannot be read");
        }
        report("its ID token is refused as " + verified.refusal());
        throw new RefusedException(
                502, "oidc_failed", "the issuer's ID token is not valid for this gateway; the gateway's log has more");
    }

    private String idToken(String code, OidcAttempt attempt) throws RefusedException {
        IssuerMetadata metadata = metadata();
        URI endpoint = metadata.tokenEndpoint();
        if (endpoint == null) {
            throw unavailable("the issuer has no token_endpoint");
        }
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "authorization_code");
        form.put("code", code);
        form.put("redirect_uri", oidc.redirectUrl().toString());
        form.put("code_verifier", attempt.verifier());
        String authorization = null;
        if (oidc.clientSecret() == null) {
            form.put("client_id", oidc.clientId());
        } else if (metadata.postsSecret()) {
            form.put("client_id", oidc.clientId());
            form.put("client_secret", oidc.clientSecret().reveal());
        } else {
            authorization = basic(oidc.clientId(), oidc.clientSecret().reveal());
        }
        try {
            IssuerHttp.Answer answer = verifier().http().post(endpoint, form(form), authorization);
            String idToken = answer.status() == OK ? member(answer.body(), "id_token") : null;
            if (idToken != null) {
                return idToken;
            }
            throw refused(answer);
        } catch (IOException e) {
            throw unavailable(String.valueOf(e.getMessage()));
        }
    }

    /** 4xx: this code is no good, or this client. */
    private RefusedException refused(IssuerHttp.Answer answer) {
        String error = answer.status() == OK ? "no id_token" : code(answer.body());
        report("its token endpoint answers " + answer.status() + ", " + error);
        return answer.status() >= 400 && answer.status() < 500 && error.equals("invalid_grant")
                ? new RefusedException(400, "oidc_code_refused", "the issuer does not know this login; begin again")
                : new RefusedException(
                        502, "oidc_failed", "the issuer did not confirm the login; the gateway's log has more");
    }

    private static String code(String body) {
        try {
            String error = member(body, "error");
            return error != null && isCode(error) ? error : "no error code";
        } catch (IOException e) {
            return "not JSON";
        }
    }

    /** What RFC 6749 calls an error code, as far as it is repeated here. */
    static boolean isCode(String text) {
        return text.length() <= MAX_ERROR_CHARS && text.matches("[a-z_]+");
    }

    /** The text of one member of a JSON object; null when it has none. */
    private static @Nullable String member(String body, String name) throws IOException {
        String found = null;
        try (JsonParser json = JSON.createParser(body)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            for (String member = json.nextFieldName(); member != null; member = json.nextFieldName()) {
                JsonToken value = json.nextToken();
                if (member.equals(name) && value == JsonToken.VALUE_STRING) {
                    found = json.getText();
                }
                json.skipChildren();
            }
        }
        return found;
    }

    /** RFC 6749, section 2.3.1: both are encoded before they are joined. */
    private static String basic(String id, String secret) {
        byte[] pair = (encoded(id) + ":" + encoded(secret)).getBytes(StandardCharsets.US_ASCII);
        return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    private static String form(Map<String, String> parameters) {
        StringBuilder form = new StringBuilder();
        parameters.forEach((name, value) ->
                form.append(form.isEmpty() ? "" : "&").append(name).append('=').append(encoded(value)));
        return form.toString();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private IssuerMetadata metadata() throws RefusedException {
        try {
            return verifier().metadata();
        } catch (IOException e) {
            throw unavailable(String.valueOf(e.getMessage()));
        }
    }

    private JwtVerifier verifier() throws RefusedException {
        JwtVerifier verifier = issuer.get();
        if (verifier == null) {
            throw unavailable("auth.issuers." + oidc.issuer() + " is not in the configuration any more");
        }
        return verifier;
    }

    private RefusedException unavailable(String why) {
        report(why);
        return new RefusedException(
                AdminResponse.error(503, "oidc_unavailable", null, "the issuer cannot be asked at the moment")
                        .withHeader("retry-after", "5"));
    }

    /** Each change once. */
    private void report(@Nullable String trouble) {
        if (trouble == null && troubled.compareAndSet(true, false)) {
            LOG.atInfo().addKeyValue("issuer", oidc.issuer()).log("operators can log in again");
        } else if (trouble != null && troubled.compareAndSet(false, true)) {
            LOG.atWarn()
                    .addKeyValue("issuer", oidc.issuer())
                    .addKeyValue("reason", trouble)
                    .log("an operator could not log in");
        }
    }
}
