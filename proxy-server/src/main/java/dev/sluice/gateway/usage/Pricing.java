package dev.sluice.gateway.usage;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.price.TokenRates;
import org.jspecify.annotations.Nullable;

/** The prices by which attempts are billed; the price book behind them is wired by the gateway. Thread: any. */
public interface Pricing {

    /**
     * @param answeredModel what the answer said it was made by; it is what the provider bills
     * @param serviceTier what the answer said it was served in
     * @param startedAtMicros when the attempt began, which decides the prices in force
     * @return nano-dollars, or {@link UsageEvent#UNKNOWN} without a price or without the figures it needs
     */
    long costNano(
            String provider,
            String upstreamModel,
            @Nullable String answeredModel,
            @Nullable String serviceTier,
            long startedAtMicros,
            Usage usage);

    /** What a call is going to be charged at that begins now; null when nobody knows. */
    default @Nullable TokenRates rates(String provider, String model, long promptTokens, long atMicros) {
        return null;
    }

    /** Which prices these are. */
    long version();

    /**
     * The prices by which {@code provider} is billed at this moment. They do not change while they are held, so that a
     * cost and the {@link #version} beside it belong together.
     */
    default Pricing forProvider(String provider) {
        return this;
    }
}
