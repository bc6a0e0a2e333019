package dev.sluice.gateway.exchange;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an attempt before it is sent: enough to bill it if the gateway does not live to see its end.
 * Immutable; thread: any.
 *
 * @param number 1 for the first attempt of an exchange
 * @param startedAtMicros wall clock, microseconds since the epoch
 * @param counted of the prompt; nothing of the output yet
 */
public record AttemptOpening(
        String requestId,
        int number,
        long startedAtMicros,
        @Nullable String keyId,
        @Nullable String teamId,
        @Nullable String endUser,
        Map<String, String> tags,
        String endpoint,
        @Nullable String requestedModel,
        String provider,
        String upstreamModel,
        boolean stream,
        Counted counted) {}
