package dev.sluice.gateway.upstream;

import dev.sluice.gateway.route.Provider;
import dev.sluice.gateway.route.Target;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
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
    private final AttemptListener listener;

    private State state = State.WAITING;
    /** Kept until an answer begins, for the one repetition on a fresh connection; released by {@link #dropBody}. */
    private @Nullable ByteBuf body;

    private @Nullable Channel channel;
    private boolean mayRepeat;
    private boolean paused;

    /** @param request takes its body */
    public Attempt(UpstreamPool pool, UpstreamRequest request, AttemptListener listener) {
        this.pool = pool;
        this.target = request.target();
        this.method = request.method();
        this.path = request.path();
        this.passedHeaders = request.headers();
        this.body = request.body();
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

    boolean isDone() {
        return state == State.DONE;
    }

    /** A connection is there: writes the whole request to it. */
    void onConnection(Channel connection, boolean reused) {
        channel = connection;
        mayRepeat = reused;
        state = State.SENT;
        if (paused) {
            connection.config().setAutoRead(false);
        }
        FullHttpRequest request = request(Objects.requireNonNull(body));
        if (request == null) {
            fail(new AttemptFailure(
                    AttemptFailure.Kind.CREDENTIAL,
                    "The gateway has no valid credential for the provider at the moment."));
            connection.close();
            return;
        }
        request.retain();
        connection.writeAndFlush(request, connection.voidPromise());
        if (state == State.SENT) {
            listener.onRequestWritten();
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

    /** The whole request, which borrows {@code content}; null when it cannot be signed. */
    private @Nullable FullHttpRequest request(ByteBuf content) {
        Provider provider = target.provider();
        HttpHeaders headers = UNVALIDATED.newHeaders();
        headers.add(HttpHeaderNames.HOST, provider.authority());
        headers.add(HttpHeaderNames.CONTENT_TYPE, "application/json");
        headers.add(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes());
        headers.add(HttpHeaderNames.ACCEPT_ENCODING, "identity");
        headers.add(passedHeaders);
        if (!headers.contains(HttpHeaderNames.USER_AGENT)) {
            headers.add(HttpHeaderNames.USER_AGENT, "sluice");
        }
        if (!provider.credential().sign(method.name(), provider.authority(), path, content, headers)) {
            return null;
        }
        return new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                method,
                path,
                content.duplicate(),
                headers,
                DefaultHttpHeadersFactory.trailersFactory().newEmptyHeaders());
    }
}
