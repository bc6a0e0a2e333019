package dev.sluice.gateway.edge;

import dev.sluice.gateway.exchange.LoopTicker;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
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
    private boolean peerClosed;
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

    /**
     * Sends a close frame: the first of the handshake, or the answer that ends it.
     *
     * @param code -1 for none
     */
    void close(int code, String reason) {
        if (closing) {
            return;
        }
        closing = true;
        closingSinceNanos = ticker.nanoTime();
        context.channel().config().setAutoRead(true);
        CloseWebSocketFrame frame =
                code == -1 ? new CloseWebSocketFrame(true, 0) : new CloseWebSocketFrame(true, 0, code, reason);
        ChannelFuture written = context.writeAndFlush(frame);
        if (peerClosed) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** The client has sent its close frame: as an answer, which ends the connection, or for one. */
    void onPeerClose() {
        peerClosed = true;
        if (closing) {
            context.close();
        }
    }

    /** To be called on each tick. */
    void onTick(long nowNanos) {
        if (closing && nowNanos - closingSinceNanos > CLOSE_NANOS) {
            context.channel().unsafe().close(context.voidPromise());
        }
    }
}
