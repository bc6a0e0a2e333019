package dev.sluice.gateway.usage;

import dev.sluice.codec.chat.Usage;

/** The prices by which the writer bills an attempt that a crash cut. Thread: any. */
public interface Pricing {

    /** @return nano-dollars, or {@link UsageEvent#UNKNOWN} without a price or without the figures it needs */
    long costNano(String provider, String upstreamModel, long startedAtMicros, Usage usage);

    /** Which prices these are. */
    long version();
}
