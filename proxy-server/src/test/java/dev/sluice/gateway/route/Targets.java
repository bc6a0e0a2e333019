package dev.sluice.gateway.route;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.dialect.ChatNeeds;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.wire.Configs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Routes of targets {@code a}, {@code b}, {@code c} ... at as many providers, without a configuration around them. */
final class Targets {
    static final Ask ASK = ask(0);

    private Targets() {}

    static Ask ask(long sticky) {
        return ask(1000, sticky);
    }

    static Ask ask(long textBytes, long sticky) {
        return new Ask()
                .of(Endpoint.CHAT_COMPLETIONS, true)
                .sized(textBytes, -1)
                .needing(ChatNeeds.NONE, null, sticky);
    }

    static Ask ask(ChatNeeds needs, long maxOutputTokens, @Nullable String region) {
        return new Ask()
                .of(Endpoint.CHAT_COMPLETIONS, true)
                .sized(4000, maxOutputTokens)
                .needing(needs, region, 0);
    }

    static Target target(String name, int rank, double weight, GatewayConfig.Abilities abilities) {
        GatewayConfig.Provider configured = Configs.provider(name, "https://" + name + ".example/v1", "k");
        Provider provider = new Provider(
                configured,
                Dialects.provider("openai", Dialects.HostOptions.NONE),
                List.of(Credential.NONE),
                GatewayConfig.AbortPolicy.CANCEL);
        return new Target(
                provider,
                Credential.NONE,
                "m",
                GatewayConfig.Timeouts.DEFAULT,
                GatewayConfig.AbortPolicy.CANCEL,
                rank,
                weight,
                abilities,
                new TargetHealth(GatewayConfig.Breaker.DEFAULT));
    }

    static Target target(String name, int rank) {
        return target(name, rank, 1, GatewayConfig.Abilities.UNKNOWN);
    }

    /** As many as {@code count}, each of its own rank. */
    static Target[] targets(int count) {
        Target[] targets = new Target[count];
        for (int i = 0; i < count; i++) {
            targets[i] = target(Character.toString('a' + i), i);
        }
        return targets;
    }

    static long all(Target[] targets) {
        return -1L >>> (Long.SIZE - targets.length);
    }

    static Route route(Target[] targets, Balancer balancer, GatewayConfig.@Nullable Hedge hedge, int attempts) {
        return route(targets, balancer, GatewayConfig.Strategy.FALLBACK, hedge, attempts, RouteMemory.fresh());
    }

    static Route route(
            Target[] targets,
            Balancer balancer,
            GatewayConfig.Strategy strategy,
            GatewayConfig.@Nullable Hedge hedge,
            int attempts,
            RouteMemory memory) {
        List<GatewayConfig.Target> configured = new ArrayList<>();
        for (Target target : targets) {
            configured.add(new GatewayConfig.Target(target.provider().name(), target.model()));
        }
        GatewayConfig.Model model = new GatewayConfig.Model(
                "chat",
                strategy,
                configured,
                GatewayConfig.TimeoutSettings.NONE,
                new GatewayConfig.Retry(attempts, Duration.ofMillis(100), Duration.ofSeconds(10)),
                hedge,
                null,
                GatewayConfig.Model.DEFAULT_COST_PERCENT,
                null);
        return new Route(model, List.of(targets), balancer, null, memory);
    }
}
