package dev.sluice.bench.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/** A connection of the load client. Thread: event loop. */
final class Caller extends ChannelInboundHandlerAdapter implements AnswerCheck.Listener {
    private final LoadRun run;
    private final LoadOrder order;
    private final AnswerCheck check;
    private final int chunks;
    private @Nullable ChannelHandlerContext context;
    private long sinceNanos;
    private long readNanos;
    private boolean lost;

    /** @param read room for a read, shared by the connections of an event loop */
    Caller(LoadRun run, LoadOrder order, byte[] read) {
        this.run = run;
        this.order = order;
        this.chunks = order.shape().chunks();
        this.check = new AnswerCheck(this, read);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    /** Borrows the request. */
    void ask(ByteBuf request, long since) {
        sinceNanos = since;
        check.expect(chunks, order.streamed());
        ChannelHandlerContext to = context;
        if (to != null) {
            to.writeAndFlush(request.duplicate(), to.voidPromise());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            readNanos = System.nanoTime();
            if (!lost) {
                check.read(bytes);
            }
        } finally {
            bytes.release();
        }
    }

    @Override
    public void onDelta(int index, long stampNanos) {
        run.tally().onDelta(index, readNanos - stampNanos, readNanos - sinceNanos, order.streamed());
    }

    @Override
    public void onEnd(int deltas) {
        run.tally().onEnd(readNanos - sinceNanos);
        run.onAnswered(this);
    }

    @Override
    public void onFlaw(Flaw flaw, String detail) {
        if (!lost) {
            lost = true;
            run.tally().onFlaw(flaw, detail);
            run.onLost(this, /* wasAsking= */ true);
            close();
        }
    }

    /** What comes now is not looked at. */
    void forget() {
        lost = true;
    }

    void close() {
        ChannelHandlerContext to = context;
        if (to != null) {
            to.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext closed) {
        if (lost) {
            return;
        }
        if (check.isOpen()) {
            onFlaw(Flaw.TRUNCATED, "closed after " + check.deltas() + " deltas");
        } else {
            lost = true;
            run.onLost(this, /* wasAsking= */ false);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        if (check.isOpen()) {
            onFlaw(Flaw.TRUNCATED, String.valueOf(cause.getMessage()));
        } else {
            from.close();
        }
    }
}
