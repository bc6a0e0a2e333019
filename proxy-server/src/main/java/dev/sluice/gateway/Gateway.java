package dev.sluice.gateway;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.tokens.Encoding;
import dev.sluice.gateway.admin.AdminServer;
import dev.sluice.gateway.admin.Health;
import dev.sluice.gateway.admin.HealthPart;
import dev.sluice.gateway.admin.UsageApi;
import dev.sluice.gateway.auth.ApiKeys;
import dev.sluice.gateway.auth.Authenticator;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.demo.DemoProvider;
import dev.sluice.gateway.edge.EdgeServer;
import dev.sluice.gateway.edge.ExchangeLoops;
import dev.sluice.gateway.exchange.ExchangeListener;
import dev.sluice.gateway.exchange.ExchangeLoop;
import dev.sluice.gateway.exchange.PromptCounter;
import dev.sluice.gateway.exchange.Rules;
import dev.sluice.gateway.journal.Journal;
import dev.sluice.gateway.journal.JournalAppender;
import dev.sluice.gateway.journal.JournalSettings;
import dev.sluice.gateway.observe.AccessLog;
import dev.sluice.gateway.observe.Metrics;
import dev.sluice.gateway.price.PriceBook;
import dev.sluice.gateway.route.RouteTable;
import dev.sluice.gateway.store.Database;
import dev.sluice.gateway.upstream.UpstreamPool;
import dev.sluice.gateway.upstream.UpstreamTls;
import dev.sluice.gateway.usage.Keeping;
import dev.sluice.gateway.usage.KeyUsage;
import dev.sluice.gateway.usage.PostgresWriter;
import dev.sluice.gateway.usage.PriceTexts;
import dev.sluice.gateway.usage.Pricing;
import dev.sluice.gateway.usage.UsageLedger;
import dev.sluice.gateway.usage.UsageQueue;
import dev.sluice.gateway.usage.UsageReports;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running gateway. {@link #start} joins the parts in order of dependency, {@link #close} takes them apart in reverse:
 * stop accepting, drain the open streams, loops, usage writer, database.
 *
 * <p>Thread: {@code start} and {@code close} block and belong to the caller's thread.
 */
public final class Gateway implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    private static final Duration WRITER_PATIENCE = Duration.ofSeconds(10);
    private static final long POLL_MILLIS = 20;

    private final GatewayConfig config;
    private final @Nullable DemoProvider demo;
    private final Database database;
    private final PostgresWriter writer;
    private final Journal journal;
    private final PromptCounter prompts;
    private final AccessLog accessLog;
    private final Engine engine;
    private final AdminServer admin;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CountDownLatch terminated = new CountDownLatch(1);

    private Gateway(
            GatewayConfig config,
            @Nullable DemoProvider demo,
            Metering metering,
            AccessLog accessLog,
            Engine engine,
            AdminServer admin) {
        this.config = config;
        this.demo = demo;
        this.database = metering.database();
        this.writer = metering.writer();
        this.journal = metering.journal();
        this.prompts = metering.prompts();
        this.accessLog = accessLog;
        this.engine = engine;
        this.admin = admin;
    }

    /** The parts that keep usage. */
    private record Metering(
            Database database,
            PriceBook prices,
            Journal journal,
            PostgresWriter writer,
            PromptCounter prompts,
            UsageLedger.Figures figures,
            List<dev.sluice.gateway.exchange.Metering> ofLoops) {}

    /** The price book as usage asks it. */
    private record BookPricing(PriceBook prices) implements Pricing {
        @Override
        public long costNano(
                String provider,
                String upstreamModel,
                @Nullable String answeredModel,
                @Nullable String serviceTier,
                long startedAtMicros,
                Usage usage) {
            return prices.cost(
                    provider, upstreamModel, answeredModel, serviceTier, /* batch= */ false, startedAtMicros, usage);
        }

        @Override
        public long version() {
            return prices.version();
        }
    }

    /** The parts that carry requests. */
    private record Engine(
            EventLoopGroup group, DnsAddressResolverGroup resolver, ExchangeLoops loops, EdgeServer edge) {}

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
        Transports transport = Transports.choose(wanted.server().transport());
        int threads = wanted.server().threads() == 0
                ? Runtime.getRuntime().availableProcessors()
                : wanted.server().threads();
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory("sluice-loop"), transport.ioHandlers());
        DemoProvider demo = wanted.providers().isEmpty() ? DemoProvider.start(group, transport.servers()) : null;
        GatewayConfig config = demo == null ? wanted : withDemo(wanted, demo);
        Metering metering = startMetering(config, group);
        Metrics metrics = new Metrics();
        AccessLog accessLog = new AccessLog(
                new FileOutputStream(FileDescriptor.out), !"off".equals(System.getenv("SLUICE_ACCESS_LOG")));
        ExchangeListener listener = ExchangeListener.all(metrics, accessLog);
        try {
            Engine engine = startEngine(config, transport, group, authenticator, metering, listener);
            KeyUsage keyUsage =
                    new KeyUsage(metering.database()::pooled, metering.writer()::queued, InstantSource.system());
            engine.loops().all().forEach(loop -> loop.lookUpUsageIn(keyUsage));
            AdminServer admin = startAdmin(config, metrics, accessLog, metering, engine);
            LOG.atInfo()
                    .addKeyValue("data", engine.edge().address())
                    .addKeyValue("admin", admin.address())
                    .addKeyValue("transport", transport)
                    .addKeyValue("providers", config.providers().keySet())
                    .log("gateway started");
            return new Gateway(config, demo, metering, accessLog, engine, admin);
        } catch (IOException | RuntimeException e) {
            // What has been started must not keep the process or the database alive.
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            metering.writer().close(Duration.ofSeconds(1));
            metering.database().close();
            metering.prompts().close();
            metering.journal().close();
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
                        null));
        Map<String, GatewayConfig.Model> models = new LinkedHashMap<>(config.models());
        models.putIfAbsent(
                DemoProvider.MODEL,
                new GatewayConfig.Model(
                        DemoProvider.MODEL,
                        List.of(new GatewayConfig.Target(GatewayConfig.DEMO_PROVIDER, DemoProvider.MODEL, 1)),
                        GatewayConfig.Timeouts.DEFAULT,
                        null));
        return config.withProviders(providers, models);
    }

    private static Metering startMetering(GatewayConfig config, EventLoopGroup group) throws IOException {
        GatewayConfig.UsageSettings settings = config.usage();
        PriceBook prices = PriceBook.load(settings.prices(), config.providers());
        Database database = Database.create(config.database(), config.dataDir());
        List<EventLoop> loops = new ArrayList<>();
        group.forEach(executor -> loops.add((EventLoop) executor));
        Journal journal = openJournal(config, loops.size());
        List<JournalAppender> appenders = new ArrayList<>();
        for (EventLoop loop : loops) {
            appenders.add(journal.appender(appenders.size(), loop));
        }
        UsageQueue queue = new UsageQueue();
        Keeping keeping = new Keeping(settings.retention(), version -> priceText(prices, version));
        Pricing pricing = new BookPricing(prices);
        PostgresWriter writer = new PostgresWriter(
                queue,
                journal,
                appenders.stream().map(JournalAppender::catchUp).toList(),
                database::connect,
                keeping,
                pricing,
                InstantSource.system());
        database.start();
        writer.start();
        PromptCounter prompts = new PromptCounter();
        prompts.prepare(Encoding.O200K_BASE);
        UsageLedger.Figures figures = new UsageLedger.Figures();
        boolean waitsForDisk = settings.durability() == GatewayConfig.Durability.FSYNC;
        List<dev.sluice.gateway.exchange.Metering> ofLoops = new ArrayList<>();
        for (JournalAppender appender : appenders) {
            UsageLedger ledger = new UsageLedger(appender, queue, pricing, waitsForDisk, figures);
            ofLoops.add(
                    settings.metering()
                            ? new dev.sluice.gateway.exchange.Metering(ledger, prompts, settings.drain())
                            : dev.sluice.gateway.exchange.Metering.OFF);
        }
        return new Metering(database, prices, journal, writer, prompts, figures, ofLoops);
    }

    private static Journal openJournal(GatewayConfig config, int loops) throws IOException {
        Path directory = config.dataDir().resolve("journal");
        JournalSettings standard = JournalSettings.defaults();
        // On a small disk a share of it is left alone.
        long tenth = Files.getFileStore(config.dataDir()).getTotalSpace() / 10;
        return Journal.open(
                directory,
                standard.withMinFreeBytes(Math.min(standard.minFreeBytes(), tenth))
                        .withDurability(
                                config.usage().durability() == GatewayConfig.Durability.FSYNC
                                        ? JournalSettings.Durability.FSYNC
                                        : JournalSettings.Durability.WRITE),
                loops);
    }

    private static PriceTexts.@Nullable PriceText priceText(PriceBook prices, long version) {
        return version == prices.version()
                ? new PriceTexts.PriceText(prices.catalogueText(), prices.overridesText())
                : null;
    }

    private static Engine startEngine(
            GatewayConfig config,
            Transports transport,
            EventLoopGroup group,
            Authenticator authenticator,
            Metering metering,
            ExchangeListener listener)
            throws IOException {
        InboundDialect inbound = Objects.requireNonNull(Dialects.inbound("openai"));
        Rules rules = new Rules(
                authenticator,
                new RouteTable(config, Gateway::providerDialect, metering.prices()::models),
                config.server().limits().jsonDepth());
        UpstreamTls upstreamTls = new UpstreamTls();
        for (GatewayConfig.Provider provider : config.providers().values()) {
            upstreamTls.prepare(provider.ca());
        }
        DnsAddressResolverGroup resolver =
                new DnsAddressResolverGroup(new DnsNameResolverBuilder().datagramChannelFactory(transport.datagrams()));
        SecureRandom seeds = new SecureRandom();
        List<ExchangeLoop> all = new ArrayList<>();
        for (EventExecutor executor : group) {
            EventLoop loop = (EventLoop) executor;
            UpstreamPool pool = new UpstreamPool(loop, transport.sockets(), resolver, upstreamTls);
            all.add(new ExchangeLoop(
                    loop,
                    pool,
                    listener,
                    metering.ofLoops().get(all.size()),
                    InstantSource.system(),
                    rules,
                    seeds.nextLong()));
        }
        ExchangeLoops loops = new ExchangeLoops(all);
        GatewayConfig.Tls tls = config.server().tls();
        EdgeServer edge = new EdgeServer(
                config.server(),
                group,
                transport.servers(),
                loops,
                inbound,
                tls == null ? null : ServerTls.context(tls));
        return new Engine(group, resolver, loops, edge);
    }

    private static ProviderDialect providerDialect(String dialect, @Nullable String quirks) {
        ProviderDialect found = Dialects.provider(quirks == null ? dialect : quirks);
        if (found == null) {
            throw new IllegalArgumentException("no provider dialect is called '" + (quirks == null ? dialect : quirks)
                    + "'; known are " + Dialects.providerNames());
        }
        return found;
    }

    private static AdminServer startAdmin(
            GatewayConfig config, Metrics metrics, AccessLog accessLog, Metering metering, Engine engine)
            throws IOException {
        PostgresWriter writer = metering.writer();
        gauges(metrics, metering, accessLog, engine);
        List<HealthPart> parts = List.of(
                HealthPart.vital("data_plane", () -> dataPlane(engine)),
                new HealthPart("database", () -> databaseHealth(metering.database())),
                new HealthPart("usage_writer", () -> writerHealth(writer)));
        UsageReports reports = new UsageReports(metering.database()::pooled);
        UsageApi usage = new UsageApi(reports::report, writer::queued, InstantSource.system());
        return AdminServer.start(config.admin(), metrics, parts, usage);
    }

    private static void gauges(Metrics metrics, Metering metering, AccessLog accessLog, Engine engine) {
        PostgresWriter writer = metering.writer();
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
        metrics.gauge("sluice_usage_queued", "Usage events that are not yet in PostgreSQL.", writer::queued);
        metrics.counter("sluice_usage_rows_written_total", "Usage events stored in PostgreSQL.", writer::written);
        metrics.counter("sluice_usage_rows_lost_total", "Usage events that no room was left for.", writer::lost);
        metrics.counter(
                "sluice_usage_dead_letters_total", "Usage events that PostgreSQL refused.", writer::deadLettered);
        metrics.counter("sluice_usage_unpriced_total", "Usage events without a price.", metering.figures()::unpriced);
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
        boolean draining = engine.loops().all().get(0).isDraining();
        String detail = sum(engine, ExchangeLoop::openExchanges) + " open requests on "
                + engine.edge().connections() + " connections";
        return draining ? Health.degraded("draining, " + detail) : Health.ok(detail);
    }

    private static Health databaseHealth(Database database) {
        Database.State state = database.state();
        return switch (state.phase()) {
            case UP -> Health.ok("up since " + state.since());
            case STARTING -> Health.degraded("starting since " + state.since());
            case DOWN -> Health.degraded("down since " + state.since() + ": " + state.why());
        };
    }

    private static Health writerHealth(PostgresWriter writer) {
        String detail = writer.queued() + " queued, " + writer.written() + " written, " + writer.lost() + " lost, "
                + writer.deadLettered() + " dead letters";
        String error = writer.lastError();
        return error == null && writer.lost() == 0
                ? Health.ok(detail)
                : Health.degraded(error == null ? detail : detail + ": " + error);
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

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        drain();
        for (ExchangeLoop loop : engine.loops().all()) {
            loop.eventLoop().execute(loop.upstream()::close);
        }
        engine.resolver().close();
        engine.group().shutdownGracefully(100, 2_000, TimeUnit.MILLISECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
        admin.close();
        prompts.close();
        long left = writer.close(WRITER_PATIENCE);
        closeJournal();
        database.close();
        accessLog.close();
        if (demo != null) {
            demo.close();
        }
        LOG.atInfo().addKeyValue("usageLeftBehind", left).log("gateway stopped");
        terminated.countDown();
    }

    private void closeJournal() {
        try {
            journal.close();
        } catch (IOException e) {
            LOG.atWarn().setCause(e).log("the journal was not closed well; the next start recovers it");
        }
    }

    /** Lets open streams end by themselves until the deadline, then ends them. */
    private void drain() {
        for (ExchangeLoop loop : engine.loops().all()) {
            loop.drain();
        }
        engine.edge().stopAccepting();
        if (!awaitQuiet(config.server().drain())) {
            for (ExchangeLoop loop : engine.loops().all()) {
                loop.eventLoop().execute(loop::interruptAll);
            }
            awaitQuiet(Duration.ofSeconds(1));
        }
    }

    private boolean awaitQuiet(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (openExchanges() > 0) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    private int openExchanges() {
        int open = 0;
        for (ExchangeLoop loop : engine.loops().all()) {
            open += loop.openExchanges();
        }
        return open;
    }
}
