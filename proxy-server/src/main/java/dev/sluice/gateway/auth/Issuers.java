package dev.sluice.gateway.auth;

import dev.sluice.gateway.config.GatewayConfig;
import io.netty.util.concurrent.Ticker;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Everybody whose tokens are believed, over all configurations that come into force: an issuer that stays as it was keeps
 * its keys, and its tokens stay remembered. Thread: any.
 */
public final class Issuers implements AutoCloseable {
    private static final long LOOK_SECONDS = 10;

    private final InstantSource clock;
    private final Ticker ticker;
    private final Executor fetches;
    private final ScheduledFuture<?> looks;
    private final TokenWork work = new TokenWork();
    private final Map<IssuerKeys.Source, IssuerKeys> keys = new HashMap<>();
    private final Map<Terms, JwtVerifier> verifiers = new HashMap<>();

    /** What a verifier goes by. */
    private record Terms(GatewayConfig.Issuer issuer, List<String> tiers) {
        IssuerKeys.Source source() {
            return new IssuerKeys.Source(issuer.name(), issuer.issuer(), issuer.jwks(), issuer.allowPrivate());
        }
    }

    /** @param later tells when keys have become old; nothing blocks it */
    public Issuers(InstantSource clock, ScheduledExecutorService later) {
        this(
                clock,
                Ticker.systemTicker(),
                later,
                fetch -> Thread.ofVirtual().name("sluice-issuer").start(fetch));
    }

    /** @param fetches runs what talks to issuers */
    Issuers(InstantSource clock, Ticker ticker, ScheduledExecutorService later, Executor fetches) {
        this.clock = clock;
        this.ticker = ticker;
        this.fetches = fetches;
        this.looks = later.scheduleWithFixedDelay(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    /** Those of {@code auth}, ready to be asked; the keys of new ones are being fetched. To be kept with {@link #retain}. */
    public synchronized List<JwtVerifier> verifiers(GatewayConfig.Auth auth) {
        List<JwtVerifier> all = new ArrayList<>();
        for (GatewayConfig.Issuer issuer : auth.issuers().values()) {
            all.add(verifiers.computeIfAbsent(new Terms(issuer, auth.tiers()), this::verifier));
        }
        return all;
    }

    /** The verifier of the issuer that {@code auth} calls {@code name}, or null. */
    public @Nullable JwtVerifier verifier(GatewayConfig.Auth auth, String name) {
        GatewayConfig.Issuer issuer = auth.issuers().get(name);
        synchronized (this) {
            return issuer == null ? null : verifiers.get(new Terms(issuer, auth.tiers()));
        }
    }

    private JwtVerifier verifier(Terms terms) {
        IssuerKeys own = keys.computeIfAbsent(terms.source(), source -> {
            IssuerKeys fresh = new IssuerKeys(source, new PinnedHttp(source.allowPrivate()), ticker, fetches, work);
            fresh.tick();
            return fresh;
        });
        return new JwtVerifier(terms.issuer(), terms.tiers(), own, clock, work);
    }

    /** Forgets everybody who is not in {@code auth}. */
    public synchronized void retain(GatewayConfig.Auth auth) {
        Set<Terms> wanted = new HashSet<>();
        Set<IssuerKeys.Source> sources = new HashSet<>();
        for (GatewayConfig.Issuer issuer : auth.issuers().values()) {
            Terms terms = new Terms(issuer, auth.tiers());
            wanted.add(terms);
            sources.add(terms.source());
        }
        verifiers.keySet().retainAll(wanted);
        keys.keySet().retainAll(sources);
    }

    private synchronized void look() {
        keys.values().forEach(IssuerKeys::tick);
    }

    /** How many signatures of theirs have been checked. */
    public long signatureChecks() {
        return work.signatureChecks().sum();
    }

    /** How often they have been asked for their keys. */
    public long keyFetches() {
        return work.keyFetches().sum();
    }

    @Override
    public void close() {
        looks.cancel(false);
    }
}
