package dev.sluice.gateway.route;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.gateway.config.GatewayConfig;
import java.net.URI;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A configured provider, with everything precomputed that a request to it needs. Thread: any.
 */
public final class Provider {
    private final String name;
    private final ProviderDialect dialect;
    private final Map<Endpoint, Serving> servings = new EnumMap<>(Endpoint.class);
    private final Origin origin;
    private final String authority;
    private final String pathPrefix;
    private final List<Credential> credentials;
    private final GatewayConfig.AbortPolicy onClientAbort;

    /**
     * @param dialects what the provider speaks, one for each wire format; the first is asked first to translate
     * @param credentials one for each key, at least one
     * @param onClientAbort what holds for this provider where a model does not say otherwise
     */
    public Provider(
            GatewayConfig.Provider config,
            List<ProviderDialect> dialects,
            List<Credential> credentials,
            GatewayConfig.AbortPolicy onClientAbort) {
        URI base = config.baseUrl();
        boolean tls = "https".equalsIgnoreCase(base.getScheme());
        int port = base.getPort() >= 0 ? base.getPort() : tls ? 443 : 80;
        String host = base.getHost();
        if (host.startsWith("[")) {
            host = host.substring(1, host.length() - 1);
        }
        this.name = config.name();
        this.dialect = dialects.get(0);
        this.onClientAbort = onClientAbort;
        this.origin = new Origin(tls, host.toLowerCase(Locale.ROOT), port, config.ca());
        this.authority = origin.authority();
        this.credentials = List.copyOf(credentials);
        String prefix = base.getRawPath() == null ? "" : base.getRawPath();
        while (prefix.endsWith("/")) {
            prefix = prefix.substring(0, prefix.length() - 1);
        }
        this.pathPrefix = prefix;
        for (Endpoint endpoint : Endpoint.values()) {
            Serving serving = serving(dialects, endpoint);
            if (serving != null) {
                servings.put(endpoint, serving);
            }
        }
    }

    /** The dialect in which the endpoint is the provider's own comes before one that translates to it. */
    private static @Nullable Serving serving(List<ProviderDialect> dialects, Endpoint asked) {
        Serving found = null;
        for (ProviderDialect dialect : dialects) {
            Endpoint endpoint = dialect.serving(asked);
            if (endpoint == asked) {
                return new Serving(dialect, asked);
            }
            if (endpoint != null && found == null) {
                found = new Serving(dialect, endpoint);
            }
        }
        return found;
    }

    public String name() {
        return name;
    }

    /** The first of its dialects: that of whatever it serves beside. */
    public ProviderDialect dialect() {
        return dialect;
    }

    /** How the provider serves what a caller asks for; null when it does not. */
    public @Nullable Serving serving(Endpoint asked) {
        return servings.get(asked);
    }

    public Origin origin() {
        return origin;
    }

    /** The value of {@code Host} and {@code :authority}. */
    public String authority() {
        return authority;
    }

    /** What the path of the base URL puts before every path; no trailing slash. */
    public String pathPrefix() {
        return pathPrefix;
    }

    public GatewayConfig.AbortPolicy onClientAbort() {
        return onClientAbort;
    }

    /** What proves to the provider who pays: one for each of its keys, at least one. */
    public List<Credential> credentials() {
        return credentials;
    }

    /** Whether bodies must be whole before the first of them is sent. */
    public boolean signsBodies() {
        return credentials.get(0).signsBody();
    }

    @Override
    public String toString() {
        return name;
    }
}
