package dev.sluice.gateway.config;

import dev.sluice.gateway.config.GatewayConfig.AbortPolicy;
import dev.sluice.gateway.config.GatewayConfig.Address;
import dev.sluice.gateway.config.GatewayConfig.Admin;
import dev.sluice.gateway.config.GatewayConfig.Auth;
import dev.sluice.gateway.config.GatewayConfig.Database;
import dev.sluice.gateway.config.GatewayConfig.Drain;
import dev.sluice.gateway.config.GatewayConfig.Durability;
import dev.sluice.gateway.config.GatewayConfig.Limits;
import dev.sluice.gateway.config.GatewayConfig.Model;
import dev.sluice.gateway.config.GatewayConfig.Server;
import dev.sluice.gateway.config.GatewayConfig.Tls;
import dev.sluice.gateway.config.GatewayConfig.Transport;
import dev.sluice.gateway.config.GatewayConfig.UsageSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the whole tree, section by section, and then what the sections demand of each other. */
final class RootReader {
    private static final List<String> TRANSPORTS = List.of("auto", "epoll", "io_uring", "nio");
    private static final Address ADMIN_LISTEN = new Address("127.0.0.1", 8081);
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(10);

    private final Section root;
    private final Section adminSection;
    private final Section authSection;
    private final Problems problems;

    RootReader(Section root) {
        this.root = root;
        this.adminSection = root.section("admin");
        this.authSection = root.section("auth");
        this.problems = root.problems();
    }

    /**
     * @param defaultListen where the data plane listens when nothing says so
     * @param habitat what the defaults of stopping depend on
     * @return complete and usable only if no problem was added
     */
    GatewayConfig read(Address defaultListen, Habitat habitat) {
        Server server = server(root.section("server"), defaultListen, habitat);
        Auth auth = AuthReader.read(authSection);
        Admin admin = admin(adminSection, auth);
        refuseOpenListeners(server, admin, auth);
        Database database = database();
        GatewayConfig.Redis redis = redis();
        Path dataDir = dataDir();
        Section providerSection = root.section("providers");
        Map<String, GatewayConfig.Provider> providers = ProviderReader.read(providerSection);
        Map<String, Model> models = ModelReader.read(root.section("models"), providerSection.names(), providers);
        UsageSettings usage = usage(root.section("usage"));
        LimitSettings limits = LimitReader.read(root.section("limits"), auth.tiers(), providers.keySet());
        List<GatewayConfig.Key> keys = KeyReader.read(root);
        root.done();
        return new GatewayConfig(server, admin, auth, database, redis, dataDir, providers, models, usage, keys, limits);
    }

    private Server server(Section section, Address defaultListen, Habitat habitat) {
        Scalar listen = section.scalar("listen");
        Address address = listen == null ? null : listen.address();
        Tls tls = tls(section);
        Transport transport = Transport.valueOf(
                section.choice("transport", "auto", TRANSPORTS).toUpperCase(Locale.ROOT));
        List<String> origins = cors(section);
        int threads = section.integer("threads", 0, 0, 1024);
        boolean reusePort = reusePort(section, transport);
        Duration drain = section.duration("drain", habitat.drain(), Duration.ZERO, LONGEST_WAIT);
        Duration drainDelay = section.duration("drain_delay", habitat.drainDelay(), Duration.ZERO, LONGEST_WAIT);
        Limits limits = limits(section.section("limits"));
        section.done();
        return new Server(
                address == null ? defaultListen : address,
                tls,
                transport,
                reusePort,
                threads,
                drain,
                drainDelay,
                origins,
                limits);
    }

    private boolean reusePort(Section server, Transport transport) {
        boolean wanted = server.flag("reuse_port", false);
        if (wanted && transport == Transport.NIO) {
            problems.error(
                    server.at("reuse_port"),
                    "'true' is not possible with server.transport 'nio'; allowed: epoll, io_uring, or auto on Linux");
        }
        return wanted;
    }

    private static @Nullable Tls tls(Section server) {
        if (!server.has("tls")) {
            return null;
        }
        Section section = server.section("tls");
        Scalar cert = section.required("cert");
        Scalar key = section.required("key");
        Path certFile = cert == null ? null : cert.file(section.baseDir());
        Path keyFile = key == null ? null : key.file(section.baseDir());
        section.done();
        return certFile == null || keyFile == null ? null : new Tls(certFile, keyFile);
    }

    private static List<String> cors(Section server) {
        if (!server.has("cors")) {
            return List.of();
        }
        Section section = server.section("cors");
        if (!section.has("origins")) {
            section.required("origins");
        }
        List<String> origins = new ArrayList<>();
        for (Scalar scalar : section.scalars("origins")) {
            URI origin = scalar.baseUrl();
            if (origin != null && !origin.getRawPath().isEmpty()) {
                scalar.error(scalar.shown() + " has a path; allowed: scheme, host and port, as https://app.example");
            } else if (origin != null) {
                origins.add(asBrowsersWriteIt(origin));
            }
        }
        section.done();
        return origins;
    }

