package dev.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.entry;

import dev.sluice.gateway.config.GatewayConfig.Abilities;
import dev.sluice.gateway.config.GatewayConfig.AbortPolicy;
import dev.sluice.gateway.config.GatewayConfig.Address;
import dev.sluice.gateway.config.GatewayConfig.Auth;
import dev.sluice.gateway.config.GatewayConfig.Breaker;
import dev.sluice.gateway.config.GatewayConfig.Hedge;
import dev.sluice.gateway.config.GatewayConfig.Limits;
import dev.sluice.gateway.config.GatewayConfig.Mirror;
import dev.sluice.gateway.config.GatewayConfig.Model;
import dev.sluice.gateway.config.GatewayConfig.Retry;
import dev.sluice.gateway.config.GatewayConfig.Strategy;
import dev.sluice.gateway.config.GatewayConfig.Target;
import dev.sluice.gateway.config.GatewayConfig.TimeoutSettings;
import dev.sluice.gateway.config.GatewayConfig.Tls;
import dev.sluice.gateway.config.GatewayConfig.Transport;
import dev.sluice.gateway.config.GatewayConfig.UsageSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigLoaderTest {
    private static final String PROVIDER = "providers: { p: { dialect: openai, base_url: https://a.example } }\n";

    @TempDir
    Path dir;

    private GatewayConfig config(String yaml) throws ConfigException {
        return new ConfigText(dir, Map.of()).config(yaml);
    }

    @Test
    void readsEveryOption() throws ConfigException {
        GatewayConfig config = new ConfigText(dir, ProductExample.ENVIRONMENT).config(ProductExample.YAML);

        assertThat(config.server().listen()).isEqualTo(new Address("0.0.0.0", 8080));
        assertThat(config.server().transport()).isEqualTo(Transport.AUTO);
        assertThat(config.server().threads()).isEqualTo(2);
        assertThat(config.server().drain()).isEqualTo(Duration.ofSeconds(45));
        assertThat(config.server().limits())
                .isEqualTo(new Limits(
                        8192,
                        32768,
                        50,
                        8 << 20,
                        32,
                        Duration.ofSeconds(5),
                        Duration.ofMinutes(1),
                        Duration.ofSeconds(90),
                        1000));
        assertThat(config.admin().listen()).isEqualTo(new Address("127.0.0.1", 8081));
        assertThat(config.admin().token()).isEqualTo(new Secret("token-" + ProductExample.CANARY));
        assertThat(config.auth().modes()).containsExactly(Auth.Mode.KEYS);
        assertThat(config.database()).isNotNull();
        assertThat(config.dataDir()).isEqualTo(dir.resolve("data"));
        assertThat(config.usage())
                .isEqualTo(new UsageSettings(
                        null,
                        Duration.ofDays(500),
                        GatewayConfig.AbortPolicy.DRAIN,
                        GatewayConfig.Drain.DEFAULT,
                        GatewayConfig.Durability.FSYNC,
                        true));
        assertThat(config.keys()).singleElement().satisfies(key -> {
            assertThat(key.name()).isEqualTo("ci");
            assertThat(key.models()).containsExactly("gpt-*");
        });
    }

    @Test
    void readsProvidersInTheOrderOfTheFile() throws ConfigException {
        GatewayConfig config = new ConfigText(dir, ProductExample.ENVIRONMENT).config(ProductExample.YAML);

        assertThat(config.providers().keySet()).containsExactly("openai", "azure", "groq", "local");
        assertThat(ConfigText.provider(config, "azure")).satisfies(azure -> {
            assertThat(azure.dialect()).isEqualTo("azure");
            assertThat(azure.baseUrl()).isEqualTo(URI.create("https://mine.openai.azure.com/openai/v1"));
            assertThat(azure.apiVersion()).isEqualTo("v1");
        });
        assertThat(ConfigText.provider(config, "groq").apiKeys())
                .extracting(Secret::reveal)
                .containsExactly("gsk-a-" + ProductExample.CANARY, "gsk-b-" + ProductExample.CANARY);
        assertThat(ConfigText.provider(config, "local").allowPrivate()).isTrue();
        assertThat(ConfigText.provider(config, "local").apiKeys()).isEmpty();
        assertThat(ConfigText.provider(config, "groq").timeouts())
                .isEqualTo(new TimeoutSettings(Duration.ofSeconds(1), null, Duration.ofSeconds(7), null));
        assertThat(ConfigText.provider(config, "groq").breaker()).isEqualTo(Breaker.DEFAULT);
        assertThat(ConfigText.provider(config, "local").timeouts()).isEqualTo(TimeoutSettings.NONE);
        assertThat(ConfigText.provider(config, "local").breaker())
                .isEqualTo(
                        new Breaker(3, 25, 40, Duration.ofSeconds(20), Duration.ofSeconds(30), Duration.ofSeconds(8)));
    }

    @ParameterizedTest
    @CsvSource({
        "v1, https://a.example, https://a.example/openai/v1",
        "v1, https://a.example/own/path, https://a.example/own/path",
        "2024-10-21, https://a.example, https://a.example",
        "2025-04-01-preview, https://a.example, https://a.example"
    })
    void datedVersionsOfAzureLeaveItsEndpointBare(String version, String written, String read) throws ConfigException {
        GatewayConfig config = new ConfigText(dir, ProductExample.ENVIRONMENT)
                .config("providers:\n  p: { dialect: azure, base_url: \"" + written + "\", api_version: " + version
                        + ", api_key: k }\n");

        assertThat(ConfigText.provider(config, "p").baseUrl()).isEqualTo(URI.create(read));
        assertThat(ConfigText.provider(config, "p").apiVersion()).isEqualTo(version);
    }

    @Test
    void readsModelsInTheOrderOfTheFile() throws ConfigException {
        GatewayConfig config = new ConfigText(dir, ProductExample.ENVIRONMENT).config(ProductExample.YAML);

        assertThat(config.models())
                .containsExactly(
                        entry("gpt-4o-mini", shortForm("gpt-4o-mini", "openai", "gpt-4o-mini")),
                        entry("gpt-4", shortForm("gpt-4", "groq", "meta-llama/llama-4")),
                        entry("gpt-*", shortForm("gpt-*", "openai", "*")),
                        entry("chat", chat()),
                        entry("any", any()));
    }

    private static Model chat() {
        return new Model(
                "chat",
                Strategy.WEIGHTED,
                List.of(
                        new Target("openai", "gpt-4o-mini", 3, Abilities.UNKNOWN),
                        new Target("groq", "llama-3.3-70b-versatile")),
                new TimeoutSettings(
                        Duration.ofSeconds(4), Duration.ofSeconds(21), Duration.ofSeconds(61), Duration.ofMinutes(11)),
                new Retry(2, Duration.ofMillis(50), Duration.ofSeconds(2)),
                new Hedge(90, null, 2.5),
                new Mirror(new Target("local", "llama"), 0.5),
                Model.DEFAULT_COST_PERCENT,
                null);
    }

    private static Model any() {
        return new Model(
                "any",
                Strategy.AUTO,
                List.of(
                        new Target("openai", "gpt-4o", 1, new Abilities(true, true, true, false, 128_000, "us-east-1")),
                        new Target("local", "llama", 1, new Abilities(false, null, null, null, null, null))),
                TimeoutSettings.NONE,
                Retry.DEFAULT,
                new Hedge(0, Duration.ofMillis(700), Hedge.DEFAULT_BUDGET_PERCENT),
                null,
                80,
                AbortPolicy.DRAIN);
    }

    @ParameterizedTest
    @CsvSource({
        "fallback, FALLBACK", "weighted, WEIGHTED", "fastest, FASTEST", "least-busy, LEAST_BUSY",
        "cheapest, CHEAPEST", "affinity, AFFINITY", "session, SESSION", "auto, AUTO"
    })
    void knowsEveryStrategyByItsName(String written, Strategy read) throws ConfigException {
        GatewayConfig config =
                config(PROVIDER + "models: { m: { route: " + written + ", targets: [{ model: p/x }] } }");

        assertThat(config.models())
                .hasEntrySatisfying("m", model -> assertThat(model.route()).isEqualTo(read));
    }

    @ParameterizedTest
    @CsvSource({"0.1%, 0.1", "1%, 1", "33.333%, 33.333", "7.05%, 7.05", "100%, 100", "100.0%, 100"})
    void readsSharesWithDigitsBehindThePoint(String written, double read) throws ConfigException {
        GatewayConfig config = config(PROVIDER + "models: { m: { targets: [{ model: p/x }], hedge: { budget: " + written
                + " }, mirror: { model: p/y, share: " + written + " } } }");

        assertThat(config.models()).hasEntrySatisfying("m", model -> {
            assertThat(model.hedge()).isEqualTo(new Hedge(95, null, read));
            assertThat(model.mirror()).isEqualTo(new Mirror(new Target("p", "y"), read));
        });
    }

    @Test
    void triesEachTargetOnceUnlessToldOtherwise() throws ConfigException {
        GatewayConfig config = config(PROVIDER + "models: { m: { targets: [{ model: p/x }, { model: p/y }] } }");

        assertThat(config.models())
                .containsValue(new Model(
                        "m",
                        Strategy.FALLBACK,
                        List.of(new Target("p", "x"), new Target("p", "y")),
                        TimeoutSettings.NONE,
                        new Retry(0, Duration.ofMillis(100), Duration.ofSeconds(10)),
                        null,
                        null,
                        50,
                        null));
    }

    @Test
    void whatIsSaidOfNoTargetIsTheSameNothing() throws ConfigException {
        GatewayConfig config = config(PROVIDER + "models: { m: { targets: [{ model: p/x }] } }");

        assertThat(ConfigText.targets(config, "m").get(0).abilities()).isSameAs(Abilities.UNKNOWN);
    }

    @Test
    void acceptsAsManyTargetsAsASetOfThemHas() throws ConfigException {
        String targets = "{ model: p/x }, ".repeat(32);

        assertThat(ConfigText.targets(
                        config("providers: { p: { dialect: openai, base_url: https://a.example, api_keys: [k, l] } }\n"
                                + "models: { m: { targets: [" + targets + "] } }"),
                        "m"))
                .hasSize(32);
    }

    private static Model shortForm(String name, String provider, String model) {
        return Model.of(name, new Target(provider, model));
    }

    @Test
    void allOfTheProductsExampleHasAnEffect() throws ConfigException {
        Loaded loaded = new ConfigText(dir, ProductExample.ENVIRONMENT).load(ProductExample.YAML);

        assertThat(ConfigText.lines(loaded.notices())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"fallback", "fastest"})
    void saysWhereAWeightIsNotLookedAt(String route) throws ConfigException {
        Loaded loaded = new ConfigText(dir, Map.of())
                .load(PROVIDER + "models:\n  m: { targets: [{ model: p/x, weight: 2 }], route: " + route + " }\n");

        assertThat(ConfigText.lines(loaded.notices()))
                .containsExactly("3:32: models.m.targets[0].weight: has no effect with route " + route);
    }

    @ParameterizedTest
    @CsvSource({"weighted", "least-busy", "cheapest", "affinity", "session", "auto"})
    void staysSilentWhereAWeightIsLookedAt(String route) throws ConfigException {
        Loaded loaded = new ConfigText(dir, Map.of())
                .load(PROVIDER + "models:\n  m: { targets: [{ model: p/x, weight: 2 }], route: " + route + " }\n");

        assertThat(loaded.notices()).isEmpty();
    }

    @Test
    void staysSilentAboutWhatItDoes() throws ConfigException {
        String yaml = """
                usage: { on_client_abort: cancel, durability: write }
                providers:
                  p: { dialect: openai, base_url: https://a.example, api_keys: [k, l], breaker: { open: 5s } }
                models:
                  m:
                    route: auto
                    auto: { cost: 10% }
                    targets: [{ model: p/m, vision: true }, { model: p/n }]
                    retry: { attempts: 3, hold: 5s }
                    hedge: { after: p95, budget: 3% }
                    mirror: { model: p/o, share: 1% }
                """;

        assertThat(new ConfigText(dir, Map.of()).load(yaml).notices()).isEmpty();
    }

    @Test
    void anAddressMayBeShared() throws ConfigException {
        assertThat(config("server: { transport: epoll, reuse_port: true }\n")
                        .server()
                        .reusePort())
                .isTrue();
    }

    @Test
    void aContainerIsGivenMoreTimeToStop() throws ConfigException {
        ConfigText inContainer = new ConfigText(dir, Map.of("SLUICE_CONTAINER", "true"));

        assertThat(inContainer.config("# nothing\n").server().drain()).isEqualTo(Duration.ofMinutes(15));
        assertThat(inContainer.config("# nothing\n").server().drainDelay()).isEqualTo(Duration.ofSeconds(5));
        GatewayConfig.Server written =
                inContainer.config("server: { drain: 3s, drain_delay: 0s }\n").server();
        assertThat(written.drain()).isEqualTo(Duration.ofSeconds(3));
        assertThat(written.drainDelay()).isZero();
    }

    @Test
    void fillsInDefaults() throws ConfigException {
        GatewayConfig config = config("# nothing\n");

        assertThat(config.server().listen()).isEqualTo(new Address("0.0.0.0", 8080));
        assertThat(config.server().tls()).isNull();
        assertThat(config.server().threads()).isZero();
        assertThat(config.server().reusePort()).isFalse();
        assertThat(config.server().drain()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.server().drainDelay()).isZero();
        assertThat(config.server().limits()).isEqualTo(Limits.DEFAULT);
        assertThat(config.admin()).isEqualTo(new GatewayConfig.Admin(new Address("127.0.0.1", 8081), null, null));
        assertThat(config.auth().modes()).containsExactly(Auth.Mode.KEYS);
        assertThat(config.database()).isNull();
        assertThat(config.dataDir()).isEqualTo(dir.resolve("data"));
        assertThat(config.providers()).isEmpty();
        assertThat(config.models()).isEmpty();
        assertThat(config.usage()).isEqualTo(UsageSettings.DEFAULT);
        assertThat(config.keys()).isEmpty();
    }

    @Test
    void neverShowsASecret() throws ConfigException {
        Loaded loaded = new ConfigText(dir, ProductExample.ENVIRONMENT).load(ProductExample.YAML);

        assertThat(loaded.toString()).doesNotContain(ProductExample.CANARY).contains("***");
    }

    @Test
    void findsFilesBesideTheConfiguration() throws ConfigException, IOException {
        Files.writeString(dir.resolve("a.crt"), "certificate");
        Files.writeString(dir.resolve("a.key"), "key");
        Path prices = Files.writeString(dir.resolve("prices.yaml"), "prices");
        Path file = Files.writeString(dir.resolve("sluice.yaml"), """
                server: { tls: { cert: a.crt, key: ./a.key } }
                data_dir: state
                usage: { prices: ./prices.yaml }
                providers: { p: { dialect: openai, base_url: https://a.example, ca: a.crt } }
                """);

        GatewayConfig config =
                ConfigLoader.load(file, Map.of(), Path.of("/elsewhere")).config();

        assertThat(config.server().tls()).isEqualTo(new Tls(dir.resolve("a.crt"), dir.resolve("a.key")));
        assertThat(config.dataDir()).isEqualTo(dir.resolve("state"));
        assertThat(config.usage().prices()).isEqualTo(prices);
        assertThat(ConfigText.provider(config, "p").ca()).isEqualTo(dir.resolve("a.crt"));
    }

    @ParameterizedTest
    @CsvSource({
        "${A}, one",
        "x${A}y${A}z, xoneyonez",
        "${NONE:-two}, two",
        "${BLANK:-two}, two",
        "${A:-two}, one",
        "${NONE:-a:-b}, a:-b",
        "$$, $",
        "$${A}, ${A}",
        "$$$${A}, $${A}",
        "$A, $A",
        "a$, a$",
        "${NESTED}, ${A}",
        "${file:secret.txt}, from file",
        "<${file:secret.txt}>, <from file>",
    })
    void replacesReferences(String written, String expected) throws IOException, ConfigException {
        Files.writeString(dir.resolve("secret.txt"), "from file\r\n");
        Map<String, String> environment = Map.of("A", "one", "BLANK", "", "NESTED", "${A}");

        GatewayConfig config = new ConfigText(dir, environment).config("data_dir: \"" + written + "\"\n");

        assertThat(config.dataDir()).isEqualTo(dir.resolve(expected));
    }

    @Test
    void mergesAliasesAndMergeKeys() throws ConfigException {
        GatewayConfig config = config("""
                providers:
                  a: &base { dialect: openai, base_url: https://a.example }
                  b: { <<: *base, base_url: https://b.example }
                """);

        assertThat(ConfigText.provider(config, "b").dialect()).isEqualTo("openai");
        assertThat(ConfigText.provider(config, "b").baseUrl()).isEqualTo(URI.create("https://b.example"));
    }

    @Test
    void allowsNoAuthenticationOnLoopbackOnly() throws ConfigException {
        for (String listen : List.of("127.0.0.1:0", "127.9.9.9:80", "[::1]:80", "localhost:80")) {
            assertThat(config("server: { listen: \"" + listen + "\" }\nauth: { mode: none }\n")
                            .auth()
                            .modes())
                    .containsExactly(Auth.Mode.NONE);
        }
        for (String listen : List.of("[::]:80", "[::2]:80", "127.example:80", "10.0.0.1:80")) {
            assertThat(new ConfigText(dir, Map.of())
                            .problems("server: { listen: \"" + listen + "\" }\nauth: { mode: none }\n"))
                    .singleElement()
                    .asString()
                    .startsWith("2:15: auth.mode: 'none' is allowed only");
        }
    }

    @Test
    void opensTheAdminPlaneWithATokenOnly() throws ConfigException {
        GatewayConfig config = config("admin: { listen: 0.0.0.0:8081, token: abc }\n");

        assertThat(config.admin().listen().isLoopback()).isFalse();
        assertThat(config.admin().token()).isNotNull();
    }

    @Test
    void knowsTheDemoProviderWhenThereIsNoOther() throws ConfigException {
        assertThat(config("models: { \"*\": \"demo/*\" }\n").models()).containsKey("*");
    }

    @Test
    void looksForTheFileInOrder() throws IOException, ConfigException {
        Path named = Files.writeString(dir.resolve("named.yaml"), "server: { threads: 1 }\n");
        Path inEnvironment = Files.writeString(dir.resolve("environment.yaml"), "server: { threads: 2 }\n");
        Map<String, String> environment = Map.of("SLUICE_CONFIG", "environment.yaml");

        assertThat(ConfigLoader.load(null, environment, dir).file()).isEqualTo(inEnvironment);
        assertThat(ConfigLoader.load(Path.of("named.yaml"), environment, dir).file())
                .isEqualTo(named);
        assertThat(ConfigLoader.load(null, Map.of(), dir).file()).isNull();
        Path usual = Files.writeString(dir.resolve("sluice.yaml"), "server: { threads: 3 }\n");
        assertThat(ConfigLoader.load(null, Map.of(), dir).file()).isEqualTo(usual);
        assertThat(ConfigLoader.load(null, environment, dir).config().server().threads())
                .isEqualTo(2);
    }

    @Test
    void refusesAnEmptyNameOfAFile() {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ConfigLoader.load(null, Map.of("SLUICE_CONFIG", ""), dir))
                .withMessage("SLUICE_CONFIG: is empty; allowed: the path of a configuration file");
    }

    @Test
    void letsItsOwnVariablesWinOverTheFile() throws ConfigException {
        Map<String, String> environment = Map.of(
                "SLUICE_LISTEN", "127.0.0.1:9000",
                "SLUICE_ADMIN_LISTEN", "127.0.0.1:9001",
                "SLUICE_ADMIN_TOKEN", "secret",
                "SLUICE_TRANSPORT", "nio",
                "SLUICE_DATA_DIR", "/elsewhere",
                "DATABASE_URL", "postgres://other");

        GatewayConfig config =
                new ConfigText(dir, environment).config("server: { listen: 0.0.0.0:1, transport: epoll }\n");

        assertThat(config.server().listen()).isEqualTo(new Address("127.0.0.1", 9000));
        assertThat(config.server().transport()).isEqualTo(Transport.NIO);
        assertThat(config.admin().listen()).isEqualTo(new Address("127.0.0.1", 9001));
        assertThat(config.admin().token()).isEqualTo(new Secret("secret"));
        assertThat(config.dataDir()).isEqualTo(Path.of("/elsewhere"));
        assertThat(config.database()).isNull();
    }
}
