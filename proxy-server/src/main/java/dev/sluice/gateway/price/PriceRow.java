package dev.sluice.gateway.price;

import dev.sluice.gateway.price.Price.Version;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a model costs at one moment, to be shown. Immutable; thread: any.
 *
 * @param override whether the operator's file has it, and not the shipped one
 * @param rates dollars for a million tokens or a thousand calls, by the names of the price file; empty before the first
 *     version
 * @param longPromptFrom the number of prompt tokens at which other rates begin; 0: none
 * @param tiers service tiers with rates of their own, by name
 */
public record PriceRow(
        String provider,
        String model,
        boolean override,
        Map<String, String> rates,
        long longPromptFrom,
        List<String> tiers) {

    static PriceRow of(String provider, String model, Catalogue.Row row, long atMicros) {
        Version version = row.price().at(atMicros);
        if (version == null) {
            return new PriceRow(provider, model, row.override(), Map.of(), 0, List.of());
        }
        Tariffs tariffs = version.at(atMicros);
        List<Tariff.Step> steps = tariffs.standard().steps();
        return new PriceRow(
                provider,
                model,
                row.override(),
                dollars(tariffs.standard().standard()),
                steps.isEmpty() ? 0 : steps.getFirst().fromTokens(),
                tariffs.tiers().keySet().stream().sorted().toList());
    }

    private static Map<String, String> dollars(Rates rates) {
        Map<String, String> dollars = new LinkedHashMap<>();
        for (Rate rate : Rate.values()) {
            if (rates.has(rate)) {
                dollars.put(rate.label(), rate.dollars(rates.stated(rate)));
            }
        }
        return Collections.unmodifiableMap(dollars);
    }

    /** Sorted by provider and model. */
    static List<PriceRow> of(Map<String, Catalogue> byProvider, long atMicros) {
        List<PriceRow> rows = new ArrayList<>();
        new TreeMap<>(byProvider)
                .forEach((provider, catalogue) -> new TreeMap<>(catalogue.rows())
                        .forEach((model, row) -> rows.add(of(provider, model, row, atMicros))));
        return rows;
    }
}
