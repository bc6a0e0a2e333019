package dev.sluice.gateway;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.gateway.admin.AdminServer;
import dev.sluice.gateway.admin.Health;
import dev.sluice.gateway.admin.HealthPart;
import dev.sluice.gateway.admin.UsageApi;
import dev.sluice.gateway.auth.ApiKeys;
import dev.sluice.gateway.auth.Authenticator;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.demo.DemoProvider;
import dev.sluice.gateway.edge.CallerDialects;
import dev.sluice.gateway.edge.EdgeServer;
import dev.sluice.gateway.edge.ExchangeLoops;
import dev.sluice.gateway.exchange.ExchangeListener;
import dev.sluice.gateway.exchange.ExchangeLoop;
import dev.sluice.gateway.exchange.ProviderAffinity;
import dev.sluice.gateway.exchange.Rules;
import dev.sluice.gateway.observe.AccessLog;
import dev.sluice.gateway.observe.LogOutput;
import dev.sluice.gateway.observe.Metrics;
import dev.sluice.gateway.route.RouteMemory;
import dev.sluice.gateway.route.RouteTable;
import dev.sluice.gateway.upstream.ProviderNames;
import dev.sluice.gateway.upstream.UpstreamPool;
import dev.sluice.gateway.upstream.UpstreamTls;
import dev.sluice.gateway.usage.KeyUsage;
import dev.sluice.gateway.usage.UsageReports;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running gateway. {@link #start} joins the parts in order of dependency, {@link #close} takes them apart in reverse:
 * the data plane's {@link Farewell}, loops, admin plane, usage writer, database.
 *
 * <p>Thread: {@code start} and {@code close} block and belong to the caller's thread.
 */
public final class Gateway implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    private static final Duration WRITER_PATIENCE = Duration.ofSeconds(10);

    private final @Nullable DemoProvider demo;
    private final Bookkeeping books;
    private final AccessLog accessLog;
    private final Engine engine;
    private final AdminServer admin;
    private final Farewell farewell;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CountDownLatch terminated = new CountDownLatch(1);

    private Gateway(
            GatewayConfig config,
            @Nullable DemoProvider demo,
            Bookkeeping books,
            AccessLog accessLog,
            Engine engine,
            AdminServer admin) {
        this.demo = demo;
        this.books = books;
        this.accessLog = accessLog;
        this.engine = engine;
        this.admin = admin;
        this.farewell = new Farewell(config.server(), engine.edge(), engine.loops());
    }

    /** The parts that carry requests. */
    private record Engine(
            EventLoopGroup group,
            ProviderNames resolver,
            ProviderCredentials credentials,
            ExchangeLoops loops,
            EdgeServer edge) {}

    /**
     * Starts everything that {@code wanted} asks for. The data plane serves as soon as this returns; the database may
     * still be starting.
     *
     * @throws IOException when an address cannot be bound or a file cannot be used
     * @throws IllegalArgumentException when the configuration asks for what this system does not have
     */
    public static Gateway start(GatewayConfig wanted) throws IOException {
        Files.createDirectories(wanted.dataDir());
        Authenticator authenticator = ApiKeys.load(wanted);
        Transports transport = Transports.choose(wanted.server());
        int threads = wanted.server().threads() == 0
                ? Runtime.getRuntime().availableProcessors()
                : wanted.server().threads();
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory("sluice-loop"), transport.ioHandlers());
        DemoProvider demo = wanted.providers().isEmpty() ? DemoProvider.start(group, transport.servers()) : null;
        GatewayConfig config = demo == null ? wanted : withDemo(wanted, demo);
        Bookkeeping books = startBooks(config, group, demo);
        Metrics metrics = new Metrics();
        AccessLog accessLog = new AccessLog(
                new FileOutputStream(FileDescriptor.out), !"off".equals(System.getenv("SLUICE_ACCESS_LOG")));
        ExchangeListener listener = ExchangeListener.all(metrics, accessLog);
        try {
            Engine engine = startEngine(config, transport, group, authenticator, books, listener);
            KeyUsage keyUsage = new KeyUsage(books.database()::pooled, books.writer()::queued, InstantSource.system());
            engine.loops().all().forEach(loop -> loop.lookUpUsageIn(keyUsage));
            AdminServer admin = startAdmin(config, metrics, accessLog, books, engine);
            LOG.atInfo()
                    .addKeyValue("data", engine.edge().address())
                    .addKeyValue("admin", admin.address())
                    .addKeyValue("transport", transport)
                    .addKeyValue("providers", config.providers().keySet())
                    .log("gateway started");
            return new Gateway(config, demo, books, accessLog, engine, admin);
        } catch (IOException | RuntimeException e) {
            // What has been started must not keep the process or the database alive.
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            books.close(Duration.ofSeconds(1));
            accessLog.close();
            if (demo != null) {
                demo.close();
            }
            throw e;
        }
    }

    private static GatewayConfig withDemo(GatewayConfig config, DemoProvider demo) {
        Map<String, GatewayConfig.Provider> providers = new LinkedHashMap<>(config.providers());
        providers.put(
                GatewayConfig.DEMO_PROVIDER,
                new GatewayConfig.Provider(
                        GatewayConfig.DEMO_PROVIDER,
                        "openai",
                        null,
                        demo.baseUri(),
                        List.of(demo.apiKey()),
                        null,
                        /* allowPrivate= */ true,
                        null,
                        null,
                        null,
                        null,
                        /* responses= */ false,
                        GatewayConfig.TimeoutSettings.NONE,
                        GatewayConfig.Breaker.DEFAULT));
        Map<String, GatewayConfig.Model> models = new LinkedHashMap<>(config.models());
        models.putIfAbsent(
                DemoProvider.MODEL,
                GatewayConfig.Model.of(
                        DemoProvider.MODEL, new GatewayConfig.Target(GatewayConfig.DEMO_PROVIDER, DemoProvider.MODEL)));
        return config.withProviders(providers, models);
    }

    private static Bookkeeping startBooks(GatewayConfig config, EventLoopGroup group, @Nullable DemoProvider demo)
            throws IOException {
        try {
            return Bookkeeping.start(config, group);
        } catch (IOException | RuntimeException e) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            if (demo != null) {
                demo.close();
            }
            throw e;
        }
    }

    private static Engine startEngine(
            GatewayConfig config,
            Transports transport,
            EventLoopGroup group,
            Authenticator authenticator,
            Bookkeeping books,
            ExchangeListener listener)
            throws IOException {
        ProviderCredentials credentials = new ProviderCredentials();
        Rules rules = new Rules(
                authenticator,
                new RouteTable(
                        config, Gateway::providerDialects, credentials, books.prices()::models, RouteMemory.fresh()),
                config.server().limits().jsonDepth());
        UpstreamTls upstreamTls = new UpstreamTls();
        for (GatewayConfig.Provider provider : config.providers().values()) {
            upstreamTls.prepare(provider.ca());
        }
        ProviderNames resolver = new ProviderNames(transport.datagrams());
        SecureRandom seeds = new SecureRandom();
        List<ExchangeLoop> all = new ArrayList<>();
        for (EventExecutor executor : group) {
            EventLoop loop = (EventLoop) executor;
            UpstreamPool pool = new UpstreamPool(loop, transport.sockets(), resolver, upstreamTls);
            all.add(new ExchangeLoop(
                    loop,
                    pool,
                    listener,
                    books.ofLoops().get(all.size()),
                    InstantSource.system(),
                    rules,
                    seeds.nextLong()));
        }
        ProviderAffinity affinity = new ProviderAffinity();
        all.forEach(loop -> loop.rememberIn(affinity));
        ExchangeLoops loops = new ExchangeLoops(all);
        GatewayConfig.Tls tls = config.server().tls();
        EdgeServer edge = new EdgeServer(
                config.server(),
                group,
                transport.servers(),
                loops,
                new CallerDialects(Dialects.inbound()),
                tls == null ? null : ServerTls.context(tls));
        return new Engine(group, resolver, credentials, loops, edge);
    }

    private static List<ProviderDialect> providerDialects(GatewayConfig.Provider provider) {
        return Dialects.provider(
                provider.dialect(),
                new Dialects.HostOptions(provider.quirks(), provider.apiVersion(), provider.responses()));
    }

    private static AdminServer startAdmin(
            GatewayConfig config, Metrics metrics, AccessLog accessLog, Bookkeeping books, Engine engine)
            throws IOException {
        gauges(metrics, accessLog, engine);
        books.addTo(metrics);
        List<HealthPart> parts = List.of(
                HealthPart.vital("data_plane", () -> dataPlane(engine)),
                new HealthPart("database", books::databaseHealth),
                new HealthPart("usage_writer", books::writerHealth),
                new HealthPart("journal", books::journalHealth));
        UsageReports reports = new UsageReports(books.database()::pooled);
        UsageApi usage = new UsageApi(reports::report, books.writer()::queued, InstantSource.system());
        return AdminServer.start(config.admin(), metrics, parts, usage);
    }

    private static void gauges(Metrics metrics, AccessLog accessLog, Engine engine) {
        metrics.gauge("sluice_client_connections", "Open client connections.", engine.edge()::connections);
        metrics.gauge(
                "sluice_open_exchanges",
                "Requests that have begun and not ended.",
                () -> sum(engine, ExchangeLoop::openExchanges));
        metrics.gauge(
                "sluice_upstream_connections",
                "Connections to providers.",
                "state",
                "idle",
                () -> sum(engine, loop -> loop.upstream().idleConnections()),
                "active",
                () -> sum(
                        engine,
                        loop -> loop.upstream().openConnections()
                                - loop.upstream().idleConnections()));
        metrics.counter("sluice_access_log_dropped_total", "Access records dropped.", accessLog::dropped);
    }

    private interface LoopCount {
        int of(ExchangeLoop loop);
    }

    private static int sum(Engine engine, LoopCount count) {
        int sum = 0;
        for (ExchangeLoop loop : engine.loops().all()) {
            sum += count.of(loop);
        }
        return sum;
    }

    private static Health dataPlane(Engine engine) {
        boolean draining = engine.loops().all().get(0).isLeaving();
        String detail = sum(engine, ExchangeLoop::openExchanges) + " open requests on "
                + engine.edge().connections() + " connections";
        return draining ? Health.degraded("draining, " + detail) : Health.ok(detail);
    }

    /** Where the data plane listens. */
    public InetSocketAddress dataAddress() {
        return engine.edge().address();
    }

    /** Where the admin plane listens. */
    public InetSocketAddress adminAddress() {
        return admin.address();
    }

    /** Waits until {@link #close} is through. */
    public void awaitTermination() throws InterruptedException {
        terminated.await();
    }

    /** Ends what is still open as soon as {@link #close} has been called, or if it is waiting, now. Thread: any. */
    public void hurry() {
        farewell.hurry();
    }

    /** Writes the log lines that wait: the last act of a process, for nothing logged later appears. */
    public static void flushLog() {
        LogOutput.flush();
    }

    /** Lets what is open end by itself, within the deadlines of the configuration, and stops. Whoever comes second waits. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            awaitUninterruptibly();
            return;
        }
        farewell.run();
        for (ExchangeLoop loop : engine.loops().all()) {
            loop.eventLoop().execute(loop.upstream()::close);
        }
        engine.resolver().close();
        engine.credentials().close();
        engine.group().shutdownGracefully(100, 2_000, TimeUnit.MILLISECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
        admin.close();
        long left = books.close(WRITER_PATIENCE);
        accessLog.close();
        if (demo != null) {
            demo.close();
        }
        LOG.atInfo().addKeyValue("usageLeftBehind", left).log("gateway stopped");
        terminated.countDown();
    }

    private void awaitUninterruptibly() {
        boolean interrupted = false;
        while (terminated.getCount() > 0) {
            try {
                terminated.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
