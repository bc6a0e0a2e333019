package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.WireFormat;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.exchange.AccountCall;
import dev.sluice.gateway.exchange.CallHead;
import dev.sluice.gateway.exchange.ClientCall;
import dev.sluice.gateway.exchange.Exchange;
import dev.sluice.gateway.exchange.ExchangeLoop;
import dev.sluice.gateway.exchange.LocalCall;
import dev.sluice.gateway.exchange.LoopTicker;
import dev.sluice.gateway.exchange.RawCall;
import dev.sluice.gateway.exchange.RawExchange;
import dev.sluice.gateway.http1.FieldLines;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The last handler of a client's connection (HTTP/1.1) or stream (HTTP/2): turns requests into exchanges, one at a time
 * and in order, and tells the exchange what becomes of the client.
 *
 * <p>A request that arrives while an answer is under way waits in a short queue, and so does one of which it has to be found
 * out who sends it ({@link Parking}); when the queue is full, the connection is not read. After an early refusal the rest of the request is read and dropped, up to a limit, so that the client gets
 * to see the answer.
 *
 * <p>When the gateway stops, the connection ends with an answer that says so; without one only when it has been quiet for
 * a moment, because its client may be sending a request just now. Thread: event loop.
 */
final class EdgeHandler extends ChannelInboundHandlerAdapter implements LoopTicker.Ticking, EdgeResponder.Connection {

    /** How long a connection must have been quiet to be closed because the gateway stops. */
    static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int MAX_DROPPED_BYTES = 64 * 1024;

    private static final byte[] ALIVE = status("ok");
    private static final byte[] READY = status("ready");
    private static final byte[] DRAINING = status("draining");

    private final ExchangeLoop loop;
    private final CallHeads heads;
    private final GatewayConfig.Limits limits;
    private final Browsers browsers;
    private final boolean http2;
    private final LoopTicker.Node tickNode = new LoopTicker.Node(this);
    private final WaitingMessages queue = new WaitingMessages();
    private final Parking parking;

    private @Nullable ChannelHandlerContext context;
    private @Nullable EdgeResponder responder;
    private @Nullable ClientCall exchange;
    private @Nullable WebSocketUpgrade upgrade;
    /** Between a request's head and its last content. */
    private boolean receiving;

    private boolean served;
    private boolean replaying;
    private boolean closing;
    private long bodyBytes;
    private long maxBodyBytes;
    /** Whether the body has gone on arriving since the last tick, or has not been asked to. */
    private boolean bodyMoves;

    private long droppedBytes;
    private long sinceNanos;
    /** Whether anything has arrived since the last tick, if only a part of a request's head. */
    private boolean touched;

    private long touchedNanos;

    /** @param from the address at the other end of the connection */
    EdgeHandler(
            ExchangeLoop loop,
            CallerDialects dialects,
            GatewayConfig.Limits limits,
            Browsers browsers,
            boolean http2,
            InetAddress from) {
        this.loop = loop;
        this.browsers = browsers;
        this.heads = new CallHeads(loop, dialects, http2, from);
        this.parking = new Parking(loop, heads, this::replay);
        this.limits = limits;
        this.http2 = http2;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        responder = new EdgeResponder(added, http2, browsers, this);
        sinceNanos = loop.ticker().nanoTime();
        touchedNanos = sinceNanos;
        loop.ticker().add(tickNode);
    }

