package dev.sluice.gateway.edge;

import dev.sluice.gateway.config.GatewayConfig;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Listens for clients. A connection over the limit is closed as soon as it is accepted.
 *
 * <p>The end of listening is the moment at which connections are lost that the system has let in and nobody has accepted:
 * it resets them. Therefore {@link #stopAccepting} first accepts what waits; and where others listen on the same address
 * nobody new is let in meanwhile, so that nothing is left to be reset. Thread: any; connections live on the event loops.
 */
public final class EdgeServer {

    private static final int BACKLOG = 4096;
    /** How long it takes a client that has been let in to say that it has noticed. */
    private static final Duration HANDSHAKE = Duration.ofMillis(200);
    /** Long enough for the event loop to look once whether anybody waits. */
    private static final Duration TURN = Duration.ofMillis(2);

    private final AtomicInteger connections = new AtomicInteger();
    private final Browsers browsers;
    private final EdgePipeline pipeline;
    private final Channel channel;
    private final boolean shared;

    /**
     * Binds and accepts.
     *
     * @param tls the server's certificate and protocols; null: clear text
     * @throws IOException when the address cannot be bound
     */
    public EdgeServer(
            GatewayConfig.Server config,
            EventLoopGroup group,
            ChannelFactory<? extends ServerChannel> channelFactory,
            ExchangeLoops loops,
            CallerDialects dialects,
            @Nullable SslContext tls)
            throws IOException {
        browsers = new Browsers(config.corsOrigins(), tls != null);
        pipeline = new EdgePipeline(loops, dialects, config.limits(), browsers, tls);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(group)
                .channelFactory(channelFactory)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .handler(new ConnectionLimit(config.limits().maxConnections()))
                .childOption(ChannelOption.TCP_NODELAY, true)
                // Small marks: a stream's client that falls behind stops its provider soon.
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(16 * 1024, 64 * 1024))
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(512, 2048, 65_536))
                .childHandler(pipeline);
        shared = config.reusePort();
        if (shared) {
            bootstrap.option(UnixChannelOption.SO_REUSEPORT, true);
        }
        GatewayConfig.Address listen = config.listen();
        try {
            channel = bootstrap.bind(listen.host(), listen.port()).sync().channel();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while binding " + listen.host() + ":" + listen.port(), e);
        } catch (Exception e) {
            throw new IOException("cannot listen on " + listen.host() + ":" + listen.port() + ": " + e.getMessage(), e);
        }
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    /** Open client connections. */
    public int connections() {
        return connections.get();
    }

    /** Handshakes that begin from now on show the certificate of {@code tls}. Only for a listener that speaks TLS. */
    public void renew(SslContext tls) {
        pipeline.renew(tls);
    }

    /** From now on pages of these origins may call, as browsers write them, and no others. */
    public void allow(List<String> origins) {
        browsers.allow(origins);
    }

    /** Accepts whom the system has let in, and then nobody any more. Blocks for a moment. */
    public void stopAccepting() {
        Duration moment = TURN;
        if (shared && SynFilter.dropNew(channel)) {
            moment = HANDSHAKE;
        }
        // All that wait at once: what remained would be reset.
        channel.config()
                .<MaxMessagesRecvByteBufAllocator>getRecvByteBufAllocator()
                .maxMessagesPerRead(BACKLOG);
        channel.eventLoop()
                .schedule(
                        () -> {
                            channel.close();
                        },
                        moment.toNanos(),
                        TimeUnit.NANOSECONDS);
        channel.closeFuture().awaitUninterruptibly();
    }

    @Sharable
    private final class ConnectionLimit extends ChannelInboundHandlerAdapter {
        private final int limit;

        ConnectionLimit(int limit) {
            this.limit = limit;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            SocketChannel accepted = (SocketChannel) message;
            if (connections.incrementAndGet() > limit) {
                connections.decrementAndGet();
                accepted.unsafe().closeForcibly();
                return;
            }
            accepted.closeFuture().addListener(closed -> connections.decrementAndGet());
            context.fireChannelRead(message);
        }
    }
}
