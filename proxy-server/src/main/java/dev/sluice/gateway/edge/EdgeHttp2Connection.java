package dev.sluice.gateway.edge;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.exchange.ExchangeLoop;
import dev.sluice.gateway.exchange.LoopTicker;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The last handler of an HTTP/2 connection itself: closes it when it takes nothing for too long, and gracefully when it is
 * idle or the gateway drains. Thread: event loop.
 *
 * <p>The graceful end (RFC 9113, 6.8) has two GOAWAY frames. The first one ends no stream that is on its way: it asks the
 * client to open no more. When the client has answered the PING behind it, all that it had opened before has arrived, and
 * the second one names the last of them. Then the open streams run on, and the connection closes with the last.
 *
 * <pre>
 *   OPEN ── idle, or draining ──▶ ANNOUNCED ── PING answered, or a second is over ──▶ CLOSING
 * </pre>
 */
final class EdgeHttp2Connection extends ChannelInboundHandlerAdapter implements LoopTicker.Ticking {

    /** How long a client may take nothing at all. Its exchanges have given it up by then; resets cannot reach it. */
    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(61);
    /** How long a client may take to answer the PING behind the first GOAWAY. */
    private static final long ROUND_TRIP_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** What may come of the bodies of all streams together before somebody has read of it. */
    static final int WINDOW_BYTES = 1 << 20;
    /** Anything that no other PING of ours carries. */
    private static final long FAREWELL = 0x676f_6f64_2062_7965L;

    private enum Phase {
        OPEN,
        ANNOUNCED,
        CLOSING
    }

    private final ExchangeLoop loop;
    private final GatewayConfig.Limits limits;
    private final LoopTicker.Node tickNode = new LoopTicker.Node(this);
    private @Nullable ChannelHandlerContext context;
    private Phase phase = Phase.OPEN;
    private long announcedNanos;
    private long idleSinceNanos;
    private long takingNanos;
    /** What stood first among the bytes to be sent at the last tick; compared, never read. */
    private @Nullable Object first;

    private int firstBytes;

    EdgeHttp2Connection(ExchangeLoop loop, GatewayConfig.Limits limits) {
        this.loop = loop;
        this.limits = limits;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        idleSinceNanos = loop.ticker().nanoTime();
        takingNanos = idleSinceNanos;
        loop.ticker().add(tickNode);
        Http2Connection connection = added.pipeline().get(Http2FrameCodec.class).connection();
        int given = connection.local().flowController().initialWindowSize(connection.connectionStream());
        added.write(new DefaultHttp2WindowUpdateFrame(WINDOW_BYTES - given), added.voidPromise());
    }

    @Override
    public void onTick(long nowNanos) {
        if (context == null) {
            return;
        }
        if (isTaking(context.channel())) {
            takingNanos = nowNanos;
        } else if (nowNanos - takingNanos > STALL_NANOS) {
            // A graceful end would wait behind what the client does not take.
            context.channel().unsafe().close(context.voidPromise());
            return;
        }
        switch (phase) {
            case OPEN -> {
                if (loop.isDraining() || isIdleTooLong(context, nowNanos)) {
                    announce(context, nowNanos);
                }
            }
            case ANNOUNCED -> {
                if (nowNanos - announcedNanos > ROUND_TRIP_NANOS) {
                    finish(context);
                }
            }
            case CLOSING -> {}
        }
    }

    /** Whether the client has taken anything since the last tick, or there is nothing to take. */
    @SuppressWarnings("ReferenceEquality")
    private boolean isTaking(Channel channel) {
        ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
        Object next = pending == null ? null : pending.current();
        int bytes = next instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
        boolean moved =
                pending == null || pending.totalPendingWriteBytes() == 0 || next != first || bytes != firstBytes;
        first = next;
        firstBytes = bytes;
        return moved;
    }

    private boolean isIdleTooLong(ChannelHandlerContext to, long nowNanos) {
        if (to.pipeline().get(Http2FrameCodec.class).connection().numActiveStreams() > 0) {
            idleSinceNanos = nowNanos;
        }
        return nowNanos - idleSinceNanos > limits.keepAlive().toNanos();
    }

    private void announce(ChannelHandlerContext to, long nowNanos) {
        phase = Phase.ANNOUNCED;
        announcedNanos = nowNanos;
        // The codec makes the largest stream id of it.
        to.write(
                new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR).setExtraStreamIds(Integer.MAX_VALUE),
                to.voidPromise());
        to.writeAndFlush(new DefaultHttp2PingFrame(FAREWELL), to.voidPromise());
    }

    private void finish(ChannelHandlerContext to) {
        phase = Phase.CLOSING;
        to.write(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR), to.voidPromise());
        // The codec waits for the open streams.
        to.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        if (message instanceof Http2PingFrame ping
                && ping.ack()
                && ping.content() == FAREWELL
                && phase == Phase.ANNOUNCED) {
            finish(from);
        }
        // Settings and the like: the codec has acted on them.
        ReferenceCountUtil.release(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        loop.ticker().remove(tickNode);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        from.close();
    }
}
