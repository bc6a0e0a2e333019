package dev.sluice.gateway.upstream;

import dev.sluice.gateway.route.Origin;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.SslContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one origin: idle HTTP/1.1 ones, newest first, and shared HTTP/2 ones.
 *
 * <p>Whether an origin speaks HTTP/2 is known after its first handshake; until then attempts wait for that one
 * connection instead of opening one each. Thread: event loop.
 */
final class OriginPool implements Dial.Listener {

    private static final int MAX_IDLE = 1024;

    /** What the last handshake agreed on. */
    enum Protocol {
        UNKNOWN,
        HTTP_1,
        HTTP_2
    }

    private final Origin origin;
    private final UpstreamPool owner;
    private final UpstreamPipeline pipeline;

    private final ArrayDeque<UpstreamHttp1> idle = new ArrayDeque<>();
    private final List<UpstreamHttp2Connection> multiplexed = new ArrayList<>();
    private final ArrayDeque<Attempt> waiting = new ArrayDeque<>();
    private final ArrayDeque<Dial> dials = new ArrayDeque<>();
    private Protocol protocol;
    /** Connections that are not ready yet: the dials, and those that still shake hands. */
    private int connecting;

    private int open;

    /** @param tls null for an origin in clear text */
    OriginPool(Origin origin, UpstreamPool owner, @Nullable SslContext tls) {
        this.origin = origin;
        this.owner = owner;
        this.pipeline = new UpstreamPipeline(this, tls);
        this.protocol = origin.tls() ? Protocol.UNKNOWN : Protocol.HTTP_1;
    }

    Origin origin() {
        return origin;
    }

    /** Serves {@code attempt} from what is there, else opens a connection for it. */
    void acquire(Attempt attempt) {
        // What cannot be repeated does not go where the peer may just be leaving.
        boolean mayReuse = !attempt.isBodyOpen();
        for (UpstreamHttp1 found = mayReuse ? idle.pollFirst() : null; found != null; found = idle.pollFirst()) {
            if (found.isActive()) {
                found.assign(attempt, /* reused= */ true);
                return;
            }
        }
        for (int i = 0; i < multiplexed.size(); i++) {
            if (multiplexed.get(i).hasRoom()) {
                openStream(multiplexed.get(i), attempt);
                return;
            }
        }
        connect(attempt);
    }

    /** Opens a connection for {@code attempt}, or lets it wait for one that is being opened and can be shared. */
    void connect(Attempt attempt) {
        waiting.addLast(attempt);
        if (connecting > 0 && protocol != Protocol.HTTP_1) {
            return;
        }
        openConnection();
    }

    private void openConnection() {
        connecting++;
        dials.addLast(owner.dial(this));
    }

    @Override
    public void onConnected(Dial dial, Channel channel) {
        dials.remove(dial);
        open++;
        channel.closeFuture().addListener(closed -> open--);
        pipeline.addTo(channel);
    }

    @Override
    public void onUnreachable(Dial dial) {
        dials.remove(dial);
        onConnectFailed(AttemptFailure.Kind.CONNECT);
    }

    /** A connection could not be made ready; whoever waited for it is told. */
    void onConnectFailed(AttemptFailure.Kind kind) {
        connecting--;
        AttemptFailure failure = new AttemptFailure(
                kind,
                kind == AttemptFailure.Kind.TLS
                        ? "No trusted TLS connection to the provider could be made."
                        : "No connection to the provider could be made.");
        if (protocol == Protocol.HTTP_1) {
            Attempt first = waiting.pollFirst();
            if (first != null) {
                first.onUnavailable(failure);
            }
            return;
        }
        List<Attempt> all = new ArrayList<>(waiting);
        waiting.clear();
        for (Attempt attempt : all) {
            attempt.onUnavailable(failure);
        }
    }

    /** The last handler of a connection that speaks HTTP/1.1. */
    UpstreamHttp1 newHttp1(Channel channel) {
        return new UpstreamHttp1(channel, this, owner.heads());
    }

