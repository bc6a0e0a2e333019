package dev.sluice.gateway.edge;

import dev.sluice.gateway.http1.FieldLines;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;

/** Writes answers to an HTTP/2 stream, as the messages that its codec makes frames of. Thread: event loop. */
final class Http2Writer implements AnswerWriter {
    private final ChannelHandlerContext context;

    Http2Writer(ChannelHandlerContext context) {
        this.context = context;
    }

    @Override
    public void proceed() {
        context.writeAndFlush(
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER),
                context.voidPromise());
    }

    @Override
    public void whole(int status, HttpHeaders headers, ByteBuf body) {
        context.write(
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.valueOf(status),
                        body,
                        headers,
                        EmptyHttpHeaders.INSTANCE),
                context.voidPromise());
        giveBack(headers);
    }

    @Override
    public void head(int status, HttpHeaders headers, boolean chunked) {
        context.write(
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), headers),
                context.voidPromise());
        giveBack(headers);
    }

    @Override
    public void body(ByteBuf bytes) {
        context.write(new DefaultHttpContent(bytes), context.voidPromise());
    }

    @Override
    public void end() {
        context.write(LastHttpContent.EMPTY_LAST_CONTENT, context.voidPromise());
    }

    @Override
    public void cut() {
        context.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR))
                .addListener(ChannelFutureListener.CLOSE);
    }

    /** The codec has made strings of them. */
    private static void giveBack(HttpHeaders headers) {
        if (headers instanceof FieldLines lines) {
            lines.giveBack();
        }
    }
}
