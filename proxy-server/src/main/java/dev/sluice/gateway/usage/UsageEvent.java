package dev.sluice.gateway.usage;

import dev.sluice.codec.chat.Usage;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One row of {@code sluice.usage_event}: an attempt at a provider, priced. Figures that nobody knows are {@link #UNKNOWN}
 * here and NULL there. Immutable; thread: any.
 *
 * @param startedAtMicros wall clock, microseconds since the epoch
 * @param tags a JSON object's text, or null when the caller sent none
 * @param httpStatus the provider's; {@link #UNKNOWN} when none arrived
 * @param usage what is billed, whoever counted it
 * @param countedInput the gateway's own figure
 * @param countedOutput the gateway's own figure
 * @param lowerBound whether the model may have been billed for more than could be counted
 * @param costNano nano-dollars; {@link #UNKNOWN}: unpriced
 * @param priceVersion the catalogue that priced it; {@link #UNKNOWN} when it is unpriced
 */
public record UsageEvent(
        UUID eventId,
        long startedAtMicros,
        String requestId,
        int attempt,
        @Nullable String keyId,
        @Nullable String teamId,
        @Nullable String endUser,
        @Nullable String tags,
        String endpoint,
        @Nullable String requestedModel,
        String provider,
        String upstreamModel,
        boolean stream,
        String status,
        int httpStatus,
        Usage usage,
        long countedInput,
        long countedOutput,
        String usageSource,
        boolean lowerBound,
        @Nullable String serviceTier,
        long costNano,
        long priceVersion,
        int ttftMillis,
        int durationMillis,
        @Nullable String providerRequestId) {

    public static final int UNKNOWN = -1;

    /** When it ended, microseconds since the epoch. */
    long endedAtMicros() {
        return startedAtMicros + Math.max(durationMillis, 0) * 1_000L;
    }
}
