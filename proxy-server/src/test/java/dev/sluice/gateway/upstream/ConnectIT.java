package dev.sluice.gateway.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.route.RouteTable;
import dev.sluice.gateway.route.Target;
import dev.sluice.gateway.wire.Answers;
import dev.sluice.gateway.wire.Configs;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Attempts at hosts with several addresses, by real sockets of each kind and a DNS server of the test's own. */
class ConnectIT {
    private static final String HOST = "api.provider.example";
    /** Loopback addresses at which nobody listens. */
    private static final String NOBODY = "127.0.0.2";

    private static final String NOBODY_EITHER = "127.0.0.3";

    private static final String ANSWER = Answers.json(200, "{}", "connection: close\r\n");

    enum Sockets {
        NIO(NioIoHandler::newFactory, NioSocketChannel::new, NioDatagramChannel::new),
        EPOLL(EpollIoHandler::newFactory, EpollSocketChannel::new, EpollDatagramChannel::new),
        IO_URING(IoUringIoHandler::newFactory, IoUringSocketChannel::new, IoUringDatagramChannel::new);

        private final Supplier<IoHandlerFactory> handlers;
        private final ChannelFactory<? extends Channel> channels;
        private final ChannelFactory<? extends DatagramChannel> datagrams;

        Sockets(
                Supplier<IoHandlerFactory> handlers,
                ChannelFactory<? extends Channel> channels,
                ChannelFactory<? extends DatagramChannel> datagrams) {
            this.handlers = handlers;
            this.channels = channels;
            this.datagrams = datagrams;
        }

        boolean isAvailable() {
            return switch (this) {
                case NIO -> true;
                case EPOLL -> Epoll.isAvailable();
                case IO_URING -> IoUring.isAvailable();
            };
        }
    }

    private final TinyDns dns = new TinyDns();
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private @Nullable EventLoopGroup group;
    private @Nullable Answering provider;
    private @Nullable UpstreamPool pool;
    private @Nullable ProviderNames names;

    ConnectIT() throws IOException {}

    @AfterEach
    void close() throws IOException {
        if (group != null) {
            group.shutdownGracefully(0, 2, SECONDS).syncUninterruptibly();
        }
        if (names != null) {
            names.close();
        }
        if (provider != null) {
            provider.close();
        }
        dns.close();
    }

    /** A provider that answers the first request of each connection. */
    private static final class Answering implements AutoCloseable {
        private final ServerSocket server;

        Answering(InetAddress address) throws IOException {
            server = new ServerSocket(0, 50, address);
            Thread.ofVirtual().start(this::serve);
        }

        int port() {
            return server.getLocalPort();
        }

