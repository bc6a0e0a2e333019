package dev.sluice.gateway.route;

import dev.sluice.gateway.config.GatewayConfig;

/**
 * One place that can serve a request. Thread: any.
 *
 * @param model the provider's own name of the model
 */
public record Target(
        Provider provider, String model, GatewayConfig.Timeouts timeouts, GatewayConfig.AbortPolicy onClientAbort) {}
