package dev.sluice.gateway.route;

import dev.sluice.gateway.config.GatewayConfig;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is known of targets and routes, kept from one configuration to the next for those that have not changed.
 * Thread: any.
 */
public final class HealthRegistry {

    /**
     * What makes a target the same one.
     *
     * @param address base URL of the provider
     * @param credential tells the keys of a provider apart without telling them
     * @param model as configured: a wildcard's targets are one
     */
    public record TargetKey(
            String provider, String address, String credential, String model, GatewayConfig.Breaker breaker) {}

    private final Map<TargetKey, TargetHealth> targets = new ConcurrentHashMap<>();
    private final Map<String, RouteState> routes = new ConcurrentHashMap<>();

    TargetHealth target(TargetKey key) {
        return targets.computeIfAbsent(key, made -> new TargetHealth(made.breaker()));
    }

    RouteState route(String name) {
        return routes.computeIfAbsent(name, made -> new RouteState());
    }

    /** What is configured no longer is forgotten. */
    void retain(Set<TargetKey> targetKeys, Set<String> routeNames) {
        targets.keySet().retainAll(targetKeys);
        routes.keySet().retainAll(routeNames);
    }

    /** Of all targets in force. */
    public Map<TargetKey, TargetHealth> targets() {
        return Map.copyOf(targets);
    }
}
