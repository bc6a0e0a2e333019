package dev.sluice.gateway;

import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.gateway.config.FileStates;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Makes the credentials of the configured providers, and stops those that renew themselves. One that a reload has no use
 * for goes on for a while: exchanges that are open may still sign with it. Thread: one at a time.
 */
final class ProviderCredentials implements AutoCloseable {
    private static final String AWS_SERVICE = "bedrock";
    /** Longer than almost every exchange; the token of a longer one is good for an hour, only it is not renewed. */
    private static final long GRACE_MINUTES = 15;

    /** The key file of a service account, with what is in it. */
    private record Account(Path keyFile, String digest) {}

    private final ScheduledExecutorService later;
    private Map<Account, ServiceAccountTokens> renewing = new HashMap<>();
    private final Set<ServiceAccountTokens> retired = ConcurrentHashMap.newKeySet();

    /** @param later where those that have been replaced are stopped */
    ProviderCredentials(ScheduledExecutorService later) {
        this.later = later;
    }

    /** The credentials for a configuration that is not in force yet: to be kept or discarded, one of the two. */
    Draft draft() {
        return new Draft();
    }

    @Override
    public void close() {
        renewing.values().forEach(ServiceAccountTokens::close);
        retired.forEach(ServiceAccountTokens::close);
    }

    /** Those of one configuration. */
    final class Draft implements CredentialSource {
        private final Map<Account, ServiceAccountTokens> wanted = new HashMap<>();
        private final List<ServiceAccountTokens> started = new ArrayList<>();

        @Override
        public List<Credential> of(GatewayConfig.Provider provider, ProviderDialect dialect) {
            if (provider.serviceAccount() != null) {
                return List.of(tokens(provider.serviceAccount()));
            }
            if (provider.aws() != null) {
                return List.of(new AwsCredential(provider.aws(), AWS_SERVICE, InstantSource.system()));
            }
            return KEYS.of(provider, dialect);
        }

        private ServiceAccountTokens tokens(Path keyFile) {
            Account account = new Account(keyFile, FileStates.digest(keyFile));
            ServiceAccountTokens running = wanted.get(account);
            if (running == null) {
                running = renewing.get(account);
            }
            if (running == null) {
                running = start(keyFile);
                started.add(running);
            }
            wanted.put(account, running);
            return running;
        }

        /** They are in force. */
        void keep() {
            for (Map.Entry<Account, ServiceAccountTokens> earlier : renewing.entrySet()) {
                if (!wanted.containsKey(earlier.getKey())) {
                    retire(earlier.getValue());
                }
            }
            renewing = wanted;
        }

        /** They are not wanted after all. */
        void discard() {
            started.forEach(ServiceAccountTokens::close);
        }
    }

    private void retire(ServiceAccountTokens tokens) {
        retired.add(tokens);
        later.schedule(
                () -> {
                    retired.remove(tokens);
                    tokens.close();
                },
                GRACE_MINUTES,
                TimeUnit.MINUTES);
    }

    /** Accounts whose tokens are being renewed. */
    int running() {
        return renewing.size() + retired.size();
    }

    private static ServiceAccountTokens start(Path keyFile) {
        try {
            return ServiceAccountTokens.start(keyFile, InstantSource.system());
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }
}
