package dev.sluice.gateway.demo;

import dev.sluice.gateway.config.Secret;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A provider in this process, with one model called {@link #MODEL}: what the gateway talks to when nobody has set a
 * provider key yet.
 *
 * <p>It listens on loopback, on a port that the system chooses, and wants a key made at random for this process, so that
 * no other process of the machine finds an open endpoint there. Thread: any.
 */
public final class DemoProvider implements AutoCloseable {
    /** The one model it has. */
    public static final String MODEL = "demo";

    private static final Duration PACE = Duration.ofMillis(30);
    private static final int MAX_BODY_BYTES = 32 << 20;
    private static final int KEY_BYTES = 24;

    private final Channel listener;
    private final ChannelGroup connections;
    private final Secret apiKey;
    private final AtomicInteger openStreams;

    private DemoProvider(Channel listener, ChannelGroup connections, Secret apiKey, AtomicInteger openStreams) {
        this.listener = listener;
        this.connections = connections;
        this.apiKey = apiKey;
        this.openStreams = openStreams;
    }

    /**
     * Binds and serves on event loops that somebody else owns and closes.
     *
     * @throws IOException when no loopback port can be bound
     */
    public static DemoProvider start(EventLoopGroup loops, ChannelFactory<? extends ServerChannel> channels)
            throws IOException {
        return start(loops, channels, PACE);
    }

    static DemoProvider start(EventLoopGroup loops, ChannelFactory<? extends ServerChannel> channels, Duration pace)
            throws IOException {
        Secret apiKey = newKey();
        AtomicInteger openStreams = new AtomicInteger();
        ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
        ChannelFuture bound = new ServerBootstrap()
                .group(loops)
                .channelFactory(channels)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connections.add(channel);
                        channel.pipeline().addLast(new HttpServerCodec());
                        channel.pipeline().addLast(new HttpObjectAggregator(MAX_BODY_BYTES));
                        channel.pipeline().addLast(new DemoHandler(apiKey, pace, openStreams));
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException("the demo provider cannot bind a loopback port", bound.cause());
        }
        return new DemoProvider(bound.channel(), connections, apiKey, openStreams);
    }

    private static Secret newKey() {
        byte[] random = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(random);
        return new Secret("demo-" + HexFormat.of().formatHex(random));
    }

    /** What a client of it configures as its base URL; ends in {@code /v1}. */
    public URI baseUri() {
        InetSocketAddress address = (InetSocketAddress) listener.localAddress();
        return URI.create("http://" + address.getAddress().getHostAddress() + ":" + address.getPort() + "/v1");
    }

    /** The key that it wants as a bearer token; made for this process. */
    public Secret apiKey() {
        return apiKey;
    }

    /** Streams that are being sent. */
    public int openStreams() {
        return openStreams.get();
    }

    /** Stops listening and closes what is open; the event loops stay. */
    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
        connections.close().awaitUninterruptibly();
    }
}
