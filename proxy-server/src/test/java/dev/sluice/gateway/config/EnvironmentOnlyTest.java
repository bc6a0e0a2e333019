package dev.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig.Address;
import dev.sluice.gateway.config.GatewayConfig.Target;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvironmentOnlyTest {
    @TempDir
    Path dir;

    private Loaded load(Map<String, String> environment) throws ConfigException {
        return ConfigLoader.load(null, environment, dir);
    }

    private List<String> problems(Map<String, String> environment) {
        try {
            throw new AssertionError("accepted: " + load(environment));
        } catch (ConfigException e) {
            return ConfigText.lines(e.problems());
        }
    }

    @Test
    void startsOnLoopbackWithNothingSet() throws ConfigException {
        Loaded loaded = load(Map.of());

        assertThat(loaded.config().server().listen()).isEqualTo(new Address("127.0.0.1", 8080));
        assertThat(loaded.config().admin().listen()).isEqualTo(new Address("127.0.0.1", 8081));
        assertThat(loaded.config().dataDir()).isEqualTo(dir.resolve("data"));
        assertThat(loaded.config().providers()).isEmpty();
        assertThat(loaded.config().models()).isEmpty();
        assertThat(loaded.notices()).isEmpty();
        assertThat(loaded.origin()).isEqualTo("environment");
    }

    @ParameterizedTest
    @CsvSource({
        "OPENAI_API_KEY, openai, , https://api.openai.com/v1",
        "GROQ_API_KEY, groq, groq, https://api.groq.com/openai/v1",
        "OPENROUTER_API_KEY, openrouter, openrouter, https://openrouter.ai/api/v1",
        "MISTRAL_API_KEY, mistral, mistral, https://api.mistral.ai/v1",
        "DEEPSEEK_API_KEY, deepseek, deepseek, https://api.deepseek.com",
        "XAI_API_KEY, xai, xai, https://api.x.ai/v1",
    })
    void switchesAProviderOn(String variable, String name, @Nullable String quirks, URI baseUrl)
            throws ConfigException {
        GatewayConfig config = load(Map.of(variable, "key")).config();

        assertThat(config.providers().keySet()).containsExactly(name);
        assertThat(ConfigText.provider(config, name)).satisfies(provider -> {
            assertThat(provider.name()).isEqualTo(name);
            assertThat(provider.dialect()).isEqualTo("openai");
            assertThat(provider.quirks()).isEqualTo(quirks);
            assertThat(provider.baseUrl()).isEqualTo(baseUrl);
            assertThat(provider.apiKeys()).containsExactly(new Secret("key"));
            assertThat(provider.allowPrivate()).isFalse();
        });
        assertThat(ConfigText.targets(config, "*")).containsExactly(new Target(name, "*"));
    }

    @Test
    void knowsTheModelsOfOpenAi() throws ConfigException {
        GatewayConfig config =
                load(Map.of("OPENAI_API_KEY", "a", "GROQ_API_KEY", "b")).config();

        assertThat(config.models().keySet())
                .containsExactly(
                        "gpt-*",
                        "chatgpt-*",
                        "o1*",
                        "o3*",
                        "o4*",
                        "text-embedding-*",
                        "omni-moderation-*",
                        "text-moderation-*");
        assertThat(ConfigText.targets(config, "o3*")).containsExactly(new Target("openai", "o3*"));
    }

    @Test
    void switchesAzureOnWithBothOfItsVariables() throws ConfigException {
        Map<String, String> both =
                Map.of("AZURE_OPENAI_ENDPOINT", "https://me.openai.azure.com/", "AZURE_OPENAI_API_KEY", "k");

        assertThat(load(both).config().providers().get("azure")).satisfies(azure -> {
            assertThat(azure.dialect()).isEqualTo("azure");
            assertThat(azure.baseUrl()).isEqualTo(URI.create("https://me.openai.azure.com/openai/v1"));
            assertThat(azure.apiVersion()).isEqualTo("v1");
        });
        assertThat(ConfigText.lines(load(Map.of("AZURE_OPENAI_API_KEY", "k")).notices()))
                .containsExactly("0:0: AZURE_OPENAI_API_KEY: has no effect without AZURE_OPENAI_ENDPOINT");
        assertThat(ConfigText.lines(load(Map.of("AZURE_OPENAI_ENDPOINT", "https://a.example"))
                        .notices()))
                .containsExactly("0:0: AZURE_OPENAI_ENDPOINT: has no effect without AZURE_OPENAI_API_KEY");
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost:11434, http://localhost:11434/v1",
        "http://localhost:11434/, http://localhost:11434/v1",
        "http://box:11434/v1, http://box:11434/v1",
    })
    void reachesOllamaInTheOwnNetwork(String variable, URI expected) throws ConfigException {
        GatewayConfig.Provider ollama =
                ConfigText.provider(load(Map.of("OLLAMA_BASE_URL", variable)).config(), "ollama");

        assertThat(ollama.baseUrl()).isEqualTo(expected);
        assertThat(ollama.allowPrivate()).isTrue();
        assertThat(ollama.apiKeys()).isEmpty();
    }

    @Test
    void providersOfOtherDialectsServeTheModelsOfTheirName() throws ConfigException {
        Loaded loaded = load(Map.of("ANTHROPIC_API_KEY", "a", "GEMINI_API_KEY", "b"));

        assertThat(loaded.notices()).isEmpty();
        assertThat(ConfigText.provider(loaded.config(), "anthropic").dialect()).isEqualTo("anthropic");
        assertThat(ConfigText.provider(loaded.config(), "gemini").dialect()).isEqualTo("gemini");
        assertThat(loaded.config().models()).containsOnlyKeys("claude-*", "gemini-*");
    }

    @Test
    void saysThatAnEmptyKeySwitchesNothingOn() throws ConfigException {
        assertThat(ConfigText.lines(load(Map.of("OPENAI_API_KEY", "")).notices()))
                .containsExactly("0:0: OPENAI_API_KEY: is empty and switches nothing on");
    }

    @Test
    void takesItsOwnVariables() throws ConfigException {
        Loaded loaded = load(Map.of(
                "SLUICE_LISTEN", "0.0.0.0:9000",
                "SLUICE_TRANSPORT", "nio",
                "SLUICE_DATA_DIR", "state",
                "DATABASE_URL", "postgres://u:p@h/db",
                "REDIS_URL", "redis://h"));

        assertThat(loaded.config().server().listen()).isEqualTo(new Address("0.0.0.0", 9000));
        assertThat(loaded.config().dataDir()).isEqualTo(dir.resolve("state"));
        assertThat(loaded.config().database()).isEqualTo(new GatewayConfig.Database(new Secret("postgres://u:p@h/db")));
        assertThat(loaded.config().redis()).isEqualTo(new GatewayConfig.Redis(new Secret("redis://h")));
        assertThat(ConfigText.lines(loaded.notices())).isEmpty();
    }

    @Test
    void namesTheVariableThatIsWrong() {
        assertThat(problems(Map.of("SLUICE_LISTEN", "here")))
                .singleElement()
                .asString()
                .startsWith("0:0: SLUICE_LISTEN: 'here' is not an address");
        assertThat(problems(Map.of("SLUICE_ADMIN_LISTEN", "0.0.0.0:8081")))
                .containsExactly(
                        "0:0: SLUICE_ADMIN_LISTEN: '0.0.0.0:8081' is beyond loopback; allowed only with admin.token");
        assertThat(problems(Map.of("SLUICE_TRANSPORT", "")))
                .containsExactly("0:0: SLUICE_TRANSPORT: is empty; allowed: a value, or no such variable");
        assertThat(problems(Map.of("SLUICE_ADMIN_TOKEN", " ")))
                .containsExactly("0:0: SLUICE_ADMIN_TOKEN: is empty; allowed: a value, or no such variable");
        assertThat(problems(Map.of("DATABASE_URL", "mysql://canary")))
                .containsExactly("0:0: DATABASE_URL: is not a database URL;"
                        + " allowed: postgres://user:password@host:port/name or jdbc:postgresql:...");
        assertThat(problems(Map.of("OPENAI_API_KEY", "a b")))
                .containsExactly("0:0: OPENAI_API_KEY: holds a character that cannot stand in a header;"
                        + " allowed: visible ASCII without spaces");
        assertThat(problems(Map.of("OLLAMA_BASE_URL", "localhost:11434")))
                .containsExactly("0:0: OLLAMA_BASE_URL: '${OLLAMA_BASE_URL}' is not usable;"
                        + " allowed: a URL that begins with https:// or http://");
    }
}
