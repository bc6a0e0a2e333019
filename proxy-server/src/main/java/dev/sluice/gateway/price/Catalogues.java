package dev.sluice.gateway.price;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.price.Catalogue.Row;
import dev.sluice.gateway.price.PriceFile.ProviderPrices;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Lays the operator's price file over the shipped one, and works out for each provider which rows are its own. Once, at
 * the start.
 */
final class Catalogues {
    private final PriceFile shipped;
    private final PriceFile overrides;
    private final Map<String, String> providersByHost = new HashMap<>();

    private Catalogues(PriceFile shipped, PriceFile overrides) {
        this.shipped = shipped;
        this.overrides = overrides;
        addHosts(shipped);
        addHosts(overrides);
    }

    private void addHosts(PriceFile file) {
        file.providers()
                .forEach((provider, prices) -> prices.hosts().forEach(host -> providersByHost.put(host, provider)));
    }

    /** By the name of a provider, for those of the two files and for {@code configured} ones. */
    static Map<String, Catalogue> of(
            PriceFile shipped, PriceFile overrides, Map<String, GatewayConfig.Provider> configured) {
        Catalogues catalogues = new Catalogues(shipped, overrides);
        Map<String, Catalogue> byProvider = new HashMap<>();
        TreeSet<String> names = new TreeSet<>(shipped.providers().keySet());
        names.addAll(overrides.providers().keySet());
        for (String name : names) {
            byProvider.put(name, catalogues.catalogue(name, name));
        }
        for (GatewayConfig.Provider provider : configured.values()) {
            String source = catalogues.source(provider);
            if (source != null) {
                byProvider.put(provider.name(), catalogues.catalogue(provider.name(), source));
            }
        }
        return byProvider;
    }

    /** By the name of a configured provider, whose prices it charges: a provider of the two files. */
    static Map<String, String> sources(
            PriceFile shipped, PriceFile overrides, Map<String, GatewayConfig.Provider> configured) {
        Catalogues catalogues = new Catalogues(shipped, overrides);
        Map<String, String> sources = new HashMap<>();
        for (GatewayConfig.Provider provider : configured.values()) {
            String source = catalogues.source(provider);
            if (source != null) {
                sources.put(provider.name(), source);
            }
        }
        return sources;
    }

    /** The provider of the files whose prices are charged by a configured one. */
    private @Nullable String source(GatewayConfig.Provider provider) {
        if (isListed(shipped, provider.name())) {
            return provider.name();
        }
        String quirks = provider.quirks();
        if (quirks != null && (isListed(shipped, quirks) || isListed(overrides, quirks))) {
            return quirks;
        }
        String host = provider.baseUrl().getHost();
        String byHost = host == null ? null : providersByHost.get(host);
        return byHost == null && isListed(overrides, provider.name()) ? provider.name() : byHost;
    }

    private static boolean isListed(PriceFile file, String provider) {
        return file.providers().containsKey(provider);
    }

    /** Later layers go before earlier ones, name by name. */
    private Catalogue catalogue(String provider, String source) {
        Layers layers = new Layers();
        layers.add(shipped.provider(source), false);
        layers.add(overrides.provider(source), true);
        if (!provider.equals(source)) {
            layers.add(overrides.provider(provider), true);
        }
        String region = overrides.provider(provider).region();
        return layers.catalogue(
                provider, region == null ? shipped.provider(provider).region() : region);
    }

    private static final class Layers {
        private final Map<String, Row> rows = new HashMap<>();
        private final Map<String, String> aliases = new HashMap<>();
        private final Map<String, Multiplier> tiers = new HashMap<>();
        private final Map<String, Multiplier> regions = new HashMap<>();

        void add(ProviderPrices prices, boolean override) {
            prices.models().forEach((model, price) -> rows.put(model, new Row(price, override)));
            aliases.putAll(prices.aliases());
            tiers.putAll(prices.tiers());
            regions.putAll(prices.regions());
        }

        Catalogue catalogue(String provider, @Nullable String region) {
            // Without rows it is a provider that is not configured, so that nobody knows whose prices it would have.
            if (region != null && !rows.isEmpty() && !regions.containsKey(region) && !isNamedByAModel(region)) {
                throw new InvalidPricesException("prices of " + provider + ": its region is '" + region
                        + "'; allowed: one that the provider or a model of it has in 'regions'");
            }
            aliases.forEach((alias, model) -> {
                if (!rows.containsKey(model)) {
                    throw new InvalidPricesException("prices of " + provider + ": the alias '" + alias + "' is for '"
                            + model + "'; allowed: a model that is listed");
                }
            });
            Map<String, Row> adapted = new HashMap<>();
            rows.forEach((model, row) -> adapted.put(model, adapted(provider, model, row, region)));
            return new Catalogue(adapted, aliases);
        }

        private boolean isNamedByAModel(String region) {
            return rows.values().stream().anyMatch(row -> row.price().names(region));
        }

        private Row adapted(String provider, String model, Row row, @Nullable String region) {
            try {
                return new Row(row.price().at(tiers, region, regions), row.override());
            } catch (ArithmeticException e) {
                throw new InvalidPricesException("prices of " + provider + "/" + model + ": " + e.getMessage(), e);
            }
        }
    }
}
