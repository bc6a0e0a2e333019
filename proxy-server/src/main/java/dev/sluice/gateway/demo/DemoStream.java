package dev.sluice.gateway.demo;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An answer on its way: a word at each tick of the event loop's clock, and none while the client does not keep up.
 * Thread: event loop.
 */
final class DemoStream {
    private final ChannelHandlerContext ctx;
    private final DemoAnswer answer;
    private final boolean keepAlive;
    private final Runnable onEnd;
    private int sent;
    private @Nullable Future<?> timer;

    /** @param onEnd told once, when the last byte was handed over; not after {@link #cancel} */
    DemoStream(ChannelHandlerContext ctx, DemoAnswer answer, boolean keepAlive, Runnable onEnd) {
        this.ctx = ctx;
        this.answer = answer;
        this.keepAlive = keepAlive;
        this.onEnd = onEnd;
    }

    void start(Duration pace) {
        if (!answer.legacy()) {
            write(answer.roleEvent());
            ctx.flush();
        }
        long paceNanos = pace.toNanos();
        timer = ctx.executor().scheduleWithFixedDelay(this::tick, paceNanos, paceNanos, TimeUnit.NANOSECONDS);
    }

    /** The client is gone. */
    void cancel() {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private void tick() {
        if (!ctx.channel().isWritable()) {
            return;
        }
        if (sent < answer.words().size()) {
            write(answer.wordEvent(sent++));
            ctx.flush();
            return;
        }
        cancel();
        write(answer.finishEvent());
        if (answer.includeUsage()) {
            write(answer.usageEvent());
        }
        write("data: [DONE]\n\n");
        onEnd.run();
        if (keepAlive) {
            ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        } else {
            ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void write(String event) {
        ctx.write(new DefaultHttpContent(ByteBufUtil.writeUtf8(ctx.alloc(), event)));
    }
}
