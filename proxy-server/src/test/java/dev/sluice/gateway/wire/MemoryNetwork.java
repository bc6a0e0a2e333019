package dev.sluice.gateway.wire;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalServerChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Ports, and what listens at them. A connection to a port where nobody listens is refused. Thread: the test's. */
public final class MemoryNetwork {
    private final HandTurnedLoop loop;
    private final AccountedBuffers buffers;
    private final Map<Integer, LocalAddress> ports = new HashMap<>();
    private final List<Channel> channels = new ArrayList<>();
    private final Set<InetAddress> silent = new HashSet<>();
    private final Set<InetAddress> refusing = new HashSet<>();
    private final List<InetAddress> tried = new ArrayList<>();
    private boolean unreachable;

    public MemoryNetwork(HandTurnedLoop loop, AccountedBuffers buffers) {
        this.loop = loop;
        this.buffers = buffers;
    }

    /** Lets a provider accept connections at {@code port}. */
    public void listen(int port, ChannelInitializer<Channel> handler) {
        listen(port, loop.outside(), handler);
    }

    /** Lets the gateway accept connections at {@code port}. */
    public void serve(int port, ChannelInitializer<Channel> handler) {
        listen(port, loop.eventLoop(), handler);
    }

    private void listen(int port, EventLoop eventLoop, ChannelInitializer<Channel> handler) {
        Channel server = new ServerBootstrap()
                .group(eventLoop)
                .channelFactory(LocalServerChannel::new)
                .childOption(ChannelOption.ALLOCATOR, buffers.allocator())
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(16 * 1024, 64 * 1024))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel accepted) {
                        channels.add(accepted);
                        accepted.pipeline().addLast(new NoEmptyReads()).addLast(handler);
                    }
                })
                .bind(new LocalAddress(MemoryNetwork.class))
                .channel();
        loop.settle();
        ports.put(port, (LocalAddress) server.localAddress());
        channels.add(server);
    }

    /** Nobody listens at {@code port} any more. */
    public void close(int port) {
        ports.remove(port);
    }

    /** From now on connections are neither accepted nor refused. */
    public void becomeUnreachable() {
        unreachable = true;
    }

    public void becomeReachable() {
        unreachable = false;
    }

    /** From now on connections to {@code address} are neither accepted nor refused, at any port. */
    public void silence(InetAddress address) {
        silent.add(address);
    }

    /** From now on connections to {@code address} are refused, at any port. */
    public void refuse(InetAddress address) {
        refusing.add(address);
    }

    /** The addresses that connections were asked for, in order. */
    public List<InetAddress> tried() {
        loop.settle();
        return List.copyOf(tried);
    }

    /** How many channels are open, on both sides, those that listen among them. */
    public int openChannels() {
        loop.settle();
        int open = 0;
        for (Channel channel : channels) {
            if (channel.isOpen()) {
                open++;
            }
        }
        return open;
    }

    /** A channel that is not connected yet; its connections to a port find who listens there. */
    public Channel newChannel() {
        Channel channel = new MemoryChannel(buffers.allocator());
        channel.pipeline().addLast(new PortFinder()).addLast(new NoEmptyReads());
        channels.add(channel);
        return channel;
    }

    /** Lets a client connect to {@code port}. */
    public Channel connect(int port, ChannelHandler handler) {
        Channel channel = new Bootstrap()
                .group(loop.outside())
                .channelFactory(this::newChannel)
                .handler(handler)
                .connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .channel();
        loop.settle();
        return channel;
    }

    /** Closes whatever is still open. */
    public void closeAll() {
        loop.settle();
        for (Channel channel : List.copyOf(channels)) {
            if (channel.isRegistered()) {
                channel.close();
            }
        }
        loop.settle();
    }

    private final class PortFinder extends ChannelOutboundHandlerAdapter {
        @Override
        public void connect(
                ChannelHandlerContext context, SocketAddress remote, SocketAddress local, ChannelPromise promise) {
            InetSocketAddress asked = (InetSocketAddress) remote;
            tried.add(asked.getAddress());
            if (unreachable || silent.contains(asked.getAddress())) {
                return;
            }
            LocalAddress found = refusing.contains(asked.getAddress()) ? null : ports.get(asked.getPort());
            context.connect(found == null ? new LocalAddress("nobody") : found, promise);
        }
    }
}
