package dev.sluice.gateway;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.price.PriceBook;
import dev.sluice.gateway.price.TokenRates;
import dev.sluice.gateway.usage.PriceTexts;
import dev.sluice.gateway.usage.Pricing;
import org.jspecify.annotations.Nullable;

/** One price book as usage asks it. Thread: any. */
record BookPricing(PriceBook prices) implements Pricing, PriceTexts {

    /** How answers name the tier in which the requests of a batch are served. */
    private static final String BATCH_TIER = "batch";

    @Override
    public long costNano(
            String provider,
            String upstreamModel,
            @Nullable String answeredModel,
            @Nullable String serviceTier,
            long startedAtMicros,
            Usage usage) {
        boolean batch = BATCH_TIER.equals(serviceTier);
        return prices.cost(provider, upstreamModel, answeredModel, serviceTier, batch, startedAtMicros, usage);
    }

    @Override
    public @Nullable TokenRates rates(String provider, String model, long promptTokens, long atMicros) {
        return prices.rates(provider, model, promptTokens, atMicros);
    }

    @Override
    public long version() {
        return prices.version();
    }

    @Override
    public @Nullable PriceText of(long version) {
        return version == prices.version() ? new PriceText(prices.catalogueText(), prices.overridesText()) : null;
    }
}
