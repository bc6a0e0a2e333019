package dev.sluice.gateway.upstream;

import dev.sluice.gateway.http1.ChunkFrame;
import dev.sluice.gateway.http1.ChunkedDecoder;
import dev.sluice.gateway.http1.FieldLines;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.ByteToMessageDecoder;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a provider over HTTP/1.1, and the last handler of it: writes the request of the attempt that owns it as
 * bytes, reads the answer where it lies, and gives the connection back to the pool when the answer is whole.
 *
 * <pre>
 *   idle ──assign──▶ head ──(1xx)──▶ head ──▶ body ──its end──▶ idle, or closed
 * </pre>
 *
 * <p>What is read of a body goes on in the very buffer it came in: framing is taken off in place, so that the payload of
 * one read is one piece. Nothing is held between reads but the first part of a head that came in pieces.
 *
 * <p>A connection returns to the pool only if the answer ended by its own framing, nothing followed it, the request had
 * been written, and the peer keeps it alive; bytes on an idle connection close it. Thread: event loop.
 */
final class UpstreamHttp1 extends ChannelInboundHandlerAdapter implements Carrier {

    /** A body up to this size is copied behind its head, so that both are one piece for the kernel, and for TLS. */
    static final int MAX_JOINED_BYTES = 16 * 1024;

    private final OriginPool pool;
    private final RequestHeads heads;
    private final Channel channel;
    private final AnswerHead head = new AnswerHead();

    private @Nullable Attempt attempt;
    private boolean requestChunked;

    /** The beginning of a head whose end has not come; released by {@link #dropPart}. */
    private @Nullable ByteBuf part;

    private int informational;
    private boolean headSeen;
    private AnswerHead.Framing framing = AnswerHead.Framing.NONE;
    /** Of a body that has a length, what is still to come. */
    private long restBytes;
    /** Made for the first chunked body. */
    private @Nullable ChunkedDecoder chunks;

    private boolean idle;
    private long idleSinceNanos;

    UpstreamHttp1(Channel channel, OriginPool pool, RequestHeads heads) {
        this.channel = channel;
        this.pool = pool;
        this.heads = heads;
    }

    boolean isActive() {
        return channel.isActive();
    }

    /** Gives the connection to {@code owner}, which then writes to it. */
    void assign(Attempt owner, boolean reused) {
        idle = false;
        attempt = owner;
        informational = 0;
        headSeen = false;
        owner.onCarrier(this, reused);
    }

    /** Nobody owns it for now. */
    void onIdle(long nowNanos) {
        idle = true;
        idleSinceNanos = nowNanos;
    }

    boolean isIdle() {
        return idle;
    }

    long idleSinceNanos() {
        return idleSinceNanos;
    }

    // ---- to the provider ------------------------------------------------------------------------------------------

    @Override
    public boolean send(UpstreamRequest request, ByteBuf content) {
        int bytes = content.readableBytes();
        requestChunked = request.restBytes() == UpstreamRequest.UNKNOWN;
        boolean joined = bytes <= MAX_JOINED_BYTES && !requestChunked;
        ByteBuf first;
        try {
            first = heads.encode(request, content, joined ? bytes : 0, channel.alloc());
        } catch (RuntimeException e) {
            content.release();
            throw e;
        }
        if (first == null) {
            content.release();
            return false;
        }
        if (joined) {
            first.writeBytes(content, content.readerIndex(), bytes);
            content.release();
            channel.writeAndFlush(first, channel.voidPromise());
        } else {
            channel.write(first, channel.voidPromise());
            write(content.duplicate());
        }
        return true;
    }

    @Override
    public void write(ByteBuf piece) {
        boolean framed = requestChunked && piece.isReadable();
        channel.writeAndFlush(framed ? ChunkFrame.of(piece, channel.alloc()) : piece, channel.voidPromise());
    }

    @Override
    public void endBody() {
        if (requestChunked) {
            channel.writeAndFlush(ChunkFrame.last(), channel.voidPromise());
        }
    }

    @Override
    public void setReading(boolean reading) {
        channel.config().setAutoRead(reading);
    }

    @Override
    public void close() {
        channel.close();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (attempt != null) {
            attempt.onWritable(channel.isWritable());
        }
    }

    // ---- from the provider ----------------------------------------------------------------------------------------

