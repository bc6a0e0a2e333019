package dev.sluice.gateway.route;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.GatewayConfig.AbortPolicy;
import dev.sluice.gateway.config.GatewayConfig.TimeoutSettings;
import dev.sluice.gateway.config.Secret;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes routes of what is configured: one target for each key of each provider. Thread: any. */
final class RouteBuilder {
    private static final String ANY_MODEL = "*";

    private final GatewayConfig config;
    private final Map<String, Provider> providers;
    private final RouteMemory memory;

    RouteBuilder(GatewayConfig config, Map<String, Provider> providers, RouteMemory memory) {
        this.config = config;
        this.providers = providers;
        this.memory = memory;
    }

    Route route(GatewayConfig.Model model) {
        List<Target> targets = new ArrayList<>();
        for (int rank = 0; rank < model.targets().size(); rank++) {
            add(targets, model.targets().get(rank), rank, model.timeouts(), model.onClientAbort(), model.name());
        }
        return new Route(model, targets, balancer(model), mirror(model), memory);
    }

    /** For {@code provider/model}, whatever the model. */
    Route direct(Provider provider) {
        return route(
                GatewayConfig.Model.of(provider.name() + "/*", new GatewayConfig.Target(provider.name(), ANY_MODEL)));
    }

    /** What of {@code memory} is in use. */
    static void forgetOthers(GatewayConfig config, RouteMemory memory) {
        Set<HealthRegistry.TargetKey> targets = new HashSet<>();
        Set<String> routes = new HashSet<>(config.models().keySet());
        for (GatewayConfig.Provider provider : config.providers().values()) {
            routes.add(provider.name() + "/*");
            addKeys(targets, provider, ANY_MODEL);
        }
        for (GatewayConfig.Model model : config.models().values()) {
            for (GatewayConfig.Target target : model.targets()) {
                addKeys(targets, config.providers().get(target.provider()), target.model());
            }
            if (model.mirror() != null) {
                addKeys(
                        targets,
                        config.providers().get(model.mirror().target().provider()),
                        model.mirror().target().model());
            }
        }
        memory.health().retain(targets, routes);
    }

    private static void addKeys(
            Set<HealthRegistry.TargetKey> keys, GatewayConfig.@Nullable Provider provider, String model) {
        if (provider != null) {
            for (int i = 0; i < Math.max(1, provider.apiKeys().size()); i++) {
                keys.add(key(provider, i, model));
            }
        }
    }

    private void add(
            List<Target> targets,
            GatewayConfig.Target target,
            int rank,
            TimeoutSettings timeouts,
            @Nullable AbortPolicy onClientAbort,
            String modelName) {
        Provider provider = providers.get(target.provider());
        GatewayConfig.Provider configured = config.providers().get(target.provider());
        if (provider == null || configured == null) {
            throw new IllegalArgumentException("model '" + modelName + "' names the provider '" + target.provider()
                    + "', known are " + providers.keySet());
        }
        int keys = provider.credentials().size();
        for (int i = 0; i < keys; i++) {
            targets.add(new Target(
                    provider,
                    provider.credentials().get(i),
                    target.model(),
                    timeouts.over(configured.timeouts().over(GatewayConfig.Timeouts.DEFAULT)),
                    onClientAbort == null ? provider.onClientAbort() : onClientAbort,
                    rank,
                    (double) target.weight() / keys,
                    target.abilities(),
                    memory.health().target(key(configured, i, target.model()))));
        }
    }

    private static HealthRegistry.TargetKey key(GatewayConfig.Provider provider, int credential, String model) {
        List<Secret> keys = provider.apiKeys();
        String which = credential < keys.size()
                ? credential + ":" + Integer.toHexString(keys.get(credential).hashCode())
                : "";
        return new HealthRegistry.TargetKey(
                provider.name(), provider.baseUrl().toString(), which, model, provider.breaker());
    }

    private Balancer balancer(GatewayConfig.Model model) {
        return switch (model.route()) {
            case FALLBACK -> new FallbackBalancer();
            case WEIGHTED -> new WeightedBalancer();
            case FASTEST -> new FastestBalancer();
            case LEAST_BUSY -> new LeastBusyBalancer();
            case CHEAPEST -> new CheapestBalancer(memory.prices());
            case AFFINITY, SESSION -> new StickyBalancer();
            case AUTO -> new AutoBalancer(memory.prices(), model.costPercent());
        };
    }

    private Route.@Nullable Mirror mirror(GatewayConfig.Model model) {
        if (model.mirror() == null) {
            return null;
        }
        List<Target> shadow = new ArrayList<>();
        add(shadow, model.mirror().target(), 0, model.timeouts(), null, model.name());
        return new Route.Mirror(shadow.get(0), model.mirror().sharePercent());
    }
}
