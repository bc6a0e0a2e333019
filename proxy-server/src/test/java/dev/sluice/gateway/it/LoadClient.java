package dev.sluice.gateway.it;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Many callers on one event loop, with kept-alive connections: the first of the three ledgers. Each call is noted with
 * what came of it, seen at the last byte.
 */
final class LoadClient implements AutoCloseable {
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("books-client", /* daemon= */ true), NioIoHandler.newFactory());
    private final Map<String, ClientEntry> entries = new ConcurrentHashMap<>();
    private final AtomicInteger open = new AtomicInteger();
    private final String key;
    /** Event loop only. */
    private final Deque<Channel> idle = new ArrayDeque<>();

    private int dispatched;
    private volatile int mostIdle = Integer.MAX_VALUE;
    private volatile int freshEach;

    private volatile InetSocketAddress gateway;
    private volatile int epoch;
    private volatile String tags = "";

    LoadClient(String key) {
        this.key = key;
        this.gateway = new InetSocketAddress("127.0.0.1", 1);
    }

    /** From now on calls go to this life of the gateway. */
    void aim(InetSocketAddress address, int life) {
        gateway = address;
        epoch = life;
    }

    /** From now on calls carry this as {@code x-sluice-tags}. */
    void tag(String header) {
        tags = header;
    }

    String tags() {
        return tags;
    }

    /**
     * From now on some calls come on connections of their own, although others are idle.
     *
     * @param nth of how many calls one does
     * @param keeping how many idle connections are kept for the others
     */
    void connectAnew(int nth, int keeping) {
        freshEach = nth;
        mostIdle = keeping;
    }

    /** By request id. */
    Map<String, ClientEntry> entries() {
        return entries;
    }

    /** Calls that have begun and are not over. */
    int open() {
        return open.get();
    }

    String key() {
        return key;
    }

    MultiThreadIoEventLoopGroup loop() {
        return group;
    }

    ClientEntry begin(Plan plan) {
        ClientEntry entry = new ClientEntry(plan, epoch);
        if (entries.put(plan.id(), entry) != null) {
            throw new AssertionError("two calls have the id " + plan.id());
        }
        open.incrementAndGet();
        group.execute(() -> dispatch(entry));
        return entry;
    }

    private void dispatch(ClientEntry entry) {
        InetSocketAddress to = gateway;
        boolean fresh = freshEach > 0 && ++dispatched % freshEach == 0;
        for (Channel channel = fresh ? null : idle.pollLast(); channel != null; channel = idle.pollLast()) {
            if (channel.isActive() && channel.remoteAddress().equals(to)) {
                channel.pipeline().get(CallHandler.class).begin(channel, entry);
                return;
            }
            channel.close();
        }
        connect(to).addListener((ChannelFuture connected) -> {
            if (connected.isSuccess()) {
                Channel channel = connected.channel();
                channel.pipeline().get(CallHandler.class).begin(channel, entry);
            } else {
                over(entry, ClientEntry.Outcome.UNREACHABLE);
            }
        });
    }

    private ChannelFuture connect(InetSocketAddress to) {
        return new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 5_000)
                .option(ChannelOption.ALLOCATOR, BookkeepingProvider.ALLOCATOR)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new HttpClientCodec(), new CallHandler(LoadClient.this));
                    }
                })
                .connect(to);
    }

    /** From a connection whose call is over and that can have another. */
    void onIdle(Channel channel) {
        idle.add(channel);
        if (idle.size() > mostIdle) {
            idle.removeFirst().close();
        }
    }

    void over(ClientEntry entry, ClientEntry.Outcome how) {
        entry.onEnd(how);
        open.decrementAndGet();
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }
}
