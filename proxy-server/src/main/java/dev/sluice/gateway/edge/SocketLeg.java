package dev.sluice.gateway.edge;

import dev.sluice.gateway.exchange.LoopTicker;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import java.util.concurrent.TimeUnit;

/**
 * The end of a client's WebSocket: the closing handshake (RFC 6455, section 7), whoever begins it, and what is done about
 * a peer that does not take part in it. Thread: event loop.
 */
final class SocketLeg {

    /** How long a client may take to answer a close frame. */
    private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final ChannelHandlerContext context;
    private final LoopTicker ticker;
    private boolean closing;
    private long closingSinceNanos;

    SocketLeg(ChannelHandlerContext context, LoopTicker ticker) {
        this.context = context;
        this.ticker = ticker;
    }

    /** Whether a close frame has been sent: nothing may follow it. */
    boolean isClosing() {
        return closing;
    }

    /** Begins the closing handshake. */
    void close(int code, String reason) {
        if (!closing) {
            beginClosing();
            context.writeAndFlush(new CloseWebSocketFrame(true, 0, code, reason));
        }
    }

    /** The client's close frame: answered if it is not an answer itself, then the connection ends. Borrows it. */
    void onClose(CloseWebSocketFrame frame) {
        if (closing) {
            context.close();
            return;
        }
        beginClosing();
        int code = frame.statusCode();
        CloseWebSocketFrame echo = code == -1
                ? new CloseWebSocketFrame(true, 0)
                : new CloseWebSocketFrame(
                        true, 0, WebSocketCloseStatus.valueOf(code).code(), "");
        context.writeAndFlush(echo).addListener(ChannelFutureListener.CLOSE);
    }

    /** To be called on each tick. */
    void onTick(long nowNanos) {
        if (closing && nowNanos - closingSinceNanos > CLOSE_NANOS) {
            context.channel().unsafe().close(context.voidPromise());
        }
    }

    private void beginClosing() {
        closing = true;
        closingSinceNanos = ticker.nanoTime();
        context.channel().config().setAutoRead(true);
    }
}
