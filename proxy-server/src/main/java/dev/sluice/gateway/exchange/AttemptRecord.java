package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.price.Money;
import dev.sluice.gateway.route.Target;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is noted of an attempt while it runs, to become its {@link AttemptSummary}. One can be used for one attempt after the
 * other. Thread: event loop.
 */
final class AttemptRecord {
    private final AttemptMeter meter;
    private int number;
    private AttemptReason reason = AttemptReason.FIRST;
    private @Nullable Target target;
    private long startedAtMicros;
    private long startNanos;
    private boolean contentRefused;
    private long writtenNanos;
    private long firstContentNanos;
    private int httpStatus;
    private @Nullable String providerRequestId;
    private @Nullable String errorCode;
    private boolean closed;

    AttemptRecord(AttemptMeter meter) {
        this.meter = meter;
    }

    void begin(int which, AttemptReason why, Target at, long atMicros, long atNanos) {
        number = which;
        reason = why;
        target = at;
        startedAtMicros = atMicros;
        startNanos = atNanos;
    }

    /** For the next attempt. */
    void reset() {
        meter.reset();
        number = 0;
        reason = AttemptReason.FIRST;
        target = null;
        startedAtMicros = 0;
        startNanos = 0;
        contentRefused = false;
        writtenNanos = 0;
        firstContentNanos = 0;
        httpStatus = 0;
        providerRequestId = null;
        errorCode = null;
        closed = false;
    }

    void onWritten(long nowNanos) {
        writtenNanos = nowNanos;
    }

    void onHead(int status, HttpHeaders headers) {
        httpStatus = status;
        providerRequestId = HeaderPolicy.providerRequestId(headers);
    }

    /** What came in place of a head whose fields nobody asks for. */
    void onStatus(int status) {
        httpStatus = status;
    }

    void onFirstContent(long nowNanos) {
        firstContentNanos = nowNanos;
    }

    /** Closes its entry in the books; whether it is kept already. */
    boolean close(AttemptSummary settled, Ledger.Waiter waiter) {
        closed = true;
        return meter.close(settled, waiter);
    }

    boolean isClosed() {
        return closed;
    }

    AttemptReason reason() {
        return reason;
    }

    /** Why it ended, in the catalogue's terms. */
    void onError(@Nullable GatewayError error) {
        onErrorCode(error == null ? null : error.kind().code());
    }

    void onErrorCode(@Nullable String code) {
        errorCode = code;
    }

    int number() {
        return number;
    }

    /** From {@link #begin} on. */
    Target target() {
        return Objects.requireNonNull(target);
    }

    /** Whether the answer, as far as it came, was refused by a filter, or by the model; known when it is settled. */
    boolean contentRefused() {
        return contentRefused;
    }

    AttemptMeter meter() {
        return meter;
    }

    long startedAtMicros() {
        return startedAtMicros;
    }

    boolean isWritten() {
        return writtenNanos != 0;
    }

    long startNanos() {
        return startNanos;
    }

    boolean hasContent() {
        return firstContentNanos != 0;
    }

    long firstContentNanos() {
        return firstContentNanos;
    }

    /** From the start to the first generated output; -1 when there was none. */
    long ttftNanos() {
        return firstContentNanos == 0 ? -1 : firstContentNanos - startNanos;
    }

    /** The attempt as it ended, and what it comes to. */
    AttemptSummary settle(AttemptStatus status, @Nullable AnswerReader answer, long nowNanos) {
        contentRefused = meter.contentRefused() || (answer != null && answer.contentRefused());
        return settled(summary(
                status,
                answer == null ? null : answer.model(),
                answer == null ? null : answer.serviceTier(),
                answer != null && answer.finished(),
                answer == null ? Usage.NONE : answer.usage(),
                nowNanos));
    }

    /** The same for one that reports each of its pieces of work when that is over: there is nothing half-done. */
    AttemptSummary settle(AttemptStatus status, @Nullable String answeredModel, Usage usage, long nowNanos) {
        return settled(summary(status, answeredModel, null, /* finished= */ true, usage, nowNanos));
    }

    private AttemptSummary settled(AttemptSummary ended) {
        return ended.settled(meter.ledger().settle(ended));
    }

    /** What it has cost so far, in dollars; null when nobody knows. */
    @Nullable
    String costUsd(@Nullable AnswerReader answer, long nowNanos) {
        long cost = settle(AttemptStatus.OK, answer, nowNanos).settlement().costNano();
        return cost == Usage.UNKNOWN ? null : Money.format(cost);
    }

    private AttemptSummary summary(
            AttemptStatus status,
            @Nullable String answeredModel,
            @Nullable String serviceTier,
            boolean finished,
            Usage usage,
            long nowNanos) {
        return new AttemptSummary(
                number,
                startedAtMicros,
                target().provider().name(),
                target().model(),
                answeredModel,
                serviceTier,
                status,
                isWritten(),
                finished,
                httpStatus,
                usage,
                meter.counted(),
                Settlement.NONE,
                ttftNanos(),
                nowNanos - startNanos,
                providerRequestId,
                reason,
                errorCode);
    }
}
