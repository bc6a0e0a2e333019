package dev.sluice.gateway.upstream;

import dev.sluice.gateway.route.Origin;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
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

    /** A backstop: each exchange watches its own, usually shorter, connect timeout. */
    private static final int CONNECT_TIMEOUT_MILLIS = 30_000;

    private final EventLoop eventLoop;
    private final ChannelFactory<? extends Channel> channelFactory;
    private final AddressResolverGroup<InetSocketAddress> resolver;
    private final UpstreamTls tls;
    private final Map<Origin, OriginPool> origins = new HashMap<>();
    private volatile int open;
    private volatile int idle;

    public UpstreamPool(
            EventLoop eventLoop,
            ChannelFactory<? extends Channel> channelFactory,
            AddressResolverGroup<InetSocketAddress> resolver,
            UpstreamTls tls) {
        this.eventLoop = eventLoop;
        this.channelFactory = channelFactory;
        this.resolver = resolver;
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
    ChannelFuture openSocket(Origin origin, UpstreamSocket socket) {
        assert eventLoop.inEventLoop();
        SslContext encrypted = origin.tls() ? tls.http1Context(origin.ca()) : null;
        return bootstrap()
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        UpstreamPipeline.addSocket(channel, origin, encrypted, socket);
                    }
                })
                .connect(origin.host(), origin.port());
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

    long nanoTime() {
        return eventLoop.ticker().nanoTime();
    }

    private OriginPool pool(Origin origin) {
        OriginPool pool = origins.get(origin);
        if (pool == null) {
            Bootstrap bootstrap = bootstrap();
            pool = new OriginPool(origin, this, bootstrap);
            bootstrap.handler(new UpstreamPipeline(pool, origin.tls() ? tls.context(origin.ca()) : null));
            origins.put(origin, pool);
        }
        return pool;
    }

    private Bootstrap bootstrap() {
        return new Bootstrap()
                .group(eventLoop)
                .channelFactory(channelFactory)
                .resolver(resolver)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(32 * 1024, 128 * 1024))
                // An event is a few hundred bytes; a burst may be more.
                .option(ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(512, 2048, 65_536));
    }
}
