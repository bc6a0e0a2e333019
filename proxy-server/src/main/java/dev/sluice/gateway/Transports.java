package dev.sluice.gateway;

import dev.sluice.gateway.config.GatewayConfig;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ways to talk to the kernel, each with the constructors that go with it. Thread: any.
 */
enum Transports {
    EPOLL(
            EpollIoHandler::newFactory,
            EpollServerSocketChannel::new,
            EpollSocketChannel::new,
            EpollDatagramChannel::new),
    IO_URING(
            ProvidedBuffers::ioHandlers,
            IoUringServerSocketChannel::new,
            ProvidedBuffers::socket,
            IoUringDatagramChannel::new),
    NIO(NioIoHandler::newFactory, NioServerSocketChannel::new, NioSocketChannel::new, NioDatagramChannel::new);

    private static final Logger LOG = LoggerFactory.getLogger(Transports.class);

    private final Supplier<IoHandlerFactory> ioHandlers;
    private final ChannelFactory<? extends ServerChannel> servers;
    private final ChannelFactory<? extends SocketChannel> sockets;
    private final ChannelFactory<? extends DatagramChannel> datagrams;

    Transports(
            Supplier<IoHandlerFactory> ioHandlers,
            ChannelFactory<? extends ServerChannel> servers,
            ChannelFactory<? extends SocketChannel> sockets,
            ChannelFactory<? extends DatagramChannel> datagrams) {
        this.ioHandlers = ioHandlers;
        this.servers = servers;
        this.sockets = sockets;
        this.datagrams = datagrams;
    }

    IoHandlerFactory ioHandlers() {
        return ioHandlers.get();
    }

    ChannelFactory<? extends ServerChannel> servers() {
        return servers;
    }

    ChannelFactory<? extends SocketChannel> sockets() {
        return sockets;
    }

    /** A new bootstrap for channels of this kind. */
    ServerBootstrap bootstrap() {
        ServerBootstrap bootstrap = new ServerBootstrap().channelFactory(servers);
        return this == IO_URING ? ProvidedBuffers.readInto(bootstrap) : bootstrap;
    }

    ChannelFactory<? extends DatagramChannel> datagrams() {
        return datagrams;
    }

    /**
     * The transport for {@code wanted}: by default epoll where there is one, and also where io_uring was asked for and the
     * system does not let us have it, as many containers do not.
     *
     * @throws IllegalArgumentException when epoll was asked for and is not to be had here, or the address cannot be shared
     */
    static Transports choose(GatewayConfig.Server wanted) {
        Transports chosen = switch (wanted.transport()) {
            case AUTO -> usual();
            case EPOLL -> epoll();
            case IO_URING -> ioUring(IoUring.unavailabilityCause());
            case NIO -> NIO;
        };
        if (wanted.reusePort() && chosen == NIO) {
            throw new IllegalArgumentException(
                    "server.reuse_port: 'true' is not possible with the transport nio; allowed are epoll and io_uring,"
                            + " on systems that have them");
        }
        return chosen;
    }

    private static Transports usual() {
        return Epoll.isAvailable() ? EPOLL : NIO;
    }

    private static Transports epoll() {
        if (!Epoll.isAvailable()) {
            throw new IllegalArgumentException(
                    "server.transport: epoll is not available on this system; allowed are auto, io_uring, nio");
        }
        return EPOLL;
    }

    /** @param missing why there is no io_uring; null: there is */
    static Transports ioUring(@Nullable Throwable missing) {
        if (missing == null) {
            return IO_URING;
        }
        Transports instead = usual();
        LOG.atWarn()
                .addKeyValue("instead", instead)
                .addKeyValue("why", missing.getMessage())
                .log("server.transport: io_uring is not to be had here");
        return instead;
    }
}
