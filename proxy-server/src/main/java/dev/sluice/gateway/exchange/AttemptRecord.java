package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.price.Money;
import dev.sluice.gateway.route.Target;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** What is noted of an attempt while it runs, to become its {@link AttemptSummary}. Thread: event loop. */
final class AttemptRecord {
    private final int number;
    private final AttemptReason reason;
    private final Target target;
    private final long startedAtMicros;
    private final long startNanos;
    private final AttemptMeter meter;
    private boolean contentRefused;
    private long writtenNanos;
    private long firstContentNanos;
    private int httpStatus;
    private @Nullable String providerRequestId;
    private @Nullable String errorCode;
    private boolean closed;

    AttemptRecord(
            int number,
            AttemptReason reason,
            Target target,
            long startedAtMicros,
            long startNanos,
            AttemptMeter meter) {
        this.number = number;
        this.reason = reason;
        this.target = target;
        this.startedAtMicros = startedAtMicros;
        this.startNanos = startNanos;
        this.meter = meter;
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

    Target target() {
        return target;
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
                target.provider().name(),
                target.model(),
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