        private void serve() {
            while (!server.isClosed()) {
                try {
                    Socket accepted = server.accept();
                    byte[] request = new byte[4_096];
                    if (accepted.getInputStream().read(request) > 0) {
                        accepted.getOutputStream().write(ANSWER.getBytes(US_ASCII));
                    }
                } catch (IOException e) {
                    // Closed.
                }
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    /** @param listening where the provider accepts connections, and nowhere else */
    private void start(Sockets sockets, InetAddress listening) throws IOException {
        assumeTrue(sockets.isAvailable(), () -> sockets + " is not to be had on this machine");
        provider = new Answering(listening);
        group = new MultiThreadIoEventLoopGroup(1, sockets.handlers.get());
        names = new ProviderNames(sockets.datagrams, dns.asNameServer(), Ticker.systemTicker());
        pool = new UpstreamPool(group.next(), sockets.channels, names, new UpstreamTls());
    }

    /** Makes an attempt at {@code host} and gives what becomes of it. */
    private String attempt(String host) throws InterruptedException {
        GatewayConfig.Provider configured = Configs.provider(
                "alpha",
                "http://" + host + ":" + Objects.requireNonNull(provider).port() + "/v1",
                "the-key");
        RouteTable routes = Configs.routes(List.of(configured), List.of());
        Target target =
                routes.direct(Objects.requireNonNull(routes.provider("alpha"))).withModel("m-1");
        ByteBuf body = ByteBufUtil.writeUtf8(UnpooledByteBufAllocator.DEFAULT, "{}");
        UpstreamRequest request =
                new UpstreamRequest(target, HttpMethod.POST, "/v1/chat/completions", new DefaultHttpHeaders(), body);
        UpstreamPool attempted = Objects.requireNonNull(pool);
        Objects.requireNonNull(group).execute(() -> new Attempt(attempted, request, new Hearing(heard)).start());
        return Objects.requireNonNull(heard.poll(20, SECONDS), "nothing was heard");
    }

    private record Hearing(BlockingQueue<String> heard) implements AttemptListener {
        @Override
        public void onRequestWritten() {}

        @Override
        public void onHead(int status, HttpHeaders headers) {}

        @Override
        public void onBytes(ByteBuf bytes) {
            bytes.release();
        }

        @Override
        public void onReadComplete() {}

        @Override
        public void onEnd(boolean clean) {
            heard.add("end");
        }

        @Override
        public void onFailure(AttemptFailure failure) {
            heard.add(failure.kind() + ": " + failure.message());
        }
    }

    private static InetAddress ip(String address) {
        return Objects.requireNonNull(NetUtil.createInetAddressFromIpAddressString(address));
    }

    @ParameterizedTest
    @EnumSource
    void theNextAddressIsTriedWhenOneRefuses(Sockets sockets) throws Exception {
        start(sockets, NetUtil.LOCALHOST4);
        dns.answer(HOST, 60, NOBODY, NOBODY_EITHER, "127.0.0.1");
        assertThat(attempt(HOST)).isEqualTo("end");
    }

    @ParameterizedTest
    @EnumSource
    void aHostThatListensInOneFamilyIsReachedByBoth(Sockets sockets) throws Exception {
        start(sockets, NetUtil.LOCALHOST4);
        dns.answer(HOST, 60, "127.0.0.1", "::1");
        assertThat(attempt(HOST)).isEqualTo("end");
        assertThat(attempt("localhost")).isEqualTo("end");
    }

    @ParameterizedTest
    @EnumSource
    void ipv6IsSpokenWhereItIsThere(Sockets sockets) throws Exception {
        assumeTrue(NetworkInterface.getByInetAddress(NetUtil.LOCALHOST6) != null, "this machine has no IPv6 loopback");
        start(sockets, NetUtil.LOCALHOST6);
        assertThat(attempt("[::1]")).isEqualTo("end");
        assertThat(attempt("localhost")).isEqualTo("end");
    }

    @ParameterizedTest
    @EnumSource
    void aHostThatRefusesEverywhereIsNoConnection(Sockets sockets) throws Exception {
        start(sockets, NetUtil.LOCALHOST4);
        dns.answer(HOST, 60, NOBODY, NOBODY_EITHER);
        assertThat(attempt(HOST)).isEqualTo("CONNECT: No connection to the provider could be made.");
    }

    @ParameterizedTest
    @EnumSource
    void aNameThatDoesNotExistIsNoConnection(Sockets sockets) throws Exception {
        start(sockets, NetUtil.LOCALHOST4);
        dns.deny(HOST);
        assertThat(attempt(HOST)).isEqualTo("CONNECT: No connection to the provider could be made.");
    }

    /**
     * An address that swallows everything: a socket that listens and whose queue is full. The connection is there long
     * before the kernel would repeat its first segment, a second later.
     */
    @ParameterizedTest
    @EnumSource
    void theNextAddressIsTriedWhenOneIsSilent(Sockets sockets) throws Exception {
        start(sockets, NetUtil.LOCALHOST4);
        dns.answer(HOST, 60, NOBODY, "127.0.0.1");
        List<Socket> queue = new ArrayList<>();
        try (ServerSocket silent =
                new ServerSocket(Objects.requireNonNull(provider).port(), 1, ip(NOBODY))) {
            assumeTrue(fill(silent, queue), "this kernel goes on accepting");
            long begin = System.nanoTime();
            assertThat(attempt(HOST)).isEqualTo("end");
            assertThat(NANOSECONDS.toMillis(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Dial.HEAD_START_MILLIS);
            assertThat(attempt(HOST)).isEqualTo("end");
        } finally {
            for (Socket waiting : queue) {
                waiting.close();
            }
        }
    }

    /** Connects until nobody answers any more; false if somebody always does. */
    private static boolean fill(ServerSocket silent, List<Socket> queue) throws IOException {
        for (int i = 0; i < 16; i++) {
            Socket waiting = new Socket();
            queue.add(waiting);
            try {
                waiting.connect(silent.getLocalSocketAddress(), 200);
            } catch (SocketTimeoutException e) {
                return true;
            }
        }
        return false;
    }
}
