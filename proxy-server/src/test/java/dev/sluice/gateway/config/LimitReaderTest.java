package dev.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.auth.AccessTable;
import dev.sluice.gateway.auth.AccessTable.Scope;
import dev.sluice.gateway.config.LimitSettings.Amount;
import dev.sluice.gateway.config.LimitSettings.Rule;
import dev.sluice.gateway.config.LimitSettings.Threats;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What goes wrong is in {@code mistakes.txt}. */
final class LimitReaderTest {
    @TempDir
    Path dir;

    private GatewayConfig config(String yaml) throws ConfigException {
        return new ConfigText(dir, Map.of()).config(yaml);
    }

    private Rule rule(String rest) throws ConfigException {
        return config("limits: { rules: [{ name: r, " + rest + " }] }\n")
                .limits()
                .rules()
                .get(0);
    }

    @Test
    void limitsNothingWhenNothingIsSaid() throws ConfigException {
        assertThat(config("data_dir: d\n").limits()).isEqualTo(LimitSettings.DEFAULT);
    }

    @Test
    void readsEveryOption() throws ConfigException {
        GatewayConfig config = new ConfigText(dir, ProductExample.ENVIRONMENT).config(ProductExample.YAML);
        LimitSettings limits = config.limits();

        assertThat(limits.timeZone()).isEqualTo(ZoneId.of("Asia/Jerusalem"));
        assertThat(limits.nodes()).isEqualTo(3);
        assertThat(limits.webhook())
                .isEqualTo(new LimitSettings.Webhook(
                        URI.create("https://hooks.example/hook-" + ProductExample.CANARY),
                        new Secret("hook-" + ProductExample.CANARY),
                        false));
        assertThat(limits.threats()).isEqualTo(new Threats(false, 40, 400, Duration.ofHours(1), Duration.ofMinutes(1)));
        assertThat(limits.rules())
                .containsExactly(
                        new Rule(
                                "free messages",
                                Map.of("tiers", List.of("free"), "models", List.of("gpt-*")),
                                Map.of("project", "search"),
                                List.of("user"),
                                List.of(new Amount("requests", 10, "day")),
                                ZoneId.of("Europe/Berlin"),
                                null,
                                0,
                                false,
                                Duration.ZERO,
                                List.of(80, 100)),
                        new Rule(
                                "standard",
                                Map.of(),
                                Map.of(),
                                List.of("key", "tag:project"),
                                List.of(
                                        new Amount("requests", 600, "minute"),
                                        new Amount("tokens", 200_000, "minute"),
                                        new Amount("tokens", 5_000_000, "day"),
                                        new Amount("input_tokens", 1_000_000, "hour"),
                                        new Amount("output_tokens", 9, "second"),
                                        new Amount("cost", 100_000_000, "day"),
                                        new Amount("cost", 12_000_000_001L, "total"),
                                        new Amount("concurrent", 200, null),
                                        new Amount("max_tokens", 4096, null),
                                        new Amount("request_size", 1 << 20, null)),
                                null,
                                null,
                                50,
                                true,
                                Duration.ofSeconds(5),
                                List.of(50, 80, 100)));
        assertThat(config.keys().get(0).limits())
                .containsExactly(
                        new Amount("requests", 60, "minute"),
                        new Amount("requests", 1_000, "day"),
                        new Amount("tokens", 100_000, "minute"),
                        new Amount("tokens", 1_000_000, "day"),
                        new Amount("concurrent", 5, null),
                        new Amount("cost", 10_000_000_000L, "month"),
                        new Amount("cost", 500_000_000L, "day"));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "0.1, 100000000",
        "0.10, 100000000",
        "0.000000001, 1",
        "1, 1000000000",
        "19.99, 19990000000",
        "1000000000, 1000000000000000000",
        "0.29, 290000000"
    })
    void makesNanoDollarsOfDollarsWithoutAnyRounding(String dollars, long nanos) throws ConfigException {
        assertThat(rule("cost: " + dollars + "/day").amounts()).containsExactly(new Amount("cost", nanos, "day"));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "7, 7", "200k, 200000", "3m, 3000000", "1000000m, 1000000000000"})
    void understandsThousandsAndMillions(String written, long count) throws ConfigException {
        assertThat(rule("tokens: " + written + "/hour").amounts()).containsExactly(new Amount("tokens", count, "hour"));
    }

    @Test
    void tellsCallersApartByKeyUnlessToldOtherwise() throws ConfigException {
        assertThat(rule("requests: 1/day").per()).containsExactly("key");
        assertThat(rule("requests: 1/day, per: all").per()).isEmpty();
        assertThat(rule("requests: 1/day, per: [ip, \"tag:a\"]").per()).containsExactly("ip", "tag:a");
    }

    @ParameterizedTest
    @CsvSource({
        "second, , false",
        "minute, , false",
        "hour, , false",
        "day, , true",
        "week, , true",
        "month, , true",
        "total, , false",
        "minute, true, true",
        "day, false, false",
        "total, true, false"
    })
    void windowsOfADayAndLongerAreTheCalendars(String period, Boolean said, boolean calendar) {
        assertThat(new Amount("requests", 1, period).isOfCalendar(said)).isEqualTo(calendar);
    }

    /** A list that is copied because of the doors between rooms must not age. */
    @Test
    void knowsTheEndpointsOfTheDataPlane() {
        List<String> labels = AccessTable.dataRows().stream()
                .filter(row -> !row.access().open() && row.access().auditor() == Scope.NONE)
                .map(AccessTable.DataRow::label)
                .toList();

        assertThat(LimitRuleReader.ENDPOINTS).containsExactlyInAnyOrderElementsOf(labels);
    }

    @Test
    void acceptsManyRules() throws ConfigException {
        StringBuilder yaml = new StringBuilder("limits:\n  rules:\n");
        IntStream.range(0, 300).forEach(i -> yaml.append("    - { name: r" + i + ", requests: 1/day }\n"));

        assertThat(config(yaml.toString()).limits().rules()).hasSize(300);
    }
}
