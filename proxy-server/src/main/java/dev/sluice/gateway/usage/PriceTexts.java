package dev.sluice.gateway.usage;

import org.jspecify.annotations.Nullable;

/** Where the writer gets the text of the prices that {@code sluice.price_version} keeps. Thread: writer. */
@FunctionalInterface
public interface PriceTexts {

    /**
     * @param catalogue the shipped prices, as they were read
     * @param overrides the operator's, as they were read; null without any
     */
    record PriceText(String catalogue, @Nullable String overrides) {}

    /** @return null when these prices are none of this process: what is known of them was kept in their time */
    @Nullable
    PriceText of(long version);
}
