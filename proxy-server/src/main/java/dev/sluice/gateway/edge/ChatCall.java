package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.gateway.exchange.CallHead;
import dev.sluice.gateway.exchange.ClientChannel;
import dev.sluice.gateway.exchange.Exchange;
import dev.sluice.gateway.exchange.ExchangeLoop;
import dev.sluice.gateway.exchange.Reception;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One chat of a {@link ChatSocket}, as the client of an ordinary {@link Exchange}: what an HTTP client would be answered
 * becomes frames. Thread: event loop.
 */
final class ChatCall implements ClientChannel {
    private static final String EVENT_STREAM = "text/event-stream";

    private final ChatSocket socket;
    private final ChannelHandlerContext context;
    private final InboundDialect dialect;
    private final String id;
    private final ChatFrames frames;

    private @Nullable Exchange exchange;
    /** The request, as long as it is not known who asks; released by {@link #endOfCall}. */
    private @Nullable ByteBuf waiting;

    private Reception.@Nullable Visit visit;
    private boolean events;
    private boolean failing;
    private boolean cancelled;
    private boolean over;
    /** An answer that is no stream and too long to come at once; released by {@link #endOfCall}. */
    private @Nullable ByteBuf whole;

    ChatCall(ChatSocket socket, ChannelHandlerContext context, InboundDialect dialect, String id) {
        this.socket = socket;
        this.context = context;
        this.dialect = dialect;
        this.id = id;
        this.frames = new ChatFrames(context, id);
    }

    String id() {
        return id;
    }

    /**
     * Makes the request of the gateway, as soon as it is known who asks.
     *
     * @param head of the request
     * @param body of the request; taken
     */
    void begin(ExchangeLoop loop, CallHead head, CallPath path, ByteBuf body) {
        waiting = body;
        visit = loop.reception()
                .visit(head.caller(), head.key(), head.startNanos(), () -> ask(Exchange.of(loop, this, head, path)));
        if (visit == null) {
            ask(Exchange.of(loop, this, head, path));
        }
    }

    private void ask(Exchange asked) {
        ByteBuf body = Objects.requireNonNull(waiting);
        waiting = null;
        visit = null;
        exchange = asked;
        asked.begin();
        if (!asked.isDone() && !context.channel().isWritable()) {
            asked.onClientWritable(false);
        }
        asked.onBody(body);
        asked.onBodyEnd();
    }

    void onWritable(boolean writable) {
        if (exchange != null) {
            exchange.onClientWritable(writable);
        }
    }

    /** The client wants no more of this answer. */
    void cancel() {
        cancelled = true;
        if (exchange != null) {
            exchange.onClientGone();
        }
        if (exchange == null || !exchange.isDone()) {
            // The answer is read on for its figures only: nobody needs to wait for that.
            cut();
        }
    }

    /** The connection is gone, and nothing can be said any more. */
    void abandon() {
        endOfCall();
        if (exchange != null) {
            exchange.onClientGone();
        }
    }

    @Override
    public void answer(int status, HttpHeaders headers, ByteBuf body) {
        if (over) {
            body.release();
        } else if (status >= 200 && status <= 299) {
            frames.whole(body);
            end();
        } else {
            frames.error(body);
            end();
        }
    }

    @Override
    public void head(int status, HttpHeaders headers) {
        String type = headers.get(HttpHeaderNames.CONTENT_TYPE);
        events = type != null && type.regionMatches(true, 0, EVENT_STREAM, 0, EVENT_STREAM.length());
    }

    @Override
    public void body(ByteBuf bytes) {
        if (over) {
            bytes.release();
        } else if (events) {
            frames.events(bytes);
        } else if (whole == null) {
            whole = context.alloc().buffer(2 * bytes.readableBytes());
            gather(whole, bytes);
        } else {
            gather(whole, bytes);
        }
    }

    private static void gather(ByteBuf into, ByteBuf bytes) {
        try {
            into.writeBytes(bytes);
        } finally {
            bytes.release();
        }
    }

    @Override
    public void flush() {
        if (!over) {
            context.flush();
        }
    }

    @Override
    public void end() {
        if (over) {
            return;
        }
        ByteBuf gathered = whole;
        whole = null;
        if (gathered != null) {
            frames.whole(gathered);
        }
        if (failing && !frames.failed()) {
            // The provider's own words have passed, in a shape that does not show what they are.
            tellError("The provider reported an error.");
        } else if (!frames.failed()) {
            frames.done();
        }
        finish();
    }

    @Override
    public void cut() {
        if (over) {
            return;
        }
        if (cancelled) {
            frames.cancelled();
        } else {
            tellError("The answer broke off and cannot be completed.");
        }
        finish();
    }

    private void tellError(String message) {
        GatewayError error = GatewayError.provider(ErrorKind.UPSTREAM_ERROR, message);
        frames.error(ByteBufUtil.writeUtf8(context.alloc(), dialect.errorBody(error)));
    }

    @Override
    public void failing() {
        failing = true;
    }

    /** A chat's request is here whole before it begins. */
    @Override
    public void read(boolean reads) {}

    @Override
    public boolean isConnected() {
        return !over && context.channel().isActive();
    }

    @Override
    public ByteBufAllocator allocator() {
        return context.alloc();
    }

    private void finish() {
        endOfCall();
        exchange = null;
        context.flush();
        socket.onCallEnd(this);
    }

    private void endOfCall() {
        over = true;
        frames.close();
        if (visit != null) {
            visit.leave();
            visit = null;
        }
        if (waiting != null) {
            waiting.release();
            waiting = null;
        }
        if (whole != null) {
            whole.release();
            whole = null;
        }
    }
}
