package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.TokenGate;
import dev.sluice.gateway.config.GatewayConfig;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The admin listener: its own port, its own event loop, a virtual thread for each request.
 *
 * <p>Without a token it refuses to listen anywhere but on loopback. Thread: admin.
 */
public final class AdminServer implements AutoCloseable {
    static final int MAX_CONCURRENT = 64;
    static final int MAX_LINE_BYTES = 4_096;
    static final int MAX_HEADER_BYTES = 16_384;

    private static final int MAX_BODY_BYTES = 1 << 20;
    private static final int MAX_CONNECTIONS = 256;
    private static final int IDLE_SECONDS = 60;
    private static final int CLOSE_SECONDS = 2;

    private final EventLoopGroup group;
    private final ExecutorService actions;
    private final ChannelGroup connections;
    private final Channel listener;
    private final AdminGate gate;

    private AdminServer(
            EventLoopGroup group, ExecutorService actions, ChannelGroup connections, Channel listener, AdminGate gate) {
        this.group = group;
        this.actions = actions;
        this.connections = connections;
        this.listener = listener;
        this.gate = gate;
    }

    /**
     * Binds and serves.
     *
     * @param tokens who the token of a login speaks for
     * @param parts everything that is answered
     * @throws IllegalArgumentException when there is no token and the address is not loopback
     * @throws IllegalStateException when a route has no row in the table of access
     * @throws IOException when the address cannot be bound
     */
    public static AdminServer start(GatewayConfig.Admin admin, TokenGate tokens, List<AdminPart> parts)
            throws IOException {
        AdminRoutes routes = new AdminRoutes(parts);
        InetSocketAddress address = addressOf(admin);
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("sluice-admin", /* daemon= */ true), NioIoHandler.newFactory());
        ExecutorService actions = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("sluice-admin-", 0).factory());
        ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
        AdminGate gate = new AdminGate(admin.token(), tokens, Ticker.systemTicker()::nanoTime);
        Semaphore permits = new Semaphore(MAX_CONCURRENT);
        ChannelFuture bound = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        if (connections.size() >= MAX_CONNECTIONS) {
                            channel.close();
                            return;
                        }
                        connections.add(channel);
                        lay(channel.pipeline(), new AdminHandler(gate, routes, actions, permits));
                    }
                })
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            actions.shutdown();
            group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            throw new IOException(
                    "admin.listen: cannot bind " + address.getHostString() + ":" + address.getPort(), bound.cause());
        }
        return new AdminServer(group, actions, connections, bound.channel(), gate);
    }

    private static InetSocketAddress addressOf(GatewayConfig.Admin admin) throws IOException {
        String host = admin.listen().host();
        int port = admin.listen().port();
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new IOException("admin.listen: the host `" + host + "` has no address");
        }
        if (admin.token() == null && !address.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException("admin.listen is `" + host + ":" + port
                    + "`; without admin.token only a loopback address such as 127.0.0.1:8081 is allowed");
        }
        return address;
    }

    private static void lay(ChannelPipeline pipeline, AdminHandler handler) {
        HttpDecoderConfig limits =
                new HttpDecoderConfig().setMaxInitialLineLength(MAX_LINE_BYTES).setMaxHeaderSize(MAX_HEADER_BYTES);
        pipeline.addLast(new IdleStateHandler(0, 0, IDLE_SECONDS));
        pipeline.addLast(new HttpServerCodec(limits));
        pipeline.addLast(SecurityHeaders.INSTANCE);
        pipeline.addLast(new HttpObjectAggregator(MAX_BODY_BYTES));
        // Hands over one request for each read, however many came in one packet.
        pipeline.addLast(new FlowControlHandler());
        pipeline.addLast(handler);
    }

    /** Where it listens; tells the port when the configuration said 0. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** Wrong credentials since the start. */
    public long wrongCredentials() {
        return gate.wrongGuesses();
    }

    /** Stops listening, gives running requests two seconds to end, closes what is left. */
    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
        actions.shutdown();
        try {
            if (!actions.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                actions.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        connections.close().awaitUninterruptibly();
        group.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
