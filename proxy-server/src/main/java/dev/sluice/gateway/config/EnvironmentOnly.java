package dev.sluice.gateway.config;

import dev.sluice.gateway.config.GatewayConfig.Model;
import dev.sluice.gateway.config.GatewayConfig.Target;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is there without any file: the providers whose variables are set, and rules for the models they are known for. */
final class EnvironmentOnly {
    private record Known(
            String variable,
            String name,
            String dialect,
            @Nullable String quirks,
            String baseUrl) {

        static Known openAi(String variable, String name, String baseUrl) {
            return new Known(variable, name, "openai", name, baseUrl);
        }
    }

    private static final List<Known> HOSTS = List.of(
            new Known("OPENAI_API_KEY", "openai", "openai", null, "https://api.openai.com/v1"),
            new Known("ANTHROPIC_API_KEY", "anthropic", "anthropic", null, "https://api.anthropic.com"),
            new Known("GEMINI_API_KEY", "gemini", "gemini", null, "https://generativelanguage.googleapis.com"),
            Known.openAi("GROQ_API_KEY", "groq", "https://api.groq.com/openai/v1"),
            Known.openAi("OPENROUTER_API_KEY", "openrouter", "https://openrouter.ai/api/v1"),
            Known.openAi("MISTRAL_API_KEY", "mistral", "https://api.mistral.ai/v1"),
            Known.openAi("DEEPSEEK_API_KEY", "deepseek", "https://api.deepseek.com"),
            Known.openAi("XAI_API_KEY", "xai", "https://api.x.ai/v1"));

    private static final List<String> OPENAI_MODELS = List.of(
            "gpt-*", "chatgpt-*", "o1*", "o3*", "o4*", "text-embedding-*", "omni-moderation-*", "text-moderation-*");

    private final Map<String, String> environment;
    private final Problems problems;
    private final Map<String, GatewayConfig.Provider> providers = new LinkedHashMap<>();

    private EnvironmentOnly(Map<String, String> environment, Problems problems) {
        this.environment = environment;
        this.problems = problems;
    }

    /** {@code base} with the providers and models that the environment switches on. */
    static GatewayConfig extend(GatewayConfig base, Map<String, String> environment, Problems problems) {
        EnvironmentOnly reader = new EnvironmentOnly(environment, problems);
        reader.readProviders();
        return base.withProviders(reader.providers, reader.models());
    }

    private void readProviders() {
        for (Known known : HOSTS) {
            Scalar key = value(known.variable());
            if (key != null) {
                add(known, key);
            }
        }
        azure();
        ollama();
    }

    private void azure() {
        Scalar endpoint = value("AZURE_OPENAI_ENDPOINT");
        Scalar key = value("AZURE_OPENAI_API_KEY");
        if (endpoint != null && key != null) {
            URI url = endpoint.baseUrl();
            if (url != null) {
                URI baseUrl = ProviderReader.withApiPath("azure", ProviderReader.AZURE_V1, url);
                providers.put(
                        "azure",
                        new GatewayConfig.Provider(
                                "azure",
                                "azure",
                                null,
                                baseUrl,
                                secrets(key),
                                ProviderReader.AZURE_V1,
                                false,
                                null,
                                null,
                                null,
                                null,
                                null,
                                GatewayConfig.TimeoutSettings.NONE,
                                GatewayConfig.Breaker.DEFAULT));
            }
        } else if (endpoint != null) {
            problems.notice(endpoint.place(), "has no effect without AZURE_OPENAI_API_KEY");
        } else if (key != null) {
            problems.notice(key.place(), "has no effect without AZURE_OPENAI_ENDPOINT");
        }
    }

    /** Ollama is told its bare address; the OpenAI dialect lives below {@code /v1}. */
    private void ollama() {
        Scalar address = value("OLLAMA_BASE_URL");
        URI url = address == null ? null : address.baseUrl();
        if (url != null) {
            URI baseUrl = url.getRawPath().isEmpty() ? URI.create(url + "/v1") : url;
            providers.put(
                    "ollama",
                    new GatewayConfig.Provider(
                            "ollama",
                            "openai",
                            "ollama",
                            baseUrl,
                            List.of(),
                            null,
                            true,
                            null,
                            null,
                            null,
                            null,
                            null,
                            GatewayConfig.TimeoutSettings.NONE,
                            GatewayConfig.Breaker.DEFAULT));
        }
    }

    private void add(Known known, Scalar key) {
        providers.put(
                known.name(),
                new GatewayConfig.Provider(
                        known.name(),
                        known.dialect(),
                        known.quirks(),
                        URI.create(known.baseUrl()),
                        secrets(key),
                        null,
                        false,
                        null,
                        null,
                        null,
                        null,
                        null,
                        GatewayConfig.TimeoutSettings.NONE,
                        GatewayConfig.Breaker.DEFAULT));
    }

    private static List<Secret> secrets(Scalar key) {
        Secret secret = key.headerSecret();
        return secret == null ? List.of() : List.of(secret);
    }

    private @Nullable Scalar value(String variable) {
        String text = environment.get(variable);
        if (text == null) {
            return null;
        }
        if (text.isBlank()) {
            problems.notice(Place.environment(variable), "is empty and switches nothing on");
            return null;
        }
        return new Scalar(text.strip(), "${" + variable + "}", Place.environment(variable), problems);
    }

    private Map<String, Model> models() {
        Map<String, Model> models = new LinkedHashMap<>();
        if (providers.containsKey("openai")) {
            for (String name : OPENAI_MODELS) {
                models.put(name, model(name, "openai", name));
            }
        }
        if (providers.containsKey("anthropic")) {
            models.put("claude-*", model("claude-*", "anthropic", "claude-*"));
        }
        if (providers.containsKey("gemini")) {
            models.put("gemini-*", model("gemini-*", "gemini", "gemini-*"));
        }
        if (providers.size() == 1) {
            models.put("*", model("*", providers.keySet().iterator().next(), "*"));
        }
        return models;
    }

    private static Model model(String name, String provider, String target) {
        return Model.of(name, new Target(provider, target));
    }
}
