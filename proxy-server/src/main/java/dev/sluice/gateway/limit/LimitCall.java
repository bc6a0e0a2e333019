package dev.sluice.gateway.limit;

import dev.sluice.gateway.auth.Principal;
import java.net.InetAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What rules can ask of a call. Immutable; thread: any.
 *
 * @param endUser on whose account at the caller's it is
 * @param session as the caller's {@code x-session-id} says
 * @param tags of the key and of the call
 * @param provider of the first target
 * @param model as asked for
 * @param endpoint label
 * @param inputTokens of the prompt, counted or estimated
 * @param expectedOutputTokens held for an answer that comes whole; 0 for one that is followed while it comes
 * @param maxTokens what the caller allows the answer; -1 when it does not say
 * @param bodyBytes of the request
 * @param rates by which it is charged; null when nobody knows its price
 * @param sharePercent of every limit that this caller has at present: 100, unless it has behaved badly
 */
public record LimitCall(
        Principal principal,
        @Nullable String endUser,
        InetAddress from,
        @Nullable String session,
        Map<String, String> tags,
        String provider,
        String model,
        String endpoint,
        long inputTokens,
        long expectedOutputTokens,
        long maxTokens,
        long bodyBytes,
        @Nullable Rates rates,
        int sharePercent) {

    /** In nano-dollars for a million tokens. */
    public record Rates(long input, long output) {}
}
