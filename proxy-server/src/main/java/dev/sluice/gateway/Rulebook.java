package dev.sluice.gateway;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.exchange.Rules;
import dev.sluice.gateway.price.ModelAbilities;
import dev.sluice.gateway.price.PriceBook;
import dev.sluice.gateway.route.HealthRegistry;
import dev.sluice.gateway.route.HedgeBudget;
import dev.sluice.gateway.route.RouteMemory;
import dev.sluice.gateway.route.RouteTable;
import dev.sluice.gateway.upstream.UpstreamTls;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Makes of a configuration what exchanges go by, and keeps what outlives it: the health of targets, tokens of service
 * accounts, TLS contexts, prices. First everything that can fail, in a {@link Draft}; then, all at once or not at all,
 * what it takes to put it in force.
 *
 * <p>Thread: one at a time; {@link #health} any.
 */
final class Rulebook implements AutoCloseable {
    private final LivePrices prices;
    private final Identity identity;
    private final Limits limits;
    private final RouteMemory memory;
    private final ProviderCredentials credentials;
    private final UpstreamTls upstreamTls = new UpstreamTls();
    /** With the keys in it that it refers to. */
    private @Nullable GatewayConfig inForce;

    /** @param later where credentials that have been replaced are stopped */
    Rulebook(LivePrices prices, Identity identity, Limits limits, ScheduledExecutorService later) {
        ModelAbilities abilities = ModelAbilities.shipped();
        this.prices = prices;
        this.identity = identity;
        this.limits = limits;
        this.memory = new RouteMemory(
                new HealthRegistry(),
                new HedgeBudget(),
                prices,
                (provider, model) -> abilities.of(prices.book().source(provider), model));
        this.credentials = new ProviderCredentials(later);
    }

    Identity identity() {
        return identity;
    }

    Limits limits() {
        return limits;
    }

    UpstreamTls upstreamTls() {
        return upstreamTls;
    }

    HealthRegistry health() {
        return memory.health();
    }

    /** The prices for a configuration that is not in force yet. */
    PriceBook book(GatewayConfig config) {
        return prices.book().with(config.usage().prices(), config.providers());
    }

    /**
     * Makes everything that {@code wanted} needs; nothing in force changes. To be kept or thrown away.
     *
     * @throws IOException when a file cannot be used
     */
    Draft draft(GatewayConfig wanted, PriceBook book) throws IOException {
        GatewayConfig config = identity.providerKeys().resolve(wanted);
        ProviderCredentials.Draft signing = credentials.draft();
        try {
            for (GatewayConfig.Provider provider : config.providers().values()) {
                upstreamTls.prepare(provider.ca());
            }
            Rules rules = new Rules(
                    identity.authenticator(config),
                    new RouteTable(config, Rulebook::dialects, signing, book::models, memory),
                    config.server().limits().jsonDepth());
            return new Draft(config, rules, book, signing);
        } catch (IOException | RuntimeException e) {
            signing.discard();
            if (inForce != null) {
                memory.retain(inForce);
            }
            throw e;
        }
    }

    /** Whether {@code config} would be put in force otherwise than it is: keys that it refers to have changed. */
    boolean isStale(GatewayConfig config) {
        return !identity.providerKeys().resolve(config).equals(inForce);
    }

    /** What a configuration needs, made. */
    final class Draft {
        private final GatewayConfig config;
        private final Rules rules;
        private final PriceBook book;
        private final ProviderCredentials.Draft signing;

        private Draft(GatewayConfig config, Rules rules, PriceBook book, ProviderCredentials.Draft signing) {
            this.config = config;
            this.rules = rules;
            this.book = book;
            this.signing = signing;
        }

        Rules rules() {
            return rules;
        }

        /** Puts in force what is not asked for through the rules, and then, by {@code publish}, the rules. */
        void enforce(Runnable publish) {
            // First, so that whatever the new rules lead to has a price.
            prices.publish(book, config.providers().keySet());
            identity.tokens().enforce(config);
            limits.enforce(config);
            publish.run();
            signing.keep();
            memory.retain(config);
            inForce = config;
        }
    }

    @Override
    public void close() {
        credentials.close();
    }

    private static List<ProviderDialect> dialects(GatewayConfig.Provider provider) {
        return Dialects.provider(
                provider.dialect(),
                new Dialects.HostOptions(provider.quirks(), provider.apiVersion(), provider.responses()));
    }
}
