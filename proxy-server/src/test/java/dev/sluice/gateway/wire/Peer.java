package dev.sluice.gateway.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/** One end of a connection as raw bytes, held by the test: a client, or a connection to the scripted provider. */
public final class Peer extends ChannelInboundHandlerAdapter {
    private final HandTurnedLoop loop;
    private final StringBuilder received = new StringBuilder();
    private @Nullable Channel channel;
    private boolean closed;

    public Peer(HandTurnedLoop loop) {
        this.loop = loop;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        channel = context.channel();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        received.append(bytes.toString(ISO_8859_1));
        bytes.release();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        closed = true;
    }

    /** Sends {@code text}, a byte for each character, and lets everything happen that follows from it. */
    public Peer send(String text) {
        ByteBuf bytes = channel().alloc().buffer(Math.max(1, text.length()));
        bytes.writeCharSequence(text, ISO_8859_1);
        channel().writeAndFlush(bytes);
        loop.settle();
        return this;
    }

    /** Sends {@code text} in pieces of {@code pieceBytes}, each read for itself. */
    public Peer sendInPieces(String text, int pieceBytes) {
        for (int i = 0; i < text.length(); i += pieceBytes) {
            send(text.substring(i, Math.min(text.length(), i + pieceBytes)));
        }
        return this;
    }

    /** Everything that has arrived. */
    public String received() {
        loop.settle();
        return received.toString();
    }

    /** Everything that has arrived since the last call. */
    public String take() {
        String all = received();
        received.setLength(0);
        return all;
    }

    public boolean isClosed() {
        loop.settle();
        return closed;
    }

    public void close() {
        channel().close();
        loop.settle();
    }

    public Channel channel() {
        if (channel == null) {
            throw new IllegalStateException("not connected yet");
        }
        return channel;
    }
}
