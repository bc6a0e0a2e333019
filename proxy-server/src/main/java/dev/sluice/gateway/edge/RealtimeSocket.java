package dev.sluice.gateway.edge;

import dev.sluice.gateway.exchange.LoopTicker;
import dev.sluice.gateway.exchange.RealtimeClient;
import dev.sluice.gateway.exchange.RealtimeSession;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The last handler of a client's connection that has become a realtime session: hands frames to the {@link
 * RealtimeSession} and writes what comes from it. Thread: event loop.
 */
final class RealtimeSocket extends ChannelInboundHandlerAdapter implements RealtimeClient, LoopTicker.Ticking {
    private final WebSocketUpgrade upgrade;
    private final LoopTicker ticker;
    private final LoopTicker.Node tickNode = new LoopTicker.Node(this);
    private @Nullable RealtimeSession session;
    private @Nullable ChannelHandlerContext context;
    private @Nullable SocketLeg leg;

    RealtimeSocket(WebSocketUpgrade upgrade, LoopTicker ticker) {
        this.upgrade = upgrade;
        this.ticker = ticker;
    }

    /** Tells whose client this is; before anything comes. */
    void serve(RealtimeSession owner) {
        session = owner;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        leg = new SocketLeg(added, ticker);
        ticker.add(tickNode);
    }

    // ---- from the client ------------------------------------------------------------------------------------------

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        if (message instanceof CloseWebSocketFrame close) {
            int code = close.statusCode();
            String reason = close.reasonText();
            close.release();
            leg().onPeerClose();
            session().onClientClose(code, reason);
        } else if (message instanceof WebSocketFrame frame) {
            session().onClientFrame(frame);
        } else {
            // Bytes that did not wait for the upgrade: neither HTTP nor frames.
            ReferenceCountUtil.release(message);
            from.close();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext from) {
        session().onClientReadComplete();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext from) {
        session().onClientWritable(from.channel().isWritable());
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        ticker.remove(tickNode);
        session().onClientGone();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        // The frame decoder tells the client about a violation itself, and closes; anything else is a lost connection.
        if (!(cause instanceof CorruptedWebSocketFrameException)) {
            from.close();
        }
    }

    @Override
    public void onTick(long nowNanos) {
        leg().onTick(nowNanos);
    }

    // ---- from the session -----------------------------------------------------------------------------------------

    @Override
    public void accept(@Nullable String subprotocol, HttpHeaders headers) {
        upgrade.acceptRealtime(this, subprotocol, headers);
    }

    @Override
    public void frame(WebSocketFrame frame) {
        ChannelHandlerContext to = context();
        to.write(frame, to.voidPromise());
    }

    @Override
    public void flush() {
        context().flush();
    }

    @Override
    public void read(boolean reads) {
        if (!leg().isClosing()) {
            context().channel().config().setAutoRead(reads);
        }
    }

    @Override
    public void close(int code, String reason) {
        leg().close(code, reason);
    }

    private RealtimeSession session() {
        return Objects.requireNonNull(session);
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(context);
    }

    private SocketLeg leg() {
        return Objects.requireNonNull(leg);
    }
}
