package dev.sluice.gateway.route;

import dev.sluice.gateway.config.GatewayConfig;

/**
 * What outlives a configuration, and what its routes ask the rest of the gateway. Thread: any.
 *
 * @param health of targets and routes
 * @param hedges over all routes
 * @param prices what a request would cost
 * @param models what models can do, where the operator does not say
 */
public record RouteMemory(HealthRegistry health, HedgeBudget hedges, TargetPrices prices, KnownAbilities models) {

    /** What a request would cost. */
    @FunctionalInterface
    public interface TargetPrices {
        /** In nano-dollars; -1 when nobody knows. */
        long estimateNano(String provider, String model, long inputTokens, long outputTokens);
    }

    /** What a model is known to be able to do. */
    @FunctionalInterface
    public interface KnownAbilities {
        GatewayConfig.Abilities of(String provider, String model);
    }

    /** The configuration in force is {@code config}: what it has no use for is forgotten. */
    public void retain(GatewayConfig config) {
        RouteBuilder.forgetOthers(config, this);
    }

    /** Knows nothing. */
    public static RouteMemory fresh() {
        return new RouteMemory(
                new HealthRegistry(),
                new HedgeBudget(),
                (provider, model, input, output) -> -1,
                (provider, model) -> GatewayConfig.Abilities.UNKNOWN);
    }
}
