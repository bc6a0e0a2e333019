package dev.sluice.gateway.cli;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A provider as LiteLLM names it in front of a model, and what it is here. The variables are those that LiteLLM reads by
 * itself when a deployment says nothing.
 *
 * @param prefix {@code <prefix>/<model>}
 * @param name of the provider in our configuration
 * @param baseUrl where it is; null when only the deployment, or the variable, knows
 */
record LitellmHost(
        String prefix,
        String name,
        String dialect,
        @Nullable String quirks,
        @Nullable String baseUrl,
        @Nullable String baseVariable,
        @Nullable String keyVariable) {

    static final LitellmHost OPENAI = openAi("openai", null, "https://api.openai.com/v1", null, "OPENAI_API_KEY");
    static final LitellmHost ANTHROPIC = new LitellmHost(
            "anthropic", "anthropic", "anthropic", null, "https://api.anthropic.com", null, "ANTHROPIC_API_KEY");
    static final LitellmHost VERTEX = new LitellmHost("vertex_ai", "vertex", "vertex", null, null, null, null);

    private static final List<LitellmHost> ALL = List.of(
            OPENAI,
            ANTHROPIC,
            VERTEX,
            OPENAI.as("text-completion-openai"),
            VERTEX.as("vertex_ai_beta"),
            new LitellmHost("azure", "azure", "azure", null, null, "AZURE_API_BASE", "AZURE_API_KEY"),
            new LitellmHost("azure_text", "azure", "azure", null, null, "AZURE_API_BASE", "AZURE_API_KEY"),
            new LitellmHost(
                    "gemini",
                    "gemini",
                    "gemini",
                    null,
                    "https://generativelanguage.googleapis.com",
                    null,
                    "GEMINI_API_KEY"),
            new LitellmHost("bedrock", "bedrock", "bedrock", null, null, null, null),
            new LitellmHost("bedrock_converse", "bedrock", "bedrock", null, null, null, null),
            new LitellmHost("ollama", "ollama", "ollama", null, "http://localhost:11434", null, null),
            new LitellmHost("ollama_chat", "ollama", "ollama", null, "http://localhost:11434", null, null),
            openAi("groq", "groq", "https://api.groq.com/openai/v1", null, "GROQ_API_KEY"),
            openAi("mistral", "mistral", "https://api.mistral.ai/v1", null, "MISTRAL_API_KEY"),
            openAi("deepseek", "deepseek", "https://api.deepseek.com", null, "DEEPSEEK_API_KEY"),
            openAi("xai", "xai", "https://api.x.ai/v1", null, "XAI_API_KEY"),
            openAi("openrouter", "openrouter", "https://openrouter.ai/api/v1", null, "OPENROUTER_API_KEY"),
            openAi("together_ai", "together", "https://api.together.xyz/v1", null, "TOGETHERAI_API_KEY"),
            openAi("fireworks_ai", "fireworks", "https://api.fireworks.ai/inference/v1", null, "FIREWORKS_AI_API_KEY"),
            openAi("perplexity", "perplexity", "https://api.perplexity.ai", null, "PERPLEXITYAI_API_KEY"),
            openAi("cerebras", null, "https://api.cerebras.ai/v1", null, "CEREBRAS_API_KEY"),
            openAi("deepinfra", null, "https://api.deepinfra.com/v1/openai", null, "DEEPINFRA_API_KEY"),
            openAi("nvidia_nim", null, "https://integrate.api.nvidia.com/v1", null, "NVIDIA_NIM_API_KEY"),
            openAi("sambanova", null, "https://api.sambanova.ai/v1", null, "SAMBANOVA_API_KEY"),
            openAi("moonshot", null, "https://api.moonshot.ai/v1", null, "MOONSHOT_API_KEY"),
            openAi("hosted_vllm", "vllm", null, "HOSTED_VLLM_API_BASE", null),
            openAi("vllm", "vllm", null, "HOSTED_VLLM_API_BASE", null),
            openAi("lm_studio", "lmstudio", null, "LM_STUDIO_API_BASE", null),
            openAi("litellm_proxy", null, null, "LITELLM_PROXY_API_BASE", "LITELLM_PROXY_API_KEY"),
            openAi("openai_like", null, null, "OPENAI_LIKE_API_BASE", "OPENAI_LIKE_API_KEY"),
            openAi("custom_openai", null, null, "OPENAI_LIKE_API_BASE", "OPENAI_LIKE_API_KEY"));

    /** Prefixes of providers that LiteLLM knows and nothing here speaks to. */
    private static final Set<String> STRANGERS = Set.of(
            "ai21",
            "aiml",
            "aleph_alpha",
            "anyscale",
            "assemblyai",
            "azure_ai",
            "baseten",
            "bytez",
            "clarifai",
            "cloudflare",
            "codestral",
            "cohere",
            "cohere_chat",
            "databricks",
            "datarobot",
            "deepgram",
            "elevenlabs",
            "empower",
            "featherless_ai",
            "friendliai",
            "galadriel",
            "github",
            "github_copilot",
            "gradient_ai",
            "huggingface",
            "infinity",
            "jina_ai",
            "lambda_ai",
            "llamafile",
            "maritalk",
            "meta_llama",
            "morph",
            "nebius",
            "nlp_cloud",
            "novita",
            "nscale",
            "oci",
            "palm",
            "petals",
            "predibase",
            "replicate",
            "sagemaker",
            "sagemaker_chat",
            "snowflake",
            "text-completion-codestral",
            "topaz",
            "triton",
            "vercel_ai_gateway",
            "volcengine",
            "voyage",
            "watsonx",
            "watsonx_text",
            "xinference",
            "zai");

    private static final Map<String, LitellmHost> BY_PREFIX =
            ALL.stream().collect(Collectors.toUnmodifiableMap(LitellmHost::prefix, Function.identity()));

    private static LitellmHost openAi(
            String prefix,
            @Nullable String quirks,
            @Nullable String baseUrl,
            @Nullable String baseVariable,
            @Nullable String keyVariable) {
        return new LitellmHost(
                prefix,
                quirks == null ? prefix.replace('_', '-') : quirks,
                "openai",
                quirks,
                baseUrl,
                baseVariable,
                keyVariable);
    }

    private LitellmHost as(String otherPrefix) {
        return new LitellmHost(otherPrefix, name, dialect, quirks, baseUrl, baseVariable, keyVariable);
    }

    /** Null for one that is not known here. */
    static @Nullable LitellmHost of(String prefix) {
        return BY_PREFIX.get(prefix);
    }

    /** Whether LiteLLM would take {@code prefix} for a provider, and we cannot. */
    static boolean isStranger(String prefix) {
        return STRANGERS.contains(prefix);
    }

    /** Whose a model is that is written without a provider. */
    static LitellmHost ofBareModel(String model) {
        if (model.startsWith("claude-")) {
            return ANTHROPIC;
        }
        return model.startsWith("gemini-") ? VERTEX : OPENAI;
    }
}
