package dev.sluice.gateway.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the operator wrote, checked: the whole configuration as one immutable tree..
 *
 * @param server the data plane
 * @param admin the admin plane
 * @param auth who may call
 * @param database a PostgreSQL of the operator's; absent: the embedded one in {@code dataDir}
 * @param dataDir journal, embedded database, generated secrets
 * @param providers by name
 * @param models what clients may ask for, by name or {@code prefix*}
 * @param usage metering
 * @param keys keys without a database
 */
public record GatewayConfig(
        Server server,
        Admin admin,
        Auth auth,
        @Nullable Database database,
        Path dataDir,
        Map<String, Provider> providers,
        Map<String, Model> models,
        UsageSettings usage,
        List<Key> keys) {

    public GatewayConfig {
        providers = Map.copyOf(providers);
        keys = List.copyOf(keys);
    }

    /** A host (or wildcard) and a port; port 0 lets the system choose. */
    public record Address(String host, int port) {}

    /**
     * @param tls certificate and key files, PEM; absent: clear text
     * @param threads event loops; 0 means one for each processor
     * @param drain how long open streams may go on after SIGTERM
     */
    public record Server(
            Address listen, @Nullable Tls tls, Transport transport, int threads, Duration drain, Limits limits) {}

    public record Tls(Path cert, Path key) {}

    public enum Transport {
        AUTO,
        EPOLL,
        IO_URING,
        NIO
    }

    /**
     * @param requestLineBytes longest request line
     * @param headerBytes all header lines together
     * @param headerCount header lines
     * @param bodyBytes largest request body
     * @param jsonDepth deepest nesting of a request body
     * @param headerTimeout from a request's first byte to the end of its head
     * @param bodyTimeout for the whole body
     * @param keepAlive how long a connection may be idle between requests
     * @param maxConnections open client connections
     */
    public record Limits(
            int requestLineBytes,
            int headerBytes,
            int headerCount,
            int bodyBytes,
            int jsonDepth,
            Duration headerTimeout,
            Duration bodyTimeout,
            Duration keepAlive,
            int maxConnections) {}

    /** @param token required from callers of the admin API when present */
    public record Admin(Address listen, @Nullable Secret token) {}

    public record Auth(Mode mode) {
        public enum Mode {
            KEYS,
            NONE
        }
    }

    /** @param url {@code postgres://user:password@host:port/name} or a {@code jdbc:postgresql:} URL */
    public record Database(Secret url) {}

    /**
     * @param dialect name of the provider dialect
     * @param quirks name of a row of deviations, if the provider has any
     * @param baseUrl scheme, host, port and path prefix; no trailing slash
     * @param apiKeys provider keys, may be empty for providers that need none
     * @param ca own certificate authorities, PEM; absent: the platform's
     */
    public record Provider(
            String name,
            String dialect,
            @Nullable String quirks,
            URI baseUrl,
            List<Secret> apiKeys,
            @Nullable String apiVersion,
            boolean allowPrivate,
            @Nullable Path ca) {
        public Provider {
            apiKeys = List.copyOf(apiKeys);
        }
    }

    /** One name that clients may ask for; {@code name} may end in {@code *}. */
    public record Model(String name, List<Target> targets, Timeouts timeouts) {
        public Model {
            targets = List.copyOf(targets);
        }
    }

    /** @param model the provider's own name of the model; may contain one {@code *} that repeats the wildcard's match */
    public record Target(String provider, String model, int weight) {}

    /** The four timeouts of an attempt. */
    public record Timeouts(Duration connect, Duration firstToken, Duration idle, Duration total) {
        public static final Timeouts DEFAULT = new Timeouts(
                Duration.ofSeconds(3), Duration.ofSeconds(20), Duration.ofSeconds(60), Duration.ofMinutes(10));
    }

    /** @param prices overrides of the shipped catalogue */
    public record UsageSettings(@Nullable Path prices, Duration retention) {}

    /**
     * A key without a database.
     *
     * @param hash the line that {@code sluice keys create} printed
     * @param models names or {@code prefix*} that the key may use; empty: all
     */
    public record Key(String name, String hash, List<String> models) {
        public Key {
            models = List.copyOf(models);
        }
    }
}
