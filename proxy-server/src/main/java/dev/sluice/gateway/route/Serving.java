package dev.sluice.gateway.route;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ProviderDialect;

/**
 * How a provider serves what a caller asks for. Thread: any.
 *
 * @param dialect which of the provider's dialects
 * @param endpoint in that dialect: the one asked for, whose bytes then pass as they are, or one to translate to
 */
public record Serving(ProviderDialect dialect, Endpoint endpoint) {

    /** Whether a call of {@code asked} passes byte for byte. */
    public boolean isNative(Endpoint asked) {
        return endpoint == asked;
    }
}
