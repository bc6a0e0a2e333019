package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.relay.Relay;
import dev.sluice.codec.relay.RelaySink;
import dev.sluice.gateway.route.Outcome;
import dev.sluice.gateway.route.Target;
import dev.sluice.gateway.upstream.Attempt;
import dev.sluice.gateway.upstream.AttemptFailure;
import dev.sluice.gateway.upstream.AttemptListener;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a call, from its opening in the books to its closing: what is sent, what comes back, and until when it
 * has to. What may reach the client it offers to its {@link Owner}, who takes it from one of its attempts alone.
 *
 * <pre>
 *   open ──▶ start ──▶ (head, bytes)* ──▶ ended ──▶ settle ──▶ close ──▶ release
 *                          │                ▲
 *                          └──── stop ──────┘ without a word to the owner
 * </pre>
 *
 * One can be used for one attempt after the other, once it is released and {@link #isQuiet}. Thread: event loop.
 */
final class AttemptRun implements AttemptListener, RelaySink {

    /** Whose call it is. */
    interface Owner {

        void onRequestWritten(AttemptRun run, long nowNanos);

        /** There is something for the client: whether it may have it from this attempt. */
        boolean claim(AttemptRun run);

        /** From an attempt that was claimed; takes {@code bytes}. */
        void write(ByteBuf bytes);

        /** The answer is whole or not at all: what comes now is all there is. */
        void holdWhole();

        /** A piece of the answer has been read. */
        void onProgress(AttemptRun run);

        /** The first generated output has come. */
        void onFirstContent(AttemptRun run, long ttftNanos, long nowNanos);

        /** The moment to flush. */
        void flush(AttemptRun run);

        /**
         * It is over, and not by {@link #stop}.
         *
         * @param error what to tell a client that gets no other answer; null when it has been told, or all is well
         */
        void onEnded(
                AttemptRun run, AttemptStatus status, Outcome outcome, @Nullable GatewayError error, long nowNanos);

        /** Whose the answer is if the provider keeps it; null: nobody's. */
        @Nullable
        String tenant();
    }

    private final Owner owner;
    private final ExchangeLoop loop;
    private final Passage passage = new Passage();
    private final AttemptMeter meter = new AttemptMeter();
    private final AttemptRecord record = new AttemptRecord(meter);
    private final AnswerClock clock = new AnswerClock();
    private final ProviderAnswer ownAnswer = new ProviderAnswer(passage, meter);
    private @Nullable Attempt attempt;
    /** Once its head is here. */
    private @Nullable ProviderAnswer answer;

    private long ticket;
    private boolean begun;
    private boolean over;
    private boolean claimed;

    AttemptRun(Owner owner, ExchangeLoop loop) {
        this.owner = owner;
        this.loop = loop;
    }

    /** Which attempt this is; borrows {@code asked}. Its {@link #clock} is configured by the owner. */
    void begin(CallerRequest asked, Target target, int number, AttemptReason reason, long nowNanos) {
        passage.begin(asked, target);
        meter.begin(loop, asked, target.model());
        record.begin(number, reason, target, loop.wallClockMicros(nowNanos), nowNanos);
    }

    /** For the next attempt; released before. */
    void reset() {
        passage.reset();
        record.reset();
        clock.reset();
        ownAnswer.reset();
        answer = null;
        ticket = 0;
        begun = false;
        over = false;
        claimed = false;
    }

    /** The request for the provider; gives it. Borrows {@code asked}. */
    ByteBuf write(CallerRequest asked, ByteBufAllocator allocator) throws MalformedRequestException {
        return passage.write(asked, allocator);
    }

    /**
     * Sends the request. Its end may be told before this returns.
     *
     * @param written what {@link #write} gave; takes it
     * @param promptTokens roughly
     * @param callNanos when the first attempt of the call began
     * @param clientWritable whether the client takes anything for now
     */
    void start(ByteBuf written, long promptTokens, long callNanos, boolean clientWritable) {
        long now = record.startNanos();
        clock.onAttempt(now, callNanos);
        ticket = target().health().begin(promptTokens, now);
        begun = true;
        Attempt starting = new Attempt(loop.upstream(), passage.upstream(written, loop.paths()), this);
        attempt = starting;
        if (!clientWritable) {
            clock.onClientWritable(false, now);
            starting.pause();
        }
        starting.start();
    }

    Target target() {
        return passage.target();
    }

    AttemptRecord record() {
        return record;
    }

    AnswerClock clock() {
        return clock;
    }

    /** From its head on. */
    @Nullable
    ProviderAnswer answer() {
        return answer;
    }

    /** Whether it has ended, or been stopped. */
    boolean isOver() {
        return over;
    }

    /** Whether nobody calls it any more: neither its connection nor who counts its prompt. */
    boolean isQuiet() {
        return over && attempt == null && !meter.isCounting();
    }

    void onClientWritable(boolean writable, long nowNanos) {
        clock.onClientWritable(writable, nowNanos);
        if (attempt != null) {
            if (writable) {
                attempt.resume();
            } else {
                attempt.pause();
            }
        }
    }

    /** The caller is gone; the answer is read on for its figures. */
    void drain(long nowNanos) {
        clock.onDrain(nowNanos, loop.metering().drain().time().toNanos());
        if (attempt != null) {
            attempt.resume();
        }
    }

    /** What the provider asked to be left alone for; 0 when it did not ask. */
    long retryAfterNanos() {
        return answer == null ? 0 : answer.retryAfterNanos();
    }

    /** Whether the provider has finished its answer, on its dialect's terms. */
    boolean isFinished() {
        AnswerReader read = reader();
        return read != null && read.finished();
    }

    /** Of the prompt: the provider's figure if it has told it, else the gateway's. */
    long inputTokens() {
        AnswerReader read = reader();
        long reported = read == null ? Usage.UNKNOWN : read.usage().inputTokens();
        return Math.max(0, reported == Usage.UNKNOWN ? record.meter().promptTokens() : reported);
    }

    /** What it would come to if it ended now; {@link Usage#UNKNOWN} when nobody knows. */
    long costNano(long nowNanos) {
        return record.settle(AttemptStatus.BUDGET_STOP, reader(), nowNanos)
                .settlement()
                .costNano();
    }

    /** Ends it without a word to its owner: the provider sees its connection or stream closed. */
    void stop(long nowNanos) {
        if (!over) {
            leave(record.hasContent() ? Outcome.OK : Outcome.ABANDONED, nowNanos);
        }
    }

    /** The attempt as it ended, and what it comes to. */
    AttemptSummary settle(AttemptStatus status, long nowNanos) {
        return record.settle(status, reader(), nowNanos);
    }

    void release() {
        if (answer != null) {
            answer.close();
        }
    }

    // ---- from the provider ----------------------------------------------------------------------------------------

    @Override
    public void onRequestWritten() {
        long now = loop.ticker().nanoTime();
        record.onWritten(now);
        clock.onRequestWritten(now);
        owner.onRequestWritten(this, now);
    }

    @Override
    public void onHead(int status, HttpHeaders headers) {
        long now = loop.ticker().nanoTime();
        record.onHead(status, headers);
        clock.onHead(now);
        target().health().onHead(status, headers, now);
        ProviderAnswer begins = ownAnswer;
        begins.begin(status, headers, loop.wallClockMicros(now) / 1_000_000);
        answer = begins;
        HeaderPolicy.release(headers);
        if (passage.tellsCost()) {
            begins.tellCost(() -> record.costUsd(reader(), loop.ticker().nanoTime()));
        }
        begins.noteIdIn(loop.keepers(), owner.tenant());
        if (begins.refusal() != null) {
            end(AttemptStatus.UPSTREAM_ERROR, Outcome.UNAVAILABLE, begins.refusal(), now);
        }
    }

    @Override
    public void onBytes(ByteBuf bytes) {
        ProviderAnswer passing = answer;
        if (passing == null || over) {
            bytes.release();
            return;
        }
        clock.onBytes();
        Relay.State state = passing.onBytes(bytes, this);
        if (!record.hasContent() && passing.contentSeen()) {
            onFirstContent(loop.ticker().nanoTime());
        }
        meter.onBytes(record, passing.reader(), loop.ticker());
        owner.onProgress(this);
        if (over) {
            return;
        }
        switch (state) {
            case FLOWING -> {}
            case END_MARKER_SEEN -> clock.onEndMarker(loop.ticker().nanoTime());
            case FAILED_UNCOMMITTED, FAILED_UNTOLD ->
                end(
                        AttemptStatus.UPSTREAM_ERROR,
                        outcome(passing.failure()),
                        passing.failure(),
                        loop.ticker().nanoTime());
        }
    }

    /** From the relay; takes {@code bytes}. */
    @Override
    public void write(ByteBuf bytes) {
        if (!over && owner.claim(this)) {
            claimed = true;
            owner.write(bytes);
        } else {
            bytes.release();
        }
    }

    @Override
    public void onReadComplete() {
        if (!over) {
            owner.flush(this);
        }
    }

    @Override
    public void onEnd(boolean clean) {
        onEnd(clean, loop.ticker().nanoTime());
    }

    private void onEnd(boolean clean, long now) {
        ProviderAnswer ended = answer;
        if (ended == null || over) {
            return;
        }
        attempt = null;
        if (!passage.stream() && !ended.isError()) {
            owner.holdWhole();
        }
        Relay.Ending how = ended.onEnd(clean, this);
        if (!record.hasContent() && ended.contentSeen()) {
            onFirstContent(now);
        }
        switch (how) {
            case COMPLETE -> end(AttemptStatus.OK, Outcome.OK, null, now);
            case PROVIDER_ERROR -> {
                record.onError(ended.failure());
                leave(outcome(ended), now);
                // In the caller's own dialect the provider's words have reached it.
                boolean told = claimed && ended.tellsErrors();
                owner.onEnded(this, AttemptStatus.UPSTREAM_ERROR, outcome(ended), told ? null : ended.failure(), now);
            }
            case TRUNCATED -> end(AttemptStatus.TRUNCATED, Outcome.UNAVAILABLE, Refusals.truncated(), now);
            case MALFORMED -> end(AttemptStatus.UPSTREAM_ERROR, Outcome.UNAVAILABLE, Refusals.malformedAnswer(), now);
        }
    }

    @Override
    public void onFailure(AttemptFailure failure) {
        attempt = null;
        Outcome outcome = failure.kind() == AttemptFailure.Kind.CREDENTIAL ? Outcome.DENIED : Outcome.UNAVAILABLE;
        end(
                AttemptStatus.UPSTREAM_ERROR,
                outcome,
                Refusals.unanswered(failure),
                loop.ticker().nanoTime());
    }

    // ---- time -----------------------------------------------------------------------------------------------------

    /** What is due, after what concerns this attempt alone has been done. */
    AnswerClock.Due onTick(long nowNanos, boolean committed) {
        if (over) {
            return AnswerClock.Due.NOTHING;
        }
        meter.onTick(record, reader(), nowNanos);
        AnswerClock.Due due = clock.check(nowNanos, committed);
        switch (due) {
            case RELEASE_HOLD -> {
                if (answer != null) {
                    answer.release(this);
                    owner.flush(this);
                }
            }
            case PROVIDER_OVERDUE -> end(AttemptStatus.TIMEOUT, Outcome.SLOW, clock.overdueError(), nowNanos);
            case PROVIDER_WILL_NOT_CLOSE -> {
                if (attempt != null) {
                    attempt.cancel();
                }
                onEnd(/* clean= */ true, nowNanos);
            }
            case NOTHING, OUT_OF_TIME, CLIENT_STALLED, DRAINED_ENOUGH -> {}
        }
        return due;
    }

    // ---- the end --------------------------------------------------------------------------------------------------

    private void end(AttemptStatus status, Outcome outcome, @Nullable GatewayError error, long nowNanos) {
        record.onError(error);
        leave(outcome, nowNanos);
        owner.onEnded(this, status, outcome, error, nowNanos);
    }

    private void leave(Outcome outcome, long nowNanos) {
        over = true;
        if (attempt != null) {
            attempt.cancel();
            attempt = null;
        }
        if (begun) {
            target().health().end(ticket, outcome, retryAfterNanos(), nowNanos);
        }
    }

    private void onFirstContent(long nowNanos) {
        record.onFirstContent(nowNanos);
        clock.onFirstContent(nowNanos);
        owner.onFirstContent(this, record.ttftNanos(), nowNanos);
    }

    private static Outcome outcome(ProviderAnswer failed) {
        return failed.isError() ? Outcome.ofStatus(failed.status()) : outcome(failed.failure());
    }

    /** Of an error that the provider told of in an answer that had begun well. */
    private static Outcome outcome(GatewayError error) {
        return switch (error.kind()) {
            case RATE_LIMITED, TOKENS_LIMITED, BUDGET_EXCEEDED -> Outcome.LIMITED;
            case UPSTREAM_AUTH, MODEL_NOT_FOUND, MODEL_NOT_ALLOWED, NOT_ALLOWED, NOT_FOUND -> Outcome.DENIED;
            case INVALID_REQUEST,
                    INVALID_API_KEY,
                    METHOD_NOT_ALLOWED,
                    REQUEST_TIMEOUT,
                    CONFLICT,
                    REQUEST_TOO_LARGE,
                    URI_TOO_LONG,
                    UNSUPPORTED_MEDIA_TYPE,
                    EXPECTATION_FAILED,
                    HEADERS_TOO_LARGE,
                    VERSION_NOT_SUPPORTED -> Outcome.CALLER_ERROR;
            case INTERNAL,
                    NOT_IMPLEMENTED,
                    UPSTREAM_ERROR,
                    OVERLOADED,
                    METERING_UNAVAILABLE,
                    AUTH_UNAVAILABLE,
                    UPSTREAM_TIMEOUT -> Outcome.UNAVAILABLE;
        };
    }

    private @Nullable AnswerReader reader() {
        return answer == null ? null : answer.reader();
    }

    @Override
    public String toString() {
        return "attempt " + record.number() + " at " + Objects.toString(target());
    }
}
