package dev.sluice.gateway.upstream;

import dev.sluice.gateway.route.Provider;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * The last handler of a stream of an HTTP/2 connection, which serves one attempt: hands it each message. Thread: event
 * loop.
 */
final class UpstreamHttp2Stream extends ChannelInboundHandlerAdapter implements Carrier {

    /** Our own constants and values that the edge has validated. */
    private static final HttpHeadersFactory UNVALIDATED =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false);

    private final Channel stream;
    private @Nullable Attempt attempt;
    private int informational;
    private boolean inInformational;
    private boolean headSeen;

    UpstreamHttp2Stream(Channel stream) {
        this.stream = stream;
    }

    /** Gives the stream to {@code owner}, which then writes to it. */
    void assign(Attempt owner, boolean reused) {
        attempt = owner;
        owner.onCarrier(this, reused);
    }

    // ---- to the provider ------------------------------------------------------------------------------------------

    @Override
    public boolean send(UpstreamRequest request, ByteBuf content) {
        HttpHeaders headers = headers(request, content);
        if (headers == null) {
            content.release();
            return false;
        }
        if (request.restBytes() == UpstreamRequest.WHOLE) {
            stream.writeAndFlush(
                    new DefaultFullHttpRequest(
                            HttpVersion.HTTP_1_1,
                            request.method(),
                            request.path(),
                            content.duplicate(),
                            headers,
                            DefaultHttpHeadersFactory.trailersFactory().newEmptyHeaders()),
                    stream.voidPromise());
        } else {
            stream.write(
                    new DefaultHttpRequest(HttpVersion.HTTP_1_1, request.method(), request.path(), headers),
                    stream.voidPromise());
            write(content.duplicate());
        }
        return true;
    }

    /** The head of {@code request} with {@code content}, which it borrows; null when it cannot be signed. */
    private static @Nullable HttpHeaders headers(UpstreamRequest request, ByteBuf content) {
        Provider provider = request.target().provider();
        HttpHeaders headers = UNVALIDATED.newHeaders();
        headers.add(HttpHeaderNames.HOST, provider.authority());
        long bytes = request.contentBytes(content);
        if (bytes == UpstreamRequest.UNKNOWN) {
            headers.add(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        } else if (bytes > 0 || request.tellsEmptyContent()) {
            headers.add(HttpHeaderNames.CONTENT_LENGTH, Long.toString(bytes));
        }
        headers.add(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.IDENTITY);
        headers.add(request.headers());
        if (!headers.contains(HttpHeaderNames.USER_AGENT)) {
            headers.add(HttpHeaderNames.USER_AGENT, UpstreamRequest.USER_AGENT);
        }
        return request.sign(content, headers) ? headers : null;
    }

    @Override
    public void write(ByteBuf piece) {
        stream.writeAndFlush(new DefaultHttpContent(piece), stream.voidPromise());
    }

    @Override
    public void endBody() {
        stream.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT, stream.voidPromise());
    }

    @Override
    public void setReading(boolean reading) {
        stream.config().setAutoRead(reading);
    }

    @Override
    public void close() {
        stream.close();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (attempt != null) {
            attempt.onWritable(stream.isWritable());
        }
    }

    // ---- from the provider ----------------------------------------------------------------------------------------

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        Attempt owner = attempt;
        if (owner == null || owner.isDone()) {
            ReferenceCountUtil.release(message);
            fail(AttemptFailure.Kind.PROTOCOL);
            return;
        }
        if (message instanceof HttpResponse response) {
            onResponse(owner, response);
        }
        if (message instanceof HttpContent content) {
            onContent(owner, content);
        }
    }

    private void onResponse(Attempt owner, HttpResponse response) {
        if (response.decoderResult().isFailure() || headSeen) {
            fail(AttemptFailure.Kind.PROTOCOL);
            return;
        }
        if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
            inInformational = true;
            if (response.status().code() == 101 || ++informational > Attempt.MAX_INFORMATIONAL) {
                fail(AttemptFailure.Kind.PROTOCOL);
            } else {
                owner.onAnswerBegun();
            }
            return;
        }
        headSeen = true;
        owner.onHead(response.status().code(), response.headers());
    }

    private void onContent(Attempt owner, HttpContent content) {
        if (inInformational) {
            content.release();
            inInformational = !(content instanceof LastHttpContent);
            return;
        }
        if (content.decoderResult().isFailure() || !headSeen) {
            content.release();
            fail(AttemptFailure.Kind.PROTOCOL);
            return;
        }
        ByteBuf bytes = content.content();
        if (bytes.isReadable()) {
            owner.onBytes(bytes);
        } else {
            content.release();
        }
        if (content instanceof LastHttpContent) {
            onLast(owner);
        }
    }

    private void onLast(Attempt owner) {
        attempt = null;
        if (owner.isDone()) {
            stream.close();
            return;
        }
        boolean requestWhole = !owner.isBodyOpen();
        owner.onLast();
        if (!requestWhole) {
            stream.close();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (attempt != null) {
            attempt.onReadComplete();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        Attempt owner = attempt;
        attempt = null;
        if (owner != null) {
            owner.onClosed(AttemptFailure.Kind.LOST);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A stream refused by the peer, a broken TLS record: the same to us as a lost connection.
        fail(AttemptFailure.Kind.LOST);
    }

    private void fail(AttemptFailure.Kind kind) {
        Attempt owner = attempt;
        attempt = null;
        stream.close();
        if (owner != null) {
            owner.onClosed(kind);
        }
    }
}
