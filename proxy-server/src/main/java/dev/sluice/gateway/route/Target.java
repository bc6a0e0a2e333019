package dev.sluice.gateway.route;

import dev.sluice.gateway.config.GatewayConfig;

/**
 * One place that can serve a request: a provider, one of its keys, a model. Thread: any.
 *
 * @param credential which of the provider's
 * @param model the provider's own name of the model; empty for calls that name none
 * @param rank position among the configured targets; the same for each key of one
 * @param weight of this target among those of its route; that of a provider with several keys is shared by them
 * @param health shared by all that name the same target
 */
public record Target(
        Provider provider,
        Credential credential,
        String model,
        GatewayConfig.Timeouts timeouts,
        GatewayConfig.AbortPolicy onClientAbort,
        int rank,
        double weight,
        GatewayConfig.Abilities abilities,
        TargetHealth health) {

    /** The same for another model of the provider. */
    public Target withModel(String other) {
        return other.equals(model)
                ? this
                : new Target(provider, credential, other, timeouts, onClientAbort, rank, weight, abilities, health);
    }

    /** {@code provider/model}. */
    @Override
    public String toString() {
        return provider.name() + "/" + model;
    }
}
