package dev.sluice.gateway.upstream;

import dev.sluice.gateway.route.Provider;
import dev.sluice.gateway.route.Target;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One try at one target: takes a connection from the pool, writes the request, passes the answer on.
 *
 * <pre>
 *   start ──▶ WAITING ──onConnection──▶ SENT ──onHead──▶ ANSWERING ──onLast──▶ DONE
 *                │                       │  ▲                │
 *                │            connection was idle too long:  │
 *                │            once more on a fresh one       │
 *                └──cancel / onUnavailable / onClosed────────┴──────────────▶ DONE
 * </pre>
 *
 * A body of which only the beginning is there when the attempt starts is open: its rest is written while it arrives, to a
 * connection that was not used before, and nothing of it is repeated. A connection whose body is still open when the
 * answer is whole serves nobody else.
 *
 * <p>Thread: event loop.
 */
public final class Attempt {

    /** Our own constants and values that the edge has validated. */
    private static final HttpHeadersFactory UNVALIDATED =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false);

    private enum State {
        WAITING,
        SENT,
        ANSWERING,
        DONE
    }

    private final UpstreamPool pool;
    private final Target target;
    private final HttpMethod method;
    private final String path;
    private final HttpHeaders passedHeaders;
    private final long restBytes;
    private final AttemptListener listener;

    private State state = State.WAITING;
    /** Kept until an answer begins, for the one repetition on a fresh connection; released by {@link #dropBody}. */
    private @Nullable ByteBuf body;

    private @Nullable Channel channel;
    private boolean mayRepeat;
    private boolean bodyOpen;
    private boolean paused;

    /** @param request takes its body */
    public Attempt(UpstreamPool pool, UpstreamRequest request, AttemptListener listener) {
        this.pool = pool;
        this.target = request.target();
        this.method = request.method();
        this.path = request.path();
        this.passedHeaders = request.headers();
        this.body = request.body();
        this.restBytes = request.restBytes();
        this.bodyOpen = restBytes != UpstreamRequest.WHOLE;
        this.listener = listener;
    }

    /** Asks the pool for a connection; everything else follows from its answer. */
    public void start() {
        pool.acquire(target.provider().origin(), this);
    }

    /** Ends the attempt without a word to its listener: the provider sees its connection or stream closed. */
    public void cancel() {
        if (state == State.DONE) {
            return;
        }
        State before = state;
        state = State.DONE;
        dropBody();
        if (before == State.WAITING) {
            pool.forget(target.provider().origin(), this);
        } else if (channel != null) {
            channel.close();
        }
    }

    /** The next piece of an open body, once the request {@linkplain AttemptListener#onRequestWritten is written}; takes it. */
    public void write(ByteBuf piece) {
        if (!bodyOpen || channel == null || !isSent()) {
            piece.release();
            return;
        }
        channel.writeAndFlush(new DefaultHttpContent(piece), channel.voidPromise());
    }

    /** An open body is complete. */
    public void endBody() {
        if (bodyOpen && channel != null && isSent()) {
            bodyOpen = false;
            channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT, channel.voidPromise());
        }
    }

    private boolean isSent() {
        return state == State.SENT || state == State.ANSWERING;
    }

    /** Stops reading from the provider while the client cannot take more. */
    public void pause() {
        setPaused(true);
    }

    public void resume() {
        setPaused(false);
    }

    public Target target() {
        return target;
    }

    /** Whether a part of the body is still to come. */
    boolean isBodyOpen() {
        return bodyOpen;
    }

    boolean isDone() {
        return state == State.DONE;
    }

    /** A connection is there: writes the request to it, as much of it as there is. */
    void onConnection(Channel connection, boolean reused) {
        channel = connection;
        mayRepeat = reused && !bodyOpen;
        state = State.SENT;
        if (paused) {
            connection.config().setAutoRead(false);
        }
        ByteBuf beginning = Objects.requireNonNull(body);
        HttpHeaders headers = headers(beginning);
        if (headers == null) {
            fail(new AttemptFailure(
                    AttemptFailure.Kind.CREDENTIAL,
                    "The gateway has no valid credential for the provider at the moment."));
            connection.close();
            return;
        }
        if (bodyOpen) {
            body = null;
            writeBeginning(connection, headers, beginning);
        } else {
            writeWhole(connection, headers, beginning.retainedDuplicate());
        }
        if (state == State.SENT) {
            listener.onRequestWritten();
        }
    }

    /** Takes {@code content}. */
    private void writeWhole(Channel connection, HttpHeaders headers, ByteBuf content) {
        connection.writeAndFlush(
                new DefaultFullHttpRequest(
                        HttpVersion.HTTP_1_1,
                        method,
                        path,
                        content,
                        headers,
                        DefaultHttpHeadersFactory.trailersFactory().newEmptyHeaders()),
                connection.voidPromise());
    }

    /** Takes {@code beginning}. */
    private void writeBeginning(Channel connection, HttpHeaders headers, ByteBuf beginning) {
        connection.write(new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, path, headers), connection.voidPromise());
        connection.writeAndFlush(new DefaultHttpContent(beginning), connection.voidPromise());
    }

    /** The connection takes more, or for now does not. */
    void onWritable(boolean writable) {
        if (bodyOpen && isSent()) {
            listener.onWritable(writable);
        }
    }

    void onUnavailable(AttemptFailure failure) {
        if (state == State.DONE) {
            return;
        }
        fail(failure);
    }

    private void fail(AttemptFailure failure) {
        state = State.DONE;
        dropBody();
        listener.onFailure(failure);
    }

    /** The peer has seen the request and is about to answer: from here on it may charge for it. */
    void onInformational() {
        mayRepeat = false;
    }

    void onHead(int status, HttpHeaders headers) {
        state = State.ANSWERING;
        dropBody();
        listener.onHead(status, headers);
    }

    /** Takes {@code bytes}. */
    void onBytes(ByteBuf bytes) {
        if (state == State.ANSWERING) {
            listener.onBytes(bytes);
        } else {
            bytes.release();
        }
    }

    void onReadComplete() {
        if (state == State.ANSWERING) {
            listener.onReadComplete();
        }
    }

    /** The answer is complete and the connection no longer ours. */
    void onLast() {
        if (state == State.ANSWERING) {
            detach();
            listener.onEnd(/* clean= */ true);
        }
    }

    /** The connection is gone or unusable. */
    void onClosed(AttemptFailure.Kind kind) {
        switch (state) {
            case SENT -> {
                if (mayRepeat && kind == AttemptFailure.Kind.LOST) {
                    // The provider closed an idle connection while our request was on its way: it has seen nothing.
                    state = State.WAITING;
                    channel = null;
                    pool.connect(target.provider().origin(), this);
                    return;
                }
                state = State.DONE;
                dropBody();
                listener.onFailure(new AttemptFailure(
                        kind,
                        kind == AttemptFailure.Kind.PROTOCOL
                                ? "The provider's answer is not valid HTTP."
                                : "The provider closed the connection before it answered."));
            }
            case ANSWERING -> {
                detach();
                listener.onEnd(/* clean= */ false);
            }
            case WAITING, DONE -> {}
        }
    }

    private void detach() {
        state = State.DONE;
        setPaused(false);
        channel = null;
    }

    private void setPaused(boolean pause) {
        // autoRead is volatile in Netty: touched on change only.
        if (paused != pause) {
            paused = pause;
            if (channel != null) {
                channel.config().setAutoRead(!pause);
            }
        }
    }

    private void dropBody() {
        if (body != null) {
            body.release();
            body = null;
        }
    }

    /** The head of the request with {@code content}, which it borrows; null when it cannot be signed. */
    private @Nullable HttpHeaders headers(ByteBuf content) {
        int beginningBytes = content.readableBytes();
        Provider provider = target.provider();
        HttpHeaders headers = UNVALIDATED.newHeaders();
        headers.add(HttpHeaderNames.HOST, provider.authority());
        if (restBytes == UpstreamRequest.UNKNOWN) {
            headers.add(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        } else if (beginningBytes > 0 || !isWithoutBody(method)) {
            headers.add(HttpHeaderNames.CONTENT_LENGTH, Long.toString(beginningBytes + restBytes));
        }
        headers.add(HttpHeaderNames.ACCEPT_ENCODING, "identity");
        headers.add(passedHeaders);
        if (!headers.contains(HttpHeaderNames.USER_AGENT)) {
            headers.add(HttpHeaderNames.USER_AGENT, "sluice");
        }
        if (!target.credential().sign(method.name(), provider.authority(), path, content, headers)) {
            return null;
        }
        return headers;
    }

    /** Whether a request by this method has no content unless it says so (RFC 9110 section 8.6). */
    private static boolean isWithoutBody(HttpMethod method) {
        return method.equals(HttpMethod.GET)
                || method.equals(HttpMethod.HEAD)
                || method.equals(HttpMethod.DELETE)
                || method.equals(HttpMethod.OPTIONS);
    }
}
