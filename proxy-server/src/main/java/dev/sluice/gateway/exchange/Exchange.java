package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.config.GatewayConfig.AbortPolicy;
import dev.sluice.gateway.route.Outcome;
import dev.sluice.gateway.route.Plan;
import dev.sluice.gateway.route.Route;
import dev.sluice.gateway.route.Target;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request, first byte to last: holds the sequence and owns what has to be released. Decisions are made elsewhere
 * and come back as values.
 *
 * <pre>
 *   AUTHENTICATE ──▶ RECEIVE ──▶ PLAN ──▶ ATTEMPT ──▶ RELAY ──▶ DONE
 *        │              │          │       ▲   │         │        ▲
 *        │              │          │       └───┘ failed before    │
 *        │              │          │             its first content│
 *        └──────────────┴──────────┴───────────┴─────────┴────────┘
 *              refused, malformed, no route, failed, timed out,
 *              interrupted, client gone: each by {@link #finish}
 * </pre>
 *
 * In ATTEMPT one {@link AttemptRun} is open, or two while a hedge races, or none while a retry waits. The first of them
 * that has something for the client answers ({@link #claim}); until then an attempt that fails gives way to the next,
 * afterwards none is ever repeated.
 *
 * <p>Back-pressure in three sentences: while the client cannot take more, the provider is not read. What has been read by
 * then is bounded by the client's high-water mark and one read. A client that takes nothing for a minute is given up.
 *
 * <p>Thread: event loop.
 */
public final class Exchange implements ClientCall, AttemptRun.Owner, LoopTicker.Ticking, Ledger.Waiter {

    private final ExchangeLoop loop;
    private final ClientChannel client;
    private final CallHead head;
    private final CallPath path;
    private final LoopTicker.Node tickNode = new LoopTicker.Node(this);
    private final RequestBody body;
    private final RequestReader request;
    private final ClientAnswer reply;
    private final CallRecord call;
    private final List<AttemptSummary> ended = new ArrayList<>(1);

    private Phase phase = Phase.AUTHENTICATE;
    private boolean bodyComplete;
    private boolean clientWritable = true;
    /** The caller is gone, the provider's answer is read on for its figures. */
    private boolean draining;
    /** Entries that are closed and not kept yet: the client's last bytes wait for them. */
    private int unkept;

    private int attempts;
    private long firstAttemptAt;
    private @Nullable Plan plan;
    /** Open, or the last one that failed; {@link #rival} beside it while a hedge races. */
    private @Nullable AttemptRun current;

    private @Nullable AttemptRun rival;
    /** The one whose answer the client gets. */
    private @Nullable AttemptRun answering;

    public Exchange(ExchangeLoop loop, ClientChannel client, CallHead head, CallPath path) {
        this.loop = loop;
        this.client = client;
        this.head = head;
        this.path = path;
        this.body = new RequestBody(client.allocator());
        this.request = head.dialect().newRequest(path, loop.rules().maxJsonDepth());
        this.reply = new ClientAnswer(client, head);
        this.call = new CallRecord(head);
    }

    // ---- from the client ------------------------------------------------------------------------------------------

    @Override
    public void begin() {
        loop.onBegin(this);
        loop.ticker().add(tickNode);
        advance();
    }

    @Override
    public void onBody(ByteBuf piece) {
        if (phase != Phase.RECEIVE) {
            piece.release();
            return;
        }
        call.onBody(piece.readableBytes());
        try {
            request.feed(piece);
            body.add(piece);
        } catch (MalformedRequestException e) {
            piece.release();
            finish(AttemptStatus.REFUSED, e.toError());
        }
    }

    @Override
    public void onBodyEnd() {
        if (phase == Phase.RECEIVE) {
            bodyComplete = true;
            advance();
        }
    }

    @Override
    public void refuse(GatewayError error) {
        finish(AttemptStatus.REFUSED, error);
    }

    @Override
    public void onClientWritable(boolean writable) {
        clientWritable = writable;
        long now = loop.ticker().nanoTime();
        if (current != null) {
            current.onClientWritable(writable, now);
        }
        if (rival != null) {
            rival.onClientWritable(writable, now);
        }
    }

    @Override
    public void onClientGone() {
        AttemptRun drained = answering == null ? current : answering;
        if (phase == Phase.DONE) {
            reply.abandon();
        } else if (drained != null && mayDrain(drained) && loop.beginDrain()) {
            draining = true;
            reply.discard();
            claim(drained);
            drained.drain(loop.ticker().nanoTime());
        } else {
            finish(AttemptStatus.CLIENT_ABORT, null);
        }
    }

    private boolean mayDrain(AttemptRun run) {
        return !draining
                && !run.isOver()
                && run.record().isWritten()
                && run.target().onClientAbort() == AbortPolicy.DRAIN;
    }

    @Override
    public void interrupt() {
        finish(
                AttemptStatus.INTERRUPTED,
                GatewayError.gateway(ErrorKind.OVERLOADED, "The gateway is shutting down; please try again."));
    }

    @Override
    public boolean isDone() {
        return phase == Phase.DONE;
    }

    // ---- the sequence ---------------------------------------------------------------------------------------------

    private void advance() {
        for (; ; ) {
            boolean onwards = switch (phase) {
                case AUTHENTICATE -> authenticate();
                case RECEIVE -> receive();
                case PLAN -> plan();
                case ATTEMPT, RELAY, DONE -> false;
            };
            if (!onwards) {
                return;
            }
        }
    }

    private boolean authenticate() {
        AuthResult result = head.authenticate(loop.rules());
        if (!(result instanceof Principal known)) {
            return finish(AttemptStatus.REFUSED, Refusals.unauthenticated(result));
        }
        CallTags tags = CallTags.of(head.headers());
        call.onCaller(known, tags);
        if (tags.error() != null) {
            return finish(AttemptStatus.REFUSED, tags.error());
        }
        phase = Phase.RECEIVE;
        return true;
    }

    private boolean receive() {
        if (!bodyComplete) {
            return false;
        }
        call.onBodyEnd(loop.ticker().nanoTime());
        try {
            request.end();
        } catch (MalformedRequestException e) {
            return finish(AttemptStatus.REFUSED, e.toError());
        }
        call.onRequestKnown(request.model(), request.stream(), request.endUser());
        phase = Phase.PLAN;
        return true;
    }

    private boolean plan() {
        String model = request.model();
        Principal principal = call.principal();
        if (principal != null && !principal.mayUse(model)) {
            return finish(AttemptStatus.REFUSED, Refusals.modelNotAllowed(model));
        }
        Route route = loop.rules().routes().find(model);
        if (route == null) {
            return finish(AttemptStatus.REFUSED, Refusals.modelNotFound(model));
        }
        phase = Phase.ATTEMPT;
        Plan made = loop.plan(route, Asks.of(route, head, path, request, body.whole(), principal));
        plan = made;
        Target target = made.first(loop.ticker().nanoTime());
        if (target != null) {
            attempt(target, AttemptReason.FIRST);
            mirror(route);
            return false;
        }
        return path.endpoint().operation() == Endpoint.Operation.COUNT_TOKENS
                ? countTokens(route.first())
                : finish(AttemptStatus.REFUSED, Refusals.notServed(route, made, path.endpoint()));
    }

    /** A shadow may get a copy, as long as there is one to be had. */
    private void mirror(Route route) {
        Route.Mirror shadow = route.mirror();
        if (shadow == null
                || phase != Phase.ATTEMPT
                || shadow.target().provider().serving(path.endpoint()) == null
                || !loop.drawsLot(shadow.sharePercent())) {
            return;
        }
        AnswerClock clock = new AnswerClock();
        clock.configure(
                shadow.target().timeouts(),
                head.headers(),
                request.stream(),
                planned().holdNanos());
        AttemptMeter meter = AttemptMeter.of(loop.metering(), shadow.target().model(), request.textBytes());
        meter.countPrompt(head.dialect(), path.endpoint(), body.whole(), loop.eventLoop());
        MirrorCall.begin(
                loop,
                new Passage(head, path, request, shadow.target()),
                call,
                planned().ask(),
                meter,
                clock,
                body.whole().retainedDuplicate(),
                client.allocator());
    }

    /** Answers with a count of our own: the provider has none to ask for. */
    private boolean countTokens(Target target) {
        TokenCount count = new TokenCount(request.textBytes(), this::onTokensCounted);
        count.begin(loop.metering().prompts(), head.dialect(), path.endpoint(), body.whole(), target, loop.eventLoop());
        return false;
    }

    private void onTokensCounted(long tokens) {
        if (phase == Phase.ATTEMPT) {
            reply.answerWith(head.dialect().tokenCount(tokens), HeaderPolicy.TOKEN_COUNT, "estimate");
            finish(AttemptStatus.OK, null);
        }
    }

    // ---- attempts -------------------------------------------------------------------------------------------------

    /** Returns false, for the phase that goes on when the provider does. */
    private boolean attempt(Target target, AttemptReason reason) {
        AnswerClock clock = new AnswerClock();
        GatewayError badTimeout = clock.configure(
                target.timeouts(), head.headers(), request.stream(), planned().holdNanos());
        if (badTimeout != null) {
            return finish(AttemptStatus.REFUSED, badTimeout);
        }
        long now = loop.ticker().nanoTime();
        AttemptMeter meter = AttemptMeter.of(loop.metering(), target.model(), request.textBytes());
        meter.countPrompt(head.dialect(), path.endpoint(), body.whole(), loop.eventLoop());
        AttemptRecord record = new AttemptRecord(attempts + 1, reason, target, loop.wallClockMicros(), now, meter);
        Passage passage = new Passage(head, path, request, target);
        AttemptRun run = new AttemptRun(this, loop, passage, record, clock);
        ByteBuf written;
        try {
            written = run.write(body.whole().retainedDuplicate(), client.allocator());
        } catch (MalformedRequestException e) {
            // This target's dialect cannot say it; another one's may.
            return reason != AttemptReason.HEDGE && next(run, AttemptStatus.REFUSED, Outcome.DENIED, e.toError());
        }
        if (!meter.open(call.opening(record))) {
            written.release();
            return reason != AttemptReason.HEDGE && finish(AttemptStatus.REFUSED, Refusals.meteringUnavailable());
        }
        begin(run, written, now);
        return false;
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
        if (head.headers().containsValue(HeaderPolicy.INCLUDE_COST, "true", /* ignoreCase= */ true)) {
            run.tellCost();
        }
        reply.onAttempt(run.record());
        run.start(written, planned().ask().promptTokens(), firstAttemptAt, clientWritable);
        long hedgeAfter = planned().hedgeAfterNanos(nowNanos);
        if (hedgeAfter >= 0 && phase == Phase.ATTEMPT) {
            loop.eventLoop().schedule(() -> hedge(run), hedgeAfter, TimeUnit.NANOSECONDS);
        }
    }

    /** The first content of {@code late} has not come in the time in which it mostly does. */
    private void hedge(AttemptRun late) {
        if (phase != Phase.ATTEMPT || draining || late != current || late.isOver() || rival != null) {
            return;
        }
        if (!late.record().isWritten()) {
            return;
        }
        Target target = planned().hedge(loop.ticker().nanoTime());
        if (target != null) {
            attempt(target, AttemptReason.HEDGE);
        }
    }

    /** {@code failed} has said nothing to the client: another one takes over, or its error is the answer. */
    private boolean next(AttemptRun failed, AttemptStatus status, Outcome outcome, @Nullable GatewayError error) {
        AttemptRun other = failed == rival ? current : rival;
        if (failed == rival) {
            rival = null;
        }
        if (other != null && other != failed && !other.isOver()) {
            current = other;
            rival = null;
            failed.release();
            return false;
        }
        long now = loop.ticker().nanoTime();
        boolean booked = failed.record().isClosed();
        long left = booked ? failed.clock().leftNanos(now) : Long.MAX_VALUE;
        Target target = draining ? null : planned().retry(outcome, failed.retryAfterNanos(), left, now);
        if (target == null) {
            if (booked) {
                answering = failed;
                reply.onAttempt(failed.record());
                reply.onProviderAnswer(failed.answer());
            }
            return finish(status, error);
        }
        failed.release();
        AttemptReason reason = target.equals(failed.target()) ? AttemptReason.RETRY : AttemptReason.FALLBACK;
        long wait = planned().waitNanos();
        if (wait == 0) {
            return attempt(target, reason);
        }
        loop.eventLoop().schedule(() -> attemptLater(target, reason), wait, TimeUnit.NANOSECONDS);
        return false;
    }

    private void attemptLater(Target target, AttemptReason reason) {
        if (phase == Phase.ATTEMPT) {
            attempt(target, reason);
        }
    }

    // ---- from the attempts ----------------------------------------------------------------------------------------

    @Override
    public void onRequestWritten(AttemptRun run, long nowNanos) {
        if (run.record().number() == 1) {
            reply.onRequestWritten(nowNanos - call.bodyEndNanos());
        }
    }

    @Override
    public boolean claim(AttemptRun run) {
        if (answering == null && phase == Phase.ATTEMPT) {
            answering = run;
            phase = Phase.RELAY;
            reply.onAttempt(run.record());
            reply.onProviderAnswer(run.answer());
            reply.attempts(attempts);
            body.release();
            AttemptRun loser = run == rival ? current : rival;
            if (loser != null && loser != run && !loser.isOver()) {
                loser.stop();
                close(loser, AttemptStatus.CANCELLED);
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
            finish(AttemptStatus.CLIENT_ABORT, null);
        }
    }

    @Override
    public void onFirstContent(AttemptRun run, long ttftNanos, long nowNanos) {
        planned().onContent(run.target(), ttftNanos, nowNanos);
    }

    @Override
    public void flush(AttemptRun run) {
        if (run == answering) {
            reply.flush();
        }
    }

    @Override
    public void onEnded(AttemptRun run, AttemptStatus status, Outcome outcome, @Nullable GatewayError error) {
        if (phase == Phase.DONE) {
            return;
        }
        if (status == AttemptStatus.OK) {
            claim(run);
            finish(status, null);
        } else if (run == answering) {
            finish(status, error);
        } else {
            close(run, status);
            next(run, status, outcome, error);
        }
    }

    // ---- time -----------------------------------------------------------------------------------------------------

    @Override
    public void onTick(long nowNanos) {
        onTick(current, nowNanos);
        onTick(rival, nowNanos);
    }

    private void onTick(@Nullable AttemptRun run, long nowNanos) {
        if (run == null || phase == Phase.DONE) {
            return;
        }
        switch (run.onTick(nowNanos, reply.isCommitted())) {
            case NOTHING, RELEASE_HOLD, PROVIDER_OVERDUE, PROVIDER_WILL_NOT_CLOSE -> {}
            case OUT_OF_TIME -> finish(AttemptStatus.TIMEOUT, run.clock().overdueError());
            case CLIENT_STALLED, DRAINED_ENOUGH -> finish(AttemptStatus.CLIENT_ABORT, null);
        }
    }

    // ---- the one way out ------------------------------------------------------------------------------------------

    /**
     * Ends the exchange: settles and closes the books, publishes the summary, then lets the client have its last bytes,
     * as soon as the books are kept.
     *
     * @param error what to tell the client, if the answer is not whole
     * @return false, for the phase that ends here
     */
    private boolean finish(AttemptStatus status, @Nullable GatewayError error) {
        if (phase == Phase.DONE) {
            return false;
        }
        phase = Phase.DONE;
        long now = loop.ticker().nanoTime();
        loop.ticker().remove(tickNode);
        AttemptStatus how = draining ? AttemptStatus.CLIENT_ABORT : status;
        if (how != AttemptStatus.OK) {
            client.failing();
        }
        settleOpen(current, how, error);
        settleOpen(rival, how, error);
        reply.attempts(attempts);
        if (how == AttemptStatus.CLIENT_ABORT) {
            reply.abandon();
        } else {
            reply.prepare(error, costNano());
        }
        noteMetered();
        loop.listener()
                .onExchange(call.summary(how, error, reply, now, answering == null ? null : answering.record(), ended));
        if (unkept == 0) {
            deliver();
        }
        return false;
    }

    /** Whatever is still open ends with the exchange. */
    private void settleOpen(@Nullable AttemptRun run, AttemptStatus how, @Nullable GatewayError error) {
        if (run == null || run.record().isClosed()) {
            return;
        }
        if (!run.isOver()) {
            run.record().onError(error);
        }
        run.stop();
        close(run, how);
    }

    /** Books an attempt that is over, once. */
    private void close(AttemptRun run, AttemptStatus status) {
        AttemptSummary settled = run.settle(status, loop.ticker().nanoTime());
        ended.add(settled);
        planned()
                .onCost(
                        settled.settlement().costNano(),
                        status == AttemptStatus.CANCELLED,
                        loop.ticker().nanoTime());
        if (!run.record().close(settled, this)) {
            unkept++;
        }
    }

    /** All attempts together, since the caller's request caused them all; unknown if that of the answer is. */
    private long costNano() {
        long sum = 0;
        for (AttemptSummary each : ended) {
            long cost = each.settlement().costNano();
            boolean isAnswer =
                    answering != null && each.number() == answering.record().number();
            if (cost == Usage.UNKNOWN && isAnswer) {
                return Usage.UNKNOWN;
            }
            sum += Math.max(0, cost);
        }
        return answering == null ? Usage.UNKNOWN : sum;
    }

    private void noteMetered() {
        if (answering != null && answering.answer() != null && !ended.isEmpty()) {
            AttemptSummary last = ended.get(ended.size() - 1);
            if (last.usage().isReported()) {
                Objects.requireNonNull(answering.answer()).onMetered();
            }
        }
    }

    @Override
    public void onKept() {
        unkept--;
        if (unkept == 0 && phase == Phase.DONE) {
            deliver();
        }
    }

    private void deliver() {
        reply.deliver();
        release();
        if (draining) {
            loop.endDrain();
        }
        loop.onDone(this);
    }

    private Plan planned() {
        return Objects.requireNonNull(plan);
    }

    private void release() {
        body.release();
        request.close();
        if (current != null) {
            current.release();
        }
        if (rival != null) {
            rival.release();
        }
    }

    /** For tests and debug output: nothing a caller wrote. */
    @Override
    public String toString() {
        return head.requestId() + " " + phase;
    }
}
