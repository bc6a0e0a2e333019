package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.route.Outcome;
import dev.sluice.gateway.route.RouteMemory;
import dev.sluice.gateway.route.RouteTable;
import dev.sluice.gateway.route.TargetHealth;
import dev.sluice.gateway.wire.Configs;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProvidersApiTest {
    private static final String SECRET = "sk-canary-1";
    private static final long START_NANOS = TimeUnit.HOURS.toNanos(1);

    private final RouteMemory memory = RouteMemory.fresh();
    private final GatewayConfig config = config();
    private long nowNanos = START_NANOS;

    private final ProvidersApi api = new ProvidersApi(config::providers, memory.health(), () -> nowNanos);

    private static GatewayConfig config() {
        GatewayConfig.Provider alone = Configs.provider("beta", "http://127.0.0.1:2/v1", null);
        GatewayConfig.Provider one = Configs.provider("alpha", "http://127.0.0.1:1/v1", SECRET);
        GatewayConfig.Provider two = new GatewayConfig.Provider(
                one.name(),
                one.dialect(),
                null,
                one.baseUrl(),
                List.of(new Secret(SECRET), new Secret("sk-canary-2")),
                null,
                true,
                null,
                null,
                null,
                null,
                null,
                GatewayConfig.TimeoutSettings.NONE,
                GatewayConfig.Breaker.DEFAULT);
        return Configs.config(List.of(two, alone), List.of(Configs.model("chat", "alpha/m-1")));
    }

    ProvidersApiTest() {
        RouteTable routes = new RouteTable(
                config, Configs::dialects, RouteTable.CredentialSource.KEYS, provider -> List.of(), memory);
        assertThat(routes).isNotNull();
    }

    private TargetHealth target(String provider, String model, String apiKey) {
        return memory.health().targets().entrySet().stream()
                .filter(entry -> entry.getKey().provider().equals(provider)
                        && entry.getKey().model().equals(model)
                        && entry.getKey().credential().startsWith(apiKey))
                .findFirst()
                .orElseThrow()
                .getValue();
    }

    private void fail(TargetHealth target) {
        for (int i = 0; i < 5; i++) {
            target.end(target.begin(1, nowNanos), Outcome.UNAVAILABLE, 0, nowNanos);
        }
    }

    @Test
    void showsEachTargetOfEachProvider() {
        TargetHealth target = target("alpha", "m-1", "1:");
        target.begin(10, nowNanos);
        target.onFirstContent(0, TimeUnit.MILLISECONDS.toNanos(120), nowNanos);

        AdminResponse answer = api.list();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body())
                .startsWith(
                        "{\"providers\":[{\"name\":\"alpha\",\"dialect\":\"openai\","
                                + "\"base_url\":\"http://127.0.0.1:1/v1\",\"state\":\"ok\",\"targets\":[{\"model\":\"*\",\"api_key\":0,")
                .contains("{\"model\":\"m-1\",\"api_key\":1,\"breaker\":\"closed\",\"open_requests\":1,"
                        + "\"first_token_ms\":[120,null,null,null],\"whole_answer_ms\":[null,null,null,null],\"failures_in_a_row\":0,\"failure_ratio\":0.0,"
                        + "\"limited_for_ms\":0,\"remaining_requests\":null,\"remaining_tokens\":null,"
                        + "\"requests\":1,\"failures\":0}")
                .contains("{\"name\":\"beta\",\"dialect\":\"openai\",\"base_url\":\"http://127.0.0.1:2/v1\","
                        + "\"state\":\"ok\",\"targets\":[{\"model\":\"*\",\"api_key\":null,");
    }

    @Test
    void showsNothingOfAKey() {
        String hash = Integer.toHexString(SECRET.hashCode());

        assertThat(api.list().body()).doesNotContain("canary").doesNotContain(hash);
    }

    @Test
    void saysWhichProvidersAreInTrouble() {
        fail(target("alpha", "m-1", "0:"));
        fail(target("beta", "*", ""));

        assertThat(api.list().body())
                .contains("\"base_url\":\"http://127.0.0.1:1/v1\",\"state\":\"degraded\"")
                .contains("{\"model\":\"m-1\",\"api_key\":0,\"breaker\":\"open\",\"open_requests\":0,")
                .contains("\"base_url\":\"http://127.0.0.1:2/v1\",\"state\":\"down\"");
    }

    @Test
    void forgetsWhatTheTargetsOfOneProviderDid() {
        fail(target("alpha", "m-1", "0:"));
        fail(target("beta", "*", ""));

        AdminResponse answer = api.reset("alpha");

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.body()).isEmpty();
        assertThat(target("alpha", "m-1", "0:").view(nowNanos).circuit()).isEqualTo(TargetHealth.Circuit.CLOSED);
        assertThat(target("beta", "*", "").view(nowNanos).circuit()).isEqualTo(TargetHealth.Circuit.OPEN);
    }

    @Test
    void knowsNoProviderThatIsNotConfigured() {
        AdminResponse answer = api.reset("gamma");

        assertThat(answer.status()).isEqualTo(404);
        assertThat(Objects.requireNonNull(answer.body()))
                .contains("provider_not_found")
                .contains("alpha, beta");
    }
}
