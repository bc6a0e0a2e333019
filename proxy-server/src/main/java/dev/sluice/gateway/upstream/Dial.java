package dev.sluice.gateway.upstream;

import dev.sluice.gateway.route.Origin;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection to an origin in the making: its addresses are tried one after the other, each a little after the one
 * before or as soon as that one has failed, and the first that accepts is the connection (RFC 8305, "happy eyeballs").
 *
 * <pre>
 *   start ──▶ ASKING ──addresses──▶ TRYING ──one accepts──▶ connected
 *               │                     │
 *               └──── no address ─────┴─── all refuse, or 30 s ──▶ unreachable
 * </pre>
 *
 * Handlers are put on a channel only when it has won: no byte is sent on any other.
 *
 * <p>Channels are opened in tasks of the event loop, never while it hands out a batch of events. Netty's epoll transport
 * finds the receiver of an event by the number of its file: an event for a connection that was closed a moment ago, in
 * the same batch, would reach the channel that has got its number since, and be read from a channel that is not
 * connected yet. Thread: event loop.
 */
final class Dial {

    /** The "connection attempt delay" that RFC 8305, section 5, recommends. */
    static final long HEAD_START_MILLIS = 250;

    /** A backstop: each exchange watches its own, usually shorter, connect timeout. */
    static final long PATIENCE_MILLIS = 30_000;

    /** Hears once what became of a dial, unless it is cancelled; never while it starts. */
    interface Listener {

        /** {@code channel} is connected and has no handlers yet; it becomes active when they have been added. */
        void onConnected(Dial dial, Channel channel);

        /** The name has no address, or none accepts. */
        void onUnreachable(Dial dial);
    }

    private final Dialer dialer;
    private final EventLoop eventLoop;
    private final Origin origin;
    private final Listener listener;

    private final List<Channel> trying = new ArrayList<>(2);
    private List<InetAddress> addresses = List.of();
    private int next;
    private boolean done;
    private @Nullable Future<?> nextStep;
    private @Nullable Future<?> backstop;

    Dial(Dialer dialer, EventLoop eventLoop, Origin origin, Listener listener) {
        this.dialer = dialer;
        this.eventLoop = eventLoop;
        this.origin = origin;
        this.listener = listener;
    }

    void start() {
        backstop = eventLoop.schedule(this::fail, PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        eventLoop.execute(this::ask);
    }

    /** Nobody wants the connection any more: closes what was begun, without a word. */
    void cancel() {
        finish();
    }

    private void ask() {
        if (done) {
            return;
        }
        Future<List<InetAddress>> answer = dialer.addresses(origin);
        if (answer.isDone()) {
            onAnswer(answer);
        } else {
            answer.addListener(answered -> onAnswer(answer));
        }
    }

    private void onAnswer(Future<List<InetAddress>> answer) {
        if (done) {
            return;
        }
        if (!answer.isSuccess() || answer.getNow().isEmpty()) {
            fail();
            return;
        }
        onAddresses(answer.getNow());
    }

    /** Every address that is ever connected to comes in here. */
    private void onAddresses(List<InetAddress> resolved) {
        addresses = dialer.order(origin, resolved);
        planNext(0);
    }

    private void planNext(long delayMillis) {
        if (nextStep != null) {
            nextStep.cancel(false);
        }
        nextStep = delayMillis == 0
                ? eventLoop.submit(this::tryNext)
                : eventLoop.schedule(this::tryNext, delayMillis, TimeUnit.MILLISECONDS);
    }

    private void tryNext() {
        nextStep = null;
        if (done) {
            return;
        }
        InetAddress address = addresses.get(next++);
        ChannelFuture connecting =
                dialer.connect(new InetSocketAddress(address, origin.port()), new Connecting(address));
        trying.add(connecting.channel());
        if (next < addresses.size()) {
            planNext(HEAD_START_MILLIS);
        }
        if (connecting.isDone()) {
            // No channel, for want of files perhaps: a listener would be told on another thread.
            onTried(connecting);
        } else {
            connecting.addListener(tried -> onTried(connecting));
        }
    }

    private void onTried(ChannelFuture connecting) {
        if (!connecting.isSuccess()) {
            onRefused(connecting.channel());
        }
    }

    private void onRefused(Channel channel) {
        if (done || !trying.remove(channel)) {
            return;
        }
        if (next < addresses.size()) {
            planNext(0);
        } else if (trying.isEmpty()) {
            fail();
        }
    }

    private void onActive(ChannelHandlerContext context, InetAddress address) {
        if (done) {
            context.close();
            return;
        }
        Channel channel = context.channel();
        trying.remove(channel);
        finish();
        dialer.onConnected(origin, address);
        listener.onConnected(this, channel);
        // Not before: a context that is gone does not know of those added behind it.
        channel.pipeline().remove(context.handler());
        context.fireChannelActive();
    }

    private void fail() {
        if (!done) {
            finish();
            listener.onUnreachable(this);
        }
    }

    /** Closes whatever is being tried. */
    private void finish() {
        done = true;
        if (nextStep != null) {
            nextStep.cancel(false);
        }
        if (backstop != null) {
            backstop.cancel(false);
        }
        for (int i = 0; i < trying.size(); i++) {
            trying.get(i).close();
        }
        trying.clear();
    }

    /** The only handler of a channel that may still lose. */
    private final class Connecting extends ChannelInboundHandlerAdapter {
        private final InetAddress address;

        Connecting(InetAddress address) {
            this.address = address;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            onActive(context, address);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // Whatever it is, this address is not going to be the one: its connect future fails now.
            context.close();
        }
    }
}
