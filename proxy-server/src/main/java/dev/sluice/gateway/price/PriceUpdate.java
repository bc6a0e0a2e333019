package dev.sluice.gateway.price;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.price.Price.Version;
import dev.sluice.gateway.price.PriceFile.ProviderPrices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An operator's price file that is not in force yet, checked, and beside what is. Thread: any.
 */
public final class PriceUpdate {
    /** The largest factor between a price and the shipped one that passes for a change of price. */
    private static final long LARGEST_FACTOR = 5;

    private final byte[] bytes;
    private final PriceFile file;
    private final PriceFile shipped;

    private PriceUpdate(byte[] bytes, PriceFile file, PriceFile shipped) {
        this.bytes = bytes;
        this.file = file;
        this.shipped = shipped;
    }

    /**
     * @param providers the configured providers
     * @throws InvalidPricesException when the file cannot be used
     */
    public static PriceUpdate read(Path path, Map<String, GatewayConfig.Provider> providers) throws IOException {
        byte[] bytes = Files.readAllBytes(path);
        PriceFile file = PriceFile.parse(bytes, path.toString());
        PriceFile shipped = PriceBook.shipped();
        // What shows only when the files lie over one another: aliases, regions.
        PriceBook.of(shipped, file, providers);
        return new PriceUpdate(bytes, file, shipped);
    }

    /** The file that was checked, byte for byte. */
    public byte[] bytes() {
        return bytes.clone();
    }

    public int providers() {
        return file.providers().size();
    }

    public int models() {
        return file.providers().values().stream()
                .mapToInt(provider -> provider.models().size())
                .sum();
    }

    /** Rates more than five times or less than a fifth of the shipped ones, of today or later. */
    public List<PriceChange> leaps(long atMicros) {
        List<PriceChange> leaps = new ArrayList<>();
        file.providers()
                .forEach((provider, prices) -> prices.models().forEach((model, price) -> {
                    Price other = shipped.provider(provider).models().get(model);
                    String leap = other == null ? null : leap(price, other, atMicros);
                    if (leap != null) {
                        leaps.add(new PriceChange(provider, model, leap));
                    }
                }));
        return leaps;
    }

    private static @Nullable String leap(Price price, Price shipped, long atMicros) {
        for (Version version : price.versions()) {
            long moment = Math.max(version.fromMicros(), atMicros);
            Version other = shipped.at(moment);
            if (other != null && version.equals(price.at(moment))) {
                List<Tariffs> all = new ArrayList<>(List.of(version.otherwise()));
                version.windows().forEach(window -> all.add(window.tariffs()));
                for (Tariffs tariffs : all) {
                    String leap = leap(tariffs, other.otherwise());
                    if (leap != null) {
                        return leap;
                    }
                }
            }
        }
        return null;
    }

    private static @Nullable String leap(Tariffs tariffs, Tariffs shipped) {
        String leap = leap("", tariffs.standard(), shipped.standard());
        for (String tier : new TreeSet<>(tariffs.tiers().keySet())) {
            Tariff own = tariffs.tiers().get(tier);
            Tariff other = shipped.tiers().get(tier);
            if (leap == null && own != null && other != null) {
                leap = leap(tier + " ", own, other);
            }
        }
        return leap;
    }

    private static @Nullable String leap(String where, Tariff tariff, Tariff shipped) {
        String leap = leap(where, tariff.standard(), shipped.standard());
        for (Tariff.Step step : tariff.steps()) {
            if (leap == null) {
                leap = leap(where + "long_prompt ", step.rates(), shipped.rates(step.fromTokens()));
            }
        }
        return leap;
    }

    private static @Nullable String leap(String where, Rates rates, Rates shipped) {
        for (Rate rate : Rate.values()) {
            if (rates.has(rate) && shipped.has(rate)) {
                long low = Math.min(rates.stated(rate), shipped.stated(rate));
                long high = Math.max(rates.stated(rate), shipped.stated(rate));
                if (high > low * LARGEST_FACTOR) {
                    return where + rate.label() + " is " + rate.dollars(rates.stated(rate)) + ", the shipped one "
                            + rate.dollars(shipped.stated(rate));
                }
            }
        }
        return null;
    }

    /**
     * What would be different from now on.
     *
     * @param current the operator's file that is in force; null without one
     * @throws InvalidPricesException when that file cannot be used
     */
    public List<PriceChange> changes(@Nullable Path current, long atMicros) {
        PriceFile before = current == null ? PriceBook.NO_OVERRIDES : PriceBook.read(current);
        TreeSet<String> providers = new TreeSet<>(before.providers().keySet());
        providers.addAll(file.providers().keySet());
        List<PriceChange> changes = new ArrayList<>();
        for (String provider : providers) {
            ProviderPrices was = before.provider(provider);
            ProviderPrices is = file.provider(provider);
            if (!settings(was).equals(settings(is))) {
                changes.add(new PriceChange(provider, "", "hosts, region, regions, tiers or aliases"));
            }
            TreeSet<String> models = new TreeSet<>(was.models().keySet());
            models.addAll(is.models().keySet());
            Map<String, Price> others = shipped.provider(provider).models();
            for (String model : models) {
                Price old = was.models().getOrDefault(model, others.getOrDefault(model, Price.NONE));
                Price now = is.models().getOrDefault(model, others.getOrDefault(model, Price.NONE));
                if (!old.equals(now)) {
                    changes.add(new PriceChange(provider, model, difference(old, now, atMicros)));
                }
            }
        }
        return changes;
    }

    private static ProviderPrices settings(ProviderPrices prices) {
        return new ProviderPrices(
                prices.hosts(), prices.region(), prices.regions(), prices.tiers(), prices.aliases(), Map.of());
    }

    private static String difference(Price old, Price now, long atMicros) {
        if (now.isNone()) {
            return "has no price any more";
        }
        Rates before = standard(old, atMicros);
        Rates after = standard(now, atMicros);
        List<String> parts = new ArrayList<>();
        for (Rate rate : Rate.values()) {
            if (before.stated(rate) != after.stated(rate)) {
                parts.add(rate.label() + (before.has(rate) ? " " + rate.dollars(before.stated(rate)) + " ->" : "") + " "
                        + (after.has(rate) ? rate.dollars(after.stated(rate)) : "none"));
            }
        }
        if (!old.tiers().equals(now.tiers())) {
            parts.add("tiers " + (old.tiers().isEmpty() ? "" : names(old) + " -> ") + names(now));
        }
        if (parts.isEmpty()) {
            parts.add("other versions, windows, regions, long prompts or rates of tiers");
        }
        return (old.isNone() ? "new, " : "") + String.join(", ", parts);
    }

    private static String names(Price price) {
        return price.tiers().isEmpty() ? "none" : String.join("/", new TreeSet<>(price.tiers()));
    }

    private static Rates standard(Price price, long atMicros) {
        Version version = price.at(atMicros);
        return version == null
                ? Rates.of(Map.of())
                : version.at(atMicros).standard().standard();
    }
}
