package dev.sluice.codec;

import dev.sluice.codec.anthropic.AnthropicInbound;
import dev.sluice.codec.anthropic.AnthropicProvider;
import dev.sluice.codec.bedrock.BedrockProvider;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.gemini.GeminiInbound;
import dev.sluice.codec.gemini.GeminiProvider;
import dev.sluice.codec.ollama.OllamaProvider;
import dev.sluice.codec.openai.OpenAiInbound;
import dev.sluice.codec.openai.OpenAiProvider;
import dev.sluice.codec.openai.OpenAiQuirks;
import dev.sluice.codec.responses.ResponsesInbound;
import dev.sluice.codec.responses.ResponsesProvider;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The one list of dialects: what callers may speak, and what providers may. Thread: any. */
public final class Dialects {

    /**
     * What is known of a provider before it is asked for anything.
     *
     * @param quirks {@code providers.*.quirks}: which host of the OpenAI dialect
     * @param apiVersion {@code providers.*.api_version}
     * @param responses {@code providers.*.responses}: whether the host serves Responses; null: what is known of it
     */
    public record HostOptions(
            @Nullable String quirks,
            @Nullable String apiVersion,
            @Nullable Boolean responses) {
        public static final HostOptions NONE = new HostOptions(null, null, null);

        public static HostOptions ofQuirks(String quirks) {
            return new HostOptions(quirks, null, null);
        }
    }

    /** @param name in {@code providers.*.dialect} */
    private record Entry(String name, Source source) {}

    /** Makes what the providers of an entry speak, one for each wire format; the first is asked first to translate. */
    @FunctionalInterface
    private interface Source {
        List<ProviderDialect> of(HostOptions options);
    }

    private static final List<InboundDialect> INBOUND =
            List.of(new OpenAiInbound(), new ResponsesInbound(), new AnthropicInbound(), new GeminiInbound());

    private static final List<Entry> PROVIDERS = List.of(
            new Entry("openai", options -> openAi(options.quirks() == null ? "openai" : options.quirks(), options)),
            new Entry("azure", options -> openAi("azure", options)),
            new Entry("anthropic", options -> List.of(new AnthropicProvider())),
            new Entry("gemini", options -> named("gemini", GeminiProvider.ROWS)),
            new Entry("vertex", options -> named("vertex", GeminiProvider.ROWS)),
            new Entry("bedrock", options -> List.of(new BedrockProvider())),
            new Entry("ollama", options -> List.of(new OllamaProvider())));

    /** Hosts of the OpenAI dialect that serve Responses as well. */
    private static final Set<String> RESPONSES_HOSTS =
            Set.of("openai", "azure", "openrouter", "xai", "groq", "vllm", "lmstudio", "ollama", "deepseek");

    private Dialects() {}

    /** What callers may speak, one for each wire format. */
    public static List<InboundDialect> inbound() {
        return INBOUND;
    }

    /**
     * What providers of {@code dialect} speak, one for each wire format they serve.
     *
     * @throws IllegalArgumentException when there is no such dialect, or no such host; names those that there are
     */
    public static List<ProviderDialect> provider(String dialect, HostOptions options) {
        for (Entry entry : PROVIDERS) {
            if (entry.name().equals(dialect)) {
                return entry.source().of(options);
            }
        }
        throw new IllegalArgumentException("no dialect is called '" + dialect + "'; known are " + providerNames());
    }

    /** The names that {@link #provider} knows, in the order in which to show them. */
    public static List<String> providerNames() {
        return PROVIDERS.stream().map(Entry::name).toList();
    }

    private static List<ProviderDialect> named(String name, List<? extends ProviderDialect> rows) {
        for (ProviderDialect row : rows) {
            if (row.name().equals(name)) {
                return List.of(row);
            }
        }
        throw new IllegalArgumentException("no row is called '" + name + "'");
    }

    private static List<ProviderDialect> openAi(String host, HostOptions options) {
        OpenAiQuirks row = OpenAiQuirks.of(host);
        ProviderDialect chat = new OpenAiProvider(row).withApiVersion(options.apiVersion());
        boolean responses = options.responses() == null ? RESPONSES_HOSTS.contains(host) : options.responses();
        return responses
                ? List.of(
                        chat,
                        new ResponsesProvider(host, row.credentialHeader(), row.credentialPrefix())
                                .withApiVersion(options.apiVersion()))
                : List.of(chat);
    }
}
