package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.gateway.auth.Principal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is noted of a call while it runs, to become its {@link ExchangeSummary}. Thread: event loop.
 */
final class CallRecord {
    private final CallHead head;
    private final RequestReader request;
    private @Nullable Principal principal;
    private @Nullable CallTags tags;
    private boolean requestKnown;
    private long bodyBytes;
    private long bodyEndNanos;

    CallRecord(CallHead head, RequestReader request) {
        this.head = head;
        this.request = request;
    }

    void onCaller(Principal caller, CallTags callTags) {
        principal = caller;
        tags = callTags;
    }

    void onBody(int bytes) {
        bodyBytes += bytes;
    }

    void onBodyEnd(long nowNanos) {
        bodyEndNanos = nowNanos;
    }

    /** The body was understood: from here on the request may be asked. */
    void onRequestKnown() {
        requestKnown = true;
    }

    @Nullable
    Principal principal() {
        return principal;
    }

    long bodyEndNanos() {
        return bodyEndNanos;
    }

    AttemptOpening opening(AttemptRecord attempt) {
        return new AttemptOpening(
                head.requestId(),
                attempt.number(),
                attempt.startedAtMicros(),
                keyId(),
                teamId(),
                endUser(),
                tagMap(),
                head.endpointLabel(),
                model(),
                attempt.target().provider().name(),
                attempt.target().model(),
                request.stream(),
                attempt.meter().counted());
    }

    ExchangeSummary summary(
            AttemptStatus status,
            @Nullable GatewayError error,
            ClientAnswer reply,
            long nowNanos,
            @Nullable AttemptRecord record,
            @Nullable AttemptSummary attempt) {
        return new ExchangeSummary(
                head.requestId(),
                keyId(),
                teamId(),
                endUser(),
                tagMap(),
                head.endpointLabel(),
                model(),
                requestKnown && request.stream(),
                status,
                reply.status(),
                error == null ? null : error.kind().code(),
                head.protocol(),
                bodyBytes,
                reply.sizeBytes(),
                reply.overheadNanos(),
                record == null || !record.hasContent() ? -1 : record.firstContentNanos() - bodyEndNanos,
                nowNanos - head.startNanos(),
                attempt == null ? List.of() : List.of(attempt));
    }

    private @Nullable String keyId() {
        return principal == null ? null : principal.keyId();
    }

    private @Nullable String teamId() {
        return principal == null ? null : principal.teamId();
    }

    private @Nullable String model() {
        return requestKnown ? request.model() : null;
    }

    private Map<String, String> tagMap() {
        return tags == null ? Map.of() : tags.tags();
    }

    private @Nullable String endUser() {
        String header = head.headers().get("x-sluice-user");
        return header != null ? header : requestKnown ? request.endUser() : null;
    }
}
