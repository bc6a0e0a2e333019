package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.relay.Relay;
import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.config.GatewayConfig.AbortPolicy;
import dev.sluice.gateway.route.Route;
import dev.sluice.gateway.route.Serving;
import dev.sluice.gateway.route.Target;
import dev.sluice.gateway.upstream.Attempt;
import dev.sluice.gateway.upstream.AttemptFailure;
import dev.sluice.gateway.upstream.AttemptListener;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request, first byte to last: holds the sequence and owns what has to be released. Decisions are made elsewhere
 * and come back as values.
 *
 * <pre>
 *   AUTHENTICATE ──▶ RECEIVE ──▶ PLAN ──▶ ATTEMPT ──▶ RELAY ──▶ DONE
 *        │              │          │         │           │        ▲
 *        └──────────────┴──────────┴─────────┴───────────┴────────┘
 *              refused, malformed, no route, failed, timed out,
 *              interrupted, client gone: each by {@link #finish}
 * </pre>
 *
 * Back-pressure in three sentences: while the client cannot take more, the provider is not read. What has been read by
 * then is bounded by the client's high-water mark and one read. A client that takes nothing for a minute is given up.
 *
 * <p>Thread: event loop.
 */
public final class Exchange implements ClientCall, AttemptListener, LoopTicker.Ticking, Ledger.Waiter {

    private final ExchangeLoop loop;
    private final ClientChannel client;
    private final CallHead head;
    private final CallPath path;
    private final LoopTicker.Node tickNode = new LoopTicker.Node(this);
    private final AnswerClock clock = new AnswerClock();
    private final RequestBody body;
    private final RequestReader request;
    private final ClientAnswer reply;
    private final CallRecord call;

    private Phase phase = Phase.AUTHENTICATE;
    private boolean bodyComplete;
    /** The caller is gone, the provider's answer is read on for its figures. */
    private boolean draining;
    /** The books are closed, the client's last bytes wait for them to be kept. */
    private boolean waiting;

    private @Nullable Passage passage;
    private @Nullable Attempt attempt;
    private @Nullable AttemptRecord record;
    private @Nullable ProviderAnswer answer;

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
        clock.onClientWritable(writable, loop.ticker().nanoTime());
        if (attempt != null) {
            if (writable) {
                attempt.resume();
            } else {
                attempt.pause();
            }
        }
    }

    @Override
    public void onClientGone() {
        if (waiting) {
            reply.abandon();
        } else if (mayDrain() && loop.beginDrain()) {
            draining = true;
            reply.discard();
            clock.onDrain(
                    loop.ticker().nanoTime(), loop.metering().drain().time().toNanos());
            Objects.requireNonNull(attempt).resume();
        } else {
            finish(AttemptStatus.CLIENT_ABORT, null);
        }
    }

    private boolean mayDrain() {
        return attempt != null
                && !draining
                && current().isWritten()
                && current().target().onClientAbort() == AbortPolicy.DRAIN;
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
        Target target = route.first();
        Serving serving = target.provider().serving(path.endpoint());
        if (serving == null) {
            return path.endpoint().operation() == Endpoint.Operation.COUNT_TOKENS
                    ? countTokens(target)
                    : finish(AttemptStatus.REFUSED, Refusals.notServed(target, path.endpoint()));
        }
        GatewayError badTimeout = clock.configure(target.timeouts(), head.headers(), request.stream());
        if (badTimeout != null) {
            return finish(AttemptStatus.REFUSED, badTimeout);
        }
        phase = Phase.ATTEMPT;
        return attempt(new Passage(head, path, request, target, serving));
    }

    /** Answers with a count of our own: the provider has none to ask for. */
    private boolean countTokens(Target target) {
        phase = Phase.ATTEMPT;
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

    private boolean attempt(Passage chosen) {
        passage = chosen;
        Target target = chosen.target();
        long now = loop.ticker().nanoTime();
        AttemptMeter meter = AttemptMeter.of(loop.metering(), target.model(), request.textBytes());
        meter.countPrompt(head.dialect(), path.endpoint(), body.whole(), loop.eventLoop());
        ByteBuf written;
        try {
            written = chosen.write(body.take(), client.allocator());
        } catch (MalformedRequestException e) {
            return finish(AttemptStatus.REFUSED, e.toError());
        }
        AttemptRecord begun = new AttemptRecord(1, target, loop.wallClockMicros(), now, meter);
        if (!meter.open(call.opening(begun))) {
            written.release();
            return finish(AttemptStatus.REFUSED, Refusals.meteringUnavailable());
        }
        record = begun;
        reply.onAttempt(begun);
        clock.onAttempt(now);
        attempt = new Attempt(loop.upstream(), chosen.upstream(written), this);
        if (!clock.clientWritable()) {
            attempt.pause();
        }
        attempt.start();
        return false;
    }

    // ---- from the provider ----------------------------------------------------------------------------------------

    @Override
    public void onRequestWritten() {
        long now = loop.ticker().nanoTime();
        current().onWritten(now);
        clock.onRequestWritten(now);
        reply.onRequestWritten(now - call.bodyEndNanos());
    }

    @Override
    public void onHead(int status, HttpHeaders headers) {
        phase = Phase.RELAY;
        current().onHead(status, headers);
        clock.onHead(loop.ticker().nanoTime());
        answer = new ProviderAnswer(
                Objects.requireNonNull(passage),
                status,
                headers,
                current().meter(),
                loop.wallClockMicros() / 1_000_000);
        if (head.headers().containsValue(HeaderPolicy.INCLUDE_COST, "true", /* ignoreCase= */ true)) {
            answer.tellCost(() -> current().costUsd(reader(), loop.ticker().nanoTime()));
        }
        answer.noteIdIn(loop.affinity());
        reply.onProviderAnswer(answer);
        if (answer.refusal() != null) {
            finish(AttemptStatus.UPSTREAM_ERROR, answer.refusal());
        }
    }

    @Override
    public void onBytes(ByteBuf bytes) {
        ProviderAnswer passing = answer;
        if (passing == null || phase != Phase.RELAY) {
            bytes.release();
            return;
        }
        clock.onBytes();
        Relay.State state = passing.onBytes(bytes, reply);
        noteFirstContent(passing);
        AttemptMeter meter = current().meter();
        meter.onBytes(current(), passing.reader(), loop.ticker());
        if (draining && meter.generatedTokens() > loop.metering().drain().tokens()) {
            finish(AttemptStatus.CLIENT_ABORT, null);
            return;
        }
        switch (state) {
            case FLOWING -> {}
            case END_MARKER_SEEN -> clock.onEndMarker(loop.ticker().nanoTime());
            case FAILED_UNCOMMITTED, FAILED_UNTOLD -> finish(AttemptStatus.UPSTREAM_ERROR, passing.failure());
        }
    }

    private void noteFirstContent(ProviderAnswer passing) {
        if (!current().hasContent() && passing.contentSeen()) {
            long now = loop.ticker().nanoTime();
            current().onFirstContent(now);
            clock.onFirstContent(now);
        }
    }

    @Override
    public void onReadComplete() {
        if (phase == Phase.RELAY) {
            reply.flush();
        }
    }

    @Override
    public void onEnd(boolean clean) {
        ProviderAnswer ended = answer;
        if (ended == null || phase == Phase.DONE) {
            return;
        }
        attempt = null;
        if (!request.stream() && !ended.isError()) {
            reply.holdWhole();
        }
        Relay.Ending how = ended.onEnd(clean, reply);
        noteFirstContent(ended);
        switch (how) {
            case COMPLETE -> finish(AttemptStatus.OK, null);
            case PROVIDER_ERROR ->
                finish(
                        AttemptStatus.UPSTREAM_ERROR,
                        reply.isCommitted() && ended.tellsErrors() ? null : ended.failure());
            case TRUNCATED -> finish(AttemptStatus.TRUNCATED, Refusals.truncated());
            case MALFORMED -> finish(AttemptStatus.UPSTREAM_ERROR, Refusals.malformedAnswer());
        }
    }

    @Override
    public void onFailure(AttemptFailure failure) {
        attempt = null;
        finish(AttemptStatus.UPSTREAM_ERROR, Refusals.unanswered(failure));
    }

    // ---- time -----------------------------------------------------------------------------------------------------

    @Override
    public void onTick(long nowNanos) {
        if (record != null) {
            record.meter().onTick(record, reader(), nowNanos);
        }
        switch (clock.check(nowNanos, reply.isCommitted())) {
            case NOTHING -> {}
            case RELEASE_HOLD -> {
                if (answer != null) {
                    answer.release(reply);
                    reply.flush();
                }
            }
            case PROVIDER_OVERDUE -> finish(AttemptStatus.TIMEOUT, clock.overdueError());
            case CLIENT_STALLED, DRAINED_ENOUGH -> finish(AttemptStatus.CLIENT_ABORT, null);
            case PROVIDER_WILL_NOT_CLOSE -> {
                if (attempt != null) {
                    attempt.cancel();
                }
                onEnd(/* clean= */ true);
            }
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
        if (attempt != null) {
            attempt.cancel();
            attempt = null;
        }
        loop.ticker().remove(tickNode);
        AttemptStatus how = draining ? AttemptStatus.CLIENT_ABORT : status;
        if (how != AttemptStatus.OK) {
            client.failing();
        }
        AttemptSummary tried = record == null ? null : record.settle(how, reader(), now);
        if (how == AttemptStatus.CLIENT_ABORT) {
            reply.abandon();
        } else {
            reply.prepare(
                    error, tried == null ? Usage.UNKNOWN : tried.settlement().costNano());
        }
        if (answer != null && tried != null && tried.usage().isReported()) {
            answer.onMetered();
        }
        loop.listener().onExchange(call.summary(how, error, reply, now, record, tried));
        waiting = tried != null && !current().meter().close(tried, this);
        if (!waiting) {
            deliver();
        }
        return false;
    }

    @Override
    public void onKept() {
        waiting = false;
        deliver();
    }

    private void deliver() {
        reply.deliver();
        release();
        if (draining) {
            loop.endDrain();
        }
        loop.onDone(this);
    }

    private @Nullable AnswerReader reader() {
        return answer == null ? null : answer.reader();
    }

    private AttemptRecord current() {
        return Objects.requireNonNull(record);
    }

    private void release() {
        body.release();
        request.close();
        if (answer != null) {
            answer.close();
        }
    }

    /** For tests and debug output: nothing a caller wrote. */
    @Override
    public String toString() {
        return head.requestId() + " " + phase;
    }
}
