package dev.sluice.gateway.exchange;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request of a caller, after it ended: published exactly once for each. Immutable; thread: any.
 *
 * <p>Requests that were refused before a key and a model were known carry null in those places and have no attempts.
 *
 * @param requestId the caller's {@code x-request-id}, else ours; a trace id, never a key
 * @param keyId public id of the caller's key
 * @param tags of the key, and the caller's {@code x-sluice-tags}
 * @param endpoint label of the endpoint, such as {@code chat.completions}
 * @param requestedModel what the caller asked for
 * @param httpStatus the status the caller got; 0 when it got none
 * @param errorCode the catalogue's code when an error was answered
 * @param protocol {@code HTTP/1.1} or {@code HTTP/2}
 * @param overheadNanos from the last byte of the request to the upstream request's write; -1 when none was written
 * @param ttftNanos from the last byte of the request to the first generated output written to the client; -1 for none
 * @param durationNanos from the request's head to its end
 * @param from the address at the other end of the connection
 * @param contentRefused whether a filter of the provider's, or the model, would not answer
 * @param attempts in the order in which they ended, that of the answer last; empty when no target was tried
 */
public record ExchangeSummary(
        String requestId,
        @Nullable String keyId,
        @Nullable String teamId,
        @Nullable String endUser,
        Map<String, String> tags,
        String endpoint,
        @Nullable String requestedModel,
        boolean stream,
        AttemptStatus status,
        int httpStatus,
        @Nullable String errorCode,
        String protocol,
        long requestBytes,
        long responseBytes,
        long overheadNanos,
        long ttftNanos,
        long durationNanos,
        InetAddress from,
        boolean contentRefused,
        List<AttemptSummary> attempts) {}
