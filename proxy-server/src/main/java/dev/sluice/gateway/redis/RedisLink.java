package dev.sluice.gateway.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.RedisClusterURIUtil;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import io.netty.channel.EventLoop;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The connection to Redis: made, watched and, when it is lost, made anew, for ever. Nothing waits in it for better times:
 * without a connection there are no {@link #commands()}, and what is under way when it is lost has failed.
 *
 * <p>The client library repeats commands after it has reconnected, and asks the same address through the same socket for as
 * long as the kernel likes; both are wrong here. So reconnecting is done here, but for the nodes of a cluster.
 *
 * <p>Thread: {@code sluice-redis}, on which the listener is called as well; {@link #commands}: any.
 */
final class RedisLink implements AutoCloseable {
    static final int REQUEST_QUEUE = 10_000;
    private static final int THREADS = 2;
    private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(500);
    private static final Duration CLUSTER_LOOK = Duration.ofSeconds(5);
    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final long LONGEST_PAUSE_MILLIS = 1_000;

    /** What becomes of the connection. */
    interface Listener {
        void onConnected();

        /** @param why for people; without secrets */
        void onLost(String why);
    }

    private final ClientResources resources;
    private final AbstractRedisClient client;
    private final Supplier<? extends CompletionStage<? extends StatefulConnection<String, String>>> connecting;
    private final EventLoop thread;
    private final Listener listener;
    private final boolean cluster;

    private volatile @Nullable StatefulConnection<String, String> connection;
    private int attempts;
    private boolean underWay;
    private boolean closed;

    /** @throws IllegalArgumentException with a message that does not contain it, when {@code url} is not one of Redis */
    RedisLink(String url, EventLoop thread, Listener listener) {
        this.thread = thread;
        this.listener = listener;
        List<RedisURI> uris = uris(url);
        cluster = uris.size() > 1;
        resources = DefaultClientResources.builder()
                .ioThreadPoolSize(THREADS)
                .computationThreadPoolSize(THREADS)
                .commandLatencyRecorder(CommandLatencyRecorder.disabled())
                .reconnectDelay(Delay.fullJitter(
                        Duration.ofMillis(FIRST_PAUSE_MILLIS),
                        Duration.ofMillis(LONGEST_PAUSE_MILLIS),
                        FIRST_PAUSE_MILLIS,
                        TimeUnit.MILLISECONDS))
                .build();
        if (cluster) {
            RedisClusterClient many = RedisClusterClient.create(resources, uris);
            many.setOptions(clusterOptions());
            connecting = () -> many.refreshPartitionsAsync().thenCompose(found -> many.connectAsync(StringCodec.UTF8));
            client = many;
        } else {
            RedisClient one = RedisClient.create(resources, uris.getFirst());
            one.setOptions(options(ClientOptions.builder()).build());
            connecting = () -> one.connectAsync(StringCodec.UTF8, uris.getFirst());
            client = one;
        }
        client.addListener(new RedisConnectionStateListener() {
            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> gone) {
                thread.execute(() -> onDisconnected(gone));
            }
        });
    }

    private static List<RedisURI> uris(String url) {
        List<RedisURI> uris = List.of();
        try {
            uris = url.indexOf(',') >= 0
                    ? RedisClusterURIUtil.toRedisURIs(URI.create(url))
                    : List.of(RedisURI.create(url));
        } catch (RuntimeException e) {
            // Its message may have the password in it: nothing is passed on of it.
            uris = List.of();
        }
        if (uris.isEmpty() || !uris.stream().allMatch(uri -> isHost(uri.getHost()))) {
            throw new IllegalArgumentException(
                    "redis.url cannot be read; allowed: redis://user:password@host:port/database or rediss://...");
        }
        uris.forEach(uri -> uri.setTimeout(CONNECT_TIMEOUT));
        return uris;
    }

    /** The client library takes a port that is none for a part of the name. */
    private static boolean isHost(@Nullable String host) {
        return host != null && !host.isEmpty() && (host.indexOf(':') < 0 || host.indexOf(':') != host.lastIndexOf(':'));
    }

    private static <B extends ClientOptions.Builder> B options(B options) {
        options.autoReconnect(false)
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(REQUEST_QUEUE)
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                // Each ask has a deadline of its own, to the millisecond.
                .timeoutOptions(TimeoutOptions.builder().timeoutCommands(false).build())
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(CONNECT_TIMEOUT)
                        .tcpNoDelay(true)
                        .keepAlive(true)
                        .build());
        return options;
    }

    private static ClusterClientOptions clusterOptions() {
        ClusterClientOptions.Builder options = options(ClusterClientOptions.builder());
        options.autoReconnect(true);
        options.topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                .enablePeriodicRefresh(CLUSTER_LOOK)
                .build());
        return options.build();
    }

    /** Null while there is no connection. */
    @Nullable
    RedisClusterAsyncCommands<String, String> commands() {
        StatefulConnection<String, String> current = connection;
        if (current instanceof StatefulRedisConnection<String, String> one) {
            return one.async();
        }
        return current instanceof StatefulRedisClusterConnection<String, String> many ? many.async() : null;
    }

    /** Begins to connect, unless that is under way, or there is a connection. */
    void connect() {
        if (underWay || connection != null || closed) {
            return;
        }
        underWay = true;
        try {
            connecting
                    .get()
                    .whenComplete((made, failure) -> thread.execute(() -> {
                        underWay = false;
                        if (made != null) {
                            onConnected(made);
                        } else {
                            onRefused(failure);
                        }
                    }));
        } catch (RuntimeException e) {
            underWay = false;
            onRefused(e);
        }
    }

    private void onConnected(StatefulConnection<String, String> made) {
        attempts = 0;
        connection = made;
        if (closed || !made.isOpen()) {
            drop("the connection was lost at once");
        } else {
            listener.onConnected();
        }
    }

    private void onRefused(Throwable failure) {
        listener.onLost(Reason.of(failure));
        again();
    }

    /** The very connection: it may have been replaced. */
    @SuppressWarnings("ReferenceEquality")
    private void onDisconnected(Object gone) {
        if (gone == connection && !cluster) {
            drop("the connection was lost");
        }
    }

    /** This connection is of no use any more: there is to be another one. */
    void drop(String why) {
        StatefulConnection<String, String> useless = connection;
        connection = null;
        if (useless != null) {
            useless.closeAsync();
            listener.onLost(why);
            again();
        }
    }

    private void again() {
        long longest = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(attempts, 10));
        attempts++;
        if (!closed) {
            thread.schedule(this::connect, ThreadLocalRandom.current().nextLong(longest + 1), TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void close() {
        closed = true;
        StatefulConnection<String, String> last = connection;
        connection = null;
        if (last != null) {
            last.closeAsync();
        }
        client.shutdownAsync(0, 1, TimeUnit.SECONDS)
                .whenComplete((done, failure) -> resources.shutdown(0, 1, TimeUnit.SECONDS));
    }
}
