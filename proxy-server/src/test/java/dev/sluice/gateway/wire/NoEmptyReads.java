package dev.sluice.gateway.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Makes a channel in memory read as a socket does: an empty write is nothing to the other side. TLS flushes by empty
 * writes, and two ends that take each for a read would answer each other for ever.
 */
final class NoEmptyReads extends ChannelInboundHandlerAdapter {
    private boolean anythingRead;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof ByteBuf bytes && !bytes.isReadable()) {
            bytes.release();
            return;
        }
        anythingRead = true;
        context.fireChannelRead(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (anythingRead) {
            anythingRead = false;
            context.fireChannelReadComplete();
        }
    }
}
