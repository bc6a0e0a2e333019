package dev.sluice.gateway.wire;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * The network towards a client, which the test can block: what has been written then stays with the sender, and a
 * channel whose client takes nothing becomes unwritable as it does with a full socket.
 */
public final class SlowLane extends ChannelOutboundHandlerAdapter {
    private @Nullable ChannelHandlerContext context;
    private boolean blocked;

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void flush(ChannelHandlerContext from) {
        if (!blocked) {
            from.flush();
        }
    }

    public void block() {
        blocked = true;
    }

    public void unblock() {
        blocked = false;
        if (context != null && !context.isRemoved()) {
            context.flush();
        }
    }
}
