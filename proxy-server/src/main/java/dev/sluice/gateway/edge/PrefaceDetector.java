package dev.sluice.gateway.edge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Clear text: tells HTTP/2 with prior knowledge (RFC 9113, 3.3) from HTTP/1.1 by the first bytes, then leaves. Upgrades
 * from HTTP/1.1 are not offered. Thread: event loop.
 */
final class PrefaceDetector extends ByteToMessageDecoder {

    /** Enough of {@code PRI * HTTP/2.0} to differ from every method of HTTP/1.1. */
    private static final byte[] PREFACE = "PRI * HTTP/2".getBytes(StandardCharsets.US_ASCII);

    private static final long FIRST_BYTE_SECONDS = 10;

    private final EdgePipeline pipeline;
    private @Nullable ScheduledFuture<?> deadline;

    PrefaceDetector(EdgePipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        deadline = context.executor()
                .schedule(
                        () -> {
                            context.close();
                        },
                        FIRST_BYTE_SECONDS,
                        TimeUnit.SECONDS);
        context.fireChannelActive();
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext context) {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        int known = Math.min(in.readableBytes(), PREFACE.length);
        boolean prefix = true;
        for (int i = 0; i < known && prefix; i++) {
            prefix = in.getByte(in.readerIndex() + i) == PREFACE[i];
        }
        if (prefix && known < PREFACE.length) {
            return;
        }
        ChannelPipeline handlers = context.pipeline();
        if (prefix) {
            pipeline.addHttp2(handlers);
        } else {
            pipeline.addHttp1(handlers);
        }
        handlers.remove(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }
}
