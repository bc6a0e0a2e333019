package dev.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.ConfigChange.Kind;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigDifferenceTest {
    private static final String BASE = """
            providers:
              p: { dialect: openai, base_url: https://a.example, api_key: secret-1 }
              q: { dialect: openai, base_url: https://b.example }
            models:
              m: p/x
              n: q/y
            keys:
              - { name: ci, hash: "hmac-sha256:Ab3dEf9h:0123456789abcdefghijklmnopqrstuvwxyzABCDEFG" }
            """;

    @TempDir
    Path dir;

    private ConfigDifference difference(String first, String second) throws ConfigException {
        ConfigText text = new ConfigText(dir, Map.of());
        return ConfigDifference.between(text.config(first), text.config(second));
    }

    @Test
    void findsNothingBetweenTwoReadings() throws ConfigException {
        ConfigDifference none = difference(BASE, "# a comment\n" + BASE);

        assertThat(none.changes()).isEmpty();
        assertThat(none.needRestart()).isEmpty();
    }

    @Test
    void namesEntriesThatCameWentAndChanged() throws ConfigException {
        String other = BASE.replace("secret-1", "secret-2")
                .replace("  q: { dialect: openai, base_url: https://b.example }\n", "")
                .replace("  n: q/y\n", "  o: p/z\n")
                .replace("name: ci", "name: cd");

        ConfigDifference difference = difference(BASE, other);

        assertThat(difference.needRestart()).isEmpty();
        assertThat(difference.changes())
                .containsExactly(
                        new ConfigChange("providers.p", Kind.CHANGED),
                        new ConfigChange("providers.q", Kind.REMOVED),
                        new ConfigChange("models.o", Kind.ADDED),
                        new ConfigChange("models.n", Kind.REMOVED),
                        new ConfigChange("keys.cd", Kind.ADDED),
                        new ConfigChange("keys.ci", Kind.REMOVED));
        assertThat(difference.toString()).doesNotContain("secret");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "server: { listen: 127.0.0.1:9 } | server.listen",
                "server: { transport: nio } | server.transport",
                "server: { reuse_port: true } | server.reuse_port",
                "server: { threads: 3 } | server.threads",
                "server: { limits: { request_line: 5KiB } } | server.limits.request_line",
                "server: { limits: { headers: 5KiB } } | server.limits.headers",
                "server: { limits: { header_count: 11 } } | server.limits.header_count",
                "server: { limits: { body: 5KiB } } | server.limits.body",
                "server: { limits: { header_timeout: 2s } } | server.limits.header_timeout",
                "server: { limits: { body_timeout: 2s } } | server.limits.body_timeout",
                "server: { limits: { keep_alive: 2s } } | server.limits.keep_alive",
                "server: { limits: { max_connections: 2 } } | server.limits.max_connections",
                "admin: { listen: 127.0.0.1:9 } | admin.listen",
                "admin: { token: t } | admin.token",
                "database: { url: postgres://u:p@h/d } | database.url",
                "redis: { url: redis://h } | redis.url",
                "data_dir: other | data_dir",
                "usage: { retention: 9d } | usage.retention",
                "usage: { durability: fsync } | usage.durability",
                "usage: { metering: off } | usage.metering",
                "redis: { url: redis://r:6379 } | redis.url"
            })
    void needsARestartForWhatIsSetUpOnce(String yaml, String path) throws ConfigException {
        ConfigDifference difference = difference(BASE, BASE + yaml + "\n");

        assertThat(difference.needRestart()).containsExactly(path);
        assertThat(difference.changes()).containsExactly(new ConfigChange(path, Kind.CHANGED));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "server: { drain: 9s } | server.drain",
                "server: { drain_delay: 9s } | server.drain_delay",
                "server: { limits: { json_depth: 9 } } | server.limits.json_depth",
                "usage: { on_client_abort: drain } | usage.on_client_abort",
                "usage: { drain: { tokens: 9 } } | usage.drain",
                "usage: { prices: prices.yaml } | usage.prices",
                "limits: { time_zone: Asia/Jerusalem } | limits.time_zone",
                "limits: { nodes: 3 } | limits.nodes",
                "limits: { threats: { enabled: false } } | limits.threats",
                "limits: { webhook: { url: https://hooks.example } } | limits.webhook"
            })
    void changesTheRestWhileItRuns(String yaml, String path) throws ConfigException, IOException {
        Files.writeString(dir.resolve("prices.yaml"), "any");

        ConfigDifference difference = difference(BASE, BASE + yaml + "\n");

        assertThat(difference.needRestart()).isEmpty();
        assertThat(difference.changes()).containsExactly(new ConfigChange(path, Kind.CHANGED));
    }

    @Test
    void namesRulesThatCameWentAndChanged() throws ConfigException {
        String one = BASE + "limits: { rules: [{ name: a, requests: 1/day }, { name: b, requests: 1/day }] }\n";
        String other = BASE + "limits: { rules: [{ name: a, requests: 2/day }, { name: c, requests: 1/day }] }\n";

        ConfigDifference difference = difference(one, other);

        assertThat(difference.needRestart()).isEmpty();
        assertThat(difference.changes())
                .containsExactly(
                        new ConfigChange("limits.rules.a", Kind.CHANGED),
                        new ConfigChange("limits.rules.c", Kind.ADDED),
                        new ConfigChange("limits.rules.b", Kind.REMOVED));
    }

    @Test
    void letsFilesOfTlsHaveOtherNamesButNotComeOrGo() throws ConfigException, IOException {
        for (String name : Set.of("a.crt", "b.crt", "a.key")) {
            Files.writeString(dir.resolve(name), "any");
        }
        String one = BASE + "server: { tls: { cert: a.crt, key: a.key } }\n";
        String other = BASE + "server: { tls: { cert: b.crt, key: a.key } }\n";

        assertThat(difference(one, other).needRestart()).isEmpty();
        assertThat(difference(one, other).changes()).containsExactly(new ConfigChange("server.tls.cert", Kind.CHANGED));
        assertThat(difference(BASE, one).needRestart()).containsExactly("server.tls");
        assertThat(difference(one, BASE).needRestart()).containsExactly("server.tls");
    }

    @Test
    void letsAnybodyInOnceTheFileSaysSo() throws ConfigException {
        String loopback = BASE + "server: { listen: 127.0.0.1:8080 }\n";

        ConfigDifference difference = difference(loopback, loopback + "auth: { mode: none }\n");

        assertThat(difference.needRestart()).isEmpty();
        assertThat(difference.changes()).containsExactly(new ConfigChange("auth.mode", Kind.CHANGED));
    }

    /** A setting that is not in the table would be taken for unchanged, whatever it says. */
    @Test
    void forgetsNoSetting() {
        Set<String> expected = new TreeSet<>();
        collect(GatewayConfig.class, "", expected);
        Set<String> compared = new TreeSet<>();
        ConfigDifference.SETTINGS.forEach(setting -> compared.add(setting.path()));

        assertThat(compared).containsAll(expected).hasSize(expected.size() + 1).contains("server.tls");
    }

    private static final Map<String, String> NAMES = Map.of(
            "server.limits.request_line_bytes", "server.limits.request_line",
            "server.limits.header_bytes", "server.limits.headers",
            "server.limits.body_bytes", "server.limits.body",
            "server.cors_origins", "server.cors.origins",
            "auth.modes", "auth.mode");
    private static final Set<String> WHOLE = Set.of(
            "server.listen",
            "admin.listen",
            "admin.oidc",
            "auth.users",
            "usage.drain",
            "limits.threats",
            "limits.webhook");
    private static final Set<String> BY_ENTRY = Set.of("providers", "models", "keys", "auth.issuers", "limits.rules");

    private static void collect(Class<?> type, String prefix, Set<String> paths) {
        for (RecordComponent component : type.getRecordComponents()) {
            String path =
                    prefix + component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(java.util.Locale.ROOT);
            if (BY_ENTRY.contains(path)) {
                continue;
            }
            if (component.getType().isRecord() && !WHOLE.contains(path)) {
                collect(component.getType(), path + ".", paths);
            } else {
                paths.add(NAMES.getOrDefault(path, path));
            }
        }
    }
}
