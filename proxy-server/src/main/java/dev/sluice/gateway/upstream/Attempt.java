package dev.sluice.gateway.upstream;

import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.route.Origin;
import dev.sluice.gateway.route.Target;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One try at one target: takes a connection from the pool, writes the request, passes the answer on.
 *
 * <pre>
 *   start ──▶ WAITING ──onCarrier──▶ SENT ──onHead──▶ ANSWERING ──onLast──▶ DONE
 *                │                    │  ▲                │
 *                │         connection was idle too long:  │
 *                │         once more on a fresh one       │
 *                └──cancel / onUnavailable / onClosed─────┴──────────────▶ DONE
 * </pre>
 *
 * A body of which only the beginning is there when the attempt starts is open: its rest is written while it arrives, to a
 * connection that was not used before, and nothing of it is repeated. A connection whose body is still open when the
 * answer is whole serves nobody else.
 *
 * <p>Thread: event loop.
 */
public final class Attempt {

    /** A provider that goes on announcing itself is not going to answer. */
    static final int MAX_INFORMATIONAL = 8;

    private enum State {
        WAITING,
        SENT,
        ANSWERING,
        DONE
    }

    private final UpstreamPool pool;
    private final UpstreamRequest request;
    private final AttemptListener listener;

    private State state = State.WAITING;
    /**
     * Kept, together with the request's headers, as long as the request may have to be written once more: until an answer
     * begins, or a fresh connection has been given it. Released by {@link #dropRequest}.
     */
    private @Nullable ByteBuf body;

    private @Nullable Carrier carrier;
    private boolean mayRepeat;
    private boolean bodyOpen;
    private boolean paused;

    /** @param request takes its body, and its headers where they can be used again */
    public Attempt(UpstreamPool pool, UpstreamRequest request, AttemptListener listener) {
        this.pool = pool;
        this.request = request;
        this.body = request.body();
        this.bodyOpen = request.restBytes() != UpstreamRequest.WHOLE;
        this.listener = listener;
    }

    /** Asks the pool for a connection; everything else follows from its answer. */
    public void start() {
        pool.acquire(origin(), this);
    }

    /** Ends the attempt without a word to its listener: the provider sees its connection or stream closed. */
    public void cancel() {
        if (state == State.DONE) {
            return;
        }
        State before = state;
        state = State.DONE;
        dropRequest();
        if (before == State.WAITING) {
            pool.forget(origin(), this);
        } else if (carrier != null) {
            carrier.close();
        }
    }

    /** The next piece of an open body, once the request {@linkplain AttemptListener#onRequestWritten is written}; takes it. */
    public void write(ByteBuf piece) {
        if (!bodyOpen || carrier == null || !isSent()) {
            piece.release();
            return;
        }
        carrier.write(piece);
    }

    /** An open body is complete. */
    public void endBody() {
        if (bodyOpen && carrier != null && isSent()) {
            bodyOpen = false;
            carrier.endBody();
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
        return request.target();
    }

    /** Whether a part of the body is still to come. */
    boolean isBodyOpen() {
        return bodyOpen;
    }

    /** Whether the answer has a head alone, whatever that says. */
    boolean asksForHead() {
        return request.method().equals(HttpMethod.HEAD);
    }

    boolean isDone() {
        return state == State.DONE;
    }

    /** A connection is there: writes the request to it, as much of it as there is. */
    void onCarrier(Carrier ready, boolean reused) {
        carrier = ready;
        mayRepeat = reused && !bodyOpen;
        state = State.SENT;
        if (paused) {
            ready.setReading(false);
        }
        ByteBuf content = Objects.requireNonNull(body).retain();
        boolean sent = ready.send(request, content);
        if (!sent) {
            fail(new AttemptFailure(
                    AttemptFailure.Kind.CREDENTIAL,
                    "The gateway has no valid credential for the provider at the moment."));
            ready.close();
            return;
        }
        if (!mayRepeat) {
            dropRequest();
        }
        if (state == State.SENT) {
            listener.onRequestWritten();
        }
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
        dropRequest();
        listener.onFailure(failure);
    }

    /** The peer has seen the request and is about to answer: from here on it may charge for it. */
    void onAnswerBegun() {
        mayRepeat = false;
    }

    /** Gives {@code headers}. */
    void onHead(int status, HttpHeaders headers) {
        state = State.ANSWERING;
        dropRequest();
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
                    carrier = null;
                    pool.connect(origin(), this);
                    return;
                }
                fail(new AttemptFailure(
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
        carrier = null;
    }

    private void setPaused(boolean pause) {
        // autoRead is volatile in Netty: touched on change only.
        if (paused != pause) {
            paused = pause;
            if (carrier != null) {
                carrier.setReading(!pause);
            }
        }
    }

    private void dropRequest() {
        if (body != null) {
            body.release();
            body = null;
            if (request.headers() instanceof FieldLines fields) {
                fields.giveBack();
            }
        }
    }

    private Origin origin() {
        return request.target().provider().origin();
    }
}
