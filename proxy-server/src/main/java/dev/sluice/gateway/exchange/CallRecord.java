package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.tokens.Tokenizer;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.limit.LimitCall;
import dev.sluice.gateway.price.TokenRates;
import dev.sluice.gateway.route.Target;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is noted of a call while it runs, to become its {@link ExchangeSummary}. One can be used for one call after the
 * other. Thread: event loop.
 */
final class CallRecord {
    /** Held for an answer that comes whole, unless the caller allows it less. */
    private static final long WHOLE_ANSWER_TOKENS = 256;

    private final LimitCall limits = new LimitCall();
    private @Nullable CallHead head;
    private long id;
    private @Nullable String stoppedBy;
    private @Nullable Principal principal;
    private @Nullable CallTags tags;
    private @Nullable String model;
    private @Nullable String bodyUser;
    private boolean stream;
    private long bodyBytes;
    private long bodyEndNanos;

    CallRecord() {}

    /** Of one call alone. */
    CallRecord(CallHead head, long id) {
        begin(head, id);
    }

    /** @param callId the gateway's own */
    void begin(CallHead of, long callId) {
        head = of;
        id = callId;
    }

    /** For the next call. */
    void reset() {
        limits.clear();
        head = null;
        id = 0;
        stoppedBy = null;
        principal = null;
        tags = null;
        model = null;
        bodyUser = null;
        stream = false;
        bodyBytes = 0;
        bodyEndNanos = 0;
    }

    private CallHead head() {
        return Objects.requireNonNull(head);
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

    /** Somebody ends it whom the catalogue of errors does not know. */
    void onStoppedBy(String code) {
        stoppedBy = code;
    }

    /** Why it ended badly, for those who look at it from outside; null for a good end. */
    @Nullable
    String errorCode(@Nullable GatewayError error) {
        return error == null || stoppedBy == null ? code(error) : stoppedBy;
    }

    private static @Nullable String code(@Nullable GatewayError error) {
        return error == null ? null : error.kind().code();
    }

    /** The call as rules see it, at its first target. */
    LimitCall limitCall(ExchangeLoop loop, Target target, CallerRequest asked, long nowNanos) {
        RequestReader request = asked.reader();
        boolean isWholeChat = !request.stream() && asked.path().endpoint().operation() == Endpoint.Operation.CHAT;
        long maxTokens = request.maxOutputTokens();
        // Of a stream nothing is held ahead: it is followed while it comes.
        long expected =
                !isWholeChat ? 0 : maxTokens < 0 ? WHOLE_ANSWER_TOKENS : Math.min(maxTokens, WHOLE_ANSWER_TOKENS);
        long inputTokens = Tokenizer.of(target.model()).estimate(request.textBytes());
        TokenRates rates = rates(loop, target, inputTokens, nowNanos);
        return limitCall(target, bodyBytes, inputTokens, expected, maxTokens, rates);
    }

    /**
     * The same of a call of which nobody knows what it says.
     *
     * @param restBytes how much of it is known to come still
     */
    LimitCall limitCall(ExchangeLoop loop, Target target, long restBytes, long nowNanos) {
        TokenRates rates = rates(loop, target, 0, nowNanos);
        return limitCall(target, bodyBytes + restBytes, 0, 0, Usage.UNKNOWN, rates);
    }

    private static @Nullable TokenRates rates(ExchangeLoop loop, Target target, long inputTokens, long nowNanos) {
        return loop.metering()
                .ledger()
                .rates(target.provider().name(), target.model(), inputTokens, loop.wallClockMicros(nowNanos));
    }

    private LimitCall limitCall(
            Target target,
            long requestBytes,
            long inputTokens,
            long expectedOutputTokens,
            long maxTokens,
            @Nullable TokenRates rates) {
        Principal known = Objects.requireNonNull(principal);
        return limits.of(
                        known,
                        head().caller().from(),
                        endUser(),
                        head().headers().get(Asks.SESSION),
                        tagMap(),
                        head().caller().sharePercent(known))
                .at(target.provider().name(), model == null ? target.model() : model, head().endpointLabel(), rates)
                .sized(inputTokens, expectedOutputTokens, maxTokens, requestBytes);
    }

    /** How the call stands; null as long as nobody knows whose it is. */
    @Nullable
    OpenStream standing(OpenStream.Running running) {
        Principal caller = principal;
        return caller == null
                ? null
                : new OpenStream(
                        id,
                        head().requestId(),
                        caller,
                        endUser(),
                        head().endpointLabel(),
                        model,
                        running.provider(),
                        running.upstreamModel(),
                        stream,
                        ExchangeLoop.startedAtMillis(id),
                        running.streaming(),
                        running.inputTokens(),
                        running.outputTokens(),
                        running.costNano());
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
                head().requestId(),
                attempt.number(),
                attempt.startedAtMicros(),
                keyId,
                teamId,
                endUser,
                asTags,
                head().endpointLabel(),
                model,
                attempt.target().provider().name(),
                attempt.target().model(),
                stream,
                attempt.meter().counted());
    }

    /** Of what {@code fetch} tells of other work: an entry of its own. */
    AttemptOpening opening(AttemptRecord fetch, int number, String endpoint, String ofModel) {
        return new AttemptOpening(
                head().requestId(),
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
                head().requestId(),
                keyId(),
                teamId(),
                endUser(),
                tagMap(),
                head().endpointLabel(),
                model,
                stream,
                status,
                reply.status(),
                errorCode(error),
                head().protocol(),
                bodyBytes,
                reply.sizeBytes(),
                reply.overheadNanos(),
                answering == null || !answering.hasContent() ? -1 : answering.firstContentNanos() - bodyEndNanos,
                nowNanos - head().startNanos(),
                head().caller().from(),
                answering != null && answering.contentRefused(),
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
        return head().endUser(principal, bodyUser);
    }
}
