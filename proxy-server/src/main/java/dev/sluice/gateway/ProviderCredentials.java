package dev.sluice.gateway;

import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.route.Credential;
import dev.sluice.gateway.route.RouteTable.CredentialSource;
import dev.sluice.gateway.upstream.AwsCredential;
import dev.sluice.gateway.upstream.ServiceAccountTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Makes the credentials of the configured providers, and stops those that renew themselves. Thread: starting one. */
final class ProviderCredentials implements CredentialSource, AutoCloseable {
    private static final String AWS_SERVICE = "bedrock";

    private final List<ServiceAccountTokens> renewing = new ArrayList<>();

    @Override
    public List<Credential> of(GatewayConfig.Provider provider, ProviderDialect dialect) {
        if (provider.serviceAccount() != null) {
            ServiceAccountTokens tokens = start(provider.serviceAccount());
            renewing.add(tokens);
            return List.of(tokens);
        }
        if (provider.aws() != null) {
            return List.of(new AwsCredential(provider.aws(), AWS_SERVICE, InstantSource.system()));
        }
        return KEYS.of(provider, dialect);
    }

    @Override
    public void close() {
        renewing.forEach(ServiceAccountTokens::close);
    }

    private static ServiceAccountTokens start(Path keyFile) {
        try {
            return ServiceAccountTokens.start(keyFile, InstantSource.system());
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }
}
