package dev.sluice.gateway.route;

import dev.sluice.gateway.config.GatewayConfig;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What the name of a model stands for: its targets, and how one of them is chosen for each request. Immutable but for the
 * statistics it refers to. Thread: any.
 */
public final class Route {
    private final GatewayConfig.Model model;
    private final Target[] targets;
    private final Balancer balancer;
    private final @Nullable Mirror mirror;
    private final RouteState state;
    private final RouteMemory memory;

    /** @param sharePercent of the requests of which {@code target} sees a copy */
    public record Mirror(Target target, double sharePercent) {}

    /** @param targets one for each key of each target, by rank */
    Route(
            GatewayConfig.Model model,
            List<Target> targets,
            Balancer balancer,
            @Nullable Mirror mirror,
            RouteMemory memory) {
        this(
                model,
                targets.toArray(new Target[0]),
                balancer,
                mirror,
                memory.health().route(model.name()),
                memory);
    }

    private Route(
            GatewayConfig.Model model,
            Target[] targets,
            Balancer balancer,
            @Nullable Mirror mirror,
            RouteState state,
            RouteMemory memory) {
        if (targets.length == 0 || targets.length > GatewayConfig.Model.MAX_TARGETS) {
            throw new IllegalArgumentException("model '" + model.name() + "' has " + targets.length
                    + " targets, keys counted; allowed: 1 to " + GatewayConfig.Model.MAX_TARGETS);
        }
        this.model = model;
        this.targets = targets;
        this.balancer = balancer;
        this.mirror = mirror;
        this.state = state;
        this.memory = memory;
    }

    /** The same with other names for the models of its targets. */
    Route forModel(UnaryOperator<String> modelNames) {
        Target[] named = new Target[targets.length];
        for (int i = 0; i < named.length; i++) {
            named[i] = targets[i].withModel(modelNames.apply(targets[i].model()));
        }
        return new Route(model, named, balancer, mirror, state, memory);
    }

    /** As configured; a wildcard's ends in {@code *}. */
    public String name() {
        return model.name();
    }

    /** The first of them, for what does not depend on the request. */
    public Target first() {
        return targets[0];
    }

    /** For calls that are tried once, whatever they are: the first that is ready, in the order of the configuration. */
    public Target ready(long nowNanos) {
        for (Target target : targets) {
            if (target.health().availability(0, nowNanos) == TargetHealth.Availability.READY) {
                return target;
            }
        }
        return first();
    }

    /** One entry for each key of each target, by rank. */
    public List<Target> targets() {
        return List.of(targets);
    }

    /** Whether {@link Ask#sticky} is looked at: for the same prompt, or for the same session. */
    public boolean isSticky() {
        return isByPrompt() || model.route() == GatewayConfig.Strategy.SESSION;
    }

    /** Whether the same prompt is to go to the same target. */
    public boolean isByPrompt() {
        return model.route() == GatewayConfig.Strategy.AFFINITY;
    }

    /** Whether {@link Ask#needs} is looked at. */
    public boolean looksAtNeeds() {
        return choosesByNeeds() || declaresAbilities();
    }

    private boolean choosesByNeeds() {
        return model.route() == GatewayConfig.Strategy.AUTO;
    }

    /** What is known of {@code target} beside what the operator says; nothing on routes that do not choose by it. */
    GatewayConfig.Abilities known(Target target) {
        return choosesByNeeds()
                ? memory.models().of(target.provider().name(), target.model())
                : GatewayConfig.Abilities.UNKNOWN;
    }

    private boolean declaresAbilities() {
        for (Target target : targets) {
            if (!target.abilities().equals(GatewayConfig.Abilities.UNKNOWN)) {
                return true;
            }
        }
        return false;
    }

    /** Who sees a copy of some requests; null: nobody. */
    public @Nullable Mirror mirror() {
        return mirror;
    }

    /** What to try for one request. */
    public Plan plan(Ask ask, RandomGenerator random) {
        Plan plan = new Plan();
        plan.begin(this, ask, random);
        return plan;
    }

    Target[] rawTargets() {
        return targets;
    }

    Balancer balancer() {
        return balancer;
    }

    GatewayConfig.Retry retry() {
        return model.retry();
    }

    GatewayConfig.@Nullable Hedge hedge() {
        return model.hedge();
    }

    RouteState state() {
        return state;
    }

    HedgeBudget hedges() {
        return memory.hedges();
    }

    @Override
    public String toString() {
        return model.name() + " -> " + targets();
    }
}
