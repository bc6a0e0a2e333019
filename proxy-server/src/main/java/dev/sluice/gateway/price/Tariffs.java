package dev.sluice.gateway.price;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model's tariffs by service tier. Immutable; thread: any.
 *
 * @param tiers every tier but the standard one
 */
record Tariffs(Tariff standard, Map<String, Tariff> tiers) {
    static final String BATCH = "batch";

    Tariffs {
        tiers = Map.copyOf(tiers);
    }

    /** Whether a provider that answers {@code tier} means that it served the request as any other. */
    static boolean isStandard(String tier) {
        return switch (tier) {
            case "", "auto", "default", "standard" -> true;
            default -> false;
        };
    }

    /**
     * The tariff of what was served.
     *
     * @param served as the provider's answer names it; null when it names none
     * @return null for a tier that the model has no tariff for: what it costs is not known
     */
    @Nullable
    Tariff of(@Nullable String served, boolean batch) {
        if (batch) {
            return tiers.get(BATCH);
        }
        return served == null || isStandard(served) ? standard : tiers.get(served);
    }

    /** With a tariff for each of {@code multipliers} that is not there yet: so many times the standard one. */
    Tariffs withTiers(Map<String, Multiplier> multipliers) {
        Map<String, Tariff> all = new HashMap<>();
        multipliers.forEach((tier, multiplier) -> all.put(tier, standard.times(multiplier)));
        all.putAll(tiers);
        return new Tariffs(standard, all);
    }

    /** @throws ArithmeticException as {@link Rates#times} */
    Tariffs times(Multiplier multiplier) {
        Map<String, Tariff> all = new HashMap<>();
        tiers.forEach((tier, tariff) -> all.put(tier, tariff.times(multiplier)));
        return new Tariffs(standard.times(multiplier), all);
    }
}
