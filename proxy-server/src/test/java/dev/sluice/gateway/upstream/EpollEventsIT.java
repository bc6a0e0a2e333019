package dev.sluice.gateway.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.gateway.route.Origin;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/**
 * Events of Netty's epoll transport that come for a connection which was closed earlier in the same batch, and whose
 * file number a new connection has got meanwhile.
 */
class EpollEventsIT {

    /** The connections of the loop, each with the socket at its other end. */
    private record Pair(EpollSocketChannel channel, Socket peer) {}

    @Test
    void aNewConnectionDoesNotHearWhatWasMeantForTheOneWhoseNumberItHas() throws Exception {
        assumeTrue(Epoll.isAvailable(), "epoll is not to be had on this machine");
        try (MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
                ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            EventLoop loop = group.next();
            Dialer dialer = new Dialer(
                    loop,
                    new Bootstrap()
                            .group(loop)
                            .channelFactory(EpollSocketChannel::new)
                            .disableResolver(),
                    DefaultAddressResolverGroup.INSTANCE);
            Origin origin = new Origin(/* tls= */ false, "127.0.0.1", server.getLocalPort(), null);
            Pair first = connect(loop, server);
            Pair second = connect(loop, server);
            int number = second.channel.fd().intValue();

            CompletableFuture<Channel> dialled = new CompletableFuture<>();
            first.channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext context, Object message) {
                    ((ByteBuf) message).release();
                    second.channel.close();
                    dialer.dial(origin, new Completing(dialled));
                }
            });
            inOneBatch(loop, first, second);

            Channel connected = dialled.get(10, SECONDS);
            assertThat(connected.isActive()).isTrue();
            first.peer.close();
            second.peer.close();
            assumeTrue(
                    ((EpollSocketChannel) connected).fd().intValue() == number,
                    "another thread has got the number of the file");
        }
    }

    private static Pair connect(EventLoop loop, ServerSocket server) throws Exception {
        Channel channel = new Bootstrap()
                .group(loop)
                .channelFactory(EpollSocketChannel::new)
                .handler(new ChannelInboundHandlerAdapter())
                .connect((InetSocketAddress) server.getLocalSocketAddress())
                .sync()
                .channel();
        return new Pair((EpollSocketChannel) channel, server.accept());
    }

    /** Makes both readable, the first one first, while the loop is busy elsewhere. */
    private static void inOneBatch(EventLoop loop, Pair first, Pair second) throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch written = new CountDownLatch(1);
        loop.execute(() -> {
            busy.countDown();
            try {
                assertThat(written.await(10, SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertThat(busy.await(10, SECONDS)).isTrue();
        first.peer.getOutputStream().write("one".getBytes(US_ASCII));
        second.peer.getOutputStream().write("two".getBytes(US_ASCII));
        written.countDown();
    }

    private record Completing(CompletableFuture<Channel> dialled) implements Dial.Listener {
        @Override
        public void onConnected(Dial dial, Channel channel) {
            channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelActive(ChannelHandlerContext context) {
                    dialled.complete(context.channel());
                }
            });
        }

        @Override
        public void onUnreachable(Dial dial) {
            dialled.completeExceptionally(new AssertionError("the new connection failed"));
        }
    }
}
