package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.http1.ChunkedDecoder;
import dev.sluice.gateway.http1.FieldLines;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Reads HTTP/1.1 requests from a client's connection, by the letter of RFC 9112, where they lie: a request that came in one
 * read is one message, whose body is the buffer it came in. What could be understood in two ways becomes a {@link
 * Refused}, and nothing behind it is looked at.
 *
 * <pre>
 *   HEAD ──┬── with a length ──▶ BODY ────┬──▶ HEAD
 *          ├── chunked ────────▶ CHUNKS ──┘
 *          └── neither ────────▶ HEAD           anything malformed ──▶ REFUSED
 * </pre>
 *
 * <p>While the connection is not to be read, the next request is not decoded either: what waits, waits as bytes.
 *
 * <p>Thread: event loop.
 */
final class RequestDecoder extends ChannelDuplexHandler {

    private enum Phase {
        HEAD,
        BODY,
        CHUNKS,
        REFUSED
    }

    /** What is made room for beyond what has to be kept, when a request comes in pieces. */
    private static final int SPARE_BYTES = 256;

    private final RequestHead head;
    private final ChunkedDecoder chunks = new ChunkedDecoder();
    private Phase phase = Phase.HEAD;
    /** Of a body with a length: what is still to come. */
    private long left;
    /** Received and not decoded; released when it is decoded, by {@link #drop}, or passed on by {@link #leave}. */
    private @Nullable ByteBuf held;

    private boolean decoding;
    private boolean paused;
    private boolean removed;