    /** RFC 6454: in lower case, without the port that goes without saying. */
    private static String asBrowsersWriteIt(URI origin) {
        String scheme = origin.getScheme().toLowerCase(Locale.ROOT);
        int usual = scheme.equals("https") ? 443 : 80;
        String port = origin.getPort() < 0 || origin.getPort() == usual ? "" : ":" + origin.getPort();
        return scheme + "://" + origin.getHost().toLowerCase(Locale.ROOT) + port;
    }

    private static Limits limits(Section section) {
        Limits standard = Limits.DEFAULT;
        Limits limits = new Limits(
                section.sizeBytes("request_line", standard.requestLineBytes(), 256, 64 << 10),
                section.sizeBytes("headers", standard.headerBytes(), 1 << 10, 1 << 20),
                section.integer("header_count", standard.headerCount(), 8, 1000),
                section.sizeBytes("body", standard.bodyBytes(), 1 << 10, 1 << 30),
                section.integer("json_depth", standard.jsonDepth(), 4, 1000),
                section.duration("header_timeout", standard.headerTimeout(), SHORTEST_WAIT, LONGEST_WAIT),
                section.duration("body_timeout", standard.bodyTimeout(), SHORTEST_WAIT, LONGEST_WAIT),
                section.duration("keep_alive", standard.keepAlive(), SHORTEST_WAIT, LONGEST_WAIT),
                section.integer("max_connections", standard.maxConnections(), 1, 10_000_000));
        section.done();
        return limits;
    }

    private static Admin admin(Section section, Auth auth) {
        Scalar listen = section.scalar("listen");
        Address address = listen == null ? null : listen.address();
        Scalar token = section.scalar("token");
        Secret secret = token == null ? null : token.headerSecret();
        GatewayConfig.Oidc oidc = AuthReader.oidc(section, auth);
        section.done();
        return new Admin(address == null ? ADMIN_LISTEN : address, secret, oidc);
    }

    /** Rules that look at more than one section. */
    private void refuseOpenListeners(Server server, Admin admin, Auth auth) {
        Address listen = server.listen();
        if (auth.accepts(Auth.Mode.NONE) && !listen.isLoopback()) {
            problems.error(
                    authSection.at("mode"),
                    "'none' is allowed only when server.listen is a loopback address, and it is " + listen.text());
        }
        if (admin.token() == null && !admin.listen().isLoopback() && !adminSection.has("token")) {
            problems.error(
                    adminSection.at("listen"),
                    "'" + admin.listen().text() + "' is beyond loopback; allowed only with admin.token");
        }
        if (listen.port() != 0 && listen.equals(admin.listen())) {
            problems.error(
                    adminSection.at("listen"),
                    "'" + listen.text() + "' is the address of server.listen too; allowed: another port");
        }
    }

    private @Nullable Database database() {
        if (!root.has("database")) {
            return null;
        }
        Section section = root.section("database");
        Scalar url = section.required("url");
        section.done();
        if (url == null) {
            return null;
        }
        String text = url.text();
        if (!text.startsWith("postgres://")
                && !text.startsWith("postgresql://")
                && !text.startsWith("jdbc:postgresql:")) {
            url.error("is not a database URL; allowed: postgres://user:password@host:port/name or jdbc:postgresql:...");
            return null;
        }
        return new Database(new Secret(text));
    }

    private GatewayConfig.@Nullable Redis redis() {
        if (!root.has("redis")) {
            return null;
        }
        Section section = root.section("redis");
        Scalar url = section.required("url");
        section.done();
        if (url == null) {
            return null;
        }
        if (!url.text().startsWith("redis://") && !url.text().startsWith("rediss://")) {
            url.error("is not a Redis URL; allowed: redis://user:password@host:port/database or rediss://..."
                    + ", with several host:port and commas between them for a cluster");
            return null;
        }
        return new GatewayConfig.Redis(new Secret(url.text()));
    }

    private Path dataDir() {
        Scalar dir = root.scalar("data_dir");
        Path path = dir == null ? null : dir.path(root.baseDir());
        return path == null ? root.baseDir().resolve("data").normalize() : path;
    }

    private static UsageSettings usage(Section section) {
        UsageSettings standard = UsageSettings.DEFAULT;
        AbortPolicy onClientAbort = section.abortPolicy();
        boolean fsync =
                section.choice("durability", "write", List.of("write", "fsync")).equals("fsync");
        boolean metering =
                section.choice("metering", "on", List.of("on", "off")).equals("on");
        Duration retention =
                section.duration("retention", standard.retention(), Duration.ofDays(1), Duration.ofDays(3650));
        Path prices = section.file("prices");
        Drain drain = drain(section.section("drain"), standard.drain());
        section.done();
        return new UsageSettings(
                prices,
                retention,
                onClientAbort == null ? standard.onClientAbort() : onClientAbort,
                drain,
                fsync ? Durability.FSYNC : Durability.WRITE,
                metering);
    }

    private static Drain drain(Section section, Drain standard) {
        Drain drain = new Drain(
                section.duration("time", standard.time(), SHORTEST_WAIT, LONGEST_WAIT),
                section.integer("tokens", standard.tokens(), 1, 10_000_000),
                section.integer("streams", standard.streams(), 1, 100_000));
        section.done();
        return drain;
    }
}
