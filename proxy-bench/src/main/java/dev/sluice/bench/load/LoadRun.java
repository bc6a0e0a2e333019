package dev.sluice.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One load from its first connection to its last answer. In an open loop each latency counts from the moment at which the
 * call was due, whatever kept it. Thread: event loop.
 */
final class LoadRun {
    private static final long LOOK_MILLIS = 20;
    private static final int CONNECT_MILLIS = 5_000;

    private final LoadOrder order;
    private final EventLoop loop;
    private final Runnable onWindow;
    private final CompletableFuture<String> result = new CompletableFuture<>();
    private final LoadTally tally = new LoadTally();
    private final ByteBuf request;
    private final ChannelGroup connections;
    private final byte[] read = new byte[64 * 1024];
    private final Deque<Caller> idle = new ArrayDeque<>();
    private final Deque<Long> due = new ArrayDeque<>();

    private long beganNanos;
    private long windowBeganNanos;
    private long windowNanos;
    private int started;
    private int connected;
    private int open;
    private int mostOpen;
    private boolean asking = true;

    /** @param onWindow told when the window begins, and when it ends */
    LoadRun(LoadOrder order, EventLoop loop, Runnable onWindow) {
        this.order = order;
        this.loop = loop;
        this.onWindow = onWindow;
        this.connections = new DefaultChannelGroup(loop);
        this.request = Unpooled.unreleasableBuffer(Unpooled.directBuffer().writeBytes(request(order)));
    }

    private static byte[] request(LoadOrder order) {
        URI to = order.to();
        String body = "{\"model\":\"" + order.model() + "\",\"stream\":" + order.streamed()
                + ",\"messages\":[{\"role\":\"system\",\"content\":\"You are a helpful assistant.\"},"
                + "{\"role\":\"user\",\"content\":\"Tell me what a proxy does, in one paragraph.\"}]}";
        StringBuilder text = new StringBuilder("POST " + to.getRawPath() + " HTTP/1.1\r\nhost: " + to.getAuthority()
                + "\r\ncontent-type: application/json\r\naccept: */*\r\n");
        order.headers().forEach(header -> text.append(header).append("\r\n"));
        text.append("content-length: ").append(body.length()).append("\r\n\r\n").append(body);
        return text.toString().getBytes(UTF_8);
    }

    /** Ends with the line of results. */
    CompletableFuture<String> start() {
        beganNanos = System.nanoTime();
        if (order.startsPerSecond() > 0) {
            beat();
        } else {
            for (int i = 0; i < order.connections(); i++) {
                connect(System.nanoTime());
            }
        }
        loop.schedule(this::openWindow, order.warmupMillis(), TimeUnit.MILLISECONDS);
        return result;
    }

    private void beat() {
        if (!asking) {
            return;
        }
        long elapsed = System.nanoTime() - beganNanos;
        long wanted = elapsed * order.startsPerSecond() / 1_000_000_000L;
        if (order.starts() > 0) {
            wanted = Math.min(wanted, order.starts());
        }
        while (started < wanted) {
            started++;
            begin(beganNanos + started * 1_000_000_000L / order.startsPerSecond());
        }
        if (order.starts() == 0 || started < order.starts()) {
            long next = beganNanos + (started + 1) * 1_000_000_000L / order.startsPerSecond();
            loop.schedule(this::beat, Math.max(next - System.nanoTime(), 0), TimeUnit.NANOSECONDS);
        }
    }

    private void begin(long sinceNanos) {
        Caller caller = idle.pollLast();
        if (caller != null) {
            ask(caller, sinceNanos);
        } else if (connected < order.connections()) {
            connect(sinceNanos);
        } else {
            due.add(sinceNanos);
        }
    }

    private void ask(Caller caller, long sinceNanos) {
        open++;
        mostOpen = Math.max(mostOpen, open);
        caller.ask(request, sinceNanos);
    }

    private void connect(long sinceNanos) {
        connected++;
        new Bootstrap()
                .group(loop)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new Caller(LoadRun.this, order, read));
                    }
                })
                .connect(order.to().getHost(), order.to().getPort())
                .addListener((ChannelFuture future) -> onConnected(future, sinceNanos));
    }

    private void onConnected(ChannelFuture future, long sinceNanos) {
        if (!future.isSuccess()) {
            connected--;
            tally.onFlaw(Flaw.UNREACHABLE, String.valueOf(future.cause()));
        } else if (asking) {
            connections.add(future.channel());
            // A closed loop's call begins when it can be asked; an open loop's was due before.
            long since = order.startsPerSecond() > 0 ? sinceNanos : System.nanoTime();
            ask(future.channel().pipeline().get(Caller.class), since);
        } else {
            future.channel().close();
        }
    }

    LoadTally tally() {
        return tally;
    }

    /** A caller has its answer. */
    void onAnswered(Caller caller) {
        open--;
        if (!asking) {
            caller.close();
        } else if (order.startsPerSecond() == 0) {
            ask(caller, System.nanoTime());
        } else {
            @Nullable Long next = due.poll();
            if (next == null) {
                idle.add(caller);
            } else {
                ask(caller, next);
            }
        }
    }

    /** A caller's connection is of no further use. */
    void onLost(Caller caller, boolean wasAsking) {
        connected--;
        idle.remove(caller);
        if (wasAsking) {
            open--;
        }
        if (asking && order.startsPerSecond() == 0) {
            // Not at once: what refuses every call would be called without a pause.
            loop.schedule(this::reconnect, 1, TimeUnit.MILLISECONDS);
        }
    }

    private void reconnect() {
        if (asking) {
            connect(System.nanoTime());
        }
    }

    private void openWindow() {
        windowBeganNanos = System.nanoTime();
        tally.count(true);
        onWindow.run();
        loop.schedule(this::closeWindow, order.windowMillis(), TimeUnit.MILLISECONDS);
    }

    private void closeWindow() {
        tally.count(false);
        windowNanos = System.nanoTime() - windowBeganNanos;
        asking = false;
        onWindow.run();
        awaitEnd(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(order.drainMillis()));
    }

    private void awaitEnd(long untilNanos) {
        if (open > 0 && System.nanoTime() - untilNanos < 0) {
            loop.schedule(() -> awaitEnd(untilNanos), LOOK_MILLIS, TimeUnit.MILLISECONDS);
            return;
        }
        String line = tally.line(windowNanos, open, due.size(), mostOpen);
        connections.forEach(channel -> channel.pipeline().get(Caller.class).forget());
        connections.close().addListener(done -> result.complete(line));
    }
}
