package dev.sluice.gateway.usage;

import org.jspecify.annotations.Nullable;

/**
 * Usage of one group. Token sums are over the rows whose provider reported them.
 *
 * @param group the model, key, team, provider or day; empty for rows that have none
 * @param requests attempts at providers, one for each row
 * @param inputTokens cached ones included
 * @param outputTokens reasoning included
 * @param costNano nano-dollars of the priced rows; null when no row is priced
 * @param unpriced rows without a cost, which {@code costNano} therefore does not hold
 * @param errors rows whose status is neither {@code ok} nor {@code client_abort}
 */
public record UsageRow(
        String group,
        long requests,
        long inputTokens,
        long cachedTokens,
        long outputTokens,
        long reasoningTokens,
        @Nullable Long costNano,
        long unpriced,
        long errors) {}
