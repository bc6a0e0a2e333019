package dev.sluice.gateway.it;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A provider that plays the {@link Plan} in each request and keeps books of what it saw and sent: the second of the
 * three ledgers that are compared. Lean enough for thousands of events a second beside the gateway on the same machine.
 */
final class BookkeepingProvider implements AutoCloseable {
    /** Without the tests' leak detector, which costs more than all the rest of a load. */
    static final ByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(false, /* disableLeakDetector= */ true);

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("books-provider", /* daemon= */ true), NioIoHandler.newFactory());
    private final Map<String, ProviderEntry> entries = new ConcurrentHashMap<>();
    private final Gate gate = new Gate();
    private final Channel server;

    BookkeepingProvider() {
        server = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOCATOR, ALLOCATOR)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        connection
                                .pipeline()
                                .addLast(new HttpServerCodec(), new HttpObjectAggregator(1 << 20))
                                .addLast(new PlanPlayer(entries, gate));
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .syncUninterruptibly()
                .channel();
    }

    URI baseUrl() {
        return URI.create("http://127.0.0.1:" + ((InetSocketAddress) server.localAddress()).getPort() + "/v1");
    }

    /** By request id. */
    Map<String, ProviderEntry> entries() {
        return entries;
    }

    /** Stops all streams before their next event, until {@link #release}. */
    void hold() {
        gate.held = true;
    }

    void release() {
        gate.held = false;
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }

    /** What streams ask before each event. */
    static final class Gate {
        private volatile boolean held;

        boolean isHeld() {
            return held;
        }
    }
}
