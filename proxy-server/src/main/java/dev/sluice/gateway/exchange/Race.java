package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.relay.Relay;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.config.GatewayConfig.AbortPolicy;
import dev.sluice.gateway.route.Ask;
import dev.sluice.gateway.route.Outcome;
import dev.sluice.gateway.route.Plan;
import dev.sluice.gateway.route.Route;
import dev.sluice.gateway.route.Target;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of one call: one after another, or two at once while a hedge is under way.
 *
 * <pre>
 *   first ──▶ fails before it has said anything ──▶ the next of the {@link Plan}, at once or after a wait ──▶ ...
 *     │  └──▶ is late ──▶ a rival beside it ──┐
 *     └──────────────────────────────────────┴──▶ the first that has something for the client answers ({@link #claim})
 * </pre>
 *
 * From that moment on no attempt is ever made again. Each attempt is booked when it ends; the client's last byte waits
 * until all of them are kept. One can be used for one call after the other, once it is released and {@link #isQuiet}.
 *
 * <p>Thread: event loop.
 */
final class Race implements AttemptRun.Owner, Ledger.Waiter {

    /** Whose attempts they are. */
    interface Owner {

        /**
         * There will be no further attempt, and the client has all it is going to get.
         *
         * @param error what to tell it, if the answer is not whole
         */
        void finish(AttemptStatus status, @Nullable GatewayError error, long nowNanos);

        /** Everything that has been booked is kept, and nothing more will be booked. */
        void onBooksKept();
    }

    private final Owner owner;
    private final ExchangeLoop loop;
    private final CallerRequest asked;
    private final CallRecord call;
    private final ClientAnswer reply;
    /** What the answer is charged to while it comes. */
    private final Admission limits;

    private final Outlay outlay = new Outlay();
    /** The first attempt, in most calls the only one. */
    private final AttemptRun first;

    private final Ask ask = new Ask();
    private final Plan plan = new Plan();
    private @Nullable Target firstTarget;

    private boolean stream;
    private boolean clientWritable = true;
    private boolean draining;
    private boolean over;
    /** Whether a timer was set, for a rival or for another attempt. */
    private boolean timed;
    /** Entries that are closed and not kept yet. */
    private int unkept;

    private int attempts;
    private long firstAttemptAt;
    /** Open, or the last one that failed; {@link #rival} beside it while a hedge is under way. */
    private @Nullable AttemptRun current;

    private @Nullable AttemptRun rival;
    /** The one whose answer the client gets, or whose error. */
    private @Nullable AttemptRun answering;

    Race(Owner owner, ExchangeLoop loop, CallerRequest asked, CallRecord call, ClientAnswer reply, Admission limits) {
        this.owner = owner;
        this.loop = loop;
        this.asked = asked;
        this.call = call;
        this.reply = reply;
        this.limits = limits;
        this.first = new AttemptRun(this, loop);
    }

    /** Where the call goes first if it may go on; null when nobody of {@code route} can serve it. */
    @Nullable
    Target plan(Route route, @Nullable Principal principal, long nowNanos) {
        stream = asked.reader().stream();
        Asks.fill(ask, route, asked, principal);
        plan.begin(route, ask, loop.random());
        firstTarget = plan.first(nowNanos);
        return firstTarget;
    }

    /** What is tried. */
    Plan plan() {
        return plan;
    }

    /** The first attempt. Everything may be over when this returns. */
    void begin(long nowNanos) {
        attempt(Objects.requireNonNull(firstTarget), AttemptReason.FIRST, nowNanos);
    }

    /** Whether nobody outside the call refers to any part of it: no connection, no timer, no books. */
    boolean isQuiet() {
        return attempts == 1 && !timed && unkept == 0 && first.isQuiet();
    }

    /** For the next call. */
    void reset() {
        first.reset();
        outlay.reset();
        plan.reset();
        firstTarget = null;
        stream = false;
        clientWritable = true;
        over = false;
        attempts = 0;
        firstAttemptAt = 0;
        current = null;
        answering = null;
    }

    /** Whether the client may still be answered by another attempt. */
    boolean isOpen() {
        return answering == null && !over;
    }

    void onClientWritable(boolean writable, long nowNanos) {
        clientWritable = writable;
        if (current != null) {
            current.onClientWritable(writable, nowNanos);
        }
        if (rival != null) {
            rival.onClientWritable(writable, nowNanos);
        }
    }

    /** Nobody is left to answer: whether the answer is read on for its figures, for which {@code loop} has room. */
    boolean drain() {
        AttemptRun drained = answering == null ? current : answering;
        if (draining || drained == null || !mayDrain(drained) || !loop.beginDrain()) {
            return false;
        }
        draining = true;
        reply.discard();
        claim(drained);
        drained.drain(loop.ticker().nanoTime());
        return true;
    }

    private static boolean mayDrain(AttemptRun run) {
        return !run.isOver() && run.record().isWritten() && run.target().onClientAbort() == AbortPolicy.DRAIN;
    }

    // ---- attempts -------------------------------------------------------------------------------------------------

    private void attempt(Target target, AttemptReason reason, long now) {
        AttemptRun run = reason == AttemptReason.FIRST ? first : new AttemptRun(this, loop);
        AnswerClock clock = run.clock();
        GatewayError badTimeout =
                clock.configure(target.timeouts(), asked.head().headers(), stream, plan.holdNanos());
        if (badTimeout != null) {
            owner.finish(AttemptStatus.REFUSED, badTimeout, now);
            return;
        }
        if (!stream && plan.isAnotherLeft()) {
            clock.giveWay();
        }
        run.begin(asked, target, attempts + 1, reason, now);
        ByteBuf written;
        try {
            written = run.write(asked, reply.allocator());
        } catch (MalformedRequestException e) {
            // This target's dialect cannot say it; another one's may.
            if (reason != AttemptReason.HEDGE) {
                next(run, AttemptStatus.REFUSED, Outcome.DENIED, e.toError(), now);
            }
            return;
        }
        if (!run.record().meter().open(call.opening(run.record()))) {
            written.release();
            if (reason != AttemptReason.HEDGE) {
                owner.finish(AttemptStatus.REFUSED, Refusals.meteringUnavailable(), now);
            }
            return;
        }
        begin(run, written, now);
    }

    /** Takes {@code written}. */
    private void begin(AttemptRun run, ByteBuf written, long nowNanos) {
        if (attempts++ == 0) {
            firstAttemptAt = nowNanos;
        }
        if (run.record().reason() == AttemptReason.HEDGE) {
            rival = run;
        } else {
            current = run;
        }
        reply.onAttempt(run.record());
        run.start(written, plan.ask().promptTokens(), firstAttemptAt, clientWritable);
        if (!isOpen()) {
            return;
        }
        long hedgeAfter = plan.hedgeAfterNanos(nowNanos);
        if (hedgeAfter >= 0) {
            timed = true;
            loop.eventLoop().schedule(() -> hedge(run), hedgeAfter, TimeUnit.NANOSECONDS);
        }
    }

    /** The first content of {@code late} has not come in the time in which it mostly does. */
    private void hedge(AttemptRun late) {
        boolean isLate =
                isOpen() && late == current && !late.isOver() && late.record().isWritten();
        if (!isLate || rival != null) {
            return;
        }
        long now = loop.ticker().nanoTime();
        Target target = plan.hedge(now);
        if (target != null) {
            attempt(target, AttemptReason.HEDGE, now);
        }
    }

    /** {@code failed} has said nothing to the client: another one takes over, or its error is the answer. */
    private void next(
            AttemptRun failed, AttemptStatus status, Outcome outcome, @Nullable GatewayError error, long now) {
        AttemptRun other = failed == rival ? current : rival;
        if (other != null && !other.isOver()) {
            current = other;
            rival = null;
            failed.release();
            return;
        }
        boolean booked = failed.record().isClosed();
        long left = booked ? failed.clock().leftNanos(now) : Long.MAX_VALUE;
        Target target = plan.retry(failed.target(), outcome, failed.retryAfterNanos(), left, now);
        if (target == null) {
            if (booked) {
                current = failed;
                rival = null;
                answering = failed;
                reply.onAttempt(failed.record());
                reply.onProviderAnswer(failed.answer());
            }
            owner.finish(status, error, now);
            return;
        }
        failed.release();
        AttemptReason reason = target.equals(failed.target()) ? AttemptReason.RETRY : AttemptReason.FALLBACK;
        long wait = plan.waitNanos();
        if (wait == 0) {
            attempt(target, reason, now);
        } else {
            timed = true;
            loop.eventLoop().schedule(() -> attemptLater(target, reason), wait, TimeUnit.NANOSECONDS);
        }
    }

    private void attemptLater(Target target, AttemptReason reason) {
        if (isOpen()) {
            attempt(target, reason, loop.ticker().nanoTime());
        }
    }

    // ---- from the attempts ----------------------------------------------------------------------------------------

    @Override
    public void onRequestWritten(AttemptRun run, long nowNanos) {
        if (reply.overheadNanos() < 0) {
            reply.onRequestWritten(nowNanos - call.bodyEndNanos());
        }
    }

    @Override
    public @Nullable String tenant() {
        Principal caller = call.principal();
        return caller == null ? null : caller.tenant();
    }

    @Override
    public boolean claim(AttemptRun run) {
        if (isOpen()) {
            answering = run;
            reply.onAttempt(run.record());
            reply.onProviderAnswer(run.answer());
            reply.attempts(attempts);
            asked.forgetBody();
            AttemptRun loser = run == rival ? current : rival;
            if (loser != null && !loser.isOver()) {
                long now = loop.ticker().nanoTime();
                loser.stop(now);
                close(loser, AttemptStatus.CANCELLED, now);
                loser.release();
            }
            current = run;
            rival = null;
        }
        return answering == run;
    }

    @Override
    public void write(ByteBuf bytes) {
        reply.write(bytes);
    }

    @Override
    public void holdWhole() {
        reply.holdWhole();
    }

    @Override
    public void onProgress(AttemptRun run) {
        if (draining
                && run.record().meter().generatedTokens()
                        > loop.metering().drain().tokens()) {
            owner.finish(AttemptStatus.CLIENT_ABORT, null, loop.ticker().nanoTime());
        } else if (stream && limits.coveredTokens() != Long.MAX_VALUE) {
            follow(run);
        }
    }

    /** Costs the comparison of two numbers until what is held of the caller's limits is used up. */
    private void follow(AttemptRun run) {
        long covered = limits.coveredTokens();
        if (outlay.outputTokens(current, rival, /* exactly= */ false) < covered) {
            return;
        }
        long output = outlay.outputTokens(current, rival, /* exactly= */ true);
        // A whole answer has been paid for, whatever it came to.
        if (output >= covered && !run.isFinished() && !limits.extend(outlay.inputTokens(current, rival), output)) {
            owner.finish(
                    AttemptStatus.BUDGET_STOP, limits.refusal(), loop.ticker().nanoTime());
        }
    }

    @Override
    public void onFirstContent(AttemptRun run, long ttftNanos, long nowNanos) {
        plan.onContent(run.target(), ttftNanos, nowNanos);
    }

    @Override
    public void flush(AttemptRun run) {
        if (run == answering) {
            reply.flush();
        }
    }

    @Override
    public void onEnded(
            AttemptRun run, AttemptStatus status, Outcome outcome, @Nullable GatewayError error, long nowNanos) {
        if (over) {
            return;
        }
        if (status == AttemptStatus.OK) {
            claim(run);
            owner.finish(status, null, nowNanos);
        } else if (run == answering) {
            owner.finish(status, error, nowNanos);
        } else {
            close(run, status, nowNanos);
            next(run, status, outcome, error, nowNanos);
        }
    }

    // ---- time -----------------------------------------------------------------------------------------------------

    void onTick(long nowNanos) {
        onTick(current, nowNanos);
        onTick(rival, nowNanos);
    }

    private void onTick(@Nullable AttemptRun run, long nowNanos) {
        if (run == null || over) {
            return;
        }
        switch (run.onTick(nowNanos, reply.isCommitted())) {
            case NOTHING, RELEASE_HOLD, PROVIDER_OVERDUE, PROVIDER_WILL_NOT_CLOSE -> {}
            case OUT_OF_TIME -> owner.finish(AttemptStatus.TIMEOUT, run.clock().overdueError(), nowNanos);
            case CLIENT_STALLED, DRAINED_ENOUGH -> owner.finish(AttemptStatus.CLIENT_ABORT, null, nowNanos);
        }
    }

    // ---- the end --------------------------------------------------------------------------------------------------

    /** Whatever is still open ends now, and is booked. Afterwards nothing of it is told to the owner but its keeping. */
    void end(AttemptStatus how, @Nullable GatewayError error, long nowNanos) {
        over = true;
        settleOpen(current, how, error, nowNanos);
        settleOpen(rival, how, error, nowNanos);
        reply.attempts(attempts);
        AttemptSummary last = outlay.last();
        if (last != null && last.usage().isReported() && answering != null && answering.answer() != null) {
            answering.answer().onMetered();
        }
    }

    private void settleOpen(@Nullable AttemptRun run, AttemptStatus how, @Nullable GatewayError error, long nowNanos) {
        if (run == null || run.record().isClosed()) {
            return;
        }
        if (!run.isOver()) {
            run.record().onErrorCode(call.errorCode(error));
        }
        run.stop(nowNanos);
        close(run, how, nowNanos);
    }

    /** Books an attempt that is over, once. */
    private void close(AttemptRun run, AttemptStatus status, long now) {
        AttemptSummary settled = run.settle(status, now);
        outlay.add(settled);
        // What nobody knows the price of is bounded by the share of requests alone.
        plan.onCost(Math.max(0, settled.settlement().costNano()), status == AttemptStatus.CANCELLED, now);
        if (!run.record().close(settled, this)) {
            unkept++;
        }
    }

    /** What all attempts that have ended come to, that of the answer last. */
    Outlay outlay() {
        return outlay;
    }

    /**
     * Ends the stream that the client has the beginning of, as if it had been allowed no more tokens. After {@link #end}.
     *
     * @param why who stops it
     * @return whether it has a proper end now; else the client is to be told otherwise
     */
    boolean cut(GatewayError why) {
        ProviderAnswer cut = answering == null ? null : answering.answer();
        if (cut == null || !reply.isCommitted()) {
            return false;
        }
        String code = Objects.requireNonNull(call.errorCode(why));
        return cut.cut(new StreamCut(code, why.message(), toldUsage()), reply::appendLast) == Relay.Cut.WRITTEN;
    }

    /** Of the answer, as it is billed. */
    private Usage toldUsage() {
        AttemptSummary last = outlay.last();
        return last == null ? Usage.NONE : last.settlement().usage();
    }

    /** How it stands now. */
    OpenStream.Running running(long nowNanos) {
        return outlay.running(answering, current, rival, nowNanos);
    }

    /** The attempt that answers, or whose error is the answer. */
    @Nullable
    AttemptRun answering() {
        return answering;
    }

    /** Of all attempts together; unknown if that of the answer is. */
    long costNano() {
        return answering == null
                ? Usage.UNKNOWN
                : outlay.costNano(answering.record().number());
    }

    /** Whether all that has been booked is kept. */
    boolean isKept() {
        return unkept == 0;
    }

    @Override
    public void onKept() {
        unkept--;
        if (unkept == 0 && over) {
            owner.onBooksKept();
        }
    }

    /** The client has its last byte. */
    void release() {
        if (current != null) {
            current.release();
        }
        if (rival != null) {
            rival.release();
        }
        if (draining) {
            loop.endDrain();
        }
    }
}
