package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.route.Route;
import dev.sluice.gateway.route.Target;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * One request, first byte to last: holds the sequence and owns what has to be released. Decisions are made elsewhere
 * and come back as values.
 *
 * <pre>
 *   AUTHENTICATE ──▶ RECEIVE ──▶ PLAN ──▶ ADMIT ──▶ ATTEMPT ──▶ DONE
 *        │              │          │        │         │         ▲
 *        └──────────────┴──────────┴────────┴─────────┴─────────┘
 *           refused, malformed, no route, over a limit, failed, timed
 *           out, stopped, interrupted, client gone: each by {@link #finish}
 * </pre>
 *
 * ADMIT is an {@link Admission}, which may take its time; what costs nothing, such as a count of tokens, goes on without.
 * ATTEMPT is a {@link Race}: of as many attempts as it takes, one answers.
 *
 * <p>Back-pressure in three sentences: while the client cannot take more, the provider is not read. What has been read by
 * then is bounded by the client's high-water mark and one read. A client that takes nothing for a minute is given up.
 *
 * <p>An exchange and its parts serve one call after the other, as long as the calls end in the ordinary way: one attempt,
 * answered whole, and nobody left who could call back ({@link #isFree}). Everything is then set back, and kept by its loop.
 * Otherwise, and that is always right, it is left to the collector with whatever still refers to it. Who drives it lets go
 * of it when the answer has ended, which is before it is kept.
 *
 * <p>Thread: event loop.
 */
public final class Exchange implements ClientCall, Race.Owner, Admission.Owner, LoopTicker.Ticking {

    private final ExchangeLoop loop;
    private final LoopTicker.Node tickNode = new LoopTicker.Node(this);
    private final OpenCalls.Place place = new OpenCalls.Place(this);
    private final CallerRequest asked = new CallerRequest();
    private final ClientAnswer reply = new ClientAnswer();
    private final CallRecord call = new CallRecord();
    private final Admission admission;
    private final Race race;

    private Phase phase = Phase.IDLE;
    private boolean bodyComplete;
    /** The caller is gone, the provider's answer is read on for its figures. */
    private boolean draining;
    /** The first attempt is being started: its own frames are on the stack. */
    private boolean starting;
    /** Somebody else got hold of a part: an ordinary call has no such. */
    private boolean entangled;

    private boolean endedWell;

    /** Of the answer that this one goes on from, once it has been looked up. */
    private Keepers.@Nullable Right continued;

    /** Who may get a copy of the request, once it has been sent. */
    private Route.@Nullable Mirror shadow;

    Exchange(ExchangeLoop loop) {
        this.loop = loop;
        this.admission = new Admission(loop, this);
        this.race = new Race(this, loop, asked, call, reply, admission);
    }

    /** One for a call: a free one, or a new one. */
    public static Exchange of(ExchangeLoop loop, ClientChannel client, CallHead head, CallPath path) {
        Exchange free = loop.takeFreeExchange();
        Exchange exchange = free == null ? new Exchange(loop) : free;
        exchange.open(client, head, path);
        return exchange;
    }

    private void open(ClientChannel client, CallHead head, CallPath path) {
        phase = Phase.AUTHENTICATE;
        asked.begin(head, path, head.dialect().newRequest(path, loop.rules().maxJsonDepth()));
        reply.begin(client, head);
        call.begin(head, loop.newCallId(head.startNanos()));
    }

    // ---- from the client ------------------------------------------------------------------------------------------

    @Override
    public void begin() {
        loop.onBegin(place);
        loop.ticker().add(tickNode);
        advance(asked.head().startNanos());
    }

    @Override
    public void onBody(ByteBuf piece) {
        if (phase != Phase.RECEIVE) {
            piece.release();
            return;
        }
        call.onBody(piece.readableBytes());
        try {
            asked.reader().feed(piece);
            asked.body().add(piece);
        } catch (MalformedRequestException e) {
            piece.release();
            finish(AttemptStatus.REFUSED, e.toError());
        }
    }

    @Override
    public void onBodyEnd() {
        if (phase == Phase.RECEIVE) {
            bodyComplete = true;
            advance(loop.ticker().nanoTime());
        }
    }

    @Override
    public void refuse(GatewayError error) {
        finish(AttemptStatus.REFUSED, error);
    }

    @Override
    public void onClientWritable(boolean writable) {
        if (!isDone()) {
            race.onClientWritable(writable, loop.ticker().nanoTime());
        }
    }

    @Override
    public void onClientGone() {
        if (phase == Phase.DONE) {
            reply.abandon();
        } else if (phase == Phase.IDLE) {
            return;
        } else if (race.drain()) {
            draining = true;
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
        return call.standing(race.running(nowNanos));
    }

    @Override
    public void stop() {
        if (!isDone()) {
            call.onStoppedBy(Refusals.STOPPED_BY_OPERATOR);
            finish(AttemptStatus.BUDGET_STOP, Refusals.stoppedByOperator());
        }
    }

    @Override
    public boolean isDone() {
        return phase == Phase.DONE || phase == Phase.IDLE;
    }

    // ---- the sequence ---------------------------------------------------------------------------------------------

    private void advance(long nowNanos) {
        for (; ; ) {
            boolean onwards = switch (phase) {
                case AUTHENTICATE -> authenticate();
                case RECEIVE -> receive(nowNanos);
                case PLAN -> plan(nowNanos);
                case ADMIT, ATTEMPT, RELAY, DONE, IDLE -> false;
            };
            if (!onwards) {
                return;
            }
        }
    }

    private boolean authenticate() {
        CallHead head = asked.head();
        AuthResult result = head.authenticate(loop.rules());
        if (!(result instanceof Principal known)) {
            return refused(Refusals.unauthenticated(result));
        }
        CallTags tags = CallTags.of(head.headers(), known);
        call.onCaller(known, tags);
        if (tags.error() != null) {
            return refused(tags.error());
        }
        phase = Phase.RECEIVE;
        return true;
    }

    private boolean receive(long nowNanos) {
        if (!bodyComplete) {
            return false;
        }
        call.onBodyEnd(nowNanos);
        RequestReader request = asked.reader();
        try {
            request.end();
        } catch (MalformedRequestException e) {
            return refused(e.toError());
        }
        call.onRequestKnown(request.model(), request.stream(), request.endUser());
        phase = Phase.PLAN;
        return true;
    }

    private boolean plan(long nowNanos) {
        RequestReader request = asked.reader();
        String model = request.model();
        Principal principal = call.principal();
        if (principal != null && !principal.mayUse(model)) {
            return refused(Refusals.modelNotAllowed(model));
        }
        Route route = loop.rules().routes().find(model);
        if (route == null) {
            return refused(Refusals.modelNotFound(model));
        }
        String earlier = request.continues();
        if (principal != null && earlier != null && !mayContinue(principal, earlier)) {
            return false;
        }
        Target target = race.plan(route, principal, nowNanos);
        if (target != null) {
            shadow = route.mirror();
            admit(target, nowNanos);
            return false;
        }
        phase = Phase.ATTEMPT;
        Endpoint endpoint = asked.path().endpoint();
        return endpoint.operation() == Endpoint.Operation.COUNT_TOKENS
                ? countTokens(route.first())
                : refused(Refusals.notServed(route, race.plan(), endpoint));
    }

    /** Whether the answer called {@code earlier} is the caller's; false also while that is being looked up. */
    private boolean mayContinue(Principal principal, String earlier) {
        Keepers.Right right = continued == null ? loop.keepers().known(principal, earlier) : continued;
        if (right == null) {
            entangled = true;
            loop.keepers().find(principal, earlier, found -> {
                continued = found;
                advance(loop.ticker().nanoTime());
            });
            return false;
        }
        return switch (right) {
            case GRANTED -> true;
            case FOREIGN -> refused(Refusals.noSuchResponse(earlier));
            case UNKNOWN -> refused(Refusals.ownerUnknown());
        };
    }

    private void admit(Target target, long nowNanos) {
        phase = Phase.ADMIT;
        Limiter limiter = loop.limiter();
        if (limiter == null || asked.path().endpoint().operation() == Endpoint.Operation.COUNT_TOKENS) {
            onAdmitted(nowNanos);
            return;
        }
        reply.onAdmission(admission);
        admission.ask(limiter, call.limitCall(loop, target, asked, nowNanos), nowNanos);
    }

    @Override
    public void onAdmitted(long nowNanos) {
        phase = Phase.ATTEMPT;
        starting = true;
        race.begin(nowNanos);
        starting = false;
        if (shadow != null) {
            mirror(shadow);
        }
    }

    @Override
    public void onRefused(GatewayError error) {
        finish(AttemptStatus.REFUSED, error);
    }

    /** The shadow may get a copy, as long as there is one to be had. */
    private void mirror(Route.Mirror to) {
        if (race.isOpen()
                && to.target().provider().serving(asked.path().endpoint()) != null
                && loop.drawsLot(to.sharePercent())) {
            MirrorCall.begin(loop, asked, to.target(), call, race.plan(), reply.allocator());
        }
    }

    /** Answers with a count of our own: the provider has none to ask for. */
    private boolean countTokens(Target target) {
        entangled = true;
        TokenCount count = new TokenCount(asked.reader().textBytes(), this::onTokensCounted);
        count.begin(
                loop.metering().prompts(),
                asked.head().dialect(),
                asked.path().endpoint(),
                asked.body().whole(),
                target,
                loop.eventLoop());
        return false;
    }

    private void onTokensCounted(long tokens) {
        if (phase == Phase.ATTEMPT) {
            reply.answerWith(asked.head().dialect().tokenCount(tokens), HeaderPolicy.TOKEN_COUNT, "estimate");
            finish(AttemptStatus.OK, null);
        }
    }

    @Override
    public void onTick(long nowNanos) {
        race.onTick(nowNanos);
        admission.onTick(nowNanos);
    }

    /** Returns false, for the phase that ends here. */
    private boolean refused(@Nullable GatewayError error) {
        finish(AttemptStatus.REFUSED, error);
        return false;
    }

    // ---- the one way out ------------------------------------------------------------------------------------------

    private void finish(AttemptStatus status, @Nullable GatewayError error) {
        finish(status, error, loop.ticker().nanoTime());
    }

    /**
     * Ends the call: settles and closes the books, publishes the summary, then lets the client have its last bytes, as soon
     * as the books are kept.
     */
    @Override
    public void finish(AttemptStatus status, @Nullable GatewayError error, long nowNanos) {
        if (isDone()) {
            return;
        }
        phase = Phase.DONE;
        loop.ticker().remove(tickNode);
        AttemptStatus how = draining ? AttemptStatus.CLIENT_ABORT : status;
        race.end(how, error, nowNanos);
        race.outlay().settle(admission);
        boolean cut = how == AttemptStatus.BUDGET_STOP && error != null && race.cut(error);
        endedWell = how == AttemptStatus.OK;
        if (!endedWell && !cut) {
            reply.failing();
        }
        if (how == AttemptStatus.CLIENT_ABORT) {
            reply.abandon();
        } else {
            reply.prepare(cut ? null : error, race.costNano());
        }
        AttemptRun answering = race.answering();
        loop.listener()
                .onExchange(call.summary(
                        how,
                        error,
                        reply,
                        nowNanos,
                        answering == null ? null : answering.record(),
                        race.outlay().ended()));
        if (race.isKept()) {
            onBooksKept();
        }
    }

    @Override
    public void onBooksKept() {
        reply.deliver();
        phase = Phase.IDLE;
        HttpHeaders received = asked.head().headers();
        asked.end();
        race.release();
        loop.onDone(place);
        if (isFree()) {
            if (shadow == null) {
                HeaderPolicy.release(received);
            }
            reset();
            loop.keepFreeExchange(this);
        }
    }

    /**
     * Whether nobody refers to this exchange or to a part of it who could still call. The client's side has let go of it
     * with the end of the answer, the ticker and the list of open calls have at {@link #finish}; what is left are the
     * attempts' connections, timers, books and counters, the limiter, and whoever looked something up.
     */
    private boolean isFree() {
        return endedWell && reply.isEnded() && race.isQuiet() && !admission.hasWaited() && !entangled && !starting;
    }

    private void reset() {
        reply.reset();
        call.reset();
        admission.reset();
        race.reset();
        bodyComplete = false;
        endedWell = false;
        shadow = null;
    }

    /** For tests and debug output: nothing a caller wrote. */
    @Override
    public String toString() {
        return phase == Phase.IDLE ? "a free exchange" : asked.head().requestId() + " " + phase;
    }
}
