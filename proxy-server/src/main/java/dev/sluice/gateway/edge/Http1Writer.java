package dev.sluice.gateway.edge;

import dev.sluice.gateway.http1.ChunkFrame;
import dev.sluice.gateway.http1.FieldLines;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;

/**
 * Writes answers as the bytes of HTTP/1.1. Head and body of a short answer are one buffer, so that they are one system call
 * and one segment. Thread: event loop.
 */
final class Http1Writer implements AnswerWriter {

    /** Up to here a body is copied behind its head; beyond, that costs more than a second buffer. */
    private static final int MAX_COPIED_BYTES = 16 * 1024;

    private static final int LINE_END = '\r' << 8 | '\n';
    private static final int LINE_END_BYTES = 2;

    private static final ByteBuf CONTINUE = Unpooled.unreleasableBuffer(Unpooled.directBuffer()
            .writeBytes("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII))
            .asReadOnly());

    private final ChannelHandlerContext context;
    private boolean chunked;

    Http1Writer(ChannelHandlerContext context) {
        this.context = context;
    }

    @Override
    public void proceed() {
        context.writeAndFlush(CONTINUE.duplicate(), context.voidPromise());
    }

    @Override
    public void whole(int status, HttpHeaders headers, ByteBuf body) {
        int length = body.readableBytes();
        boolean together = length <= MAX_COPIED_BYTES;
        ByteBuf head = head(status, headers, together ? length : 0);
        if (together) {
            head.writeBytes(body);
            body.release();
        }
        context.write(head, context.voidPromise());
        if (!together) {
            context.write(body, context.voidPromise());
        }
    }

    @Override
    public void head(int status, HttpHeaders headers, boolean framesChunks) {
        chunked = framesChunks;
        context.write(head(status, headers, /* more= */ 0), context.voidPromise());
    }

    @Override
    public void body(ByteBuf bytes) {
        context.write(chunked ? ChunkFrame.of(bytes, context.alloc()) : bytes, context.voidPromise());
    }

    @Override
    public void end() {
        if (chunked) {
            chunked = false;
            context.write(ChunkFrame.last(), context.voidPromise());
        }
    }

    @Override
    public void cut() {
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /**
     * Gives the head; takes {@code headers}.
     *
     * @param more bytes to have room for behind it
     */
    private ByteBuf head(int status, HttpHeaders headers, int more) {
        FieldLines lines = lines(headers);
        byte[] statusLine = StatusLines.of(status);
        ByteBuf head = context.alloc().directBuffer(statusLine.length + lines.byteSize() + LINE_END_BYTES + more);
        head.writeBytes(statusLine);
        lines.writeTo(head);
        head.writeShort(LINE_END);
        lines.giveBack();
        return head;
    }

    /** Nothing goes out that has not been checked for line ends. */
    private static FieldLines lines(HttpHeaders headers) {
        return headers instanceof FieldLines lines ? lines : FieldLines.take().add(headers);
    }
}