    RequestDecoder(GatewayConfig.Limits limits) {
        head = new RequestHead(limits);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            context.fireChannelRead(message);
        } else if (phase == Phase.REFUSED) {
            bytes.release();
        } else {
            held = held == null ? bytes : joined(context, held, bytes);
            decode(context);
        }
    }

    /** Somebody wants to read: first what has been kept from them. */
    @Override
    public void read(ChannelHandlerContext context) {
        if (paused) {
            decode(context);
        }
        context.read();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        drop();
        context.fireChannelInactive();
    }

    /** HTTP is over on this connection: what has not been decoded is for whoever comes next. */
    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        removed = true;
        if (!decoding) {
            leave(context);
        }
    }

    private void decode(ChannelHandlerContext context) {
        if (decoding) {
            // The loop below goes on with it.
            return;
        }
        decoding = true;
        try {
            paused = false;
            while (!removed && held != null && !isPaused(context) && step(context, held)) {
                dropWhenRead();
            }
            dropWhenRead();
        } finally {
            decoding = false;
            if (removed) {
                leave(context);
            }
        }
    }

    private boolean isPaused(ChannelHandlerContext context) {
        paused = phase == Phase.HEAD && !context.channel().config().isAutoRead();
        return paused;
    }

    /** Gives whether there may be more to do. */
    private boolean step(ChannelHandlerContext context, ByteBuf in) {
        return switch (phase) {
            case HEAD -> readHead(context, in);
            case BODY -> {
                readBody(context, in);
                yield true;
            }
            case CHUNKS -> {
                readChunks(context, in);
                yield true;
            }
            case REFUSED -> {
                drop();
                yield false;
            }
        };
    }

    private boolean readHead(ChannelHandlerContext context, ByteBuf in) {
        return switch (head.read(in)) {
            case PART -> false;
            case WHOLE -> {
                onHead(context, in);
                yield true;
            }
            case REFUSED -> {
                refuse(context, head.error(), head.origin());
                yield false;
            }
        };
    }

    private void onHead(ChannelHandlerContext context, ByteBuf in) {
        FieldLines fields = head.takeFields();
        RequestFraming framing = head.framing();
        if (framing.isChunked()) {
            chunks.reset();
            ByteBuf payload = payload(in);
            if (chunks.isComplete()) {
                fireWhole(context, fields, payload);
                return;
            }
            phase = Phase.CHUNKS;
            fireHead(context, fields);
            onPayload(context, payload);
        } else if (in.readableBytes() >= framing.length()) {
            fireWhole(context, fields, take(in, (int) framing.length()));
        } else {
            phase = Phase.BODY;
            left = framing.length();
            fireHead(context, fields);
        }
    }

    private void readBody(ChannelHandlerContext context, ByteBuf in) {
        ByteBuf content = take(in, (int) Math.min(left, in.readableBytes()));
        left -= content.readableBytes();
        if (left == 0) {
            phase = Phase.HEAD;
        }
        fireBody(context, content, left == 0);
    }

    private void readChunks(ChannelHandlerContext context, ByteBuf in) {
        onPayload(context, payload(in));
    }

    /** Takes the framing off what is there; gives the payload. */
    private ByteBuf payload(ByteBuf in) {
        int end = in.writerIndex();
        int surplus = chunks.decode(in);
        if (surplus == 0) {
            held = null;
            return in;
        }
        ByteBuf payload = in.retainedSlice();
        in.setIndex(chunks.surplusStart(), end);
        return payload;
    }

    /** @param payload taken */
    private void onPayload(ChannelHandlerContext context, ByteBuf payload) {
        if (chunks.isComplete()) {
            phase = Phase.HEAD;
            fireBody(context, payload, /* last= */ true);
            return;
        }
        if (payload.isReadable()) {
            fireBody(context, payload, /* last= */ false);
        } else {
            payload.release();
        }
        if (chunks.isMalformed()) {
            refuse(
                    context,
                    RequestRules.refuse(ErrorKind.INVALID_REQUEST, "The chunks of the body are not valid HTTP."),
                    /* origin= */ null);
        }
    }

    // ---- messages -------------------------------------------------------------------------------------------------

    private void fireWhole(ChannelHandlerContext context, FieldLines fields, ByteBuf body) {
        context.fireChannelRead(new DefaultFullHttpRequest(
                head.version(),
                head.method(),
                head.target(),
                body,
                fields,
                EmptyHttpHeaders.INSTANCE,
                /* validateRequestLine= */ false));
    }

    private void fireHead(ChannelHandlerContext context, FieldLines fields) {
        context.fireChannelRead(new DefaultHttpRequest(
                head.version(), head.method(), head.target(), fields, /* validateRequestLine= */ false));
    }

    private static void fireBody(ChannelHandlerContext context, ByteBuf bytes, boolean last) {
        context.fireChannelRead(
                last ? new DefaultLastHttpContent(bytes, EmptyHttpHeaders.INSTANCE) : new DefaultHttpContent(bytes));
    }

    private void refuse(ChannelHandlerContext context, GatewayError error, @Nullable String origin) {
        phase = Phase.REFUSED;
        drop();
        context.fireChannelRead(new Refused(error, origin));
    }

    // ---- bytes ----------------------------------------------------------------------------------------------------

    /** Gives the next {@code length} bytes: the buffer itself, when nothing follows them. */
    private ByteBuf take(ByteBuf in, int length) {
        if (length == in.readableBytes()) {
            held = null;
            return in;
        }
        return length == 0 ? Unpooled.EMPTY_BUFFER : in.readRetainedSlice(length);
    }

    /** Takes both, gives one. */
    private static ByteBuf joined(ChannelHandlerContext context, ByteBuf first, ByteBuf more) {
        int length = more.readableBytes();
        if (first.refCnt() == 1 && !first.isReadOnly() && first.maxFastWritableBytes() >= length) {
            first.writeBytes(more);
            more.release();
            return first;
        }
        int all = first.readableBytes() + length;
        ByteBuf both = context.alloc().directBuffer(all + Math.max(all, SPARE_BYTES));
        both.writeBytes(first).writeBytes(more);
        first.release();
        more.release();
        return both;
    }

    private void dropWhenRead() {
        if (held != null && !held.isReadable()) {
            drop();
        }
    }

    private void drop() {
        ByteBuf dropped = held;
        held = null;
        if (dropped != null) {
            dropped.release();
        }
    }

    private void leave(ChannelHandlerContext context) {
        dropWhenRead();
        ByteBuf rest = held;
        held = null;
        if (rest != null) {
            context.fireChannelRead(rest);
        }
    }
}
