package dev.sluice.gateway.upstream;

import dev.sluice.gateway.route.Origin;
import dev.sluice.gateway.route.Provider;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakerFactory;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket to a provider, on a connection of its own: the last handler of that connection, from the handshake to the
 * closing one (RFC 6455).
 *
 * <pre>
 *   start ──▶ CONNECTING ──connected──▶ ASKED ──101──▶ OPEN ──close──▶ CLOSING ──answered, lost──▶ DONE
 *                 │                       │             │
 *                 └──── no connection ────┴── refused, broken, closed by the peer ────────────────▶ DONE
 * </pre>
 *
 * Thread: event loop.
 */
public final class UpstreamSocket extends ChannelInboundHandlerAdapter {
    private static final int MAX_ERROR_BODY_BYTES = 64 * 1024;
    private static final long CLOSE_MILLIS = 2_000;

    private enum State {
        CONNECTING,
        ASKED,
        OPEN,
        CLOSING,
        DONE
    }

    private final UpstreamPool pool;
    private final SocketRequest request;
    private final SocketListener listener;

    private State state = State.CONNECTING;
    private @Nullable Dial dial;
    private @Nullable Channel channel;
    private boolean reads = true;
    private @Nullable WebSocketClientHandshaker handshaker;
    private @Nullable HttpResponse response;
    /** Of a refusal; released by {@link #end}. */
    private @Nullable ByteBuf errorBody;

    public UpstreamSocket(UpstreamPool pool, SocketRequest request, SocketListener listener) {
        this.pool = pool;
        this.request = request;
        this.listener = listener;
    }

    /** Connects and asks for the upgrade. */
    public void start() {
        dial = pool.openSocket(origin(), this);
    }

    void onUnreachable() {
        fail(AttemptFailure.Kind.CONNECT, "No connection to the provider could be made.");
    }

    /** Sends {@code frame}, which it takes. */
    public void send(WebSocketFrame frame) {
        if (state == State.OPEN && channel != null) {
            channel.write(frame, channel.voidPromise());
        } else {
            frame.release();
        }
    }

    public void flush() {
        if (state == State.OPEN && channel != null) {
            channel.flush();
        }
    }

    /** Stops reading from the provider while the client cannot take more. */
    public void pause() {
        setAutoRead(false);
    }

    public void resume() {
        setAutoRead(true);
    }

