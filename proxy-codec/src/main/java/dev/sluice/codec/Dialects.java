package dev.sluice.codec;

import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.gemini.GeminiProvider;
import dev.sluice.codec.ollama.OllamaProvider;
import dev.sluice.codec.openai.OpenAiInbound;
import dev.sluice.codec.openai.OpenAiProvider;
import dev.sluice.codec.openai.OpenAiQuirks;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The one list of dialects: what callers may speak, and what providers may. Thread: any. */
public final class Dialects {
    private static final List<InboundDialect> INBOUND = List.of(new OpenAiInbound());
    private static final List<ProviderDialect> PROVIDERS = providers();

    private Dialects() {}

    /** What callers may speak, one for each wire format. */
    public static List<InboundDialect> inbound() {
        return INBOUND;
    }

    /**
     * What providers with {@code name} in {@code providers.*.dialect} speak, one for each wire format they serve; empty
     * when there is no such name.
     *
     * @param apiVersion {@code providers.*.api_version}
     */
    public static List<ProviderDialect> provider(String name, @Nullable String apiVersion) {
        List<ProviderDialect> found = new ArrayList<>();
        for (ProviderDialect dialect : PROVIDERS) {
            if (dialect.name().equals(name)) {
                found.add(dialect instanceof OpenAiProvider openAi ? openAi.at(apiVersion) : dialect);
            }
        }
        return List.copyOf(found);
    }

    /** The names that {@link #provider} knows, in the order in which to show them. */
    public static List<String> providerNames() {
        return PROVIDERS.stream().map(ProviderDialect::name).toList();
    }

    private static List<ProviderDialect> providers() {
        List<ProviderDialect> all = new ArrayList<>();
        for (OpenAiQuirks row : OpenAiQuirks.ROWS) {
            all.add(new OpenAiProvider(row));
        }
        all.addAll(GeminiProvider.ROWS);
        all.add(new OllamaProvider());
        return List.copyOf(all);
    }
}
