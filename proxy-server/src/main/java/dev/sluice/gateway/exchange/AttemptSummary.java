package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import org.jspecify.annotations.Nullable;

/**
 * One try at one target, after it ended. Immutable; thread: any.
 *
 * @param number 1 for the first attempt of an exchange
 * @param startedAtMicros wall clock, microseconds since the epoch
 * @param provider name of the provider in the configuration
 * @param upstreamModel the provider's name of the model, as asked for
 * @param answeredModel the model that the answer named, if it named one
 * @param httpStatus the provider's status; 0 when none arrived
 * @param usage as reported by the provider
 * @param ttftNanos from the start to the first generated output; -1 when there was none
 * @param providerRequestId the provider's own id of the request
 */
public record AttemptSummary(
        int number,
        long startedAtMicros,
        String provider,
        String upstreamModel,
        @Nullable String answeredModel,
        AttemptStatus status,
        int httpStatus,
        Usage usage,
        long ttftNanos,
        long durationNanos,
        @Nullable String providerRequestId) {}