    /** A connection is ready and speaks HTTP/1.1. */
    void onHttp1Ready(UpstreamHttp1 connection) {
        connecting--;
        boolean wasUnknown = protocol == Protocol.UNKNOWN;
        protocol = Protocol.HTTP_1;
        Attempt first = waiting.pollFirst();
        if (first == null) {
            giveBack(connection);
        } else {
            connection.assign(first, /* reused= */ false);
        }
        if (wasUnknown) {
            // The others had hoped to share this one.
            for (int i = waiting.size(); i > 0; i--) {
                openConnection();
            }
        }
    }

    /** A connection is ready and speaks HTTP/2. */
    void onHttp2Ready(UpstreamHttp2Connection connection) {
        connecting--;
        protocol = Protocol.HTTP_2;
        multiplexed.add(connection);
        while (connection.hasRoom() && !waiting.isEmpty()) {
            openStream(connection, waiting.removeFirst());
        }
        if (!waiting.isEmpty() && connecting == 0) {
            openConnection();
        }
    }

    void onHttp2Closed(UpstreamHttp2Connection connection) {
        multiplexed.remove(connection);
    }

    private void openStream(UpstreamHttp2Connection connection, Attempt attempt) {
        connection.onStreamOpening();
        new Http2StreamChannelBootstrap(connection.channel())
                .handler(UpstreamPipeline.stream())
                .open()
                .addListener(future -> {
                    if (future.isSuccess()) {
                        Channel stream = (Channel) future.getNow();
                        stream.closeFuture().addListener(closed -> connection.onStreamClosed());
                        if (attempt.isDone()) {
                            stream.close();
                            return;
                        }
                        stream.pipeline().get(UpstreamHttp2Stream.class).assign(attempt, connection.hasServed());
                    } else {
                        connection.onStreamClosed();
                        attempt.onUnavailable(new AttemptFailure(
                                AttemptFailure.Kind.CONNECT, "The provider's connection takes no more streams."));
                    }
                });
    }

    /** The answer on {@code connection} is whole: keeps it for the next request. */
    void giveBack(UpstreamHttp1 connection) {
        if (idle.size() >= MAX_IDLE) {
            connection.close();
            return;
        }
        connection.onIdle(owner.nanoTime());
        idle.addFirst(connection);
    }

    void onClosed(UpstreamHttp1 connection) {
        if (connection.isIdle()) {
            idle.remove(connection);
        }
    }

    /**
     * {@code attempt} no longer wants a connection. Where fewer are wanted now than are being dialled, the oldest dial
     * ends: it has had its chance, and the attempts that are left keep the one that was begun for each of them.
     */
    void forget(Attempt attempt) {
        if (!waiting.remove(attempt)) {
            return;
        }
        int wanted = protocol == Protocol.HTTP_1 ? waiting.size() : Math.min(waiting.size(), 1);
        while (connecting > wanted && !dials.isEmpty()) {
            connecting--;
            dials.removeFirst().cancel();
        }
    }

    /** Closes what has been idle for longer than {@code idleNanos}. */
    void sweep(long nowNanos, long idleNanos) {
        for (UpstreamHttp1 oldest = idle.peekLast(); oldest != null; oldest = idle.peekLast()) {
            if (nowNanos - oldest.idleSinceNanos() < idleNanos) {
                break;
            }
            idle.pollLast();
            oldest.close();
        }
        for (int i = multiplexed.size() - 1; i >= 0; i--) {
            multiplexed.get(i).closeIfIdle(nowNanos, idleNanos);
        }
    }

    void closeAll() {
        for (UpstreamHttp1 found = idle.pollFirst(); found != null; found = idle.pollFirst()) {
            found.close();
        }
        for (UpstreamHttp2Connection connection : new ArrayList<>(multiplexed)) {
            connection.channel().close();
        }
    }

    int open() {
        return open;
    }

    int idle() {
        return idle.size();
    }
}
