package dev.sluice.gateway.config;

import io.netty.util.NetUtil;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the operator wrote, checked: the whole configuration as one immutable tree.
 *
 * <p>Values that the file does not give are filled in; the records themselves refuse what can never
 * work. Maps keep the order of the file. Thread: any.
 *
 * @param server the data plane
 * @param admin the admin plane
 * @param auth who may call
 * @param database a PostgreSQL of the operator's; absent: the embedded one in {@code dataDir}
 * @param redis where nodes share what limits count; absent: limits are this process's own
 * @param limits how much callers may
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
        @Nullable Redis redis,
        Path dataDir,
        Map<String, Provider> providers,
        Map<String, Model> models,
        UsageSettings usage,
        List<Key> keys,
        LimitSettings limits) {

    /** The name of the provider that the gateway brings along when no other is configured. */
    public static final String DEMO_PROVIDER = "demo";

    public GatewayConfig {
        providers = Collections.unmodifiableMap(new LinkedHashMap<>(providers));
        models = Collections.unmodifiableMap(new LinkedHashMap<>(models));
        keys = List.copyOf(keys);
    }

    /** The same with other providers and models. */
    public GatewayConfig withProviders(Map<String, Provider> otherProviders, Map<String, Model> otherModels) {
        return new GatewayConfig(
                server, admin, auth, database, redis, dataDir, otherProviders, otherModels, usage, keys, limits);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    private static void requirePositive(Duration duration, String name) {
        require(duration.isPositive(), name + " is " + duration + "; allowed: more than zero");
    }

    /**
     * A host (or wildcard) and a port; port 0 lets the system choose.
     *
     * @param host a name or an address; IPv6 without brackets
     */
    public record Address(String host, int port) {
        public Address {
            require(!host.isBlank(), "host is empty");
            require(port >= 0 && port <= 65_535, "port is " + port + "; allowed: 0 to 65535");
        }

        /** Whether only this machine can reach it. Decided from the text, without a look-up. */
        public boolean isLoopback() {
            return host.equalsIgnoreCase("localhost")
                    || (NetUtil.isValidIpV4Address(host) && host.startsWith("127."))
                    || (NetUtil.isValidIpV6Address(host) && isLoopbackV6(host));
        }

        private static boolean isLoopbackV6(String host) {
            byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
            if (bytes == null || bytes[bytes.length - 1] != 1) {
                return false;
            }
            for (int i = 0; i < bytes.length - 1; i++) {
                if (bytes[i] != 0) {
                    return false;
                }
            }
            return true;
        }

        /** {@code host:port}, with brackets around an IPv6 address. */
        public String text() {
            return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
        }
    }

    /**
     * @param tls certificate and key files, PEM; absent: clear text
     * @param reusePort whether other gateways may listen on the same address; not with {@link Transport#NIO}
     * @param threads event loops; 0 means one for each processor
     * @param drain how long open streams may go on when nobody is accepted any more
     * @param drainDelay how long clients are still accepted after SIGTERM, while readiness is denied
     * @param corsOrigins pages whose scripts may call, as browsers write them: scheme, host, and port unless it is the usual
     */
    public record Server(
            Address listen,
            @Nullable Tls tls,
            Transport transport,
            boolean reusePort,
            int threads,
            Duration drain,
            Duration drainDelay,
            List<String> corsOrigins,
            Limits limits) {
        public Server {
            corsOrigins = List.copyOf(corsOrigins);
            require(threads >= 0, "threads is " + threads + "; allowed: 0 or more");
            require(!drainDelay.isNegative(), "drainDelay is " + drainDelay + "; allowed: 0s or more");
            require(!drain.isNegative(), "drain is " + drain + "; allowed: 0s or more");
        }
    }

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
            int maxConnections) {
        public static final Limits DEFAULT = new Limits(
                4 << 10,
                16 << 10,
                100,
                32 << 20,
                64,
                Duration.ofSeconds(10),
                Duration.ofSeconds(120),
                Duration.ofSeconds(60),
                50_000);

        public Limits {
            require(
                    requestLineBytes > 0
                            && headerBytes > 0
                            && headerCount > 0
                            && bodyBytes > 0
                            && jsonDepth > 0
                            && maxConnections > 0,
                    "every limit must be more than zero");
            requirePositive(headerTimeout, "headerTimeout");
            requirePositive(bodyTimeout, "bodyTimeout");
            requirePositive(keepAlive, "keepAlive");
        }
    }

    /**
     * @param token required from callers of the admin API when present
     * @param oidc how operators log in with an account of another issuer; null: they do not
     */
    public record Admin(
            Address listen,
            @Nullable Secret token,
            @Nullable Oidc oidc) {}

    /**
     * OpenID Connect, authorisation code flow with PKCE.
     *
     * @param issuer name of an entry of {@code auth.issuers}
     * @param clientSecret null for a public client
     * @param redirectUrl where the issuer sends the browser back to: {@code <admin plane>/auth/oidc/callback}
     */
    public record Oidc(
            String issuer, String clientId, @Nullable Secret clientSecret, URI redirectUrl, List<String> scopes) {
        public static final List<String> DEFAULT_SCOPES = List.of("openid", "email", "profile");

        public Oidc {
            scopes = List.copyOf(scopes);
        }
    }

    /**
     * @param modes which credentials are accepted on the data plane; {@link Mode#NONE} alone: none is asked for
     * @param tiers names that users, teams and keys may have, and limits refer to
     * @param users people who register and log in here
     * @param issuers whose tokens are accepted, by name
     */
    public record Auth(Set<Mode> modes, List<String> tiers, Users users, Map<String, Issuer> issuers) {
        public static final List<String> DEFAULT_TIERS = List.of("free", "premium");

        public enum Mode {
            /** Gateway keys. */
            KEYS,
            /** Tokens: of users of this gateway and of {@code issuers}. */
            JWT,
            NONE
        }

        /** Only this. */
        public Auth(Mode mode) {
            this(Set.of(mode), DEFAULT_TIERS, Users.DEFAULT, Map.of());
        }

        public Auth {
            require(!modes.isEmpty(), "modes is empty; allowed: keys, jwt, both, or none alone");
            require(
                    !modes.contains(Mode.NONE) || modes.size() == 1,
                    "mode `none` stands beside others; allowed: alone");
            modes = Collections.unmodifiableSet(EnumSet.copyOf(modes));
            tiers = List.copyOf(tiers);
            issuers = Collections.unmodifiableMap(new LinkedHashMap<>(issuers));
        }

        public boolean accepts(Mode mode) {
            return modes.contains(mode);
        }
    }

    /**
     * @param register whether anybody may make an account
     * @param accessToken how long one is good
     * @param refreshToken how long a login lasts that is not used
     * @param tier of those who register
     */
    public record Users(boolean register, Duration accessToken, Duration refreshToken, String tier) {
        public static final Users DEFAULT = new Users(false, Duration.ofMinutes(10), Duration.ofDays(30), "free");

        public Users {
            requirePositive(accessToken, "accessToken");
            requirePositive(refreshToken, "refreshToken");
        }
    }

    /**
     * Somebody else whose JWTs are believed.
     *
     * @param issuer what {@code iss} says, to the letter: an http or https URL
     * @param audiences of which {@code aud} names one
     * @param algorithms by which tokens may be signed; a token's own header decides nothing
     * @param jwks where its keys are; null: as {@code <issuer>/.well-known/openid-configuration} says
     * @param allowPrivate whether it may be at a private address, and without TLS
     * @param claims where a token says what
     * @param roles role by a value of the claim that {@code claims.roles} names
     * @param role of those whose token gives none
     * @param tier of those whose token gives none
     */
    public record Issuer(
            String name,
            String issuer,
            List<String> audiences,
            List<String> algorithms,
            @Nullable URI jwks,
            boolean allowPrivate,
            Claims claims,
            Map<String, String> roles,
            String role,
            String tier) {
        public static final List<String> ALGORITHMS =
                List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA");

        public Issuer {
            require(!audiences.isEmpty(), "audiences is empty; allowed: at least one");
            require(!algorithms.isEmpty(), "algorithms is empty; allowed: at least one");
            audiences = List.copyOf(audiences);
            algorithms = List.copyOf(algorithms);
            roles = Map.copyOf(roles);
        }
    }

    /**
     * Names of claims; with dots for one inside another. Null where tokens do not say it.
     *
     * @param models a list of names or {@code prefix*}
     */
    public record Claims(
            String user,
            @Nullable String name,
            @Nullable String team,
            @Nullable String tier,
            @Nullable String roles,
            @Nullable String models) {
        public static final Claims DEFAULT = new Claims("sub", "name", null, null, null, null);
    }

    /** @param url {@code postgres://user:password@host:port/name} or a {@code jdbc:postgresql:} URL */
    public record Database(Secret url) {}

    /** @param url {@code redis://} or {@code rediss://}, of one server or, with commas, of a cluster's nodes */
    public record Redis(Secret url) {}

    /**
     * @param dialect name of the provider dialect
     * @param quirks name of a row of deviations, if the provider has any
     * @param baseUrl scheme, host, port and path prefix; no trailing slash
     * @param apiKeys provider keys, may be empty for providers that need none
     * @param ca own certificate authorities, PEM; absent: the platform's
     * @param onClientAbort instead of what {@code usage} says
     * @param aws instead of a key: what requests to Amazon are signed with
     * @param serviceAccount instead of a key: the key file of a Google service account
     * @param responses whether a host of the OpenAI dialect serves Responses; absent: what is known of it
     * @param timeouts of its targets, where a model does not say otherwise
     * @param breaker when its targets are left alone
     */
    public record Provider(
            String name,
            String dialect,
            @Nullable String quirks,
            URI baseUrl,
            List<Secret> apiKeys,
            @Nullable String apiVersion,
            boolean allowPrivate,
            @Nullable Path ca,
            @Nullable AbortPolicy onClientAbort,
            @Nullable Aws aws,
            @Nullable Path serviceAccount,
            @Nullable Boolean responses,
            TimeoutSettings timeouts,
            Breaker breaker) {
        public Provider {
            require(!name.isBlank() && name.indexOf('/') < 0, "name of a provider is empty or has a '/'");
            require(baseUrl.getHost() != null, "baseUrl has no host");
            apiKeys = List.copyOf(apiKeys);
        }

        public Provider withApiKeys(List<Secret> others) {
            return new Provider(
                    name,
                    dialect,
                    quirks,
                    baseUrl,
                    others,
                    apiVersion,
                    allowPrivate,
                    ca,
                    onClientAbort,
                    aws,
                    serviceAccount,
                    responses,
                    timeouts,
                    breaker);
        }
    }

    /** An access key of Amazon's, with which each request is signed. */
    public record Aws(
            String region,
            Secret accessKeyId,
            Secret secretAccessKey,
            @Nullable Secret sessionToken) {}

    /**
     * One name that clients may ask for.
     *
     * @param name may end in {@code *}
     * @param hedge null: no second attempt beside a slow one
     * @param mirror null: nobody sees a copy
     * @param costPercent with {@link Strategy#AUTO}: how much the cost weighs, the rest is speed
     * @param onClientAbort instead of what the provider or {@code usage} says
     */
    public record Model(
            String name,
            Strategy route,
            List<Target> targets,
            TimeoutSettings timeouts,
            Retry retry,
            @Nullable Hedge hedge,
            @Nullable Mirror mirror,
            int costPercent,
            @Nullable AbortPolicy onClientAbort) {
        public static final int DEFAULT_COST_PERCENT = 50;
        /** Each key of a provider counts: as many as a set of them has bits. */
        public static final int MAX_TARGETS = 64;

        /** A name that stands for one target, with everything as usual. */
        public static Model of(String name, Target target) {
            return new Model(
                    name,
                    Strategy.FALLBACK,
                    List.of(target),
                    TimeoutSettings.NONE,
                    Retry.DEFAULT,
                    null,
                    null,
                    DEFAULT_COST_PERCENT,
                    null);
        }

        public Model {
            int star = name.indexOf('*');
            require(!name.isBlank(), "name of a model is empty");
            require(star < 0 || star == name.length() - 1, "name of a model has a '*' inside");
            require(!targets.isEmpty(), "model has no target");
            targets = List.copyOf(targets);
        }
    }

    /** How one of several targets is chosen. */
    public enum Strategy {
        /** In the order of the file: a later one only when those before it fail. */
        FALLBACK,
        /** At random, by weight. */
        WEIGHTED,
        /** Whichever sends its first token soonest. */
        FASTEST,
        /** Whichever has the fewest requests open, for its weight. */
        LEAST_BUSY,
        /** Whichever costs least for this request. */
        CHEAPEST,
        /** The same for the same beginning of a prompt, so that its provider's prompt cache is hit. */
        AFFINITY,
        /** The same for the same {@code x-session-id}. */
        SESSION,
        /** By what the request needs, then by a weight between cost and speed. */
        AUTO
    }

    /**
     * @param model the provider's own name of the model; may contain one {@code *} that repeats the wildcard's match
     * @param abilities what it can do, as far as the operator says
     */
    public record Target(String provider, String model, int weight, Abilities abilities) {
        public Target {
            require(!provider.isBlank() && !model.isBlank(), "provider or model of a target is empty");
            require(weight > 0, "weight is " + weight + "; allowed: 1 or more");
        }

        /** One of which nothing special is known. */
        public Target(String provider, String model) {
            this(provider, model, 1, Abilities.UNKNOWN);
        }
    }

    /**
     * What a target can do; null where nobody said.
     *
     * @param contextTokens prompt and answer together
     * @param region where it runs, as callers ask for it
     */
    public record Abilities(
            @Nullable Boolean tools,
            @Nullable Boolean vision,
            @Nullable Boolean jsonSchema,
            @Nullable Boolean reasoning,
            @Nullable Integer contextTokens,
            @Nullable String region) {
        public static final Abilities UNKNOWN = new Abilities(null, null, null, null, null, null);
    }

    /**
     * What happens when an attempt fails before it has said anything.
     *
     * @param attempts at most, the first one included; 0: as many as there are targets
     * @param backoff longest wait before the first repetition at the same target; doubles each time
     * @param hold how long openers without content are kept from the client
     */
    public record Retry(int attempts, Duration backoff, Duration hold) {
        public static final Retry DEFAULT = new Retry(0, Duration.ofMillis(100), Duration.ofSeconds(10));

        public Retry {
            require(attempts >= 0, "attempts is " + attempts + "; allowed: 0 or more");
            requirePositive(backoff, "backoff");
            requirePositive(hold, "hold");
        }
    }

    /**
     * When a second attempt is made beside one that has not said anything.
     *
     * @param percentile of the times to first token seen lately; 0 when {@code after} says
     * @param after a fixed time; null when {@code percentile} says
     * @param budgetPercent of requests and of spend, at most
     */
    public record Hedge(int percentile, @Nullable Duration after, double budgetPercent) {
        public static final double DEFAULT_BUDGET_PERCENT = 3;

        public Hedge {
            require((percentile == 0) != (after == null), "a hedge is after a percentile or after a time");
        }
    }

    /**
     * Who sees a copy of some requests.
     *
     * @param sharePercent of the requests
     */
    public record Mirror(Target target, double sharePercent) {}

    /**
     * When a target is left alone.
     *
     * @param failures in a row
     * @param ratioPercent of failures among the requests of the window
     * @param requests in the window before the ratio counts
     * @param open how long, before it is tried again
     * @param slow a first token that takes longer is a failure, too; null: only one that does not come in time
     */
    public record Breaker(
            int failures,
            int ratioPercent,
            int requests,
            Duration window,
            Duration open,
            @Nullable Duration slow) {
        public static final Breaker DEFAULT =
                new Breaker(5, 50, 20, Duration.ofSeconds(10), Duration.ofSeconds(60), null);

        public Breaker {
            require(failures > 0, "failures is " + failures + "; allowed: 1 or more");
            require(ratioPercent > 0 && ratioPercent <= 100, "ratio is " + ratioPercent + "; allowed: 1 to 100");
            require(requests > 0, "requests is " + requests + "; allowed: 1 or more");
            requirePositive(window, "window");
            requirePositive(open, "open");
        }
    }

    /** Timeouts as somebody wrote them down; null where nothing was said. */
    public record TimeoutSettings(
            @Nullable Duration connect,
            @Nullable Duration firstToken,
            @Nullable Duration idle,
            @Nullable Duration total) {
        public static final TimeoutSettings NONE = new TimeoutSettings(null, null, null, null);

        /** These, and {@code others} where these say nothing. */
        public Timeouts over(Timeouts others) {
            return new Timeouts(
                    connect == null ? others.connect() : connect,
                    firstToken == null ? others.firstToken() : firstToken,
                    idle == null ? others.idle() : idle,
                    total == null ? others.total() : total);
        }
    }

    /**
     * The four timeouts.
     *
     * @param connect to a connection that can be written to
     * @param firstToken from the request's last byte to the first generated output
     * @param idle between two pieces of an answer
     * @param total for the whole call, all of its attempts together
     */
    public record Timeouts(Duration connect, Duration firstToken, Duration idle, Duration total) {
        public static final Timeouts DEFAULT = new Timeouts(
                Duration.ofSeconds(3), Duration.ofSeconds(20), Duration.ofSeconds(60), Duration.ofMinutes(10));

        public Timeouts {
            requirePositive(connect, "connect");
            requirePositive(firstToken, "firstToken");
            requirePositive(idle, "idle");
            requirePositive(total, "total");
        }
    }

    /**
     * @param prices overrides of the shipped catalogue
     * @param retention how long usage rows are kept
     * @param onClientAbort what happens to a provider's answer that nobody waits for any more
     * @param drain how much is read of such an answer
     * @param durability what a usage record survives
     * @param metering false: nothing is counted, journalled or stored
     */
    public record UsageSettings(
            @Nullable Path prices,
            Duration retention,
            AbortPolicy onClientAbort,
            Drain drain,
            Durability durability,
            boolean metering) {
        public static final UsageSettings DEFAULT = new UsageSettings(
                null, Duration.ofDays(400), AbortPolicy.CANCEL, Drain.DEFAULT, Durability.WRITE, true);
    }

    /** What happens to a provider's answer when its caller has gone. */
    public enum AbortPolicy {
        /** The provider's connection is closed; what was delivered is counted. */
        CANCEL,
        /** The answer is read to its end, for the provider's own report. */
        DRAIN
    }

    /**
     * The bounds of {@link AbortPolicy#DRAIN}; beyond any of them the answer is cancelled.
     *
     * @param time after the caller has gone
     * @param tokens of the whole answer, as counted
     * @param streams answers that are drained at once, for each event loop
     */
    public record Drain(Duration time, int tokens, int streams) {
        public static final Drain DEFAULT = new Drain(Duration.ofSeconds(60), 32_768, 100);

        public Drain {
            requirePositive(time, "time");
            require(tokens > 0, "tokens is " + tokens + "; allowed: 1 or more");
            require(streams > 0, "streams is " + streams + "; allowed: 1 or more");
        }
    }

    /** What a usage record survives once the client has its last byte. */
    public enum Durability {
        /** The end of the process, however it comes. */
        WRITE,
        /** The loss of power, too. */
        FSYNC
    }

    /**
     * A key without a database.
     *
     * @param hash the line that {@code sluice keys create} printed
     * @param models names or {@code prefix*} that the key may use; empty: all
     * @param team null: none
     * @param limits of this key
     */
    public record Key(
            String name,
            String hash,
            List<String> models,
            @Nullable String team,
            List<LimitSettings.Amount> limits) {

        /** One without limits of its own. */
        public Key(String name, String hash, List<String> models, @Nullable String team) {
            this(name, hash, models, team, List.of());
        }

        public Key {
            models = List.copyOf(models);
            limits = List.copyOf(limits);
        }
    }
}