    // ---- messages -------------------------------------------------------------------------------------------------

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        if (!queue.isEmpty() || (beginsRequest(message) && responder().isOpen())) {
            queue.add(message, parking.isHolding(), channel().config());
        } else {
            dispatch(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext from) {
        touched = true;
        from.fireChannelReadComplete();
    }

    /** A refusal may also be of the rest of the request that is being received, which then must not wait. */
    private boolean beginsRequest(Object message) {
        return message instanceof HttpRequest || (message instanceof Refused && !receiving);
    }

    private void dispatch(Object message) {
        if (closing) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (message instanceof Refused refused) {
            onRefused(refused);
            return;
        }
        if (message instanceof HttpRequest request) {
            Route route = heads.route(request);
            if (parking.holds(request, route)) {
                queue.putBack(request);
                return;
            }
            onRequest(request, route);
        }
        if (message instanceof HttpContent content) {
            onContent(content);
        }
    }

    private void onRequest(HttpRequest request, Route route) {
        receiving = true;
        served = true;
        bodyBytes = 0;
        droppedBytes = 0;
        sinceNanos = parking.sinceNanos();
        responder()
                .begin(
                        request.method().equals(HttpMethod.HEAD),
                        request.protocolVersion().equals(HttpVersion.HTTP_1_0),
                        !http2 && !HttpUtil.isKeepAlive(request));
        responder().repeat(request.headers());
        if (Preflight.is(request)) {
            preflight(request);
            return;
        }
        switch (route) {
            case Route.Call call -> begin(request, exchange(request, call));
            case Route.Raw raw -> begin(request, exchange(request, raw.call()));
            case Route.Account account -> begin(request, account(request, account));
            case Route.BadPath bad ->
                local(request, "other").refuse(GatewayError.caller(ErrorKind.INVALID_REQUEST, bad.why()));
            case Route.Socket socket -> upgrade = upgrade(request, socket);
            case Route.Models models -> local(request, "models").list();
            case Route.Model model -> local(request, "models").describe(model.id());
            case Route.Usage usage -> local(request, "usage").usage(usage.query());
            case Route.Alive alive -> health(request, 200, ALIVE);
            case Route.Ready ready ->
                health(request, loop.isLeaving() ? 503 : 200, loop.isLeaving() ? DRAINING : READY);
            case Route.WrongMethod wrong -> local(request, "other").refuseMethod(wrong.allowed());
            case Route.Unknown unknown ->
                local(request, "other")
                        .refuse(GatewayError.caller(
                                ErrorKind.NOT_FOUND, "Nothing is served at this path. See GET /v1/models."));
        }
    }

    /** Anybody may ask, so it is no call: only a page that must not come in appears in the log. */
    private void preflight(HttpRequest request) {
        if (responder().isForeign()) {
            local(request, "other")
                    .refuse(GatewayError.caller(
                            ErrorKind.NOT_ALLOWED,
                            "Pages of this origin may not call; allowed: those that server.cors.origins names."));
        } else {
            responder().answer(204, Preflight.answer(request.headers()), Unpooled.EMPTY_BUFFER);
        }
    }

    private WebSocketUpgrade upgrade(HttpRequest request, Route.Socket socket) {
        CallHead head = heads.of(request, socket.label(), WireFormat.OPENAI, sinceNanos);
        return new WebSocketUpgrade(context(), loop, responder(), limits, socket, request, head);
    }

    private ClientCall exchange(HttpRequest request, Route.Call call) {
        Endpoint endpoint = call.path().endpoint();
        CallHead head = heads.of(request, endpoint.label(), endpoint.wireFormat(), sinceNanos);
        return Exchange.of(loop, responder(), head, call.path());
    }

    private ClientCall exchange(HttpRequest request, RawCall call) {
        return new RawExchange(
                loop, responder(), heads.of(request, call.endpoint().label(), sinceNanos), call);
    }

    private ClientCall account(HttpRequest request, Route.Account account) {
        CallHead head = heads.of(request, account.action().label(), WireFormat.OPENAI, sinceNanos);
        return new AccountCall(loop, responder(), head, account.action());
    }

    private void begin(HttpRequest request, ClientCall begun) {
        boolean waits = HttpUtil.is100ContinueExpected(request);
        if (waits) {
            // Refused now, the client may or may not send its body: the connection could no longer be read safely.
            responder().makeLast();
        }
        exchange = begun;
        maxBodyBytes = begun.maxBodyBytes(limits.bodyBytes());
        begun.begin();
        if (!begun.isDone() && !channel().isWritable()) {
            // The answer before this one is still on its way: the client cannot take more yet.
            begun.onClientWritable(false);
        }
        if (!begun.isDone() && checkLength(request) && waits) {
            responder().begin(/* headOnly= */ false, /* http10= */ false, !HttpUtil.isKeepAlive(request));
            responder().proceed();
        }
    }

    /** Refuses at once what says of itself that it is too large. */
    private boolean checkLength(HttpRequest request) {
        long length = HttpUtil.getContentLength(request, -1L);
        if (length <= maxBodyBytes) {
            return true;
        }
        tooLarge(Long.toString(length));
        return false;
    }

    private void tooLarge(String actual) {
        if (exchange != null) {
            exchange.refuse(GatewayError.caller(
                    ErrorKind.REQUEST_TOO_LARGE,
                    "The request body has " + actual + " bytes, " + maxBodyBytes + " are allowed."));
        }
    }

    private void onContent(HttpContent content) {
        boolean lastOfRequest = content instanceof LastHttpContent;
        ByteBuf bytes = content.content();
        ClientCall receiver = exchange;
        if (receiver != null && !receiver.isDone()) {
            bodyBytes += bytes.readableBytes();
            bodyMoves = true;
            if (bodyBytes > maxBodyBytes) {
                bytes.release();
                tooLarge("more than " + maxBodyBytes);
            } else if (bytes.isReadable()) {
                receiver.onBody(bytes);
            } else {
                bytes.release();
            }
        } else {
            droppedBytes += bytes.readableBytes();
            bytes.release();
        }
        if (lastOfRequest) {
            receiving = false;
            if (receiver != null && !receiver.isDone()) {
                receiver.onBodyEnd();
            } else if (upgrade != null && responder().isOpen()) {
                upgrade.start();
            } else {
                next();
            }
        } else if (droppedBytes > MAX_DROPPED_BYTES) {
            channel().close();
        }
    }

    private void onRefused(Refused refused) {
        GatewayError error = refused.error();
        if (receiving) {
            responder().makeLast();
            if (exchange != null && !exchange.isDone()) {
                exchange.refuse(error);
            } else {
                // Answered already: there is nothing to add but the end.
                receiving = false;
                next();
            }
            return;
        }
        responder().begin(/* headOnly= */ false, /* http10= */ false, /* last= */ true);
        responder().repeat(refused.origin(), /* session= */ null);
        new LocalCall(loop, responder(), heads.anonymous()).refuse(error);
    }

    // ---- answers --------------------------------------------------------------------------------------------------

    /** Requests that have been received behind the one that is being answered are answered, too. */
    @Override
    public boolean isLeaving() {
        return loop.isLeaving() && !queue.hasRequest();
    }

    @Override
    public void onAnswerEnd() {
        sinceNanos = loop.ticker().nanoTime();
        if (!receiving) {
            next();
        }
        // Else the rest of the refused request is read and dropped first.
    }

    /** Request and answer are both over: the next request, or the end of the connection. */
    private void next() {
        if (responder().isOpen()) {
            return;
        }
        exchange = null;
        upgrade = null;
        if (responder().isLast()) {
            close();
            return;
        }
        if (!replaying) {
            replay();
        }
    }

    /** Ends the connection behind everything that has been written. */
    private void close() {
        closing = true;
        if (http2) {
            channel().close();
        } else {
            context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void replay() {
        replaying = true;
        try {
            while (!queue.isEmpty()) {
                if (beginsRequest(queue.first()) && responder().isOpen()) {
                    return;
                }
                dispatch(queue.take());
                if (parking.isHolding()) {
                    return;
                }
            }
            if (!closing && responder().isReading() && !channel().config().isAutoRead()) {
                channel().config().setAutoRead(true);
            }
        } finally {
            replaying = false;
        }
    }

    /** Nobody but this handler sees such a request. */
    private void health(HttpRequest request, int status, byte[] text) {
        if (request.headers() instanceof FieldLines lines) {
            lines.giveBack();
        }
        FieldLines headers = FieldLines.take().add(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
        responder()
                .answer(
                        status,
                        headers,
                        channel().alloc().directBuffer(text.length).writeBytes(text));
    }

    private LocalCall local(HttpRequest request, String label) {
        return new LocalCall(loop, responder(), heads.of(request, label, sinceNanos));
    }

    // ---- the connection -------------------------------------------------------------------------------------------

    @Override
    public void onTick(long nowNanos) {
        long waited = nowNanos - sinceNanos;
        if (touched) {
            touched = false;
            touchedNanos = nowNanos;
        }
        if (parking.isHolding()) {
            // The wait has an end of its own.
            return;
        }
        if (responder().isOpen()) {
            if (exchange != null
                    && exchange.streamsBody()
                    && (bodyMoves || !responder().isReading())) {
                bodyMoves = false;
                sinceNanos = nowNanos;
            } else if (receiving && waited > limits.bodyTimeout().toNanos() && exchange != null) {
                responder().makeLast();
                exchange.refuse(GatewayError.caller(
                        ErrorKind.REQUEST_TIMEOUT,
                        "The request body did not arrive within "
                                + limits.bodyTimeout().toMillis() + " ms."));
            }
        } else if (receiving ? waited > LoopTicker.TICK_NANOS * 10 : isIdleTooLong(waited)) {
            channel().close();
        } else if (!http2 && !receiving && !closing && loop.isDraining() && isQuiet(nowNanos)) {
            // Behind what a slow client still has to take.
            close();
        }
    }

    private boolean isIdleTooLong(long waitedNanos) {
        return !http2 && waitedNanos > (served ? limits.keepAlive() : limits.headerTimeout()).toNanos();
    }

    private boolean isQuiet(long nowNanos) {
        return nowNanos - sinceNanos > LINGER_NANOS && nowNanos - touchedNanos > LINGER_NANOS;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext from) {
        if (exchange != null) {
            exchange.onClientWritable(from.channel().isWritable());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        loop.ticker().remove(tickNode);
        if (exchange != null) {
            exchange.onClientGone();
            exchange = null;
        }
        if (upgrade != null) {
            upgrade.onClientGone();
            upgrade = null;
        }
        parking.leave();
        queue.drop();
    }

    /** The connection has become a WebSocket. */
    @Override
    public void handlerRemoved(ChannelHandlerContext from) {
        loop.ticker().remove(tickNode);
        if (!queue.isEmpty()) {
            // Sent before the upgrade was agreed on: neither HTTP nor frames.
            from.channel().close();
        }
        parking.leave();
        queue.drop();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        // A reset or a broken TLS record: the client is gone, and channelInactive says so to the exchange.
        from.close();
    }

    private static byte[] status(String word) {
        return ("{\"status\":\"" + word + "\"}\n").getBytes(StandardCharsets.US_ASCII);
    }

    private EdgeResponder responder() {
        return Objects.requireNonNull(responder);
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(context);
    }

    private Channel channel() {
        return context().channel();
    }
}
