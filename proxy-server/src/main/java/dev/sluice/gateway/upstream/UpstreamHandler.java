package dev.sluice.gateway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * The last handler of an upstream connection (HTTP/1.1) or stream (HTTP/2): hands each message to the attempt that owns
 * the connection, and the connection back to the pool when its answer is whole.
 *
 * <p>A connection returns to the pool only if the answer ended by its own framing, the peer keeps it alive and nothing
 * follows; bytes on an idle connection close it. Thread: event loop.
 */
final class UpstreamHandler extends ChannelInboundHandlerAdapter {

    /** A provider that goes on announcing itself is not going to answer. */
    private static final int MAX_INFORMATIONAL = 8;

    private final @Nullable OriginPool pool;
    private @Nullable Attempt attempt;
    private int informational;
    private boolean inInformational;
    private boolean keepAlive;
    private boolean headSeen;
    private long idleSinceNanos;

    /** @param pool where the connection is kept when idle; null for an HTTP/2 stream, which serves one request */
    UpstreamHandler(@Nullable OriginPool pool) {
        this.pool = pool;
    }

    /** Gives the connection to {@code owner}, which then writes to it. */
    void assign(Channel channel, Attempt owner, boolean reused) {
        attempt = owner;
        informational = 0;
        inInformational = false;
        headSeen = false;
        owner.onConnection(channel, reused);
    }

    long idleSinceNanos() {
        return idleSinceNanos;
    }

    void markIdle(long nowNanos) {
        idleSinceNanos = nowNanos;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        Attempt owner = attempt;
        if (owner == null || owner.isDone()) {
            ReferenceCountUtil.release(message);
            fail(context, AttemptFailure.Kind.PROTOCOL);
            return;
        }
        if (message instanceof HttpResponse response) {
            onResponse(context, owner, response);
        }
        if (message instanceof HttpContent content) {
            onContent(context, owner, content);
        }
    }

    private void onResponse(ChannelHandlerContext context, Attempt owner, HttpResponse response) {
        if (response.decoderResult().isFailure() || headSeen) {
            fail(context, AttemptFailure.Kind.PROTOCOL);
            return;
        }
        if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
            inInformational = true;
            if (response.status().code() == 101 || ++informational > MAX_INFORMATIONAL) {
                fail(context, AttemptFailure.Kind.PROTOCOL);
            } else {
                owner.onInformational();
            }
            return;
        }
        headSeen = true;
        keepAlive = HttpUtil.isKeepAlive(response);
        owner.onHead(response.status().code(), response.headers());
    }

    private void onContent(ChannelHandlerContext context, Attempt owner, HttpContent content) {
        if (inInformational) {
            content.release();
            inInformational = !(content instanceof LastHttpContent);
            return;
        }
        if (content.decoderResult().isFailure() || !headSeen) {
            content.release();
            fail(context, AttemptFailure.Kind.PROTOCOL);
            return;
        }
        ByteBuf bytes = content.content();
        if (bytes.isReadable()) {
            owner.onBytes(bytes);
        } else {
            content.release();
        }
        if (content instanceof LastHttpContent) {
            onLast(context, owner);
        }
    }

    private void onLast(ChannelHandlerContext context, Attempt owner) {
        attempt = null;
        if (owner.isDone()) {
            context.close();
            return;
        }
        Channel channel = context.channel();
        boolean requestWhole = !owner.isBodyOpen();
        // Before the connection goes to the pool: what the peer may have sent behind its answer must find nobody, least
        // of all an attempt that the listener starts now.
        owner.onLast();
        if (pool == null) {
            if (!requestWhole) {
                context.close();
            }
            return;
        }
        if (requestWhole && keepAlive && channel.isActive()) {
            pool.giveBack(channel, this);
        } else {
            context.close();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (attempt != null) {
            attempt.onWritable(context.channel().isWritable());
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
        if (pool != null) {
            pool.onClosed(context.channel());
        }
        if (owner != null) {
            owner.onClosed(AttemptFailure.Kind.LOST);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A reset, a broken TLS record, a stream refused by the peer: the same to us as a lost connection.
        fail(context, AttemptFailure.Kind.LOST);
    }

    private void fail(ChannelHandlerContext context, AttemptFailure.Kind kind) {
        Attempt owner = attempt;
        attempt = null;
        context.close();
        if (owner != null) {
            owner.onClosed(kind);
        }
    }
}
