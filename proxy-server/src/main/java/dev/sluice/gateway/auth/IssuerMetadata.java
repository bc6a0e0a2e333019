package dev.sluice.gateway.auth;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an issuer says about itself (OpenID Connect Discovery 1.0). Immutable; thread: any.
 *
 * @param jwks where its keys are
 * @param authorizationEndpoint where people log in; null when they cannot
 * @param tokenEndpoint where codes are exchanged; null when they cannot
 * @param postsSecret whether a client secret goes into the form there, not into a header
 */
public record IssuerMetadata(
        URI jwks,
        @Nullable URI authorizationEndpoint,
        @Nullable URI tokenEndpoint,
        boolean postsSecret) {
    private static final String PATH = "/.well-known/openid-configuration";
    private static final int OK = 200;

    /**
     * Asks {@code issuer}.
     *
     * @throws IOException when it does not answer, with something else, or as somebody else
     */
    static IssuerMetadata fetch(IssuerHttp http, String issuer) throws IOException {
        String base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
        return read(http, http.get(url(http, base + PATH)), issuer);
    }

    private static IssuerMetadata read(IssuerHttp http, IssuerHttp.Answer answer, String issuer) throws IOException {
        JsonObject document = answer.status() == OK ? JsonObject.parse(answer.body()) : null;
        if (document == null) {
            throw new IOException("the discovery document has status " + answer.status() + "; allowed: 200 with JSON");
        }
        if (!issuer.equals(document.text("issuer"))) {
            throw new IOException("the discovery document is another issuer's; allowed: that of " + issuer);
        }
        String jwks = document.text("jwks_uri");
        if (jwks == null) {
            throw new IOException("the discovery document has no jwks_uri");
        }
        return new IssuerMetadata(
                url(http, jwks),
                optionalUrl(http, document.text("authorization_endpoint")),
                optionalUrl(http, document.text("token_endpoint")),
                // Absent means client_secret_basic.
                document.get("token_endpoint_auth_methods_supported") instanceof List<?> methods
                        && !methods.contains("client_secret_basic")
                        && methods.contains("client_secret_post"));
    }

    private static @Nullable URI optionalUrl(IssuerHttp http, @Nullable String text) throws IOException {
        return text == null ? null : url(http, text);
    }

    private static URI url(IssuerHttp http, String text) throws IOException {
        try {
            URI url = new URI(text);
            if (http.allows(url)
                    && url.getHost() != null
                    && url.getRawUserInfo() == null
                    && url.getRawFragment() == null) {
                return url;
            }
        } catch (URISyntaxException e) {
            throw new IOException("the discovery document has a URL that is none", e);
        }
        throw new IOException(
                "the discovery document has a URL that is not usable; allowed: https with a host, http with allow_private");
    }
}
