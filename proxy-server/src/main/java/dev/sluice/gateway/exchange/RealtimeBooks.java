package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.RealtimeReader;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.route.Target;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The books of one realtime session. The session is an attempt: opened before it is asked for, told on after each of its
 * responses, closed at its end. What transcribes the caller's speech is another model at other prices, so it is an attempt
 * of its own under the same request, opened with its first report.
 *
 * <p>Thread: event loop.
 */
final class RealtimeBooks {
    private final ExchangeLoop loop;
    private final CallHead head;
    private final RealtimeRequest asked;
    private final RealtimeReader reader;
    private final Principal principal;
    private final CallTags tags;
    private final AttemptRecord session;
    private @Nullable AttemptRecord transcription;
    private boolean transcribesHere;

    RealtimeBooks(
            ExchangeLoop loop,
            CallHead head,
            RealtimeRequest asked,
            RealtimeReader reader,
            Principal principal,
            CallTags tags,
            Target target) {
        this.loop = loop;
        this.head = head;
        this.asked = asked;
        this.reader = reader;
        this.principal = principal;
        this.tags = tags;
        this.session = record(1, target);
    }

    /** Writes the session down; false when that cannot be done. */
    boolean open() {
        return session.meter().open(opening(session));
    }

    /** The session's own attempt. */
    AttemptRecord session() {
        return session;
    }

    /** The provider has reported something. */
    void onReport() {
        long now = loop.ticker().nanoTime();
        if (transcription == null && !transcribesHere && reader.transcriptions().isReported()) {
            openTranscription(now);
        }
        if (transcription != null) {
            transcription.meter().report(transcription, reader.transcriptions(), now);
        }
        session.meter().report(session, sessionUsage(), now);
    }

    private void openTranscription(long nowNanos) {
        String model = reader.transcriptionModel();
        Target target = session.target();
        AttemptRecord begun = record(2, model == null ? target : target.withModel(model));
        begun.onWritten(nowNanos);
        begun.onStatus(RealtimeSession.SWITCHED);
        if (begun.meter().open(opening(begun))) {
            transcription = begun;
        } else {
            // Done already, and not to be lost: it goes with the session.
            transcribesHere = true;
        }
    }

    /** Of all that has been reported. */
    Usage usage() {
        return reader.responses().plus(reader.transcriptions());
    }

    /** How it stands now. */
    OpenStream.Running running(long nowNanos) {
        Usage so = usage();
        Outlay outlay = new Outlay();
        outlay.addAll(settle(AttemptStatus.OK, nowNanos));
        return new OpenStream.Running(
                session.target().provider().name(),
                session.target().model(),
                so.isReported(),
                Math.max(0, so.inputTokens()),
                Math.max(0, so.outputTokens()),
                outlay.costNano(session.number()));
    }

    private Usage sessionUsage() {
        return transcribesHere ? reader.responses().plus(reader.transcriptions()) : reader.responses();
    }

    /** What everything came to. */
    List<AttemptSummary> settle(AttemptStatus status, long nowNanos) {
        List<AttemptSummary> settled = new ArrayList<>(2);
        settled.add(session.settle(status, reader.model(), sessionUsage(), nowNanos));
        if (transcription != null) {
            settled.add(transcription.settle(status, null, reader.transcriptions(), nowNanos));
        }
        return settled;
    }

    /**
     * Closes what is open.
     *
     * @param settled what {@link #settle} gave
     * @param waiter is called back as often as the result says
     * @return how many entries are not kept yet
     */
    int close(List<AttemptSummary> settled, Ledger.Waiter waiter) {
        int waiting = session.meter().close(settled.getFirst(), waiter) ? 0 : 1;
        if (transcription != null && !transcription.meter().close(settled.getLast(), waiter)) {
            waiting++;
        }
        return waiting;
    }

    private AttemptRecord record(int number, Target target) {
        long now = loop.ticker().nanoTime();
        AttemptRecord begun = new AttemptRecord(AttemptMeter.uncounted(loop.metering()));
        begun.begin(number, AttemptReason.FIRST, target, loop.wallClockMicros(now), now);
        return begun;
    }

    private AttemptOpening opening(AttemptRecord attempt) {
        return new AttemptOpening(
                head.requestId(),
                attempt.number(),
                attempt.startedAtMicros(),
                principal.keyId(),
                principal.teamId(),
                head.endUser(principal, null),
                tags.tags(),
                head.endpointLabel(),
                asked.model(),
                attempt.target().provider().name(),
                attempt.target().model(),
                /* stream= */ true,
                Counted.NOTHING);
    }
}
