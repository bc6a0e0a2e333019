package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.auth.Principal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is noted of a call while it runs, to become its {@link ExchangeSummary}. Thread: event loop.
 */
final class CallRecord {
    private final CallHead head;
    private @Nullable Principal principal;
    private @Nullable CallTags tags;
    private @Nullable String model;
    private @Nullable String bodyUser;
    private boolean stream;
    private long bodyBytes;
    private long bodyEndNanos;

    CallRecord(CallHead head) {
        this.head = head;
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

    /** The request was understood. */
    void onRequestKnown(@Nullable String asked, boolean asStream, @Nullable String endUser) {
        model = asked;
        stream = asStream;
        bodyUser = endUser;
    }

    @Nullable
    Principal principal() {
        return principal;
    }

    long bodyEndNanos() {
        return bodyEndNanos;
    }

    AttemptOpening opening(AttemptRecord attempt) {
        return opening(attempt, keyId(), teamId(), endUser(), tagMap());
    }

    /** Of a copy for a shadow: on nobody's account, and marked. */
    AttemptOpening openingOfCopy(AttemptRecord attempt) {
        return opening(attempt, null, null, null, Map.of("mirror", "true"));
    }

    private AttemptOpening opening(
            AttemptRecord attempt,
            @Nullable String keyId,
            @Nullable String teamId,
            @Nullable String endUser,
            Map<String, String> asTags) {
        return new AttemptOpening(
                head.requestId(),
                attempt.number(),
                attempt.startedAtMicros(),
                keyId,
                teamId,
                endUser,
                asTags,
                head.endpointLabel(),
                model,
                attempt.target().provider().name(),
                attempt.target().model(),
                stream,
                attempt.meter().counted());
    }

    /** Of what {@code fetch} tells of other work: an entry of its own. */
    AttemptOpening opening(AttemptRecord fetch, int number, String endpoint, String ofModel) {
        return new AttemptOpening(
                head.requestId(),
                number,
                fetch.startedAtMicros(),
                keyId(),
                teamId(),
                endUser(),
                tagMap(),
                endpoint,
                ofModel,
                fetch.target().provider().name(),
                ofModel,
                /* stream= */ false,
                Counted.NOTHING);
    }

    ExchangeSummary summary(
            AttemptStatus status,
            @Nullable GatewayError error,
            ClientAnswer reply,
            long nowNanos,
            @Nullable AttemptRecord answering,
            List<AttemptSummary> attempts) {
        return new ExchangeSummary(
                head.requestId(),
                keyId(),
                teamId(),
                endUser(),
                tagMap(),
                head.endpointLabel(),
                model,
                stream,
                status,
                reply.status(),
                error == null ? null : error.kind().code(),
                head.protocol(),
                bodyBytes,
                reply.sizeBytes(),
                reply.overheadNanos(),
                answering == null || !answering.hasContent() ? -1 : answering.firstContentNanos() - bodyEndNanos,
                nowNanos - head.startNanos(),
                head.caller().from(),
                answering != null && answering.meter().contentRefused(),
                attempts);
    }

    private @Nullable String keyId() {
        return principal == null ? null : principal.keyId();
    }

    private @Nullable String teamId() {
        return principal == null ? null : principal.teamId();
    }

    private Map<String, String> tagMap() {
        return tags == null ? Map.of() : tags.tags();
    }

    private @Nullable String endUser() {
        return head.endUser(principal, bodyUser);
    }
}
