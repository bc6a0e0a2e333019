package dev.sluice.gateway.wire;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.tokens.Encoding;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.exchange.ExchangeListener;
import dev.sluice.gateway.exchange.ExchangeLoop;
import dev.sluice.gateway.exchange.ExchangeSummary;
import dev.sluice.gateway.exchange.Metering;
import dev.sluice.gateway.exchange.PromptCounter;
import dev.sluice.gateway.exchange.Rules;
import dev.sluice.gateway.route.RouteTable;
import dev.sluice.gateway.upstream.UpstreamPool;
import dev.sluice.gateway.upstream.UpstreamTls;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * One loop of the gateway's engine between its two wires: exchanges, routes and the pool are the real ones, the network
 * is in memory. What it publishes is kept in {@link #summaries}.
 */
public final class Engine {
    public static final String KEY = "sk-slc-anything";
    public static final String LIMITED_KEY = "sk-slc-only-gpt";
    /** Of another team. */
    public static final String OTHER_TEAMS_KEY = "sk-slc-of-team-b";

    public static final String PROVIDER_KEY = "prov-key-5f2d9c";
    public static final int PROVIDER_PORT = 9001;
    public static final Instant NOW = Instant.parse("2026-03-01T12:00:00.000250Z");

    static {
        // So that small prompts are counted at once, as in a gateway that has been running for a moment.
        Encoding.O200K_BASE.counter();
    }

    private final Callers callers = new Callers();
    private final HandTurnedLoop time = new HandTurnedLoop();
    private final MemoryNetwork network;
    private final ScriptedProvider provider;
    private final ExchangeLoop loop;
    private final UpstreamPool pool;
    private final RecordingLedger ledger = new RecordingLedger();
    private final PromptCounter prompts = new PromptCounter();
    private final List<ExchangeSummary> summaries = new ArrayList<>();
    private ExchangeListener alsoTo = summary -> {};

    public Engine(AccountedBuffers buffers) {
        this(buffers, GatewayConfig.Timeouts.DEFAULT);
    }

    public Engine(AccountedBuffers buffers, GatewayConfig.Timeouts timeouts) {
        network = new MemoryNetwork(time, buffers);
        provider = new ScriptedProvider(network, time, PROVIDER_PORT);
        pool = new UpstreamPool(
                time.eventLoop(), network::newChannel, DefaultAddressResolverGroup.INSTANCE, new UpstreamTls());
        loop = new ExchangeLoop(
                time.eventLoop(),
                pool,
                summary -> {
                    summaries.add(summary);
                    alsoTo.onExchange(summary);
                },
                new Metering(ledger, prompts, GatewayConfig.Drain.DEFAULT),
                InstantSource.fixed(NOW),
                new Rules(callers, Configs.routes(timeouts), 64),
                42);
    }

    /** Who may call. */
    public Callers callers() {
        return callers;
    }

    public static InboundDialect dialect() {
        return Dialects.inbound().get(0);
    }

    /** Puts other routes in force. */
    public void publish(RouteTable routes) {
        loop.publish(new Rules(callers, routes, 64));
    }

    /** Tells {@code listener} as well, from now on. */
    public void alsoTell(ExchangeListener listener) {
        alsoTo = listener;
    }

    public RecordingLedger ledger() {
        return ledger;
    }

    public ExchangeLoop loop() {
        return loop;
    }

    public UpstreamPool pool() {
        return pool;
    }

    public MemoryNetwork network() {
        return network;
    }

    public ScriptedProvider provider() {
        return provider;
    }

    public HandTurnedLoop time() {
        return time;
    }

    public void settle() {
        time.settle();
    }

    public void advance(Duration duration) {
        time.advance(duration);
    }

    /** What has been published so far. */
    public List<ExchangeSummary> summaries() {
        return summaries;
    }

    /** The one summary that has been published. */
    public ExchangeSummary summary() {
        if (summaries.size() != 1) {
            throw new AssertionError("expected one summary, got " + summaries);
        }
        return summaries.get(0);
    }

    /** Closes every connection. Behind it no buffer may be in use. */
    public void close() {
        network.closeAll();
        prompts.close();
    }
}
