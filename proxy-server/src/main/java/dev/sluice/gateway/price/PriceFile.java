package dev.sluice.gateway.price;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * A price catalogue as written: the shipped one or the operator's. Strict: an unknown name, a rate out of range or a
 * second entry for a model is an error with its line. Thread: any; read once.
 *
 * @param date when the prices were collected, {@code yyyymmdd}; 0 when the file does not say
 * @param text the whole file
 * @param checksum CRC-32 of the file's bytes
 * @param providers in the file's order
 */
record PriceFile(int date, String text, long checksum, Map<String, ProviderPrices> providers) {
    static final ProviderPrices NO_PRICES = new ProviderPrices(List.of(), null, Map.of(), Map.of(), Map.of(), Map.of());

    private static final Set<String> MEMBERS = Set.of("source", "date", "providers");
    private static final Set<String> PROVIDER_MEMBERS =
            Set.of("hosts", "region", "regions", "tiers", "aliases", "models");

    /**
     * @param hosts host names of the provider's API, by which a differently named provider is recognised
     * @param region where the provider of this name processes; null: anywhere
     * @param regions what its models cost there, where they do not say it themselves
     * @param tiers service tiers of all its models that have no tariff of their own for them
     * @param aliases other names of its models
     * @param models in the file's order
     */
    record ProviderPrices(
            List<String> hosts,
            @Nullable String region,
            Map<String, Multiplier> regions,
            Map<String, Multiplier> tiers,
            Map<String, String> aliases,
            Map<String, Price> models) {}

    static PriceFile parse(byte[] bytes, String name) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        PriceDocument document = new PriceDocument(name);
        Map<String, Node> members = document.members(document.root(bytes), "the file", MEMBERS);
        Map<String, ProviderPrices> providers = new LinkedHashMap<>();
        Node providersNode = members.get("providers");
        if (providersNode != null) {
            document.members(providersNode, "providers", null)
                    .forEach((provider, node) -> providers.put(provider, provider(document, provider, node)));
        }
        Node date = members.get("date");
        return new PriceFile(
                date == null ? 0 : date(document, date),
                new String(bytes, StandardCharsets.UTF_8),
                crc.getValue(),
                providers);
    }

    ProviderPrices provider(String name) {
        return providers.getOrDefault(name, NO_PRICES);
    }

    private static ProviderPrices provider(PriceDocument document, String provider, Node node) {
        Map<String, Node> members = document.members(node, provider, PROVIDER_MEMBERS);
        PriceReader reader = new PriceReader(document);
        Map<String, Price> models = new LinkedHashMap<>();
        Node modelsNode = members.get("models");
        if (modelsNode != null) {
            document.members(modelsNode, provider + " models", null)
                    .forEach((model, price) -> models.put(model, reader.price(provider + "/" + model, price)));
        }
        Node region = members.get("region");
        return new ProviderPrices(
                document.texts(members.get("hosts"), provider + " hosts"),
                region == null ? null : document.text(region, provider + " region"),
                document.multipliers(members.get("regions"), provider + " regions"),
                tiers(document, reader, provider, members.get("tiers")),
                aliases(document, provider, members.get("aliases"), models),
                models);
    }

    private static Map<String, Multiplier> tiers(
            PriceDocument document, PriceReader reader, String provider, @Nullable Node node) {
        String what = provider + " tiers";
        // Not only the factors: of a whole provider rates make no sense, and must not be passed over.
        document.multipliers(node, what);
        return reader.factors(node, what);
    }

    private static Map<String, String> aliases(
            PriceDocument document, String provider, @Nullable Node node, Map<String, Price> models) {
        Map<String, String> aliases = new HashMap<>();
        if (node != null) {
            document.members(node, provider + " aliases", null).forEach((alias, target) -> {
                if (models.containsKey(alias)) {
                    throw document.error(target, provider + " aliases: '" + alias + "' has a price of its own");
                }
                aliases.put(alias, document.text(target, provider + " aliases " + alias));
            });
        }
        return aliases;
    }

    private static int date(PriceDocument document, Node node) {
        String text = document.text(node, "date").replace("-", "");
        if (text.length() != 8 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw document.error(node, "date is '" + document.text(node, "date") + "'; allowed: yyyy-mm-dd");
        }
        return Integer.parseInt(text);
    }
}
