package dev.sluice.gateway.usage;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One row of {@code sluice.usage_event}: an attempt at a provider, priced. The components are the columns, in their
 * order. Figures that nobody knows are {@link #UNKNOWN} here and NULL there. Immutable; thread: any.
 *
 * @param startedAtMicros wall clock, microseconds since the epoch
 * @param tags a JSON object's text, or null when the caller sent none
 * @param httpStatus the provider's; {@link #UNKNOWN} when none arrived
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
        long inputTokens,
        long cachedTokens,
        long cacheWriteTokens,
        long outputTokens,
        long reasoningTokens,
        long countedInput,
        long countedOutput,
        String usageSource,
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
