package dev.sluice.gateway.route;

import dev.sluice.codec.dialect.InboundDialect.ModelEntry;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.GatewayConfig.AbortPolicy;
import dev.sluice.gateway.config.Secret;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which route serves a model: an entry of its own first, then the longest wildcard, then {@code provider/model}.
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
        CredentialSource KEYS = (provider, dialect) -> {
            List<Credential> keys = new ArrayList<>();
            for (Secret key : provider.apiKeys()) {
                keys.add(key.storedName() == null ? new KeyCredential(dialect, key) : Credential.AWAITED);
            }
            return keys.isEmpty() ? List.of(Credential.NONE) : keys;
        };

        /**
         * One for each key, at least one.
         *
         * @param dialect the first of the provider's dialects
         */
        List<Credential> of(GatewayConfig.Provider provider, ProviderDialect dialect);
    }

    /** Tells which models of a provider are known by name, so that a wildcard can be listed. */
    @FunctionalInterface
    public interface KnownModels {
        List<String> of(String provider);
    }

    /** @param route whose targets' models may hold one {@code *} */
    private record Wildcard(String prefix, Route route) {}

    /** In the order of the configuration. */
    private final Map<String, Provider> providers = new LinkedHashMap<>();

    private final Map<String, Route> exact = new HashMap<>();
    /** Longest prefix first. */
    private final List<Wildcard> wildcards = new ArrayList<>();
    /** What {@code provider/model} stands for, by provider. */
    private final Map<String, Route> direct = new HashMap<>();
    /** The same for calls that name no model. */
    private final Map<String, Target> unnamed = new HashMap<>();

    private final RememberedRoutes remembered = new RememberedRoutes();

    private final List<ModelEntry> listed = new ArrayList<>();

    /** One that remembers nothing of an earlier one. */
    public RouteTable(GatewayConfig config, DialectSource dialects) {
        this(config, dialects, CredentialSource.KEYS, provider -> List.of(), RouteMemory.fresh());
    }

    /**
     * @param memory what is known from earlier configurations
     */
    public RouteTable(
            GatewayConfig config,
            DialectSource dialects,
            CredentialSource credentials,
            KnownModels known,
            RouteMemory memory) {
        for (GatewayConfig.Provider provider : config.providers().values()) {
            AbortPolicy abort = provider.onClientAbort();
            List<ProviderDialect> spoken = dialects.find(provider);
            Provider made = new Provider(
                    provider,
                    spoken,
                    credentials.of(provider, spoken.get(0)),
                    abort == null ? config.usage().onClientAbort() : abort);
            providers.put(provider.name(), made);
        }
        RouteBuilder builder = new RouteBuilder(config, providers, memory);
        for (Provider provider : providers.values()) {
            Route route = builder.direct(provider);
            direct.put(provider.name(), route);
            unnamed.put(provider.name(), route.first().withModel(""));
        }
        for (GatewayConfig.Model model : config.models().values()) {
            Route route = builder.route(model);
            if (model.name().endsWith("*")) {
                wildcards.add(
                        new Wildcard(model.name().substring(0, model.name().length() - 1), route));
            } else {
                exact.put(model.name(), route);
                listed.add(new ModelEntry(model.name(), route.first().provider().name()));
            }
        }
        wildcards.sort((a, b) -> Integer.compare(b.prefix().length(), a.prefix().length()));
        listWildcards(known);
    }

    /** A wildcard stands for no name in particular: listed are those of its provider's known models that it lets through. */
    private void listWildcards(KnownModels known) {
        Set<String> names = new HashSet<>(exact.keySet());
        for (Wildcard wildcard : wildcards) {
            Target first = wildcard.route().first();
            if (first.model().equals("*")) {
                for (String model : known.of(first.provider().name())) {
                    if (model.startsWith(wildcard.prefix()) && names.add(model)) {
                        listed.add(new ModelEntry(model, first.provider().name()));
                    }
                }
            }
        }
    }

    /** What {@code model} stands for, or null when nothing serves it. */
    public @Nullable Route find(String model) {
        Route route = exact.get(model);
        if (route != null) {
            return route;
        }
        Route before = remembered.find(model);
        if (before != null) {
            return before;
        }
        Route made = made(model);
        if (made != null) {
            remembered.put(model, made);
        }
        return made;
    }

    /** For a name that is no entry of its own. */
    private @Nullable Route made(String model) {
        for (int i = 0; i < wildcards.size(); i++) {
            Wildcard wildcard = wildcards.get(i);
            if (model.startsWith(wildcard.prefix()) && !(wildcard.prefix().isEmpty() && qualified(model) != null)) {
                return wildcard.route().forModel(written -> substitute(wildcard.prefix(), written, model));
            }
        }
        return qualified(model);
    }

    /** The provider itself, for calls that name no model. */
    public Target direct(Provider provider) {
        return Objects.requireNonNull(unnamed.get(provider.name()));
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

    private @Nullable Route qualified(String model) {
        int slash = model.indexOf('/');
        if (slash <= 0 || slash == model.length() - 1) {
            return null;
        }
        Route route = direct.get(model.substring(0, slash));
        return route == null ? null : route.forModel(written -> model.substring(slash + 1));
    }

    /** {@code "gpt-*": "openai/*"} keeps the whole name; a {@code *} inside a longer name repeats the match. */
    private static String substitute(String prefix, String written, String model) {
        int star = written.indexOf('*');
        if (star < 0) {
            return written;
        }
        if (written.length() == 1) {
            return model;
        }
        return written.substring(0, star) + model.substring(prefix.length()) + written.substring(star + 1);
    }
}
