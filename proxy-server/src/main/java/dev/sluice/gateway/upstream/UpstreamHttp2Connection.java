package dev.sluice.gateway.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 connection to a provider, shared by many attempts: the last handler of the connection's own pipeline, which
 * keeps count of its streams. Thread: event loop.
 */
final class UpstreamHttp2Connection extends ChannelInboundHandlerAdapter {

    /** Until the peer's SETTINGS say otherwise: what RFC 9113 recommends as the least a peer should allow. */
    private static final int ASSUMED_MAX_STREAMS = 100;

    /**
     * What all streams together may have waiting for slow clients: it bounds the memory of a connection, and holds up the
     * other streams only when that many clients stand still at once.
     */
    static final int WINDOW_BYTES = 32 * UpstreamPipeline.STREAM_WINDOW_BYTES;

    private final OriginPool pool;
    private @Nullable Channel channel;
    private int maxStreams = ASSUMED_MAX_STREAMS;
    private int streams;
    private int opened;
    private boolean goingAway;
    private long idleSinceNanos;

    UpstreamHttp2Connection(OriginPool pool) {
        this.pool = pool;
    }

    Channel channel() {
        return Objects.requireNonNull(channel);
    }

    boolean hasRoom() {
        return !goingAway && streams < maxStreams && channel().isActive();
    }

    /** Whether an earlier stream of this connection has been opened: it may have been closed by the peer meanwhile. */
    boolean hasServed() {
        return opened > 1;
    }

    void onStreamOpening() {
        streams++;
        opened++;
    }

    void onStreamClosed() {
        streams--;
        idleSinceNanos = channel().eventLoop().ticker().nanoTime();
        if (goingAway && streams == 0) {
            channel().close();
        }
    }

    void closeIfIdle(long nowNanos, long idleNanos) {
        if (streams == 0 && nowNanos - idleSinceNanos >= idleNanos) {
            channel().close();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) throws Http2Exception {
        channel = context.channel();
        idleSinceNanos = context.channel().eventLoop().ticker().nanoTime();
        widenWindow(context.pipeline().get(Http2FrameCodec.class).connection());
        pool.onHttp2Ready(this);
    }

    /**
     * The connection's own window starts at 64 KiB whatever the streams' is: one slow client would then hold up every
     * other stream.
     */
    private static void widenWindow(Http2Connection connection) throws Http2Exception {
        Http2LocalFlowController flow = connection.local().flowController();
        flow.incrementWindowSize(
                connection.connectionStream(), WINDOW_BYTES - flow.windowSize(connection.connectionStream()));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof Http2SettingsFrame settings) {
            Long limit = settings.settings().maxConcurrentStreams();
            if (limit != null) {
                maxStreams = (int) Math.min(limit, Integer.MAX_VALUE);
            }
        } else if (message instanceof Http2GoAwayFrame) {
            goingAway = true;
        }
        ReferenceCountUtil.release(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        goingAway = true;
        pool.onHttp2Closed(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }
}
