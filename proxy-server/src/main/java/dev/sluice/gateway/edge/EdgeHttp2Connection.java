package dev.sluice.gateway.edge;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.exchange.ExchangeLoop;
import dev.sluice.gateway.exchange.LoopTicker;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The last handler of an HTTP/2 connection itself: closes it when it is idle or takes nothing for too long, and
 * gracefully (GOAWAY, then the end of the open streams) when the gateway drains. Thread: event loop.
 */
final class EdgeHttp2Connection extends ChannelInboundHandlerAdapter implements LoopTicker.Ticking {

    /** How long a client may take nothing at all. Its exchanges have given it up by then; resets cannot reach it. */
    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(61);

    private final ExchangeLoop loop;
    private final GatewayConfig.Limits limits;
    private final LoopTicker.Node tickNode = new LoopTicker.Node(this);
    private @Nullable ChannelHandlerContext context;
    private boolean closing;
    private long idleSinceNanos;
    private long writableNanos;

    EdgeHttp2Connection(ExchangeLoop loop, GatewayConfig.Limits limits) {
        this.loop = loop;
        this.limits = limits;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        idleSinceNanos = loop.ticker().nanoTime();
        writableNanos = idleSinceNanos;
        loop.ticker().add(tickNode);
    }

    @Override
    public void onTick(long nowNanos) {
        if (context == null) {
            return;
        }
        if (context.channel().isWritable()) {
            writableNanos = nowNanos;
        } else if (nowNanos - writableNanos > STALL_NANOS) {
            // A graceful end would wait behind what the client does not take.
            context.channel().unsafe().close(context.voidPromise());
            return;
        }
        if (closing) {
            return;
        }
        int streams = context.pipeline().get(Http2FrameCodec.class).connection().numActiveStreams();
        if (streams > 0) {
            idleSinceNanos = nowNanos;
        }
        if (loop.isDraining() || nowNanos - idleSinceNanos > limits.keepAlive().toNanos()) {
            closing = true;
            context.close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        // Settings, pings and the like: the codec has acted on them.
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
