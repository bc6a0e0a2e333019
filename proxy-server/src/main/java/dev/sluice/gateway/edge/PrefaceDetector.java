package dev.sluice.gateway.edge;

import dev.sluice.gateway.exchange.ExchangeLoop;
import dev.sluice.gateway.exchange.LoopTicker;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Clear text: tells HTTP/2 with prior knowledge (RFC 9113, 3.3) from HTTP/1.1 by the first bytes, then leaves. Upgrades
 * from HTTP/1.1 are not offered. Thread: event loop.
 */
final class PrefaceDetector extends ByteToMessageDecoder implements LoopTicker.Ticking {

    /** Enough of {@code PRI * HTTP/2.0} to differ from every method of HTTP/1.1. */
    private static final byte[] PREFACE = "PRI * HTTP/2".getBytes(StandardCharsets.US_ASCII);

    private static final long FIRST_BYTES_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final EdgePipeline pipeline;
    private final ExchangeLoop loop;
    private final LoopTicker.Node tickNode = new LoopTicker.Node(this);
    private @Nullable ChannelHandlerContext context;
    private long sinceNanos;

    PrefaceDetector(EdgePipeline pipeline, ExchangeLoop loop) {
        this.pipeline = pipeline;
        this.loop = loop;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        sinceNanos = loop.ticker().nanoTime();
        loop.ticker().add(tickNode);
    }

    /** Called at the connection's end, too. */
    @Override
    protected void handlerRemoved0(ChannelHandlerContext removed) {
        loop.ticker().remove(tickNode);
    }

    @Override
    public void onTick(long nowNanos) {
        long patience = loop.isDraining() ? EdgeHandler.LINGER_NANOS : FIRST_BYTES_NANOS;
        if (nowNanos - sinceNanos > patience && context != null) {
            context.close();
        }
    }

    @Override
    protected void decode(ChannelHandlerContext from, ByteBuf in, List<Object> out) {
        int known = Math.min(in.readableBytes(), PREFACE.length);
        boolean prefix = true;
        for (int i = 0; i < known && prefix; i++) {
            prefix = in.getByte(in.readerIndex() + i) == PREFACE[i];
        }
        if (prefix && known < PREFACE.length) {
            return;
        }
        ChannelPipeline handlers = from.pipeline();
        if (prefix) {
            pipeline.addHttp2(handlers);
        } else {
            pipeline.addHttp1(handlers);
        }
        handlers.remove(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        from.close();
    }
}
