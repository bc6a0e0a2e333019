package dev.sluice.gateway.route;

import dev.sluice.codec.dialect.InboundDialect.ModelEntry;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.GatewayConfig.AbortPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which target serves a model: an entry of its own first, then the longest wildcard, then {@code provider/model}.
 * Immutable; replaced whole. Thread: any.
 */
public final class RouteTable {

    /** Finds the dialects of a provider by what its configuration says. */
    @FunctionalInterface
    public interface DialectSource {
        List<ProviderDialect> find(GatewayConfig.Provider provider);
    }

    /** Finds what proves to a provider who pays. */
    @FunctionalInterface
    public interface CredentialSource {

        /** A key, where the operator wrote one down. */
        CredentialSource KEYS = (provider, dialect) -> provider.apiKeys().isEmpty()
                ? Credential.NONE
                : new KeyCredential(dialect, provider.apiKeys().get(0));

        /** @param dialect the first of the provider's dialects */
        Credential of(GatewayConfig.Provider provider, ProviderDialect dialect);
    }

    /** Tells which models of a provider are known by name, so that a wildcard can be listed. */
    @FunctionalInterface
    public interface KnownModels {
        List<String> of(String provider);
    }

    private record Wildcard(
            String prefix, GatewayConfig.Timeouts timeouts, AbortPolicy abort, Provider provider, String model) {}

    /** In the order of the configuration. */
    private final Map<String, Provider> providers = new LinkedHashMap<>();

    private final Map<String, Target> exact = new HashMap<>();
    /** Longest prefix first. */
    private final List<Wildcard> wildcards = new ArrayList<>();

    private final List<ModelEntry> listed = new ArrayList<>();

    public RouteTable(GatewayConfig config, DialectSource dialects) {
        this(config, dialects, CredentialSource.KEYS, provider -> List.of());
    }

    public RouteTable(GatewayConfig config, DialectSource dialects, CredentialSource credentials, KnownModels known) {
        for (GatewayConfig.Provider provider : config.providers().values()) {
            AbortPolicy abort = provider.onClientAbort();
            List<ProviderDialect> spoken = dialects.find(provider);
            providers.put(
                    provider.name(),
                    new Provider(
                            provider,
                            spoken,
                            credentials.of(provider, spoken.get(0)),
                            abort == null ? config.usage().onClientAbort() : abort));
        }
        for (GatewayConfig.Model model : config.models().values()) {
            GatewayConfig.Target first = model.targets().get(0);
            Provider provider = providers.get(first.provider());
            if (provider == null) {
                throw new IllegalArgumentException("model '" + model.name() + "' names the provider '"
                        + first.provider() + "', known are " + providers.keySet());
            }
            AbortPolicy abort = model.onClientAbort() == null ? provider.onClientAbort() : model.onClientAbort();
            if (model.name().endsWith("*")) {
                String prefix = model.name().substring(0, model.name().length() - 1);
                wildcards.add(new Wildcard(prefix, model.timeouts(), abort, provider, first.model()));
            } else {
                exact.put(model.name(), new Target(provider, first.model(), model.timeouts(), abort));
                listed.add(new ModelEntry(model.name(), provider.name()));
            }
        }
        wildcards.sort((a, b) -> Integer.compare(b.prefix().length(), a.prefix().length()));
        listWildcards(known);
    }

    /** A wildcard stands for no name in particular: listed are those of its provider's known models that it lets through. */
    private void listWildcards(KnownModels known) {
        Set<String> names = new HashSet<>(exact.keySet());
        for (Wildcard wildcard : wildcards) {
            if (wildcard.model().equals("*")) {
                for (String model : known.of(wildcard.provider().name())) {
                    if (model.startsWith(wildcard.prefix()) && names.add(model)) {
                        listed.add(new ModelEntry(model, wildcard.provider().name()));
                    }
                }
            }
        }
    }

    /** The target for {@code model}, or null when nothing serves it. */
    public @Nullable Target find(String model) {
        Target target = exact.get(model);
        if (target != null) {
            return target;
        }
        for (int i = 0; i < wildcards.size(); i++) {
            Wildcard wildcard = wildcards.get(i);
            if (model.startsWith(wildcard.prefix()) && !(wildcard.prefix().isEmpty() && qualified(model) != null)) {
                return new Target(
                        wildcard.provider(), substitute(wildcard, model), wildcard.timeouts(), wildcard.abort());
            }
        }
        return qualified(model);
    }

    /** The names that can be listed: every entry, and the known models behind a wildcard. */
    public List<ModelEntry> models() {
        return listed;
    }

    /** The provider with this name, null without one. */
    public @Nullable Provider provider(String name) {
        return providers.get(name);
    }

    /** All of them, in the order of the configuration. */
    public Iterable<Provider> providers() {
        return providers.values();
    }

    private @Nullable Target qualified(String model) {
        int slash = model.indexOf('/');
        if (slash <= 0 || slash == model.length() - 1) {
            return null;
        }
        Provider provider = providers.get(model.substring(0, slash));
        return provider == null
                ? null
                : new Target(
                        provider, model.substring(slash + 1), GatewayConfig.Timeouts.DEFAULT, provider.onClientAbort());
    }

    /** {@code "gpt-*": "openai/*"} keeps the whole name; a {@code *} inside a longer name repeats the match. */
    private static String substitute(Wildcard wildcard, String model) {
        int star = wildcard.model().indexOf('*');
        if (star < 0) {
            return wildcard.model();
        }
        if (wildcard.model().length() == 1) {
            return model;
        }
        String match = model.substring(wildcard.prefix().length());
        return wildcard.model().substring(0, star) + match + wildcard.model().substring(star + 1);
    }
}
