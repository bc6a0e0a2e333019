package dev.sluice.gateway.admin;

import dev.sluice.gateway.exchange.OpenStream;
import dev.sluice.gateway.price.Money;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An open call as the API shows it; see {@link Json}. Immutable; thread: any.
 *
 * @param id the gateway's own
 * @param requestId the caller's, or the one that it was given
 * @param status {@code waiting} until generated output has come, then {@code streaming}
 * @param inputTokens so far, of all its attempts
 * @param costUsd so far; null when nobody knows
 */
record StreamView(
        String id,
        String requestId,
        String key,
        String keyName,
        String team,
        @Nullable String user,
        @Nullable String endUser,
        String endpoint,
        @Nullable String model,
        @Nullable String provider,
        @Nullable String upstreamModel,
        boolean stream,
        Instant startedAt,
        String status,
        long inputTokens,
        long outputTokens,
        @Nullable String costUsd) {

    static StreamView of(OpenStream stream) {
        return new StreamView(
                id(stream),
                stream.requestId(),
                stream.caller().keyId(),
                stream.caller().name(),
                stream.caller().tenant(),
                stream.caller().userId(),
                stream.endUser(),
                stream.endpoint(),
                stream.model(),
                stream.provider(),
                stream.upstreamModel(),
                stream.stream(),
                Instant.ofEpochMilli(stream.startedAtMillis()),
                stream.streaming() ? "streaming" : "waiting",
                stream.inputTokens(),
                stream.outputTokens(),
                stream.costNano() < 0 ? null : Money.format(stream.costNano()));
    }

    /** Such that the order of texts is that of numbers. */
    static String id(OpenStream stream) {
        return String.format(Locale.ROOT, "%016x", stream.id());
    }
}
