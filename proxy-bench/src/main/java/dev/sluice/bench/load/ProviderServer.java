package dev.sluice.bench.load;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * A provider that answers chat completions at once, whole or streamed, as the model's name says ({@link AnswerShape}).
 * One event loop; nothing is parsed that need not be. Says {@code port N} on its standard output and ends with its
 * standard input. Thread: its own process.
 */
public final class ProviderServer {
    private static final int BACKLOG = 8_192;

    private ProviderServer() {}

    public static void main(String[] args) throws Exception {
        // Standard output is a conversation.
        InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        TimeWheel[] wheel = new TimeWheel[1];
        group.submit(() -> wheel[0] = new TimeWheel(group.next())).sync();
        Map<String, AnswerText> texts = new HashMap<>();
        Channel server = new ServerBootstrap()
                .group(group)
                .channel(EpollServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new ProviderHandler(wheel[0], texts));
                    }
                })
                .bind("127.0.0.1", port)
                .sync()
                .channel();
        System.out.println("port " + ((InetSocketAddress) server.localAddress()).getPort());
        awaitEndOfInput();
        server.close().sync();
        group.shutdownGracefully();
    }

    /** Who started this process holds the other end: no process of a run outlives it. */
    private static void awaitEndOfInput() throws IOException {
        System.in.transferTo(OutputStream.nullOutputStream());
    }
}
