package dev.sluice.gateway;

import dev.sluice.codec.Dialects;
import dev.sluice.gateway.admin.AdminPart;
import dev.sluice.gateway.admin.AdminServer;
import dev.sluice.gateway.admin.DocumentsApi;
import dev.sluice.gateway.admin.Health;
import dev.sluice.gateway.admin.HealthApi;
import dev.sluice.gateway.admin.HealthPart;
import dev.sluice.gateway.admin.MetricsPage;
import dev.sluice.gateway.admin.OpenStreams;
import dev.sluice.gateway.admin.ProvidersApi;
import dev.sluice.gateway.admin.ReloadApi;
import dev.sluice.gateway.admin.StreamApi;
import dev.sluice.gateway.config.ConfigSource;
import dev.sluice.gateway.config.ConfigWatcher;
import dev.sluice.gateway.config.FileStates;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Loaded;
import dev.sluice.gateway.config.ReloadOutcome;
import dev.sluice.gateway.edge.CallerDialects;
import dev.sluice.gateway.edge.EdgeServer;
import dev.sluice.gateway.edge.ExchangeLoops;
import dev.sluice.gateway.exchange.ExchangeListener;
import dev.sluice.gateway.exchange.ExchangeLoop;
import dev.sluice.gateway.exchange.ProviderAffinity;
import dev.sluice.gateway.exchange.ReputationFeed;
import dev.sluice.gateway.observe.AccessLog;
import dev.sluice.gateway.observe.LogOutput;
import dev.sluice.gateway.observe.Metrics;
import dev.sluice.gateway.store.Database;
import dev.sluice.gateway.upstream.ProviderNames;
import dev.sluice.gateway.upstream.UpstreamPool;
import dev.sluice.gateway.usage.KeyUsage;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Ticker;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running gateway. {@link #start} joins the parts in order of dependency, {@link #close} takes them apart in reverse:
 * the data plane's {@link Farewell}, loops, admin plane, key feed, usage writer, database.
 *
 * <p>Thread: {@code start} and {@code close} block and belong to the caller's thread.
 */
public final class Gateway implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    private static final Duration WRITER_PATIENCE = Duration.ofSeconds(10);

    private final DemoStandIn demo;
    private final Bookkeeping books;
    private final People people;
    private final AccessLog accessLog;
    private final Engine engine;
    private final Reload reload;
    private final AdminServer admin;
    private final Farewell farewell;
    private final @Nullable ConfigWatcher watcher;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CountDownLatch terminated = new CountDownLatch(1);

    private Gateway(
            DemoStandIn demo,
            Bookkeeping books,
            People people,
            AccessLog accessLog,
            Engine engine,
            Reload reload,
            AdminServer admin) {
        this.demo = demo;
        this.books = books;
        this.people = people;
        this.accessLog = accessLog;
        this.engine = engine;
        this.reload = reload;
        this.admin = admin;
        this.farewell = new Farewell(() -> reload.inForce().server(), engine.edge(), engine.loops());
        this.watcher = reload.lastRead().equals(FileStates.NONE)
                ? null
                : ConfigWatcher.start(reload::lastRead, () -> reload("file"));
    }

    /** The parts that carry requests. */
    private record Engine(
            EventLoopGroup group, ProviderNames resolver, Rulebook rulebook, ExchangeLoops loops, EdgeServer edge) {}

    /** {@link #start(Loaded, ConfigSource)} with a configuration that stays as it is. */
    public static Gateway start(GatewayConfig wanted) throws IOException {
        Loaded loaded = new Loaded(wanted, null, List.of(), FileStates.NONE);
        return start(loaded, () -> loaded);
    }

    /**
     * Starts everything that {@code first} asks for. The data plane serves as soon as this returns; the database may
     * still be starting.
     *
     * @param source where the configuration is read again when one of its files changes, or at {@link #reload}
     * @throws IOException when an address cannot be bound or a file cannot be used
     * @throws IllegalArgumentException when the configuration asks for what this system does not have
     */
    public static Gateway start(Loaded first, ConfigSource source) throws IOException {
        GatewayConfig wanted = first.config();
        Files.createDirectories(wanted.dataDir());
        Transports transport = Transports.choose(wanted.server());
        int threads = wanted.server().threads() == 0
                ? Runtime.getRuntime().availableProcessors()
                : wanted.server().threads();
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory("sluice-loop"), transport.ioHandlers());
        DemoStandIn demo = new DemoStandIn(group, transport);
        Bookkeeping books = startBooks(wanted, group, demo);
        Identity identity = startIdentity(wanted, group, demo, books);
        Conduct conduct = Conduct.start(wanted.limits(), new MachineClock(), group);
        Limits limits = Limits.start(wanted, books, identity.feed(), conduct);
        Metrics metrics = new Metrics();
        AccessLog accessLog = new AccessLog(
                new FileOutputStream(FileDescriptor.out), !"off".equals(System.getenv("SLUICE_ACCESS_LOG")));
        try {
            GatewayConfig config = demo.complete(wanted);
            ExchangeListener listener =
                    ExchangeListener.all(metrics, accessLog, new ReputationFeed(conduct.reputations()));
            Rulebook rulebook = new Rulebook(books.prices(), identity, limits, group);
            Engine engine = startEngine(config, transport, group, books, rulebook, listener);
            KeyUsage keyUsage = new KeyUsage(books.database()::pooled, books.writer()::queued, InstantSource.system());
            engine.loops().all().forEach(loop -> loop.lookUpUsageIn(keyUsage));
            Reload reload = new Reload(
                    source,
                    new Reload.Subjects(engine.rulebook(), demo, engine.loops(), engine.edge()),
                    first,
                    config,
                    InstantSource.system());
            People people = People.start(reload::inForce, books.database(), identity);
            people.addTo(metrics);
            engine.loops().all().forEach(loop -> loop.serveAccountsAt(people.accounts()));
            identity.providerKeys()
                    .onChange(() ->
                            Thread.ofVirtual().name("sluice-provider-keys").start(reload::refresh));
            // What came since the first draft.
            reload.refresh();
            AdminServer admin = startAdmin(config, metrics, accessLog, books, people, engine, reload);
            LOG.atInfo()
                    .addKeyValue("data", engine.edge().address())
                    .addKeyValue("admin", admin.address())
                    .addKeyValue("transport", transport)
                    .addKeyValue("providers", config.providers().keySet())
                    .log("gateway started");
            return new Gateway(demo, books, people, accessLog, engine, reload, admin);
        } catch (IOException | RuntimeException e) {
            // What has been started must not keep the process or the database alive.
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            limits.close();
            identity.close();
            books.close(Duration.ofSeconds(1));
            accessLog.close();
            demo.close();
            throw e;
        }
    }

    private static Bookkeeping startBooks(GatewayConfig config, EventLoopGroup group, DemoStandIn demo)
            throws IOException {
        try {
            return Bookkeeping.start(config, group);
        } catch (IOException | RuntimeException e) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            demo.close();
            throw e;
        }
    }

    private static Identity startIdentity(
            GatewayConfig config, EventLoopGroup group, DemoStandIn demo, Bookkeeping books) throws IOException {
        try {
            return Identity.start(config, books.database(), group);
        } catch (IOException | RuntimeException e) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            books.close(Duration.ofSeconds(1));
            demo.close();
            throw e;
        }
    }

    private static Engine startEngine(
            GatewayConfig config,
            Transports transport,
            EventLoopGroup group,
            Bookkeeping books,
            Rulebook rulebook,
            ExchangeListener listener)
            throws IOException {
        Rulebook.Draft draft = rulebook.draft(config, rulebook.book(config));
        ProviderNames resolver = new ProviderNames(transport.datagrams());
        SecureRandom seeds = new SecureRandom();
        List<ExchangeLoop> all = new ArrayList<>();
        for (EventExecutor executor : group) {
            EventLoop loop = (EventLoop) executor;
            UpstreamPool pool = new UpstreamPool(loop, transport.sockets(), resolver, rulebook.upstreamTls());
            all.add(new ExchangeLoop(
                    loop,
                    pool,
                    listener,
                    books.ofLoops().get(all.size()),
                    InstantSource.system(),
                    draft.rules(),
                    seeds.nextLong()));
        }
        ProviderAffinity affinity = new ProviderAffinity();
        all.forEach(loop -> {
            loop.rememberIn(affinity, rulebook.identity().kept());
            loop.limitBy(rulebook.limits().limiter());
            loop.judgeBy(rulebook.limits().conduct().reputations());
        });
        ExchangeLoops loops = new ExchangeLoops(all);
        // Before anybody can call.
        draft.enforce(() -> {});
        GatewayConfig.Tls tls = config.server().tls();
        EdgeServer edge = new EdgeServer(
                config.server(),
                group,
                transport::bootstrap,
                loops,
                new CallerDialects(Dialects.inbound()),
                tls == null ? null : ServerTls.context(tls));
        return new Engine(group, resolver, rulebook, loops, edge);
    }

    private static AdminServer startAdmin(
            GatewayConfig config,
            Metrics metrics,
            AccessLog accessLog,
            Bookkeeping books,
            People people,
            Engine engine,
            Reload reload)
            throws IOException {
        Identity identity = engine.rulebook().identity();
        gauges(metrics, accessLog, engine);
        books.addTo(metrics);
        identity.addTo(metrics);
        engine.rulebook().limits().addTo(metrics);
        reload.addTo(metrics);
        List<HealthPart> parts = List.of(
                HealthPart.vital("data_plane", () -> dataPlane(engine)),
                new HealthPart("database", books::databaseHealth),
                new HealthPart("keys", identity::health),
                new HealthPart("usage_writer", books::writerHealth),
                new HealthPart("journal", books::journalHealth),
                new HealthPart("limits", engine.rulebook().limits()::health),
                new HealthPart("configuration", reload::health));
        AdminPlane plane = new AdminPlane(books, engine.rulebook(), reload);
        ProvidersApi providers = new ProvidersApi(
                () -> reload.inForce().providers(), engine.rulebook().health(), Ticker.systemTicker()::nanoTime);
        List<AdminPart> all = new ArrayList<>(
                List.of(new HealthApi(parts), new MetricsPage(metrics), new ReloadApi(reload::reload), providers));
        all.addAll(plane.parts(config, people.passwords()));
        all.add(new StreamApi(plane.changes(), new OpenStreams(engine.loops().all())));
        all.add(new DocumentsApi(all, AdminPlane.version()));
        AdminServer server = AdminServer.start(config.admin(), identity.tokens().authenticator(), all);
        metrics.counter(
                "sluice_admin_wrong_credentials_total",
                "Wrong credentials at the admin listener.",
                server::wrongCredentials);
        return server;
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

    /** Whether the database answers and has this version's tables. Requests are served without it. */
    public boolean hasDatabase() {
        return books.database().state().phase() == Database.Phase.UP;
    }

    /**
     * Reads the configuration again and puts it in force, or changes nothing. Blocks. Thread: any.
     *
     * @param trigger what asked for it, for the log
     */
    public ReloadOutcome reload(String trigger) {
        return reload.reload(trigger);
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
        if (watcher != null) {
            watcher.close();
        }
        farewell.run();
        for (ExchangeLoop loop : engine.loops().all()) {
            loop.eventLoop().execute(loop.upstream()::close);
        }
        engine.resolver().close();
        engine.rulebook().close();
        engine.group().shutdownGracefully(100, 2_000, TimeUnit.MILLISECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
        admin.close();
        engine.rulebook().limits().close();
        people.close();
        long left = books.close(WRITER_PATIENCE);
        accessLog.close();
        demo.close();
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
