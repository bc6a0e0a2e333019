package dev.sluice.gateway.edge;

import dev.sluice.gateway.config.GatewayConfig;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
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
    private final List<Channel> listening = new ArrayList<>();
    private final boolean shared;

    /**
     * Binds and accepts: with a socket for each event loop where the system lets sockets share an address, so that a
     * connection is accepted where it stays, and with one for all elsewhere.
     *
     * @param transport a new bootstrap, which knows the kind of channels and nothing else
     * @param tls the server's certificate and protocols; null: clear text
     * @throws IOException when the address cannot be bound
     */
    public EdgeServer(
            GatewayConfig.Server config,
            EventLoopGroup group,
            Supplier<ServerBootstrap> transport,
            ExchangeLoops loops,
            CallerDialects dialects,
            @Nullable SslContext tls)
            throws IOException {
        browsers = new Browsers(config.corsOrigins(), tls != null);
        pipeline = new EdgePipeline(loops, dialects, config.limits(), browsers, tls);
        shared = config.reusePort();
        ChannelHandler limit = new ConnectionLimit(config.limits().maxConnections());
        InetSocketAddress wanted =
                new InetSocketAddress(config.listen().host(), config.listen().port());
        if (!canShare(transport)) {
            listening.add(bind(bootstrap(transport, limit).group(group), wanted));
            return;
        }
        if (!shared) {
            refuseTaken(wanted);
        }
        try {
            for (EventExecutor loop : group) {
                ServerBootstrap one = bootstrap(transport, limit)
                        .group((EventLoop) loop)
                        .option(UnixChannelOption.SO_REUSEPORT, true);
                // A port of the system's choice is chosen once.
                listening.add(bind(one, listening.isEmpty() ? wanted : address()));
            }
        } catch (IOException e) {
            listening.forEach(Channel::close);
            throw e;
        }
    }

    private ServerBootstrap bootstrap(Supplier<ServerBootstrap> transport, ChannelHandler limit) {
        return transport
                .get()
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .handler(limit)
                .childOption(ChannelOption.TCP_NODELAY, true)
                // Small marks: a stream's client that falls behind stops its provider soon.
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(16 * 1024, 64 * 1024))
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(512, 2048, 65_536))
                .childHandler(pipeline);
    }

    /** Whether sockets of this kind can listen on one address beside each other. */
    private static boolean canShare(Supplier<ServerBootstrap> transport) {
        Channel probe = transport.get().config().channelFactory().newChannel();
        try {
            return probe instanceof UnixChannel;
        } finally {
            probe.unsafe().closeForcibly();
        }
    }

    /**
     * Sockets that share an address share it with everybody who does so too: a second gateway that is started by mistake
     * would take every other connection of the first one. So it is looked once, with a socket that shares nothing and never
     * listens, whether the address is free.
     */
    private static void refuseTaken(InetSocketAddress wanted) throws IOException {
        if (wanted.getPort() == 0 || wanted.isUnresolved()) {
            return;
        }
        try (java.nio.channels.SocketChannel probe = java.nio.channels.SocketChannel.open()) {
            probe.setOption(StandardSocketOptions.SO_REUSEADDR, true).bind(wanted);
        } catch (IOException e) {
            throw cannotListen(wanted, e);
        }
    }

    private static Channel bind(ServerBootstrap bootstrap, InetSocketAddress wanted) throws IOException {
        try {
            return bootstrap.bind(wanted).sync().channel();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while binding " + text(wanted), e);
        } catch (Exception e) {
            throw cannotListen(wanted, e);
        }
    }

    private static IOException cannotListen(InetSocketAddress wanted, Exception cause) {
        return new IOException("cannot listen on " + text(wanted) + ": " + cause.getMessage(), cause);
    }

    private static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) listening.get(0).localAddress();
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
        for (Channel socket : listening) {
            if (shared && SynFilter.dropNew(socket)) {
                moment = HANDSHAKE;
            }
        }
        for (Channel socket : listening) {
            // All that wait at once: what remained would be reset.
            socket.config()
                    .<MaxMessagesRecvByteBufAllocator>getRecvByteBufAllocator()
                    .maxMessagesPerRead(BACKLOG);
            socket.eventLoop()
                    .schedule(
                            () -> {
                                socket.close();
                            },
                            moment.toNanos(),
                            TimeUnit.NANOSECONDS);
        }
        listening.forEach(socket -> socket.closeFuture().awaitUninterruptibly());
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
