package dev.sluice.gateway.it;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** The HTTP/2 twin of {@link ScriptedProvider}: TLS with ALPN {@code h2}, the same scripts. */
final class Http2Provider implements AutoCloseable {
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ScriptedProvider.Scripts scripts = new ScriptedProvider.Scripts();
    private final AtomicInteger connections = new AtomicInteger();
    private final Channel server;

    Http2Provider(X509Bundle certificate) throws Exception {
        SslContext tls = SslContextBuilder.forServer(certificate.toKeyManagerFactory())
                .sslProvider(SslProvider.JDK)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2))
                .build();
        server = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connections.incrementAndGet();
                        channel.pipeline()
                                .addLast(tls.newHandler(channel.alloc()))
                                .addLast(Http2FrameCodecBuilder.forServer().build())
                                .addLast(new Http2MultiplexHandler(new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel stream) {
                                        stream.pipeline().addLast(new Stream());
                                    }
                                }));
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
    }

    ScriptedProvider.Scripts scripts() {
        return scripts;
    }

    URI baseUrl() {
        return URI.create("https://localhost:" + ((InetSocketAddress) server.localAddress()).getPort() + "/v1");
    }

    int acceptedConnections() {
        return connections.get();
    }

    @Override
    public void close() {
        server.close().syncUninterruptibly();
        loops.shutdownGracefully(0, 2, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** Gathers one request and starts its script on a virtual thread. */
    private final class Stream extends ChannelInboundHandlerAdapter {
        private final CompletableFuture<Long> gone = new CompletableFuture<>();
        private final StringBuilder head = new StringBuilder();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            boolean last = false;
            if (message instanceof Http2HeadersFrame headers) {
                writeOut(headers.headers());
                last = headers.isEndStream();
            } else if (message instanceof Http2DataFrame data) {
                body.writeBytes(ByteBufUtil.getBytes(data.content()));
                last = data.isEndStream();
            }
            ReferenceCountUtil.release(message);
            if (last) {
                ReceivedRequest request = new ReceivedRequest(head.toString(), body.toByteArray(), "HTTP/2");
                Http2Wire wire = new Http2Wire(context.channel(), request, gone);
                Thread.ofVirtual().start(() -> play(wire));
            }
        }

        private void writeOut(Http2Headers headers) {
            head.append(headers.method()).append(' ').append(headers.path()).append(" HTTP/2\r\n");
            for (Map.Entry<CharSequence, CharSequence> field : headers) {
                if (field.getKey().charAt(0) != ':') {
                    head.append(field.getKey())
                            .append(": ")
                            .append(field.getValue())
                            .append("\r\n");
                }
            }
            head.append("host: ").append(headers.authority()).append("\r\n\r\n");
        }

        private void play(Http2Wire wire) {
            try {
                scripts.scriptFor(wire.request()).play(wire);
            } catch (IOException clientGone) {
                // What many tests are about.
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof Http2ResetFrame) {
                gone.complete(System.nanoTime());
            }
            ReferenceCountUtil.release(event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            gone.complete(System.nanoTime());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            gone.complete(System.nanoTime());
        }
    }

    /** {@link Wire} over one HTTP/2 stream. */
    private record Http2Wire(Channel stream, ReceivedRequest request, CompletableFuture<Long> gone) implements Wire {

        @Override
        public void head(int status, String... fields) throws IOException {
            Http2Headers headers = new DefaultHttp2Headers().status(String.valueOf(status));
            for (int i = 0; i < fields.length; i += 2) {
                headers.add(fields[i], fields[i + 1]);
            }
            send(new DefaultHttp2HeadersFrame(headers));
        }

        @Override
        public void write(byte[] bytes) throws IOException {
            send(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(bytes)));
        }

        @Override
        public void end() throws IOException {
            send(new DefaultHttp2DataFrame(true));
        }

        @Override
        public void reset() throws IOException {
            send(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR));
        }

        @Override
        public void cut() {
            stream.parent().close().awaitUninterruptibly();
        }

        @Override
        public void raw(byte[] bytes) {
            throw new UnsupportedOperationException("raw bytes need HTTP/1.1");
        }

        @Override
        public void splitWrites(Split split) {
            throw new UnsupportedOperationException("wire splits need HTTP/1.1");
        }

        @Override
        public long awaitGone() {
            return gone.join();
        }

        private void send(Object frame) throws IOException {
            if (!stream.writeAndFlush(frame).awaitUninterruptibly().isSuccess()) {
                throw new ClosedChannelException();
            }
        }
    }
}
