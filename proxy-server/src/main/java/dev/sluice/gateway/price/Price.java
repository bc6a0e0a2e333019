package dev.sluice.gateway.price;

import dev.sluice.codec.chat.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What one model costs, and when: its versions, each with its windows of the day, each with its service tiers, each with
 * its lengths of prompt. Immutable; thread: any.
 *
 * @param versions the oldest first
 */
record Price(List<Version> versions) {
    /** What stands for "no price" where null cannot. */
    static final Price NONE = new Price(List.of());

    /**
     * What holds from one moment to the next version's.
     *
     * @param fromMicros microseconds since the epoch; {@link Long#MIN_VALUE}: since ever
     * @param otherwise where no window holds
     * @param windows the first that holds is taken
     * @param regions the model's own multipliers
     */
    record Version(long fromMicros, Tariffs otherwise, List<Window> windows, Map<String, Multiplier> regions) {
        Version {
            windows = List.copyOf(windows);
            regions = Map.copyOf(regions);
        }

        Tariffs at(long atMicros) {
            for (int i = 0; i < windows.size(); i++) {
                Window window = windows.get(i);
                if (window.contains(atMicros)) {
                    return window.tariffs();
                }
            }
            return otherwise;
        }

        private Version map(UnaryOperator<Tariffs> change) {
            List<Window> changed = new ArrayList<>(windows.size());
            for (Window window : windows) {
                changed.add(window.with(change.apply(window.tariffs())));
            }
            return new Version(fromMicros, change.apply(otherwise), changed, regions);
        }
    }

    Price {
        versions = List.copyOf(versions);
    }

    boolean isNone() {
        return versions.isEmpty();
    }

    /** The version of a moment; null before the first. */
    @Nullable
    Version at(long atMicros) {
        for (int i = versions.size() - 1; i >= 0; i--) {
            Version version = versions.get(i);
            if (atMicros >= version.fromMicros) {
                return version;
            }
        }
        return null;
    }

    /**
     * What {@code usage} costs.
     *
     * @param served the service tier that the answer named
     * @return nano-dollars, or {@link Money#UNKNOWN} when a figure, the tier, or a rate that matters is missing
     */
    long cost(@Nullable String served, boolean batch, long startedAtMicros, Usage usage) {
        Version version = at(startedAtMicros);
        Tariff tariff = version == null ? null : version.at(startedAtMicros).of(served, batch);
        return tariff == null
                ? Money.UNKNOWN
                : tariff.rates(usage.inputTokens()).cost(usage);
    }

    /**
     * What a prompt of {@code promptTokens} and its answer are charged at, at the standard tier; null when nobody knows.
     */
    @Nullable
    TokenRates rates(long promptTokens, long atMicros) {
        Version version = at(atMicros);
        Tariff tariff = version == null ? null : version.at(atMicros).of(null, false);
        return tariff == null ? null : tariff.rates(promptTokens).ofTokens();
    }

    /**
     * As it is at one provider: with the provider's tiers where the model has none of its own, in the provider's region.
     *
     * @param regions the provider's multipliers, which hold for models without one of their own
     * @throws ArithmeticException as {@link Rates#times}
     */
    Price at(Map<String, Multiplier> tiers, @Nullable String region, Map<String, Multiplier> regions) {
        List<Version> adapted = new ArrayList<>(versions.size());
        for (Version version : versions) {
            Multiplier general = region == null ? Multiplier.ONE : regions.getOrDefault(region, Multiplier.ONE);
            Multiplier multiplier = region == null ? general : version.regions.getOrDefault(region, general);
            adapted.add(version.map(tariffs -> tariffs.withTiers(tiers).times(multiplier)));
        }
        return new Price(adapted);
    }

    /** The regions that the model itself names. */
    boolean names(String region) {
        for (Version version : versions) {
            if (version.regions.containsKey(region)) {
                return true;
            }
        }
        return false;
    }

    /** The tiers of the newest version, the standard one not among them. */
    Set<String> tiers() {
        return isNone() ? Set.of() : versions.getLast().otherwise.tiers().keySet();
    }
}
