package dev.sluice.gateway.route;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Secret;
import java.net.URI;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A configured provider, with everything precomputed that a request to it needs. Thread: any.
 */
public final class Provider {
    private final String name;
    private final ProviderDialect dialect;
    private final Origin origin;
    private final String authority;
    private final Map<Endpoint, String> paths = new EnumMap<>(Endpoint.class);
    private final @Nullable Secret apiKey;
    private final GatewayConfig.AbortPolicy onClientAbort;

    /** @param onClientAbort what holds for this provider where a model does not say otherwise */
    public Provider(GatewayConfig.Provider config, ProviderDialect dialect, GatewayConfig.AbortPolicy onClientAbort) {
        URI base = config.baseUrl();
        boolean tls = "https".equalsIgnoreCase(base.getScheme());
        int port = base.getPort() >= 0 ? base.getPort() : tls ? 443 : 80;
        String host = base.getHost();
        if (host.startsWith("[")) {
            host = host.substring(1, host.length() - 1);
        }
        this.name = config.name();
        this.dialect = dialect;
        this.onClientAbort = onClientAbort;
        this.origin = new Origin(tls, host.toLowerCase(Locale.ROOT), port, config.ca());
        this.authority = origin.authority();
        this.apiKey = config.apiKeys().isEmpty() ? null : config.apiKeys().get(0);
        String prefix = base.getRawPath() == null ? "" : base.getRawPath();
        while (prefix.endsWith("/")) {
            prefix = prefix.substring(0, prefix.length() - 1);
        }
        for (Endpoint endpoint : Endpoint.values()) {
            paths.put(endpoint, prefix + dialect.path(endpoint));
        }
    }

    public String name() {
        return name;
    }

    public ProviderDialect dialect() {
        return dialect;
    }

    public Origin origin() {
        return origin;
    }

    /** The value of {@code Host} and {@code :authority}. */
    public String authority() {
        return authority;
    }

    /** Path of {@code endpoint}, the base URL's own prefix included. */
    public String path(Endpoint endpoint) {
        return Objects.requireNonNull(paths.get(endpoint));
    }

    public GatewayConfig.AbortPolicy onClientAbort() {
        return onClientAbort;
    }

    /** The provider key to send; null for a provider that needs none. */
    public @Nullable Secret apiKey() {
        return apiKey;
    }

    @Override
    public String toString() {
        return name;
    }
}
