package dev.sluice.codec;

import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.openai.OpenAiInbound;
import dev.sluice.codec.openai.OpenAiProvider;
import dev.sluice.codec.openai.OpenAiQuirks;
import dev.sluice.codec.responses.ResponsesInbound;
import dev.sluice.codec.responses.ResponsesProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The one list of dialects: what callers may speak, and what providers may. Thread: any. */
public final class Dialects {
    private static final List<InboundDialect> INBOUND = List.of(new OpenAiInbound(), new ResponsesInbound());
    /** Hosts of OpenAI's dialect that serve Responses as well. */
    private static final Set<String> RESPONSES_HOSTS =
            Set.of("openai", "azure", "openrouter", "xai", "groq", "vllm", "lmstudio", "ollama", "deepseek");

    private static final List<ProviderDialect> PROVIDERS = providers();

    private Dialects() {}

    /** The dialect of callers called {@code name}, if there is one. */
    public static @Nullable InboundDialect inbound(String name) {
        for (InboundDialect dialect : INBOUND) {
            if (dialect.name().equals(name)) {
                return dialect;
            }
        }
        return null;
    }

    /**
     * What providers with {@code name} in {@code providers.*.dialect} speak, one for each wire format they serve; empty
     * when there is no such name.
     *
     * <p>What serves chats stands first: a call in a dialect that none of them has is translated to the first one.
     *
     * @param apiVersion {@code providers.*.api_version}
     */
    public static List<ProviderDialect> provider(String name, @Nullable String apiVersion) {
        List<ProviderDialect> found = new ArrayList<>();
        for (ProviderDialect dialect : PROVIDERS) {
            if (dialect.name().equals(name)) {
                found.add(
                        dialect instanceof ResponsesProvider responses
                                ? responses.withApiVersion(apiVersion)
                                : dialect);
            }
        }
        return List.copyOf(found);
    }

    /** The names that {@link #provider} knows, in the order in which to show them. */
    public static List<String> providerNames() {
        return PROVIDERS.stream().map(ProviderDialect::name).distinct().toList();
    }

    private static List<ProviderDialect> providers() {
        List<ProviderDialect> all = new ArrayList<>();
        for (OpenAiQuirks row : OpenAiQuirks.ROWS) {
            all.add(new OpenAiProvider(row));
            if (RESPONSES_HOSTS.contains(row.name())) {
                all.add(new ResponsesProvider(row.name(), row.credentialHeader(), row.credentialPrefix()));
            }
        }
        return List.copyOf(all);
    }
}
