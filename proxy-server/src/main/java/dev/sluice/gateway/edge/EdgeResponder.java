package dev.sluice.gateway.edge;

import dev.sluice.gateway.exchange.ClientChannel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * Writes answers to one connection (HTTP/1.1) or stream (HTTP/2), one after the other, and knows whether the connection
 * goes on afterwards. Thread: event loop.
 */
final class EdgeResponder implements ClientChannel {

    /** What the answers are written to, as far as they have to do with its end. */
    interface Connection {
        /** Whether it is to end, now that there is an answer to say so with. */
        boolean isLeaving();

        /** The last byte of an answer has been handed over; called once for each. */
        void onAnswerEnd();
    }

    private static final int NO_CONTENT = HttpResponseStatus.NO_CONTENT.code();
    private static final int NOT_MODIFIED = HttpResponseStatus.NOT_MODIFIED.code();
    private static final AsciiString SESSION_ID = AsciiString.cached("x-session-id");

    private final ChannelHandlerContext context;
    private final boolean http2;
    private final Browsers browsers;
    private final Connection connection;
    private final AnswerWriter writer;

    private boolean open;
    private boolean headOnly;
    /** Of the answer under way: nothing follows its head. */
    private boolean bodiless;

    private boolean http10;
    private boolean last;
    private boolean reading = true;
    /** Of the page that asks; null: nobody says that it is one. */
    private @Nullable String origin;

    private boolean allowed;
    private @Nullable String sessionId;

    EdgeResponder(ChannelHandlerContext context, boolean http2, Browsers browsers, Connection connection) {
        this.context = context;
        this.http2 = http2;
        this.browsers = browsers;
        this.connection = connection;
        this.writer = http2 ? new Http2Writer(context) : new Http1Writer(context);
    }

    /**
     * The next request begins.
     *
     * @param headOnly a HEAD request: the answer's body stays here
     * @param http10 chunked framing is not understood
     * @param last the connection ends after the answer
     */
    void begin(boolean headOnly, boolean http10, boolean last) {
        this.open = true;
        this.headOnly = headOnly;
        this.http10 = http10;
        this.last = last;
    }

    /** What the next answer repeats of its request's head. */
    void repeat(HttpHeaders request) {
        repeat(request.get(HttpHeaderNames.ORIGIN), request.get(SESSION_ID));
    }

    /**
     * What the next answer repeats of a request that is not known better.
     *
     * @param from the origin of the page that asks
     * @param session the conversation that the request says it belongs to
     */
    void repeat(@Nullable String from, @Nullable String session) {
        origin = from;
        allowed = from != null && browsers.allows(from);
        sessionId = session != null && CallHeads.isRepeatable(session) ? session : null;
    }

    /** Whether a page asks that is not among those that may. */
    boolean isForeign() {
        return origin != null && !allowed;
    }

    /** The same, where a page may ask as long as nobody has said which ones may. */
    boolean isForeignToNamed() {
        return isForeign() && browsers.areNamed();
    }

    /** Whether an answer is still owed or under way. */
    boolean isOpen() {
        return open;
    }

    /** The connection ends after the answer under way. */
    void makeLast() {
        last = true;
    }

    boolean isLast() {
        return last;
    }

    /** Asks for the body of a request that waits for leave to send it. */
    void proceed() {
        writer.proceed();
    }

    @Override
    public void answer(int status, HttpHeaders headers, ByteBuf body) {
        describe(headers);
        if (status == NO_CONTENT) {
            headers.remove(HttpHeaderNames.CONTENT_LENGTH);
        } else if (!headOnly || !headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
            headers.setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        }
        announceEnd(headers);
        ByteBuf sent = body;
        if (headOnly) {
            body.release();
            sent = Unpooled.EMPTY_BUFFER;
        }
        writer.whole(status, headers, sent);
        finish();
    }

    @Override
    public void head(int status, HttpHeaders headers) {
        describe(headers);
        boolean empty = isBodiless(status);
        bodiless = headOnly || empty;
        if (status == NO_CONTENT) {
            headers.remove(HttpHeaderNames.CONTENT_LENGTH);
        }
        boolean framed = http2 || empty || headers.contains(HttpHeaderNames.CONTENT_LENGTH);
        boolean chunked = !framed && !http10;
        if (chunked) {
            headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        } else if (!framed) {
            last = true;
        }
        announceEnd(headers);
        writer.head(status, headers, chunked && !bodiless);
    }

    @Override
    public void body(ByteBuf bytes) {
        if (bodiless || !bytes.isReadable()) {
            bytes.release();
            return;
        }
        writer.body(bytes);
    }

    @Override
    public void flush() {
        context.flush();
    }

    @Override
    public void end() {
        writer.end();
        finish();
    }

    @Override
    public void cut() {
        if (!open) {
            return;
        }
        open = false;
        last = true;
        read(true);
        writer.cut();
    }

    @Override
    public void read(boolean wanted) {
        if (reading != wanted) {
            reading = wanted;
            context.channel().config().setAutoRead(wanted);
        }
    }

    /** Whether the connection is to be read, as far as the answer's call is concerned. */
    boolean isReading() {
        return reading;
    }

    @Override
    public boolean isConnected() {
        return context.channel().isActive();
    }

    @Override
    public ByteBufAllocator allocator() {
        return context.alloc();
    }

    private void describe(HttpHeaders headers) {
        if (sessionId != null) {
            headers.set(SESSION_ID, sessionId);
        }
        browsers.describe(headers, origin, allowed);
    }

    /** Answers that have no body, whatever their headers say (RFC 9112, section 6.3). */
    private static boolean isBodiless(int status) {
        return status == NO_CONTENT || status == NOT_MODIFIED;
    }

    private void announceEnd(HttpHeaders headers) {
        if (http2) {
            // The connection itself says so, once for all its streams.
            return;
        }
        last |= connection.isLeaving();
        if (last) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
    }

    private void finish() {
        context.flush();
        open = false;
        read(true);
        connection.onAnswerEnd();
    }
}
