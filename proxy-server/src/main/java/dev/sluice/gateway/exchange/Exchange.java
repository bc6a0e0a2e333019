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
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.route.Plan;
import dev.sluice.gateway.route.Route;
import dev.sluice.gateway.route.Target;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
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
 * <p>Thread: event loop.
 */
public final class Exchange implements ClientCall, Race.Owner, Admission.Owner, LoopTicker.Ticking {

    private final ExchangeLoop loop;
    private final ClientChannel client;
    private final CallHead head;
    private final CallPath path;
    private final LoopTicker.Node tickNode = new LoopTicker.Node(this);
    private final RequestBody body;
    private final RequestReader request;
    private final CallerRequest asked;
    private final ClientAnswer reply;
    private final CallRecord call;

    private Phase phase = Phase.AUTHENTICATE;
    private boolean bodyComplete;
    private boolean clientWritable = true;
    /** The caller is gone, the provider's answer is read on for its figures. */
    private boolean draining;

    /** Of the answer that this one goes on from, once it has been looked up. */
    private Keepers.@Nullable Right continued;

    /** What is to be tried, once the call may go on. */
    private @Nullable Chosen chosen;

    private @Nullable Admission admission;
    private @Nullable Race race;

    private record Chosen(Route route, Plan plan, Target target) {}

    public Exchange(ExchangeLoop loop, ClientChannel client, CallHead head, CallPath path) {
        this.loop = loop;
        this.client = client;
        this.head = head;
        this.path = path;
        this.body = new RequestBody(client.allocator());
        this.request = head.dialect().newRequest(path, loop.rules().maxJsonDepth());
        this.asked = new CallerRequest(head, path, request, body);
        this.reply = new ClientAnswer(client, head);
        this.call = new CallRecord(head, loop.newCallId());
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
        if (race != null) {
            race.onClientWritable(writable, loop.ticker().nanoTime());
        }
    }

    @Override
    public void onClientGone() {
        if (phase == Phase.DONE) {
            reply.abandon();
        } else if (race != null && race.drain()) {
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
        return call.standing(race == null ? OpenStream.Running.NOTHING : race.running(nowNanos));
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

    private void advance() {
        for (; ; ) {
            boolean onwards = switch (phase) {
                case AUTHENTICATE -> authenticate();
                case RECEIVE -> receive();
                case PLAN -> plan();
                case ADMIT, ATTEMPT, RELAY, DONE -> false;
            };
            if (!onwards) {
                return;
            }
        }
    }

    private boolean authenticate() {
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

    private boolean receive() {
        if (!bodyComplete) {
            return false;
        }
        call.onBodyEnd(loop.ticker().nanoTime());
        try {
            request.end();
        } catch (MalformedRequestException e) {
            return refused(e.toError());
        }
        call.onRequestKnown(request.model(), request.stream(), request.endUser());
        phase = Phase.PLAN;
        return true;
    }

    private boolean plan() {
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
        Plan plan = loop.plan(route, Asks.of(route, asked, principal));
        Target target = plan.first(loop.ticker().nanoTime());
        if (target != null) {
            admit(new Chosen(route, plan, target));
            return false;
        }
        phase = Phase.ATTEMPT;
        return path.endpoint().operation() == Endpoint.Operation.COUNT_TOKENS
                ? countTokens(route.first())
                : refused(Refusals.notServed(route, plan, path.endpoint()));
    }

    /** Whether the answer called {@code earlier} is the caller's; false also while that is being looked up. */
    private boolean mayContinue(Principal principal, String earlier) {
        Keepers.Right right = continued == null ? loop.keepers().known(principal, earlier) : continued;
        if (right == null) {
            loop.keepers().find(principal, earlier, found -> {
                continued = found;
                advance();
            });
            return false;
        }
        return switch (right) {
            case GRANTED -> true;
            case FOREIGN -> refused(Refusals.noSuchResponse(earlier));
            case UNKNOWN -> refused(Refusals.ownerUnknown());
        };
    }

    private void admit(Chosen next) {
        phase = Phase.ADMIT;
        chosen = next;
        Limiter limiter = loop.limiter();
        if (limiter == null || path.endpoint().operation() == Endpoint.Operation.COUNT_TOKENS) {
            onAdmitted();
            return;
        }
        Admission begun = new Admission(loop, limiter, call.limitCall(loop, next.target(), asked), this);
        admission = begun;
        call.onAdmission(begun);
        reply.onAdmission(begun);
        begun.ask();
    }

    @Override
    public void onAdmitted() {
        phase = Phase.ATTEMPT;
        Chosen next = Objects.requireNonNull(chosen);
        Race begun = new Race(this, loop, asked, call, reply, client.allocator(), next.plan());
        race = begun;
        begun.onClientWritable(clientWritable, loop.ticker().nanoTime());
        begun.begin(next.target());
        mirror(next.route(), next.plan());
    }

    @Override
    public void onRefused(GatewayError error) {
        finish(AttemptStatus.REFUSED, error);
    }

    /** A shadow may get a copy, as long as there is one to be had. */
    private void mirror(Route route, Plan plan) {
        Route.Mirror shadow = route.mirror();
        if (shadow != null
                && race != null
                && race.isOpen()
                && shadow.target().provider().serving(path.endpoint()) != null
                && loop.drawsLot(shadow.sharePercent())) {
            MirrorCall.begin(loop, asked, shadow.target(), call, plan, client.allocator());
        }
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

    @Override
    public void onTick(long nowNanos) {
        if (race != null) {
            race.onTick(nowNanos);
        } else if (admission != null) {
            admission.onTick(nowNanos);
        }
    }

    /** Returns false, for the phase that ends here. */
    private boolean refused(@Nullable GatewayError error) {
        finish(AttemptStatus.REFUSED, error);
        return false;
    }

    // ---- the one way out ------------------------------------------------------------------------------------------

    /**
     * Ends the exchange: settles and closes the books, publishes the summary, then lets the client have its last bytes,
     * as soon as the books are kept.
     */
    @Override
    public void finish(AttemptStatus status, @Nullable GatewayError error) {
        if (phase == Phase.DONE) {
            return;
        }
        phase = Phase.DONE;
        loop.ticker().remove(tickNode);
        AttemptStatus how = draining ? AttemptStatus.CLIENT_ABORT : status;
        Outlay outlay = race == null ? new Outlay() : race.outlay();
        if (race != null) {
            race.end(how, error);
        }
        if (admission != null) {
            outlay.settle(admission);
        }
        boolean cut = how == AttemptStatus.BUDGET_STOP && race != null && error != null && race.cut(error);
        if (how != AttemptStatus.OK && !cut) {
            client.failing();
        }
        if (how == AttemptStatus.CLIENT_ABORT) {
            reply.abandon();
        } else {
            reply.prepare(cut ? null : error, race == null ? Usage.UNKNOWN : race.costNano());
        }
        loop.listener()
                .onExchange(call.summary(
                        how,
                        error,
                        reply,
                        loop.ticker().nanoTime(),
                        race == null ? null : race.answering(),
                        outlay.ended()));
        if (race == null || race.isKept()) {
            onBooksKept();
        }
    }

    @Override
    public void onBooksKept() {
        reply.deliver();
        body.release();
        request.close();
        if (race != null) {
            race.release();
        }
        loop.onDone(this);
    }

    /** For tests and debug output: nothing a caller wrote. */
    @Override
    public String toString() {
        return head.requestId() + " " + phase;
    }
}
