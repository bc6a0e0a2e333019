package dev.sluice.gateway.wire;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.LimitSettings;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.route.RouteTable;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Configurations as a file would give them. */
public final class Configs {

    /** How long openers are kept from clients. */
    public static final Duration HOLD = Duration.ofSeconds(5);

    /** As many attempts as there are targets. */
    public static final GatewayConfig.Retry RETRY = retry(0);

    private Configs() {}

    /** @param attempts in all; 0: as many as there are targets */
    public static GatewayConfig.Retry retry(int attempts) {
        return new GatewayConfig.Retry(attempts, Duration.ofMillis(100), HOLD);
    }

    public static GatewayConfig.Provider provider(String name, String baseUrl, @Nullable String apiKey) {
        return new GatewayConfig.Provider(
                name,
                "openai",
                null,
                URI.create(baseUrl),
                apiKey == null ? List.of() : List.of(new Secret(apiKey)),
                null,
                /* allowPrivate= */ true,
                null,
                null,
                null,
                null,
                null,
                GatewayConfig.TimeoutSettings.NONE,
                GatewayConfig.Breaker.DEFAULT);
    }

    /** @param target provider and model, with a slash between them */
    public static GatewayConfig.Model model(String name, String target, GatewayConfig.Timeouts timeouts) {
        int slash = target.indexOf('/');
        return model(
                name,
                List.of(new GatewayConfig.Target(target.substring(0, slash), target.substring(slash + 1))),
                timeouts,
                null);
    }

    /** A chain of targets, everything else as usual. */
    public static GatewayConfig.Model model(
            String name,
            List<GatewayConfig.Target> targets,
            GatewayConfig.Timeouts timeouts,
            GatewayConfig.@Nullable AbortPolicy onClientAbort) {
        return model(name, targets, timeouts, RETRY, null, onClientAbort);
    }

    public static GatewayConfig.Model model(
            String name,
            List<GatewayConfig.Target> targets,
            GatewayConfig.Timeouts timeouts,
            GatewayConfig.Retry retry,
            GatewayConfig.@Nullable Hedge hedge,
            GatewayConfig.@Nullable AbortPolicy onClientAbort) {
        return new GatewayConfig.Model(
                name,
                GatewayConfig.Strategy.FALLBACK,
                targets,
                new GatewayConfig.TimeoutSettings(
                        timeouts.connect(), timeouts.firstToken(), timeouts.idle(), timeouts.total()),
                retry,
                hedge,
                null,
                GatewayConfig.Model.DEFAULT_COST_PERCENT,
                onClientAbort);
    }

    public static GatewayConfig.Model model(String name, String target) {
        return model(name, target, GatewayConfig.Timeouts.DEFAULT);
    }

    public static GatewayConfig config(List<GatewayConfig.Provider> providers, List<GatewayConfig.Model> models) {
        Map<String, GatewayConfig.Provider> byName = new LinkedHashMap<>();
        providers.forEach(provider -> byName.put(provider.name(), provider));
        Map<String, GatewayConfig.Model> byModel = new LinkedHashMap<>();
        models.forEach(model -> byModel.put(model.name(), model));
        return new GatewayConfig(
                new GatewayConfig.Server(
                        new GatewayConfig.Address("127.0.0.1", 0),
                        null,
                        GatewayConfig.Transport.AUTO,
                        /* reusePort= */ false,
                        1,
                        Duration.ofSeconds(1),
                        Duration.ZERO,
                        List.of(),
                        GatewayConfig.Limits.DEFAULT),
                new GatewayConfig.Admin(new GatewayConfig.Address("127.0.0.1", 0), null, null),
                new GatewayConfig.Auth(GatewayConfig.Auth.Mode.KEYS),
                null,
                null,
                Path.of("data"),
                byName,
                byModel,
                GatewayConfig.UsageSettings.DEFAULT,
                List.of(),
                LimitSettings.DEFAULT);
    }

    public static RouteTable routes(List<GatewayConfig.Provider> providers, List<GatewayConfig.Model> models) {
        return new RouteTable(config(providers, models), Configs::dialects);
    }

    public static List<ProviderDialect> dialects(GatewayConfig.Provider provider) {
        return Dialects.provider(
                provider.dialect(),
                new Dialects.HostOptions(provider.quirks(), provider.apiVersion(), provider.responses()));
    }

    /** {@code gpt-test} and {@code other-test}, both at the scripted provider. */
    public static RouteTable routes(GatewayConfig.Timeouts timeouts) {
        return routes(
                List.of(provider("alpha", "http://127.0.0.1:" + Engine.PROVIDER_PORT + "/v1", Engine.PROVIDER_KEY)),
                List.of(model("gpt-test", "alpha/m-1", timeouts), model("other-test", "alpha/m-2", timeouts)));
    }
}