    /**
     * Ends it without a word to its listener: with a close frame where it is open.
     *
     * @param code -1 for none
     */
    public void close(int code, String reason) {
        if (state == State.DONE || state == State.CLOSING) {
            return;
        }
        if (state != State.OPEN || channel == null) {
            end();
            return;
        }
        state = State.CLOSING;
        Channel closing = channel;
        setAutoRead(true);
        closing.writeAndFlush(closeFrame(code, reason));
        closing.eventLoop().schedule(() -> closing.close(), CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static CloseWebSocketFrame closeFrame(int code, String reason) {
        return code == -1 ? new CloseWebSocketFrame(true, 0) : new CloseWebSocketFrame(true, 0, code, reason);
    }

    Origin origin() {
        return request.target().provider().origin();
    }

    // ---- the connection -------------------------------------------------------------------------------------------

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        channel = context.channel();
        if (!reads) {
            context.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (!origin().tls()) {
            ask(context.channel());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                ask(context.channel());
            } else {
                fail(AttemptFailure.Kind.TLS, "No trusted TLS connection to the provider could be made.");
            }
        }
    }

    private void ask(Channel connection) {
        if (state != State.CONNECTING) {
            connection.close();
            return;
        }
        HttpHeaders headers = headers();
        if (headers == null) {
            fail(AttemptFailure.Kind.CREDENTIAL, "The gateway has no valid credential for the provider at the moment.");
            return;
        }
        state = State.ASKED;
        URI target = URI.create((origin().tls() ? "wss://" : "ws://") + origin().authority() + request.path());
        List<String> offered = request.subprotocols();
        handshaker = WebSocketClientHandshakerFactory.newHandshaker(
                target,
                WebSocketVersion.V13,
                offered.isEmpty() ? null : String.join(",", offered),
                /* allowExtensions= */ false,
                headers,
                request.maxFrameBytes(),
                /* performMasking= */ true,
                /* allowMaskMismatch= */ false,
                CLOSE_MILLIS,
                /* absoluteUpgradeUrl= */ false,
                /* generateOriginHeader= */ false);
        handshaker.handshake(connection);
        if (state == State.ASKED) {
            listener.onRequestWritten();
        }
    }

    /** Null when it cannot be signed. */
    private @Nullable HttpHeaders headers() {
        Provider provider = request.target().provider();
        HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
        headers.add(HttpHeaderNames.HOST, provider.authority());
        headers.add(request.headers());
        if (!headers.contains(HttpHeaderNames.USER_AGENT)) {
            headers.add(HttpHeaderNames.USER_AGENT, "sluice");
        }
        boolean signed = request.target()
                .credential()
                .sign(HttpMethod.GET.name(), provider.authority(), request.path(), Unpooled.EMPTY_BUFFER, headers);
        return signed ? headers : null;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        switch (state) {
            case ASKED -> onAnswer(message);
            case OPEN -> onFrame(message);
            case CLOSING -> {
                if (message instanceof CloseWebSocketFrame) {
                    context.close();
                }
                ReferenceCountUtil.release(message);
            }
            case CONNECTING, DONE -> ReferenceCountUtil.release(message);
        }
    }

    private void onAnswer(Object message) {
        if (message instanceof HttpResponse head) {
            if (head.decoderResult().isFailure()) {
                ReferenceCountUtil.release(message);
                fail(AttemptFailure.Kind.PROTOCOL, "The provider's answer is not valid HTTP.");
                return;
            }
            response = head;
        }
        if (message instanceof HttpContent content) {
            try {
                keep(content.content());
            } finally {
                content.release();
            }
            if (message instanceof LastHttpContent && response != null) {
                onAnswerEnd(response);
            }
        }
    }

    private void keep(ByteBuf bytes) {
        if (!bytes.isReadable()) {
            return;
        }
        if (errorBody == null) {
            errorBody = bytes.alloc().buffer(Math.min(bytes.readableBytes(), MAX_ERROR_BODY_BYTES));
        }
        int room = MAX_ERROR_BODY_BYTES - errorBody.readableBytes();
        errorBody.writeBytes(bytes, bytes.readerIndex(), Math.min(room, bytes.readableBytes()));
    }

    private void onAnswerEnd(HttpResponse head) {
        HttpResponseStatus status = head.status();
        if (status.equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
            open(head);
        } else if (status.codeClass() == HttpStatusClass.INFORMATIONAL) {
            response = null;
        } else {
            state = State.DONE;
            listener.onRefused(status.code(), errorBody == null ? Unpooled.EMPTY_BUFFER : errorBody);
            end();
        }
    }

    private void open(HttpResponse head) {
        Channel connection = channel;
        WebSocketClientHandshaker asked = handshaker;
        if (connection == null || asked == null) {
            return;
        }
        String chosen = head.headers().get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
        if (chosen == null && !request.subprotocols().isEmpty()) {
            // Legal (RFC 6455, 4.2.2), but the handshaker insists on a choice.
            head.headers()
                    .set(
                            HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL,
                            request.subprotocols().getFirst());
        }
        try {
            asked.finishHandshake(
                    connection,
                    new DefaultFullHttpResponse(
                            head.protocolVersion(),
                            head.status(),
                            Unpooled.EMPTY_BUFFER,
                            head.headers(),
                            DefaultHttpHeadersFactory.trailersFactory().newEmptyHeaders()));
        } catch (WebSocketHandshakeException e) {
            fail(AttemptFailure.Kind.PROTOCOL, "The provider's answer is no WebSocket handshake.");
            return;
        }
        encodeBeforeDecoding(connection.pipeline());
        state = State.OPEN;
        listener.onOpen(chosen);
    }

    /** The handshaker puts its encoder where the decoder's own close frames, sent on a violation, do not pass it. */
    private static void encodeBeforeDecoding(ChannelPipeline pipeline) {
        pipeline.remove(WebSocket13FrameEncoder.class);
        String decoder = pipeline.context(WebSocket13FrameDecoder.class).name();
        pipeline.addBefore(decoder, "ws-encoder", new WebSocket13FrameEncoder(/* maskPayload= */ true));
    }

    private void onFrame(Object message) {
        if (message instanceof CloseWebSocketFrame close) {
            int code = close.statusCode();
            String reason = close.reasonText();
            state = State.DONE;
            if (channel != null) {
                channel.writeAndFlush(close).addListener(ChannelFutureListener.CLOSE);
            } else {
                close.release();
            }
            listener.onClose(code, reason);
        } else if (message instanceof WebSocketFrame frame) {
            listener.onFrame(frame);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (state == State.OPEN) {
            listener.onReadComplete();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (state == State.OPEN) {
            listener.onWritable(context.channel().isWritable());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        switch (state) {
            case CONNECTING -> fail(AttemptFailure.Kind.CONNECT, "No connection to the provider could be made.");
            case ASKED -> fail(AttemptFailure.Kind.LOST, "The provider closed the connection before it answered.");
            case OPEN -> {
                state = State.DONE;
                listener.onLost();
            }
            case CLOSING, DONE -> state = State.DONE;
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A reset, a broken TLS record, a frame against the rules: the same to us as a lost connection.
        context.close();
    }

    private void fail(AttemptFailure.Kind kind, String message) {
        boolean told = state == State.DONE || state == State.CLOSING;
        end();
        if (!told) {
            listener.onFailure(new AttemptFailure(kind, message));
        }
    }

    private void end() {
        state = State.DONE;
        if (errorBody != null) {
            errorBody.release();
            errorBody = null;
        }
        if (channel != null) {
            channel.close();
        } else if (dial != null) {
            dial.cancel();
        }
    }

    private void setAutoRead(boolean wanted) {
        reads = wanted;
        if (channel != null && state != State.DONE) {
            channel.config().setAutoRead(wanted);
        }
    }
}