    @Override
    public void channelActive(ChannelHandlerContext context) {
        pool.onHttp1Ready(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        Attempt owner = attempt;
        if (owner == null || owner.isDone()) {
            bytes.release();
            fail(AttemptFailure.Kind.PROTOCOL);
        } else if (headSeen) {
            onBody(owner, bytes);
        } else if (part == null) {
            onHead(owner, bytes);
        } else {
            ByteBuf begun = part;
            part = null;
            onHead(owner, ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(channel.alloc(), begun, bytes));
        }
    }

    /** Takes {@code bytes}, in which a head begins. */
    private void onHead(Attempt owner, ByteBuf bytes) {
        while (true) {
            switch (head.read(bytes, owner.asksForHead())) {
                case PART -> {
                    if (bytes.isReadable()) {
                        part = bytes;
                        owner.onAnswerBegun();
                    } else {
                        bytes.release();
                    }
                    return;
                }
                case MALFORMED -> {
                    bytes.release();
                    fail(AttemptFailure.Kind.PROTOCOL);
                    return;
                }
                case HEAD -> {}
            }
            FieldLines fields = head.takeFields();
            if (!head.isInterim()) {
                onFinalHead(owner, fields, bytes);
                return;
            }
            fields.giveBack();
            if (head.status() == 101 || ++informational > Attempt.MAX_INFORMATIONAL) {
                bytes.release();
                fail(AttemptFailure.Kind.PROTOCOL);
                return;
            }
            owner.onAnswerBegun();
        }
    }

    /** Takes {@code bytes}, in which the body begins. */
    private void onFinalHead(Attempt owner, FieldLines fields, ByteBuf bytes) {
        headSeen = true;
        framing = head.framing();
        switch (framing) {
            case NONE -> restBytes = 0;
            case LENGTH -> restBytes = head.lengthBytes();
            case CHUNKED -> {
                if (chunks == null) {
                    chunks = new ChunkedDecoder();
                } else {
                    chunks.reset();
                }
            }
            case UNTIL_CLOSE -> {}
        }
        owner.onHead(head.status(), fields);
        if (framing == AnswerHead.Framing.NONE || bytes.isReadable()) {
            onBody(owner, bytes);
        } else {
            bytes.release();
        }
    }

    /** Takes {@code bytes}. */
    private void onBody(Attempt owner, ByteBuf bytes) {
        boolean last = false;
        boolean broken = false;
        int surplus = 0;
        switch (framing) {
            case NONE, LENGTH -> {
                int length = (int) Math.min(restBytes, bytes.readableBytes());
                surplus = bytes.readableBytes() - length;
                restBytes -= length;
                last = restBytes == 0;
                bytes.writerIndex(bytes.readerIndex() + length);
            }
            case CHUNKED -> {
                ChunkedDecoder decoder = decoder();
                surplus = decoder.decode(bytes);
                last = decoder.isComplete();
                broken = decoder.isMalformed();
            }
            case UNTIL_CLOSE -> {}
        }
        if (bytes.isReadable()) {
            owner.onBytes(bytes);
        } else {
            bytes.release();
        }
        if (broken) {
            fail(AttemptFailure.Kind.PROTOCOL);
        } else if (last) {
            onLast(owner, surplus == 0);
        }
    }

    private ChunkedDecoder decoder() {
        if (chunks == null) {
            throw new IllegalStateException("no chunked body has begun");
        }
        return chunks;
    }

    /** @param alone whether nothing has come behind the answer */
    private void onLast(Attempt owner, boolean alone) {
        attempt = null;
        if (owner.isDone()) {
            channel.close();
            return;
        }
        boolean clean = alone && head.keepAlive() && !owner.isBodyOpen() && isWritten();
        // Before the connection goes to the pool: what the peer may have sent behind its answer must find nobody, least
        // of all an attempt that the listener starts now.
        owner.onLast();
        if (clean && channel.isActive()) {
            pool.giveBack(this);
        } else {
            channel.close();
        }
    }

    /** Whether the kernel has all that was sent: who answers before the request's end may leave the rest unread. */
    private boolean isWritten() {
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        return out != null && out.totalPendingWriteBytes() == 0;
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
        boolean inHead = part != null;
        dropPart();
        pool.onClosed(this);
        if (owner == null) {
            return;
        }
        if (headSeen && framing == AnswerHead.Framing.UNTIL_CLOSE) {
            owner.onLast();
        } else {
            owner.onClosed(inHead ? AttemptFailure.Kind.PROTOCOL : AttemptFailure.Kind.LOST);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A reset, a broken TLS record: the same to us as a lost connection.
        fail(AttemptFailure.Kind.LOST);
    }

    private void fail(AttemptFailure.Kind kind) {
        Attempt owner = attempt;
        attempt = null;
        dropPart();
        channel.close();
        if (owner != null) {
            owner.onClosed(kind);
        }
    }

    private void dropPart() {
        if (part != null) {
            part.release();
            part = null;
        }
    }
}
