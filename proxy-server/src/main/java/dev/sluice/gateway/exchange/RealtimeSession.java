package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.RealtimeDialect;
import dev.sluice.codec.dialect.RealtimeReader;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.route.Target;
import dev.sluice.gateway.upstream.AttemptFailure;
import dev.sluice.gateway.upstream.SocketListener;
import dev.sluice.gateway.upstream.SocketRequest;
import dev.sluice.gateway.upstream.UpstreamSocket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One realtime session, from the client's upgrade to the close frames: frames pass both ways as they are, and what the
 * provider's events report is written down response by response. The provider is connected first, so that its refusal is
 * an HTTP answer to the client.
 *
 * <pre>
 *   begin ──▶ ADMIT ──▶ CONNECTING ──onOpen──▶ OPEN ──closed, lost, late, stopped──▶ DONE ──(books kept)──▶ close frame
 *     │         │           │                                                         ▲
 *     └─────────┴───────────┴─────────────── refused, failed, client gone ────────────┘
 * </pre>
 *
 * <p>Back-pressure: a side that cannot take more stops the reading of the other. Both are on one event loop. Thread: event
 * loop.
 */
public final class RealtimeSession
        implements OpenCall, Admission.Owner, SocketListener, LoopTicker.Ticking, Ledger.Waiter {
    static final int SWITCHED = 101;

    private static final int NORMAL = 1000;
    private static final int GOING_AWAY = 1001;
    private static final int NOT_ALLOWED = 1008;
    private static final int INTERNAL_ERROR = 1011;
    private static final int NO_CODE = -1;

    private enum Phase {
        ADMIT,
        CONNECTING,
        OPEN,
        DONE
    }

    private final ExchangeLoop loop;
    private final ClientChannel refusals;
    private final RealtimeClient client;
    private final CallHead head;
    private final RealtimeRequest asked;
    private final LoopTicker.Node tickNode = new LoopTicker.Node(this);
    private final OpenCalls.Place place = new OpenCalls.Place(this);
    private final CallRecord call;

    private Phase phase = Phase.ADMIT;
    private boolean clientGone;
    private boolean accepted;
    private int waiting;
    private long requestBytes;
    private long responseBytes;
    /** Whether the message that the provider is sending, perhaps in fragments, is text. */
    private boolean inText;
    /** Whether more fragments of that message are to come. */
    private boolean inMessage;

    private int closeCode;
    private String closeReason = "";
    private @Nullable GatewayError error;
    private @Nullable Principal principal;
    private @Nullable CallTags tags;
    private @Nullable Target chosen;
    private @Nullable Admission admission;
    /** Goes before the close frame, for a session that somebody stops. */
    private @Nullable String farewell;

    private @Nullable RealtimeBooks books;
    private @Nullable RealtimeReader reader;
    private @Nullable RealtimeClock clock;
    private @Nullable UpstreamSocket provider;

    /**
     * @param refusals where the client is answered in HTTP as long as it has not been accepted
     * @param client where frames go once it has
     */
    public RealtimeSession(
            ExchangeLoop loop, ClientChannel refusals, RealtimeClient client, CallHead head, RealtimeRequest asked) {
        this.loop = loop;
        this.refusals = refusals;
        this.client = client;
        this.head = head;
        this.asked = asked;
        this.call = new CallRecord(head, loop.newCallId(head.startNanos()));
    }

    // ---- the sequence ---------------------------------------------------------------------------------------------

    /** Finds the provider and asks it; everything else follows from its answer. */
    public void begin() {
        loop.onBegin(place);
        loop.ticker().add(tickNode);
        long now = loop.ticker().nanoTime();
        RealtimePlan plan = RealtimePlan.of(loop.rules(), head, asked, now);
        principal = plan.principal();
        tags = plan.tags();
        chosen = plan.target();
        if (principal != null && tags != null) {
            call.onCaller(principal, tags);
            call.onRequestKnown(asked.model(), /* asStream= */ true, null);
        }
        if (chosen == null) {
            refuse(plan.refusal());
        } else {
            admit(chosen, now);
        }
    }

    private void admit(Target target, long now) {
        Limiter limiter = loop.limiter();
        if (limiter == null) {
            onAdmitted(now);
            return;
        }
        Admission begun = new Admission(loop, this);
        admission = begun;
        begun.ask(limiter, call.limitCall(loop, target, 0, now), now);
    }

    @Override
    public void onAdmitted(long nowNanos) {
        phase = Phase.CONNECTING;
        Target target = Objects.requireNonNull(chosen);
        connect(target, realtime(target), nowNanos);
    }

    @Override
    public void onRefused(GatewayError refusal) {
        refuse(refusal);
    }

    private static RealtimeDialect realtime(Target target) {
        return Objects.requireNonNull(target.provider().dialect().realtime());
    }

    private void connect(Target target, RealtimeDialect dialect, long nowNanos) {
        RealtimeReader opened = dialect.newReader();
        RealtimeBooks begun = new RealtimeBooks(
                loop, head, asked, opened, Objects.requireNonNull(principal), Objects.requireNonNull(tags), target);
        if (!begun.open()) {
            refuse(Refusals.meteringUnavailable());
            return;
        }
        books = begun;
        reader = opened;
        clock = new RealtimeClock(target.timeouts(), nowNanos);
        HttpHeaders headers = HeaderPolicy.toProvider(head.headers(), /* sameDialect= */ true);
        for (Map.Entry<String, String> own :
                target.provider().dialect().headers().entrySet()) {
            if (!headers.contains(own.getKey())) {
                headers.set(own.getKey(), own.getValue());
            }
        }
        String path = Queries.joined(target.provider().pathPrefix() + dialect.path(target.model()), asked.query());
        provider = new UpstreamSocket(
                loop.upstream(),
                new SocketRequest(target, path, headers, asked.subprotocols(), asked.maxFrameBytes()),
                this);
        provider.start();
    }

    private void refuse(@Nullable GatewayError refusal) {
        finish(AttemptStatus.REFUSED, refusal, NORMAL, "");
    }

    // ---- from the client ------------------------------------------------------------------------------------------

    /** A frame, but no close frame; takes it. */
    public void onClientFrame(WebSocketFrame frame) {
        if (phase != Phase.OPEN) {
            frame.release();
            return;
        }
        clock().onFrame();
        requestBytes += frame.content().readableBytes();
        provider().send(frame);
    }

    /** No more frames for now: the moment to flush. */
    public void onClientReadComplete() {
        if (phase == Phase.OPEN) {
            provider().flush();
        }
    }

    /** The client can, or for now cannot, take more. */
    public void onClientWritable(boolean writable) {
        if (phase == Phase.OPEN) {
            clock().onClientWritable(writable, loop.ticker().nanoTime());
            if (writable) {
                provider().resume();
            } else {
                provider().pause();
            }
        }
    }

    /**
     * The client closes the connection.
     *
     * @param code -1 when it gave none
     */
    public void onClientClose(int code, String reason) {
        finish(AttemptStatus.OK, null, code, reason);
    }

    /** The client is gone. */
    public void onClientGone() {
        clientGone = true;
        finish(AttemptStatus.CLIENT_ABORT, null, GOING_AWAY, "");
    }

    @Override
    public void interrupt() {
        finish(
                AttemptStatus.INTERRUPTED,
                GatewayError.gateway(ErrorKind.OVERLOADED, "The gateway is shutting down; please try again."),
                GOING_AWAY,
                "the gateway is shutting down");
    }

    @Override
    public @Nullable OpenStream standing(long nowNanos) {
        return call.standing(books == null ? OpenStream.Running.NOTHING : books.running(nowNanos));
    }

    @Override
    public void stop() {
        if (phase != Phase.DONE) {
            call.onStoppedBy(Refusals.STOPPED_BY_OPERATOR);
            stop(Refusals.stoppedByOperator());
        }
    }

    /** Ends the session in words of its own. */
    private void stop(GatewayError why) {
        String code = Objects.requireNonNull(call.errorCode(why));
        if (accepted && !inMessage) {
            farewell = realtime(target()).errorEvent(code, why.message());
        }
        finish(AttemptStatus.BUDGET_STOP, why, NOT_ALLOWED, code);
    }

    // ---- from the provider ----------------------------------------------------------------------------------------

    @Override
    public void onRequestWritten() {
        long now = loop.ticker().nanoTime();
        books().session().onWritten(now);
        clock().onRequestWritten(now);
    }

    @Override
    public void onRefused(int status, ByteBuf body) {
        books().session().onStatus(status);
        GatewayError told = target().provider().dialect().readError(status, body);
        boolean secret = holdsKey(body.toString(StandardCharsets.UTF_8)) || holdsKey(told.message());
        finish(AttemptStatus.UPSTREAM_ERROR, secret ? Refusals.withheld(told) : told, NORMAL, "");
    }

    @Override
    public void onOpen(@Nullable String subprotocol) {
        phase = Phase.OPEN;
        accepted = true;
        books().session().onStatus(SWITCHED);
        clock().onOpen(loop.ticker().nanoTime());
        FieldLines headers = HeaderPolicy.own();
        headers.clear();
        HeaderPolicy.describe(headers, head.requestId(), target(), 1, -1);
        describeLimits(headers);
        client.accept(subprotocol, headers);
    }

    @Override
    public void onFrame(WebSocketFrame frame) {
        if (phase != Phase.OPEN) {
            frame.release();
            return;
        }
        clock().onFrame();
        boolean reported = false;
        ByteBuf content = frame.content();
        responseBytes += content.readableBytes();
        if (frame instanceof TextWebSocketFrame || frame instanceof BinaryWebSocketFrame) {
            inText = frame instanceof TextWebSocketFrame;
        }
        boolean data = frame instanceof TextWebSocketFrame || frame instanceof ContinuationWebSocketFrame;
        if (inText && data) {
            reader().onPayload(content, content.readerIndex(), content.readableBytes());
            if (frame.isFinalFragment() && reader().onPayloadEnd()) {
                books().onReport();
                reported = true;
            }
        }
        inMessage = !frame.isFinalFragment();
        client.frame(frame);
        if (reported) {
            follow();
        }
    }

    /** Nobody knows what a response is going to cost before it is over: what has come is paid, and nothing after it. */
    private void follow() {
        Usage so = books().usage();
        if (admission != null
                && admission.coveredTokens() != Long.MAX_VALUE
                && !admission.extend(Math.max(0, so.inputTokens()), Math.max(0, so.outputTokens()))) {
            stop(admission.refusal());
        }
    }

    @Override
    public void onReadComplete() {
        if (phase == Phase.OPEN) {
            client.flush();
        }
    }

    @Override
    public void onWritable(boolean writable) {
        if (phase == Phase.OPEN) {
            clock().onProviderWritable(writable, loop.ticker().nanoTime());
            client.read(writable);
        }
    }

    @Override
    public void onClose(int code, String reason) {
        boolean good = code == NO_CODE || code == NORMAL || code == GOING_AWAY;
        finish(
                good ? AttemptStatus.OK : AttemptStatus.UPSTREAM_ERROR,
                good ? null : Refusals.truncated(),
                code,
                holdsKey(reason) ? "" : reason);
    }

    @Override
    public void onLost() {
        finish(AttemptStatus.TRUNCATED, Refusals.truncated(), INTERNAL_ERROR, "the provider is gone");
    }

    @Override
    public void onFailure(AttemptFailure failure) {
        finish(AttemptStatus.UPSTREAM_ERROR, Refusals.unanswered(failure), NORMAL, "");
    }

    // ---- time -----------------------------------------------------------------------------------------------------

    @Override
    public void onTick(long nowNanos) {
        if (admission != null) {
            admission.onTick(nowNanos);
        }
        if (clock == null) {
            return;
        }
        switch (clock.check(nowNanos)) {
            case NOTHING -> {}
            case CONNECT -> late("The provider could not be connected to in time.", NORMAL);
            case ANSWER -> late("The provider did not answer in time.", NORMAL);
            case SESSION -> late("the session has lasted 60 minutes", NORMAL);
            case SILENCE -> late("nothing was said for 10 minutes", NORMAL);
            case PROVIDER_STALLED -> late("the provider takes nothing", INTERNAL_ERROR);
            case CLIENT_STALLED ->
                finish(AttemptStatus.CLIENT_ABORT, null, GOING_AWAY, "nothing was taken for 60 seconds");
        }
    }

    private void late(String reason, int code) {
        finish(AttemptStatus.TIMEOUT, GatewayError.provider(ErrorKind.UPSTREAM_TIMEOUT, reason), code, reason);
    }

    // ---- the one way out ------------------------------------------------------------------------------------------

    /**
     * Ends the session: lets go of the provider, settles and closes the books, publishes the summary, then lets the client
     * know, as soon as the books are kept.
     *
     * @param told what a client that was not accepted is answered; what the log says of one that was
     */
    private void finish(AttemptStatus status, @Nullable GatewayError told, int code, String reason) {
        if (phase == Phase.DONE) {
            return;
        }
        phase = Phase.DONE;
        error = told;
        closeCode = code;
        closeReason = reason;
        loop.ticker().remove(tickNode);
        if (provider != null) {
            provider.close(code, reason);
        }
        long now = loop.ticker().nanoTime();
        List<AttemptSummary> attempts = books == null ? List.of() : books.settle(status, now);
        if (admission != null) {
            Outlay outlay = new Outlay();
            outlay.addAll(attempts);
            outlay.settle(admission);
        }
        loop.listener().onExchange(summary(status, attempts, now));
        waiting = books == null ? 0 : books.close(attempts, this);
        if (waiting == 0) {
            deliver();
        }
    }

    @Override
    public void onKept() {
        waiting--;
        if (waiting == 0) {
            deliver();
        }
    }

    private void deliver() {
        if (accepted) {
            if (farewell != null) {
                client.frame(new TextWebSocketFrame(farewell));
            }
            client.close(closeCode, closeReason);
        } else if (!clientGone && error != null) {
            FieldLines headers = HeaderPolicy.own();
            HeaderPolicy.describe(
                    headers, head.requestId(), books == null ? null : target(), books == null ? 0 : 1, -1);
            describeLimits(headers);
            Refusals.addRetryAfter(headers, error);
            refusals.answer(
                    head.dialect().status(error),
                    headers,
                    ByteBufUtil.writeUtf8(refusals.allocator(), head.dialect().errorBody(error)));
        }
        loop.onDone(place);
    }

    private void describeLimits(FieldLines headers) {
        if (admission != null) {
            LimitHeaders.add(headers, admission.grant(), new StringBuilder());
        }
    }

    private ExchangeSummary summary(AttemptStatus status, List<AttemptSummary> attempts, long nowNanos) {
        int told = error == null ? 0 : head.dialect().status(error);
        return new ExchangeSummary(
                head.requestId(),
                principal == null ? null : principal.keyId(),
                principal == null ? null : principal.teamId(),
                head.endUser(principal, null),
                tags == null ? Map.of() : tags.tags(),
                head.endpointLabel(),
                asked.model(),
                /* stream= */ true,
                status,
                accepted ? SWITCHED : clientGone ? 0 : told,
                call.errorCode(error),
                head.protocol(),
                requestBytes,
                responseBytes,
                -1,
                -1,
                nowNanos - head.startNanos(),
                head.caller().from(),
                /* contentRefused= */ false,
                attempts);
    }

    private boolean holdsKey(String text) {
        Secret key = target().credential().secret();
        return key != null && text.contains(key.reveal());
    }

    private Target target() {
        return books().session().target();
    }

    private RealtimeBooks books() {
        return Objects.requireNonNull(books);
    }

    private RealtimeReader reader() {
        return Objects.requireNonNull(reader);
    }

    private RealtimeClock clock() {
        return Objects.requireNonNull(clock);
    }

    private UpstreamSocket provider() {
        return Objects.requireNonNull(provider);
    }

    /** For tests and debug output: nothing a caller wrote. */
    @Override
    public String toString() {
        return head.requestId() + " " + phase;
    }
}
