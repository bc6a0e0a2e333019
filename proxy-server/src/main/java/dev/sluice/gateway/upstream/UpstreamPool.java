package dev.sluice.gateway.upstream;

import dev.sluice.gateway.route.Origin;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslContext;
import io.netty.resolver.AddressResolverGroup;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The connections of one event loop to all providers. A client's event loop uses its own pool, so that both legs of a
 * relay run on one thread. Thread: event loop; the counts may be read by any.
 */
public final class UpstreamPool {

    /** Shorter than the keep-alive of the servers we know, so that we rather than they close. */
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(50);

    private final EventLoop eventLoop;
    private final Dialer dialer;
    private final UpstreamTls tls;
    private final Map<Origin, OriginPool> origins = new HashMap<>();
    private final RequestHeads heads = new RequestHeads();
    private volatile int open;
    private volatile int idle;

    public UpstreamPool(
            EventLoop eventLoop,
            ChannelFactory<? extends Channel> channelFactory,
            AddressResolverGroup<InetSocketAddress> resolver,
            UpstreamTls tls) {
        this.eventLoop = eventLoop;
        this.dialer = new Dialer(eventLoop, bootstrap(eventLoop, channelFactory), resolver);
        this.tls = tls;
    }

    void acquire(Origin origin, Attempt attempt) {
        assert eventLoop.inEventLoop();
        pool(origin).acquire(attempt);
    }

    /** A fresh connection, whatever is idle. */
    void connect(Origin origin, Attempt attempt) {
        pool(origin).connect(attempt);
    }

    void forget(Origin origin, Attempt attempt) {
        pool(origin).forget(attempt);
    }

    /** Opens a connection of its own for {@code socket}, over HTTP/1.1; it is neither shared nor kept. */
    Dial openSocket(Origin origin, UpstreamSocket socket) {
        SslContext encrypted = origin.tls() ? tls.http1Context(origin.ca()) : null;
        return dialer.dial(origin, new Dial.Listener() {
            @Override
            public void onConnected(Dial dial, Channel channel) {
                UpstreamPipeline.addSocket(channel, origin, encrypted, socket);
            }

            @Override
            public void onUnreachable(Dial dial) {
                socket.onUnreachable();
            }
        });
    }

    /** Opens a connection for {@code pool}. */
    Dial dial(OriginPool pool) {
        return dialer.dial(pool.origin(), pool);
    }

    /** Closes idle connections and refreshes the counts; called now and then. */
    public void sweep(long nowNanos) {
        int openNow = 0;
        int idleNow = 0;
        for (OriginPool pool : origins.values()) {
            pool.sweep(nowNanos, IDLE_NANOS);
            openNow += pool.open();
            idleNow += pool.idle();
        }
        open = openNow;
        idle = idleNow;
    }

    /** Closes every connection that serves nobody, and those that are shared. */
    public void close() {
        for (OriginPool pool : origins.values()) {
            pool.closeAll();
        }
    }

    /** Open connections at the last sweep. */
    public int openConnections() {
        return open;
    }

    /** Idle connections at the last sweep. */
    public int idleConnections() {
        return idle;
    }

    RequestHeads heads() {
        return heads;
    }

    long nanoTime() {
        return eventLoop.ticker().nanoTime();
    }

    private OriginPool pool(Origin origin) {
        OriginPool pool = origins.get(origin);
        if (pool == null) {
            pool = new OriginPool(origin, this, origin.tls() ? tls.context(origin.ca()) : null);
            origins.put(origin, pool);
        }
        return pool;
    }

    private static Bootstrap bootstrap(EventLoop eventLoop, ChannelFactory<? extends Channel> channelFactory) {
        return new Bootstrap()
                .group(eventLoop)
                .channelFactory(channelFactory)
                .disableResolver()
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                // The dial has its own.
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(32 * 1024, 128 * 1024))
                .option(ChannelOption.RECVBUF_ALLOCATOR, new HeadroomBuffers());
    }
}
