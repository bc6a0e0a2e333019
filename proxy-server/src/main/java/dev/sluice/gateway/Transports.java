package dev.sluice.gateway;

import dev.sluice.gateway.config.GatewayConfig;
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
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.function.Supplier;

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
            IoUringIoHandler::newFactory,
            IoUringServerSocketChannel::new,
            IoUringSocketChannel::new,
            IoUringDatagramChannel::new),
    NIO(NioIoHandler::newFactory, NioServerSocketChannel::new, NioSocketChannel::new, NioDatagramChannel::new);

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

    ChannelFactory<? extends DatagramChannel> datagrams() {
        return datagrams;
    }

    /**
     * The transport for {@code wanted}: by default epoll where there is one.
     *
     * @throws IllegalArgumentException when the one asked for by name is not to be had here, or cannot share its address
     */
    static Transports choose(GatewayConfig.Server wanted) {
        Transports chosen = switch (wanted.transport()) {
            case AUTO -> Epoll.isAvailable() ? EPOLL : NIO;
            case EPOLL -> available(EPOLL, Epoll.isAvailable());
            case IO_URING -> available(IO_URING, IoUring.isAvailable());
            case NIO -> NIO;
        };
        if (wanted.reusePort() && chosen == NIO) {
            throw new IllegalArgumentException(
                    "server.reuse_port: 'true' is not possible with the transport nio; allowed are epoll and io_uring,"
                            + " on systems that have them");
        }
        return chosen;
    }

    private static Transports available(Transports transport, boolean available) {
        if (!available) {
            throw new IllegalArgumentException(
                    "server.transport: " + transport.name().toLowerCase(java.util.Locale.ROOT)
                            + " is not available on this system; allowed are auto, epoll, io_uring, nio");
        }
        return transport;
    }
}
