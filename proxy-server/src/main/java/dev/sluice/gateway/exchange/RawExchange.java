package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.raw.UsageScan;
import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.route.Outcome;
import dev.sluice.gateway.route.Provider;
import dev.sluice.gateway.route.Target;
import dev.sluice.gateway.upstream.Attempt;
import dev.sluice.gateway.upstream.AttemptFailure;
import dev.sluice.gateway.upstream.AttemptListener;
import dev.sluice.gateway.upstream.UpstreamRequest;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A call that passes as it is, in both directions while it arrives: files, sound, pictures, batches, whatever the
 * gateway has no words for. Authenticated, limited and metered like any other; tried once, for what has gone of its body
 * is gone.
 *
 * <pre>
 *   AUTHENTICATE ──▶ RECEIVE ──▶ PLAN ──▶ ADMIT ──▶ ATTEMPT ──▶ RELAY ──▶ DONE
 *                    until it is known                 └ the body ┘
 *                    who is to serve it                goes on passing
 * </pre>
 *
 * Back-pressure both ways: while the provider's connection takes no more of the request, the client is not read; while
 * the client takes no more of the answer, the provider is not. What the client sent meanwhile, one read, is held.
 *
 * <p>Thread: event loop.
 */
public final class RawExchange
        implements ClientCall, Admission.Owner, AttemptListener, LoopTicker.Ticking, Ledger.Waiter {

    /** What providers take as one file, and the frame of a form around it. */
    static final long MAX_STREAMED_BYTES = 513L << 20;

    /** How long an answer's head is kept back when nothing follows it. */
    private static final long HOLD_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final ExchangeLoop loop;
    private final ClientChannel client;
    private final CallHead head;
    private final RawCall asked;
    private final LoopTicker.Node tickNode = new LoopTicker.Node(this);
    private final OpenCalls.Place place = new OpenCalls.Place(this);
    private final AnswerClock clock = new AnswerClock();
    private final RawRequest request;
    private final ClientAnswer reply;
    private final CallRecord call;

    private Phase phase = Phase.AUTHENTICATE;
    private boolean written;
    /** Entries that are closed and not kept yet, the client's last bytes wait for them. */
    private int unkept;

    /** Of the attempt, at its target's health. */
    private long ticket;

    /** Who serves the call, once it may go on. */
    private @Nullable Target chosen;

    private @Nullable Admission admission;
    private @Nullable Attempt attempt;
    private @Nullable AttemptRecord record;
    private @Nullable OnceBill bill;
    private @Nullable RawAnswer answer;

    public RawExchange(ExchangeLoop loop, ClientChannel client, CallHead head, RawCall asked) {
        this.loop = loop;
        this.client = client;
        this.head = head;
        this.asked = asked;
        this.request = new RawRequest(
                asked, head.headers(), mustBeWhole(), loop.rules().maxJsonDepth());
        this.reply = new ClientAnswer(client, head);
        this.call = new CallRecord(head, loop.newCallId(head.startNanos()));
    }

    /** Whether the provider in the path wants its bodies signed. */
    private boolean mustBeWhole() {
        String name = asked.provider();
        Provider named = name == null ? null : loop.rules().routes().provider(name);
        return named != null && named.signsBodies();
    }

    @Override
    public long maxBodyBytes(long gatheredBytes) {
        return streamsBody() ? MAX_STREAMED_BYTES : gatheredBytes;
    }

    @Override
    public boolean streamsBody() {
        return !request.isGathered();
    }

    // ---- from the client ------------------------------------------------------------------------------------------

    @Override
    public void begin() {
        loop.onBegin(place);
        loop.ticker().add(tickNode);
        AuthResult result = head.authenticate(loop.rules());
        if (!(result instanceof Principal known)) {
            finish(AttemptStatus.REFUSED, Refusals.unauthenticated(result));
            return;
        }
        CallTags tags = CallTags.of(head.headers(), known);
        call.onCaller(known, tags);
        if (tags.error() != null) {
            finish(AttemptStatus.REFUSED, tags.error());
            return;
        }
        phase = Phase.RECEIVE;
        planWhenDecided();
    }

    @Override
    public void onBody(ByteBuf piece) {
        if (phase == Phase.DONE) {
            piece.release();
            return;
        }
        call.onBody(piece.readableBytes());
        try {
            if (written) {
                pass(piece);
            } else {
                request.hold(piece);
            }
        } catch (MalformedRequestException e) {
            finish(AttemptStatus.REFUSED, e.toError());
            return;
        }
        planWhenDecided();
    }

    /** Takes {@code piece}. */
    private void pass(ByteBuf piece) throws MalformedRequestException {
        boolean passed = false;
        try {
            request.look(piece);
            if (attempt != null) {
                passed = true;
                attempt.write(piece);
            }
        } finally {
            if (!passed) {
                piece.release();
            }
        }
    }

    @Override
    public void onBodyEnd() {
        if (phase == Phase.DONE) {
            return;
        }
        try {
            request.end();
        } catch (MalformedRequestException e) {
            finish(AttemptStatus.REFUSED, e.toError());
            return;
        }
        client.read(true);
        if (written && attempt != null) {
            attempt.endBody();
        }
        planWhenDecided();
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
        if (unkept > 0) {
            reply.abandon();
        } else {
            finish(AttemptStatus.CLIENT_ABORT, null);
        }
    }

    @Override
    public void interrupt() {
        finish(
                AttemptStatus.INTERRUPTED,
                GatewayError.gateway(ErrorKind.OVERLOADED, "The gateway is shutting down; please try again."));
    }

    @Override
    public @Nullable OpenStream standing(long nowNanos) {
        AttemptRecord begun = record;
        OpenStream.Running running = begun == null
                ? OpenStream.Running.NOTHING
                : new OpenStream.Running(
                        begun.target().provider().name(),
                        begun.target().model(),
                        begun.hasContent(),
                        0,
                        0,
                        Usage.UNKNOWN);
        return call.standing(running);
    }

    @Override
    public void stop() {
        if (phase != Phase.DONE) {
            call.onStoppedBy(Refusals.STOPPED_BY_OPERATOR);
            finish(AttemptStatus.BUDGET_STOP, Refusals.stoppedByOperator());
        }
    }

    @Override
    public boolean isDone() {
        return phase == Phase.DONE;
    }

    // ---- the sequence ---------------------------------------------------------------------------------------------

    private void planWhenDecided() {
        if (phase == Phase.RECEIVE && request.isDecided()) {
            phase = Phase.PLAN;
            plan();
        }
    }

    private void plan() {
        call.onBodyEnd(loop.ticker().nanoTime());
        call.onRequestKnown(request.model(), request.stream(), request.endUser());
        String id = about();
        Keepers.Right right =
                id == null ? Keepers.Right.GRANTED : loop.keepers().known(principal(), id);
        if (asked.lists() && !Keepers.mayList(principal())) {
            finish(AttemptStatus.REFUSED, Refusals.listNotAllowed());
        } else if (right != null) {
            onRight(right);
        } else {
            // No more of the body than there is, until it is known where it goes.
            client.read(request.isComplete());
            loop.keepers().find(principal(), Objects.requireNonNull(id), this::onRight);
        }
    }

    /** What the call is about, as far as a provider keeps it; null for something new. */
    private @Nullable String about() {
        return asked.id() == null ? request.fileId() : asked.id();
    }

    private Principal principal() {
        return Objects.requireNonNull(call.principal());
    }

    private void onRight(Keepers.Right right) {
        if (phase != Phase.PLAN) {
            return;
        }
        String id = about();
        switch (right) {
            case GRANTED -> choose(id == null ? null : loop.keepers().memory().find(id));
            case FOREIGN -> finish(AttemptStatus.REFUSED, Refusals.noSuchObject(Objects.requireNonNull(id)));
            case UNKNOWN -> finish(AttemptStatus.REFUSED, Refusals.ownerUnknown());
        }
    }

    private void choose(ProviderAffinity.@Nullable Kept kept) {
        RawTarget chosen = RawTarget.choose(
                asked,
                new RawTarget.Wish(
                        request.model(),
                        kept == null ? null : kept.provider(),
                        head.headers().get(RawTarget.HEADER)),
                principal(),
                loop.rules().routes(),
                loop.ticker().nanoTime());
        Target target = chosen.target();
        if (target == null) {
            finish(AttemptStatus.REFUSED, chosen.error());
            return;
        }
        GatewayError badTimeout =
                clock.configure(target.timeouts(), head.headers(), /* wantsStream= */ false, HOLD_NANOS);
        if (badTimeout != null) {
            finish(AttemptStatus.REFUSED, badTimeout);
            return;
        }
        admit(target);
    }

    private void admit(Target target) {
        phase = Phase.ADMIT;
        chosen = target;
        Limiter limiter = loop.limiter();
        if (limiter == null) {
            onAdmitted(loop.ticker().nanoTime());
            return;
        }
        // No more of the body than there is, for whoever has to wait.
        client.read(request.isComplete());
        Admission begun = new Admission(loop, this);
        admission = begun;
        reply.onAdmission(begun);
        long now = loop.ticker().nanoTime();
        begun.ask(limiter, call.limitCall(loop, target, Math.max(0, request.restBytes()), now), now);
    }

    @Override
    public void onAdmitted(long nowNanos) {
        phase = Phase.ATTEMPT;
        attempt(Objects.requireNonNull(chosen), nowNanos);
    }

    @Override
    public void onRefused(GatewayError error) {
        finish(AttemptStatus.REFUSED, error);
    }

    private void attempt(Target target, long now) {
        AttemptMeter meter = AttemptMeter.uncounted(loop.metering());
        AttemptRecord begun = new AttemptRecord(meter);
        begun.begin(1, AttemptReason.FIRST, target, loop.wallClockMicros(now), now);
        if (!meter.open(call.opening(begun))) {
            finish(AttemptStatus.REFUSED, Refusals.meteringUnavailable());
            return;
        }
        record = begun;
        bill = new OnceBill(begun);
        reply.onAttempt(begun);
        clock.onAttempt(now, now);
        // Until the connection is there.
        client.read(request.isComplete());
        ticket = target.health().begin(0, now);
        attempt = new Attempt(loop.upstream(), upstream(target), this);
        if (!clock.clientWritable()) {
            attempt.pause();
        }
        attempt.start();
    }

    private UpstreamRequest upstream(Target target) {
        RawPath path = path(target);
        HttpHeaders headers = HeaderPolicy.toProviderRaw(head.headers());
        for (Map.Entry<String, String> own : path.dialect().headers().entrySet()) {
            if (!headers.contains(own.getKey())) {
                headers.set(own.getKey(), own.getValue());
            }
        }
        long restBytes = request.restBytes();
        return new UpstreamRequest(
                target,
                asked.method(),
                path.target(),
                headers,
                request.takeBeginning(target.model(), client.allocator()),
                restBytes);
    }

    private RawPath path(Target target) {
        return Objects.requireNonNull(RawPath.of(asked, target.provider(), target.model()));
    }

    // ---- from the provider ----------------------------------------------------------------------------------------

    @Override
    public void onRequestWritten() {
        long now = loop.ticker().nanoTime();
        written = true;
        current().onWritten(now);
        clock.onRequestWritten(now);
        reply.onRequestWritten(now - call.bodyEndNanos());
        Attempt sending = Objects.requireNonNull(attempt);
        ByteBuf held = request.takeHeld();
        if (held.isReadable()) {
            sending.write(held);
        } else {
            held.release();
        }
        if (request.isComplete()) {
            sending.endBody();
        } else {
            client.read(true);
        }
    }

    @Override
    public void onWritable(boolean writable) {
        if (phase != Phase.DONE && !request.isComplete()) {
            client.read(writable);
        }
    }

    @Override
    public void onHead(int status, HttpHeaders headers) {
        phase = Phase.RELAY;
        long now = loop.ticker().nanoTime();
        current().onHead(status, headers);
        clock.onHead(now);
        current().target().health().onHead(status, headers, now);
        Target target = current().target();
        ErrorBody errors = new ErrorBody(target.credential(), path(target).dialect(), status, headers);
        answer = new RawAnswer(asked, errors, status, headers, Objects.requireNonNull(bill));
        HeaderPolicy.release(headers);
        reply.onProviderAnswer(answer);
    }

    @Override
    public void onBytes(ByteBuf bytes) {
        RawAnswer passing = answer;
        if (passing == null || phase != Phase.RELAY) {
            bytes.release();
            return;
        }
        clock.onBytes();
        if (passing.keepsError(bytes)) {
            return;
        }
        if (!current().hasContent()) {
            current().onFirstContent(loop.ticker().nanoTime());
        }
        if (passing.isOver()) {
            // By its length the client would take them for the last: they wait until the books are closed.
            reply.writeLast(bytes);
        } else {
            reply.write(bytes);
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
        RawAnswer ended = answer;
        if (ended == null || phase == Phase.DONE) {
            return;
        }
        attempt = null;
        ended.onEnd(clean);
        GatewayError failure = ended.failure();
        if (failure != null) {
            finish(AttemptStatus.UPSTREAM_ERROR, failure);
        } else if (!clean) {
            finish(AttemptStatus.TRUNCATED, Refusals.truncated());
        } else if (remember(ended)) {
            finish(AttemptStatus.OK, null);
        } else {
            finish(AttemptStatus.INTERRUPTED, Refusals.meteringUnavailable());
        }
    }

    /** Notes what the answer tells beyond this call; false when that cannot be written down. */
    private boolean remember(RawAnswer ended) {
        String provider = current().target().provider().name();
        loop.keepers().noteAll(ended.ids(), provider, asked, about(), principal());
        OnceBill due = Objects.requireNonNull(bill);
        UsageScan background = ended.background();
        String label = RawEndpoint.BATCHES.label();
        String id = asked.fetchedFile() == null ? asked.fetchedBatch() : asked.fetchedFile();
        if (background != null && asked.id() != null && !loop.keepers().memory().isMetered(asked.id())) {
            label = RawEndpoint.RESPONSES.label();
            id = asked.id();
            due.add(Objects.requireNonNullElse(background.model(), ""), background.usage(), background.serviceTier());
        }
        int waiting = id == null ? 0 : due.book(call, label, id, loop.ticker().nanoTime(), this);
        unkept += Math.max(0, waiting);
        return waiting >= 0;
    }

    /** What the end says of the target. */
    private Outcome outcome(AttemptStatus status) {
        return switch (status) {
            case OK -> Outcome.OK;
            case UPSTREAM_ERROR -> answer == null ? Outcome.UNAVAILABLE : Outcome.ofStatus(answer.status());
            case TRUNCATED, TIMEOUT -> Outcome.UNAVAILABLE;
            case CLIENT_ABORT, BUDGET_STOP, INTERRUPTED, CANCELLED, REFUSED -> Outcome.ABANDONED;
        };
    }

    @Override
    public void onFailure(AttemptFailure failure) {
        attempt = null;
        finish(AttemptStatus.UPSTREAM_ERROR, Refusals.unanswered(failure));
    }

    // ---- time -----------------------------------------------------------------------------------------------------

    @Override
    public void onTick(long nowNanos) {
        if (admission != null) {
            admission.onTick(nowNanos);
        }
        switch (clock.check(nowNanos, reply.isCommitted())) {
            case RELEASE_HOLD -> {
                if (answer != null && answer.failure() == null) {
                    reply.commit();
                    reply.flush();
                }
            }
            case PROVIDER_OVERDUE, OUT_OF_TIME -> finish(AttemptStatus.TIMEOUT, clock.overdueError());
            case CLIENT_STALLED -> finish(AttemptStatus.CLIENT_ABORT, null);
            case NOTHING, DRAINED_ENOUGH, PROVIDER_WILL_NOT_CLOSE -> {}
        }
    }

    // ---- the one way out ------------------------------------------------------------------------------------------

    /**
     * Ends the call: settles and closes the books, publishes the summary, then lets the client have its last bytes, as
     * soon as the books are kept.
     *
     * @param error what to tell the client, if the answer is not whole
     */
    private void finish(AttemptStatus status, @Nullable GatewayError error) {
        if (phase == Phase.DONE) {
            return;
        }
        phase = Phase.DONE;
        long now = loop.ticker().nanoTime();
        if (attempt != null) {
            attempt.cancel();
            attempt = null;
        }
        loop.ticker().remove(tickNode);
        if (record != null) {
            record.onErrorCode(call.errorCode(error));
        }
        AttemptSummary tried = record == null ? null : record.settle(status, reader(), now);
        if (record != null) {
            record.target().health().end(ticket, outcome(status), 0, now);
        }
        settleLimits(tried);
        if (status == AttemptStatus.CLIENT_ABORT) {
            reply.abandon();
        } else {
            reply.prepare(
                    error, tried == null ? Usage.UNKNOWN : tried.settlement().costNano());
        }
        loop.listener()
                .onExchange(
                        call.summary(status, error, reply, now, record, tried == null ? List.of() : List.of(tried)));
        if (tried != null && !current().meter().close(tried, this)) {
            unkept++;
        }
        if (unkept == 0) {
            deliver();
        }
    }

    private void settleLimits(@Nullable AttemptSummary tried) {
        if (admission != null) {
            Outlay outlay = new Outlay();
            if (tried != null) {
                outlay.add(tried);
            }
            outlay.settle(admission);
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
        request.close();
        if (answer != null) {
            answer.close();
        }
        loop.onDone(place);
    }

    private @Nullable AnswerReader reader() {
        return answer == null ? null : answer.reader();
    }

    private AttemptRecord current() {
        return Objects.requireNonNull(record);
    }

    /** For tests and debug output: nothing a caller wrote. */
    @Override
    public String toString() {
        return head.requestId() + " " + asked.endpoint().label() + " " + phase;
    }
}
