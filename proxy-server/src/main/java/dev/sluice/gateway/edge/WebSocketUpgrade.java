package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.exchange.CallHead;
import dev.sluice.gateway.exchange.ExchangeLoop;
import dev.sluice.gateway.exchange.LocalCall;
import dev.sluice.gateway.exchange.RealtimeRequest;
import dev.sluice.gateway.exchange.RealtimeSession;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker13;
import org.jspecify.annotations.Nullable;

/**
 * Turns a client's connection into a WebSocket (RFC 6455), once it is known who asks and whether it is possible; until
 * then every refusal is an HTTP answer. What HTTP needs leaves the pipeline, what the socket needs takes its place.
 *
 * <p>Browsers ask no preflight for a socket, so the page is looked at here: once {@code server.cors.origins} says which ones
 * may call, others may not connect either. Before, any may: a socket takes no cookies, so that a page cannot bring a
 * credential that is not its own. Compression is not offered. Thread: event loop.
 */
final class WebSocketUpgrade {
    private static final String VERSION = "13";
    /** 16 bytes in base64. */
    private static final int KEY_CHARS = 24;

    /** Some providers send long audio in one frame. */
    private static final int MAX_PROVIDER_FRAME_BYTES = 16 << 20;

    /** What a chat's client may call the protocol, if it must call it something: browsers insist on an answer. */
    private static final String CHAT_PROTOCOLS = "sluice.chat,realtime";

    private final ChannelHandlerContext context;
    private final ExchangeLoop loop;
    private final EdgeResponder responder;
    private final GatewayConfig.Limits limits;
    private final Route.Socket socket;
    private final HttpRequest request;
    private final SocketProtocols protocols;
    private final CallHead head;
    private @Nullable RealtimeSession session;

    WebSocketUpgrade(
            ChannelHandlerContext context,
            ExchangeLoop loop,
            EdgeResponder responder,
            GatewayConfig.Limits limits,
            Route.Socket socket,
            HttpRequest request,
            CallHead head) {
        this.context = context;
        this.loop = loop;
        this.responder = responder;
        this.limits = limits;
        this.socket = socket;
        this.request = request;
        this.protocols = SocketProtocols.of(request.headers());
        this.head = head;
    }

    /** The request is complete: refuses or upgrades. */
    void start() {
        GatewayError unfit = check();
        CallHead asked = socketHead();
        if (unfit != null) {
            new LocalCall(loop, responder, asked).refuse(unfit);
            return;
        }
        switch (socket) {
            case Route.ChatSocket chat -> {
                if (new LocalCall(loop, responder, asked).admits()) {
                    acceptChat(asked);
                }
            }
            case Route.RealtimeSocket realtime -> beginRealtime(asked, realtime);
        }
    }

    /** The connection is gone before anything came of it. */
    void onClientGone() {
        if (session != null) {
            session.onClientGone();
        }
    }

    private @Nullable GatewayError check() {
        if (!request.protocolVersion().equals(HttpVersion.HTTP_1_1)
                || !head.protocol().equals("HTTP/1.1")) {
            return GatewayError.caller(
                    ErrorKind.NOT_IMPLEMENTED,
                    "WebSockets are served over HTTP/1.1 only; this request came over " + head.protocol() + ".");
        }
        if (responder.isForeignToNamed()) {
            return GatewayError.caller(
                    ErrorKind.NOT_ALLOWED,
                    "Pages of this origin may not connect; allowed: those that server.cors.origins names.");
        }
        HttpHeaders headers = request.headers();
        String key = headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY);
        boolean upgrade = request.method().equals(HttpMethod.GET)
                && headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, /* ignoreCase= */ true)
                && headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, /* ignoreCase= */ true)
                && VERSION.equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))
                && key != null
                && key.length() == KEY_CHARS;
        if (!upgrade) {
            return GatewayError.caller(
                    ErrorKind.INVALID_REQUEST,
                    "This path speaks WebSocket: ask for it with GET, an upgrade to 'websocket', version 13 and a key.");
        }
        return loop.isDraining()
                ? GatewayError.gateway(ErrorKind.OVERLOADED, "The gateway is shutting down; please try again.")
                : null;
    }

    /** The head of what is asked over the socket: with a browser's key, without what holds for one request only. */
    private CallHead socketHead() {
        HttpHeaders headers = request.headers().copy();
        headers.remove("idempotency-key");
        headers.remove("x-client-request-id");
        return new CallHead(
                head.dialect(),
                head.endpointLabel(),
                head.requestId(),
                head.caller(),
                head.key() == null ? protocols.key() : head.key(),
                "WebSocket",
                headers,
                head.startNanos());
    }

    private void acceptChat(CallHead asked) {
        HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
        headers.set("x-request-id", head.requestId());
        accept(
                CHAT_PROTOCOLS,
                headers,
                new Utf8FrameValidator(/* closeOnProtocolViolation= */ true),
                new WebSocketFrameAggregator(limits.bodyBytes()),
                new ChatSocket(loop, asked, limits));
    }

    private void beginRealtime(CallHead asked, Route.RealtimeSocket realtime) {
        RealtimeSocket client = new RealtimeSocket(this, loop.ticker());
        session = new RealtimeSession(
                loop,
                responder,
                client,
                asked,
                new RealtimeRequest(realtime.model(), realtime.query(), protocols.offered(), MAX_PROVIDER_FRAME_BYTES));
        client.serve(session);
        session.begin();
    }

    /** The provider has accepted. */
    void acceptRealtime(RealtimeSocket client, @Nullable String subprotocol, HttpHeaders headers) {
        accept(subprotocol, headers, client);
    }

    /** @param known names of subprotocols, with commas between them: the first that the client offers is agreed on */
    private void accept(@Nullable String known, HttpHeaders headers, ChannelHandler... handlers) {
        WebSocketDecoderConfig config = WebSocketDecoderConfig.newBuilder()
                .maxFramePayloadLength(limits.bodyBytes())
                .expectMaskedFrames(true)
                .allowMaskMismatch(false)
                .allowExtensions(false)
                .closeOnProtocolViolation(true)
                .withUTF8Validator(false)
                .build();
        ChannelPipeline pipeline = context.pipeline();
        pipeline.addLast(handlers);
        pipeline.remove(context.handler());
        // The handshaker knows its way from Netty's codec only, and takes it out again.
        pipeline.replace(RequestDecoder.class, /* newName= */ null, new HttpServerCodec());
        new WebSocketServerHandshaker13(request.uri(), known, config)
                .handshake(
                        context.channel(),
                        new DefaultFullHttpRequest(
                                HttpVersion.HTTP_1_1,
                                HttpMethod.GET,
                                request.uri(),
                                Unpooled.EMPTY_BUFFER,
                                request.headers(),
                                DefaultHttpHeadersFactory.trailersFactory().newEmptyHeaders()),
                        headers,
                        context.channel().newPromise());
    }
}
