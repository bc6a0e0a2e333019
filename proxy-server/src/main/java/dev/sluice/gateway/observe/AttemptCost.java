package dev.sluice.gateway.observe;

import dev.sluice.gateway.exchange.AttemptSummary;

/**
 * What an attempt cost; the root joins it to the price book, so that this room knows no prices.
 *
 * <p>Called on the event loop for each attempt: neither blocks nor throws. Thread: any.
 */
@FunctionalInterface
public interface AttemptCost {

    /** The answer for an attempt that has no price, which is never the same as costing nothing. */
    long UNPRICED = -1;

    /** The cost in nano-dollars (10⁻⁹ USD), or {@link #UNPRICED}. */
    long nanoUsd(AttemptSummary attempt);
}
