package dev.sluice.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImportLitellmCommandTest {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(\\w+)}");

    @TempDir
    Path dir;

    private Ran imported(String yaml) throws IOException {
        Files.writeString(dir.resolve("config.yaml"), yaml);
        return Ran.sluice(dir, Map.of(), "import", "litellm", "config.yaml");
    }

    /** What is left of the result without its head, which is about what was lost. */
    private static String body(Ran ran) {
        return ran.out().lines().filter(line -> !line.startsWith("#")).reduce("", (a, b) -> a + b + "\n");
    }

    /** One deployment, imported. */
    private String deployment(String params) throws IOException {
        Ran ran = imported("model_list: [{ model_name: m, litellm_params: { " + params + " } }]");
        assertThat(ran.code()).as(ran.err()).isZero();
        accepted(ran.out());
        return body(ran);
    }

    private void accepted(String configuration) throws IOException {
        Files.writeString(dir.resolve("result.yaml"), configuration);
        Map<String, String> environment = new HashMap<>();
        Matcher references = REFERENCE.matcher(configuration);
        while (references.find()) {
            String name = references.group(1);
            environment.put(name, name.contains("ENDPOINT") || name.contains("BASE") ? "https://a.example" : "value");
        }
        environment.computeIfPresent("DATABASE_URL", (name, value) -> "postgres://u:p@h/d");
        environment.computeIfPresent(
                "GOOGLE_APPLICATION_CREDENTIALS",
                (name, value) -> dir.resolve("result.yaml").toString());
        Ran checked = Ran.sluice(dir, environment, "check", "result.yaml");
        assertThat(checked.code()).as(checked.out()).isZero();
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(ImportLitellmCommandTest.class.getResourceAsStream(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aRichConfigurationBecomesOneThatCheckAccepts() throws IOException {
        Ran ran = imported(resource("litellm.yaml"));

        assertThat(ran.code()).isZero();
        assertThat(ran.out()).isEqualTo(resource("litellm.imported.yaml"));
        accepted(ran.out());
    }

    @Test
    void noSecretIsCopiedOrShown() throws IOException {
        Ran ran = imported(resource("litellm.yaml"));

        assertThat(ran.out() + ran.err()).doesNotContain("canary");
    }

    @Test
    void whatIsLostIsSaidWithItsLineInTheResultAndOnStderr() throws IOException {
        Ran ran = imported("""
                model_list:
                  - model_name: m
                    litellm_params: { model: openai/gpt-4o }
                router_settings:
                  redis_host: r
                whatever: 1
                """);

        assertThat(ran.err().lines())
                .containsExactly(
                        "config.yaml:5: note: router_settings.redis_host has no counterpart here: redis.url says where"
                                + " nodes share their limits",
                        "config.yaml:6: note: whatever has no counterpart here");
        assertThat(ran.out())
                .contains("#   5: router_settings.redis_host has no counterpart", "#   6: whatever has no");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "model: gpt-4o | openai | https://api.openai.com/v1 | openai/gpt-4o | OPENAI_API_KEY",
                "model: openai/gpt-4o | openai | https://api.openai.com/v1 | openai/gpt-4o | OPENAI_API_KEY",
                "model: openai/responses/o3 | openai | https://api.openai.com/v1 | openai/o3 | OPENAI_API_KEY",
                "model: claude-sonnet-4-5 | anthropic | https://api.anthropic.com | anthropic/claude-sonnet-4-5"
                        + " | ANTHROPIC_API_KEY",
                "model: gemini/gemini-2.5-pro | gemini | https://generativelanguage.googleapis.com"
                        + " | gemini/gemini-2.5-pro | GEMINI_API_KEY",
                "model: groq/llama-3.3-70b | openai | https://api.groq.com/openai/v1 | groq/llama-3.3-70b"
                        + " | GROQ_API_KEY",
                "model: mistral/mistral-large | openai | https://api.mistral.ai/v1 | mistral/mistral-large"
                        + " | MISTRAL_API_KEY",
                "model: deepseek/deepseek-chat | openai | https://api.deepseek.com | deepseek/deepseek-chat"
                        + " | DEEPSEEK_API_KEY",
                "model: xai/grok-4 | openai | https://api.x.ai/v1 | xai/grok-4 | XAI_API_KEY",
                "model: openrouter/meta/llama | openai | https://openrouter.ai/api/v1 | openrouter/meta/llama"
                        + " | OPENROUTER_API_KEY",
                "model: together_ai/meta/llama | openai | https://api.together.xyz/v1 | together/meta/llama"
                        + " | TOGETHERAI_API_KEY",
                "model: ollama/llama3 | ollama | http://localhost:11434 | ollama/llama3 | ''",
                "\"model: ollama_chat/llama3, api_base: http://10.0.0.5:11434/api/chat\" | ollama"
                        + " | http://10.0.0.5:11434 | ollama/llama3 | ''",
                "\"model: hosted_vllm/qwen, api_base: http://gpu:8000/v1/\" | openai | http://gpu:8000/v1 | vllm/qwen"
                        + " | ''",
                "\"model: openai/qwen, api_base: https://llm.example/v1, api_key: none\" | openai"
                        + " | https://llm.example/v1 | openai/qwen | ''",
                "\"model: qwen, custom_llm_provider: openai, base_url: https://llm.example/v1/chat/completions,"
                        + " api_key: os.environ/K\" | openai | https://llm.example/v1 | openai/qwen | K",
                "\"model: azure/eu, api_base: https://x.openai.azure.com/, api_version: 2024-10-21\" | azure"
                        + " | https://x.openai.azure.com | azure/eu | AZURE_API_KEY",
                "\"model: anthropic/c, api_base: https://proxy.example/v1/messages, api_key: os.environ/K\" | anthropic"
                        + " | https://proxy.example | anthropic/c | K"
            })
    void knowsWhoseModelItIs(String params, String dialect, String baseUrl, String target, String variable)
            throws IOException {
        String body = deployment(params);

        assertThat(body).contains("    dialect: " + dialect + "\n", "    base_url: " + baseUrl + "\n");
        assertThat(body).containsPattern("(?m)^  m: " + Pattern.quote(target) + "$");
        if (variable.equals("''") || variable.isEmpty()) {
            assertThat(body).doesNotContain("api_key");
        } else {
            assertThat(body).contains("    api_key: \"${" + variable + "}\"\n");
        }
    }

    @Test
    void vertexIsReachedWithTheKeyFileOfAServiceAccount() throws IOException {
        assertThat(deployment("model: vertex_ai/gemini-2.5-pro, vertex_project: mine, vertex_location: europe-west4"))
                .contains(
                        "https://europe-west4-aiplatform.googleapis.com/v1/projects/mine/locations/europe-west4"
                                + "/publishers/google\n",
                        "service_account: \"${GOOGLE_APPLICATION_CREDENTIALS}\"",
                        "  m: vertex/gemini-2.5-pro\n");
    }

    @Test
    void bedrockIsSignedForItsRegion() throws IOException {
        assertThat(deployment("model: bedrock/us-west-2/amazon.nova-pro-v1:0, aws_access_key_id: AKIAINCLEAR,"
                        + " aws_secret_access_key: os.environ/AWS_SECRET"))
                .contains(
                        "base_url: https://bedrock-runtime.us-west-2.amazonaws.com\n",
                        "access_key_id: \"${LITELLM_AWS_ACCESS_KEY_ID}\"",
                        "secret_access_key: \"${AWS_SECRET}\"",
                        "  m: bedrock/amazon.nova-pro-v1:0\n");
    }

    @Test
    void aKeyInClearBecomesAVariableOfItsOwnAndTheSameKeyTheSame() throws IOException {
        Ran ran = imported("""
                model_list:
                  - { model_name: a, litellm_params: { model: openai/a, api_key: sk-clear-1 } }
                  - { model_name: b, litellm_params: { model: openai/b, api_key: sk-clear-2 } }
                  - { model_name: c, litellm_params: { model: openai/c, api_key: sk-clear-1 } }
                """);

        assertThat(ran.out()).doesNotContain("sk-clear");
        assertThat(ran.err()).doesNotContain("sk-clear").contains("LITELLM_OPENAI_API_KEY", "LITELLM_OPENAI_API_KEY_2");
        assertThat(body(ran)).contains("a: openai/a\n", "b: openai-2/b\n", "c: openai/c\n");
    }

    @Test
    void anAddressWithAPasswordIsLeftOutAndNotShown() throws IOException {
        Ran ran = imported("""
                model_list:
                  - { model_name: a, litellm_params: { model: openai/a, api_base: "https://u:canary@h.example/v1" } }
                """);

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out() + ran.err())
                .contains("config.yaml:2: note: api_base is no address that can be used")
                .doesNotContain("canary");
    }

    @ParameterizedTest
    @CsvSource({
        "simple-shuffle, weighted",
        "least-busy, least-busy",
        "latency-based-routing, fastest",
        "cost-based-routing, cheapest",
        "usage-based-routing-v2, least-busy",
        "something-new, weighted"
    })
    void strategiesAreTranslated(String theirs, String ours) throws IOException {
        Ran ran = imported("""
                model_list:
                  - { model_name: m, litellm_params: { model: openai/a } }
                  - { model_name: m, litellm_params: { model: groq/b } }
                router_settings: { routing_strategy: %s }
                """.formatted(theirs));

        assertThat(body(ran)).contains("    route: " + ours + "\n");
        assertThat(ran.err().contains("routing_strategy"))
                .isEqualTo(theirs.startsWith("usage") || theirs.startsWith("something"));
    }

    @ParameterizedTest
    @CsvSource({
        "weight: 3, weight: 1, 3, 1",
        "weight: 0.9, weight: 0.1, 9, 1",
        "rpm: 6000, rpm: 2000, 3, 1",
        "rpm: 100003, rpm: 50000, 1000, 500",
        "weight: 1, weight: 0, 1000, 1",
        "tpm: 100, tpm: 50, 2, 1",
        "weight: 2, rpm: 50, 1000, 1"
    })
    void theLoadIsSharedByWeightElseByRpmElseByTpm(String one, String other, int first, int second) throws IOException {
        Ran ran = imported("""
                model_list:
                  - { model_name: m, litellm_params: { model: openai/a, %s } }
                  - { model_name: m, litellm_params: { model: groq/b, %s } }
                """.formatted(one, other));

        assertThat(body(ran))
                .contains(
                        "- { model: openai/a, weight: " + first + " }", "- { model: groq/b, weight: " + second + " }");
    }

    @Test
    void deploymentsThatDifferInTheirKeyAloneAreOneProviderWithSeveral() throws IOException {
        Ran ran = imported("""
                model_list:
                  - { model_name: m, litellm_params: { model: openai/a, api_key: os.environ/ONE } }
                  - { model_name: m, litellm_params: { model: openai/a, api_key: os.environ/TWO } }
                """);

        assertThat(body(ran)).contains("api_keys: [\"${ONE}\", \"${TWO}\"]", "  m: openai/a\n");
    }

    @Test
    void ordersAreRanks() throws IOException {
        Ran ran = imported("""
                model_list:
                  - { model_name: m, litellm_params: { model: groq/second, order: 2 } }
                  - { model_name: m, litellm_params: { model: openai/first, order: 1 } }
                """);

        assertThat(body(ran)).containsSubsequence("route: fallback", "openai/first", "groq/second");
    }

    @Test
    void fallbacksAreLaterTargetsAndTheirOwnGroupComesFirst() throws IOException {
        Ran ran = imported("""
                model_list:
                  - { model_name: a, litellm_params: { model: openai/a } }
                  - { model_name: b, litellm_params: { model: groq/b } }
                  - { model_name: c, litellm_params: { model: mistral/c }, model_info: { id: the-one } }
                  - { model_name: xai/*, litellm_params: { model: xai/* } }
                litellm_settings:
                  default_fallbacks: [c]
                  fallbacks: [{ a: [b] }]
                router_settings:
                  fallbacks: [{ b: [the-one, xai/grok-4, unknown] }]
                """);

        String body = body(ran);
        assertThat(body).containsSubsequence("  a:\n", "route: fallback", "openai/a", "groq/b", "  b:\n");
        assertThat(body).containsSubsequence("  b:\n", "groq/b", "mistral/c", "xai/grok-4");
        // It would fall back to itself only.
        assertThat(body).contains("  c: mistral/c\n");
        assertThat(ran.err()).contains("'b' cannot fall back to 'unknown'");
        accepted(ran.out());
    }

    @Test
    void retriesReachThoseThatTakeOver() throws IOException {
        String yaml = """
                model_list:
                  - { model_name: a, litellm_params: { model: openai/a } }
                  - { model_name: b, litellm_params: { model: groq/b } }
                litellm_settings: { num_retries: %s, fallbacks: [{ a: [b] }] }
                """;

        assertThat(body(imported(yaml.formatted(0)))).contains("attempts: 2").contains("attempts: 1");
        assertThat(body(imported(yaml.formatted(3)))).contains("attempts: 5").contains("attempts: 4");
        assertThat(body(imported(yaml.formatted(500)))).contains("attempts: 10");
    }

    @Test
    void timeoutsAndCooldownsAreDurations() throws IOException {
        Ran ran = imported("""
                model_list:
                  - { model_name: a, litellm_params: { model: openai/a, timeout: 0.5, stream_timeout: 7 } }
                  - { model_name: b, litellm_params: { model: openai/b } }
                router_settings: { timeout: 30, allowed_fails: 2, cooldown_time: 5 }
                litellm_settings: { request_timeout: 6000 }
                """);

        assertThat(body(ran))
                .contains(
                        "timeouts: { first_token: 7s, total: 500ms }",
                        "timeouts: { total: 30s }",
                        "breaker: { failures: 3, open: 5s }");
        accepted(ran.out());
    }

    @Test
    void wildcardsKeepTheirMeaningOrAreLeftOut() throws IOException {
        Ran ran = imported("""
                model_list:
                  - { model_name: "*", litellm_params: { model: "openai/*", api_key: os.environ/K } }
                  - { model_name: claude-*, litellm_params: { model: anthropic/claude-* } }
                  - { model_name: mistral/*, litellm_params: { model: mistral/* } }
                  - { model_name: "team/*", litellm_params: { model: groq/* } }
                  - { model_name: "my-*", litellm_params: { model: "openai/*" } }
                  - { model_name: "*-latest", litellm_params: { model: "openai/*" } }
                """);

        assertThat(body(ran))
                .contains("\"*\": \"openai/*\"", "\"claude-*\": \"anthropic/claude-*\"", "  mistral:\n", "  team:\n")
                .doesNotContain("\"mistral/*\"", "my-", "-latest");
        assertThat(ran.err())
                .contains("config.yaml:6: note: 'my-*' cannot lead", "config.yaml:7: note: '*-latest' has");
        accepted(ran.out());
    }

    @Test
    void aliasesAreModels() throws IOException {
        Ran ran = imported("""
                model_list:
                  - { model_name: a, litellm_params: { model: openai/a } }
                router_settings:
                  model_group_alias: { b: a, c: { model: a }, d: unknown, a: a }
                """);

        assertThat(body(ran)).contains("  b: openai/a\n", "  c: openai/a\n").doesNotContain("  d:");
        assertThat(ran.err()).contains("alias 'd' is left out", "alias 'a' is left out: a model has this name");
    }

    @Test
    void dollarSignsAndOddNamesStayWhatTheyAre() throws IOException {
        Ran ran = imported("""
                model_list:
                  - { model_name: "a: ${HOME}#é", litellm_params: { model: "openai/x" } }
                  - { model_name: "5", litellm_params: { model: "openai/ft:${HOME}:$1" } }
                """);

        assertThat(body(ran)).contains("  \"5\": \"openai/ft:$${HOME}:$$1\"\n").doesNotContain("a: ");
        accepted(ran.out());
    }

    @Test
    void thingsThatPythonReadsAreRead() throws IOException {
        Ran ran = imported("""
                base: &base { api_base: "http://127.0.0.1:9000/v1", api_key: os.environ/K }
                model_list:
                  - model_name: a
                    litellm_params: { <<: *base, model: openai/a }
                  - model_name: b
                    litellm_params: { <<: [*base], model: openai/b, api_key: os.environ/OTHER }
                """);

        assertThat(body(ran)).contains("a: openai/a\n", "b: openai-2/b\n", "\"${K}\"", "\"${OTHER}\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "- a\n- b\n",
                "model_list: 5\n",
                "model_list: [5, [], {}, { model_name: a }, { litellm_params: { model: a } }]\n",
                "model_list: [{ model_name: a, litellm_params: { model: openai/ } }]\n",
                "model_list: &m [{ model_name: a, litellm_params: *m }]\n",
                "model_list: [{ model_name: a, litellm_params: { model: cohere/x } }]\n",
                "model_list: [{ model_name: a, litellm_params: { model: os.environ/MODEL } }]\n",
                "model_list: &m { <<: *m }\n",
                "{",
                "a: *unknown\n"
            })
    void whatCannotBeImportedIsRefusedWithAReason(String yaml) throws IOException {
        Ran ran = imported(yaml);

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).isNotBlank().doesNotContain("unexpected failure", "\tat ");
        assertThat(ran.out()).isEmpty();
    }

    @Test
    void whatCheckWouldRefuseIsSaidAtOnce() throws IOException {
        Ran ran = imported("""
                model_list:
                  - { model_name: a, litellm_params: { model: openai/a, api_base: "https://ex ample/v1" } }
                """);

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("base_url", "is not accepted as it stands");
    }

    @Test
    void writesAFileButNeverOverOne() throws IOException {
        Files.writeString(
                dir.resolve("config.yaml"), "model_list: [{ model_name: a, litellm_params: { model: openai/a } }]\n");

        Ran first = Ran.sluice(dir, Map.of(), "import", "litellm", "config.yaml", "--out", "sluice.yaml");
        Ran second = Ran.sluice(dir, Map.of(), "import", "litellm", "config.yaml", "--out", "sluice.yaml");

        assertThat(first.code()).isZero();
        assertThat(first.out()).isEmpty();
        assertThat(Files.readString(dir.resolve("sluice.yaml"))).contains("a: openai/a");
        assertThat(second.code()).isEqualTo(1);
        assertThat(second.err()).contains("sluice.yaml is there already");
        assertThat(Ran.sluice(dir, Map.of("OPENAI_API_KEY", "k"), "check").code())
                .isZero();
    }

    @Test
    void aMissingFileIsSaid() {
        Ran ran = Ran.sluice(dir, Map.of(), "import", "litellm", "none.yaml");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("none.yaml does not exist");
        assertThat(List.of(
                        Ran.sluice(dir, Map.of(), "import").code(),
                        Ran.sluice(dir, Map.of(), "import", "litellm").code()))
                .containsOnly(2);
    }
}
