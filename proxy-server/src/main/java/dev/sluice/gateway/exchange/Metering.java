package dev.sluice.gateway.exchange;

import dev.sluice.gateway.config.GatewayConfig;
import org.jspecify.annotations.Nullable;

/**
 * What the exchanges of one event loop need to meter their attempts. Thread: event loop.
 *
 * @param prompts counts prompts; null when nothing is counted
 * @param drain how much is read of an answer that nobody waits for
 */
public record Metering(Ledger ledger, @Nullable PromptCounter prompts, GatewayConfig.Drain drain) {

    /** Nothing is counted, nothing is written down. */
    public static final Metering OFF = new Metering(Ledger.NONE, null, GatewayConfig.Drain.DEFAULT);

    /** The same with other bounds for answers that nobody waits for. */
    Metering withDrain(GatewayConfig.Drain other) {
        return new Metering(ledger, prompts, other);
    }
}
