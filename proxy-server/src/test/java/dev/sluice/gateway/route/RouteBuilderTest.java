package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Dialects;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.wire.Configs;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteBuilderTest {
    private static final GatewayConfig.Breaker HASTY =
            new GatewayConfig.Breaker(1, 50, 20, Duration.ofSeconds(10), Duration.ofSeconds(60), null);

    private final RouteMemory memory = RouteMemory.fresh();

    private static GatewayConfig.Provider provider(
            String name, String url, GatewayConfig.Breaker breaker, String... keys) {
        return new GatewayConfig.Provider(
                name,
                "openai",
                null,
                URI.create(url),
                List.of(keys).stream().map(Secret::new).toList(),
                null,
                true,
                null,
                null,
                null,
                null,
                null,
                GatewayConfig.TimeoutSettings.NONE,
                breaker);
    }

    private static GatewayConfig.Model model(GatewayConfig.Strategy strategy, GatewayConfig.Target... targets) {
        return new GatewayConfig.Model(
                "chat",
                strategy,
                List.of(targets),
                GatewayConfig.TimeoutSettings.NONE,
                GatewayConfig.Retry.DEFAULT,
                null,
                null,
                GatewayConfig.Model.DEFAULT_COST_PERCENT,
                null);
    }

    private Route route(List<GatewayConfig.Provider> providers, GatewayConfig.Model model) {
        GatewayConfig config = Configs.config(providers, List.of(model));
        RouteTable table = new RouteTable(
                config,
                provider -> Dialects.provider("openai", Dialects.HostOptions.NONE),
                RouteTable.CredentialSource.KEYS,
                provider -> List.of(),
                memory);
        memory.retain(config);
        return Objects.requireNonNull(table.find("chat"));
    }

    private TargetHealth health(GatewayConfig.Provider provider, String model) {
        return route(List.of(provider), model(GatewayConfig.Strategy.FALLBACK, new GatewayConfig.Target("p", model)))
                .first()
                .health();
    }

    @ParameterizedTest
    @CsvSource({
        "FALLBACK, FallbackBalancer",
        "WEIGHTED, WeightedBalancer",
        "FASTEST, FastestBalancer",
        "LEAST_BUSY, LeastBusyBalancer",
        "CHEAPEST, CheapestBalancer",
        "AFFINITY, StickyBalancer",
        "SESSION, StickyBalancer",
        "AUTO, AutoBalancer"
    })
    void eachStrategyHasItsBalancer(GatewayConfig.Strategy strategy, String balancer) {
        Route route = route(
                List.of(provider("p", "https://p.example", HASTY, "k")),
                model(strategy, new GatewayConfig.Target("p", "m")));
        assertThat(route.balancer().getClass().getSimpleName()).isEqualTo(balancer);
    }

    @Test
    void theKeysOfAProviderShareItsWeightAndHaveAHealthEach() {
        Route route = route(
                List.of(
                        provider("p", "https://p.example", HASTY, "k1", "k2", "k3"),
                        provider("q", "https://q.example", HASTY)),
                model(
                        GatewayConfig.Strategy.WEIGHTED,
                        new GatewayConfig.Target("p", "m", 6, GatewayConfig.Abilities.UNKNOWN),
                        new GatewayConfig.Target("q", "m", 5, GatewayConfig.Abilities.UNKNOWN)));

        assertThat(route.targets()).extracting(Target::weight).containsExactly(2.0, 2.0, 2.0, 5.0);
        assertThat(route.targets()).extracting(Target::rank).containsExactly(0, 0, 0, 1);
        assertThat(route.targets()).extracting(Target::health).doesNotHaveDuplicates();
    }

    @Test
    void healthSurvivesAReloadForWhatIsUnchanged() {
        TargetHealth health = health(provider("p", "https://p.example", HASTY, "k"), "m");
        assertThat(health(provider("p", "https://p.example", HASTY, "k"), "m")).isSameAs(health);

        assertThat(health(provider("p", "https://p.example", HASTY, "other"), "m"))
                .isNotSameAs(health);
        assertThat(health(provider("p", "https://p.example", HASTY, "k"), "m"))
                .as("forgotten meanwhile")
                .isNotSameAs(health);
    }

    @ParameterizedTest
    @CsvSource({"https://p.example, n", "https://elsewhere.example, m", "https://p.example/v2, m"})
    void anotherPlaceOrModelBeginsAnew(String url, String model) {
        TargetHealth health = health(provider("p", "https://p.example", HASTY, "k"), "m");
        assertThat(health(provider("p", url, HASTY, "k"), model)).isNotSameAs(health);
    }

    @Test
    void theBreakerIsTheProvidersOwn() {
        TargetHealth hasty = health(provider("p", "https://p.example", HASTY, "k"), "m");
        hasty.end(hasty.begin(1, 0), Outcome.UNAVAILABLE, 0, 0);
        assertThat(hasty.view(0).circuit()).isEqualTo(TargetHealth.Circuit.OPEN);

        TargetHealth usual = health(provider("p", "https://p.example", GatewayConfig.Breaker.DEFAULT, "k"), "m");
        usual.end(usual.begin(1, 0), Outcome.UNAVAILABLE, 0, 0);
        assertThat(usual.view(0).circuit()).isEqualTo(TargetHealth.Circuit.CLOSED);
    }
}
