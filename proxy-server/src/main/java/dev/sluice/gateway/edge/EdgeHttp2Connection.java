package dev.sluice.gateway.edge;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.exchange.ExchangeLoop;
import dev.sluice.gateway.exchange.LoopTicker;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * The last handler of an HTTP/2 connection itself: closes it when it is idle for too long, and gracefully (GOAWAY, then
 * the end of the open streams) when the gateway drains. Thread: event loop.
 */
final class EdgeHttp2Connection extends ChannelInboundHandlerAdapter implements LoopTicker.Ticking {

    private final ExchangeLoop loop;
    private final GatewayConfig.Limits limits;
    private final LoopTicker.Node tickNode = new LoopTicker.Node(this);
    private @Nullable ChannelHandlerContext context;
    private boolean closing;
    private long idleSinceNanos;

    EdgeHttp2Connection(ExchangeLoop loop, GatewayConfig.Limits limits) {
        this.loop = loop;
        this.limits = limits;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        idleSinceNanos = loop.ticker().nanoTime();
        loop.ticker().add(tickNode);
    }

    @Override
    public void onTick(long nowNanos) {
        if (context == null || closing) {
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
