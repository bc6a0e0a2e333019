package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * A provider of realtime sessions on a loopback port. Frames come back as they went; some words are orders:
 * {@code respond} reports usage, {@code close CODE} closes, {@code kill} breaks off, {@code flood} says a lot. A model
 * called {@code refused} is refused.
 */
final class RealtimeProvider implements AutoCloseable {
    static final int FLOOD_FRAMES = 4_000;
    static final String RESPONSE_DONE = """
            {"type":"response.done","response":{"usage":{"total_tokens":120,"input_tokens":100,"output_tokens":20,\
            "input_token_details":{"audio_tokens":60,"cached_tokens":10},"output_token_details":{"audio_tokens":15}}}}""";

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final List<Integer> closeCodes = new CopyOnWriteArrayList<>();
    private final Channel server;

    RealtimeProvider() {
        server = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new HttpServerCodec(), new HttpObjectAggregator(65_536), new Upgrade());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    URI baseUrl() {
        return URI.create("http://localhost:" + ((InetSocketAddress) server.localAddress()).getPort() + "/v1");
    }

    /** The heads of all upgrades that were asked for. */
    List<String> heads() {
        return heads;
    }

    /** The codes of the close frames that have come; 1006 for a session that just broke off. */
    List<Integer> closeCodes() {
        return closeCodes;
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private final class Upgrade extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            FullHttpRequest request = (FullHttpRequest) message;
            heads.add(request.uri() + " " + request.headers());
            if (request.uri().contains("model=refused")) {
                byte[] body =
                        Words.error("no such voice", "invalid_request_error").getBytes(UTF_8);
                DefaultFullHttpResponse refusal = new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.BAD_REQUEST, Unpooled.wrappedBuffer(body));
                refusal.headers().set("content-length", body.length).set("content-type", "application/json");
                context.writeAndFlush(refusal);
                request.release();
                return;
            }
            context.pipeline().addLast(new Session());
            new WebSocketServerHandshakerFactory("ws://localhost/v1/realtime", "realtime", false, 1 << 20)
                    .newHandshaker(request)
                    .handshake(context.channel(), request);
            request.release();
            context.pipeline().remove(this);
        }
    }

    private final class Session extends ChannelInboundHandlerAdapter {
        private boolean closed;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof CloseWebSocketFrame close) {
                closed = true;
                closeCodes.add(close.statusCode());
                context.writeAndFlush(close).addListener(ChannelFutureListener.CLOSE);
            } else if (message instanceof TextWebSocketFrame text) {
                onText(context, text);
            } else if (message instanceof BinaryWebSocketFrame binary) {
                context.writeAndFlush(binary);
            }
        }

        private void onText(ChannelHandlerContext context, TextWebSocketFrame text) {
            String word = text.text();
            if (word.equals("respond")) {
                context.writeAndFlush(new TextWebSocketFrame(RESPONSE_DONE));
            } else if (word.equals("kill")) {
                closed = true;
                context.close();
            } else if (word.startsWith("close ")) {
                closed = true;
                context.writeAndFlush(new CloseWebSocketFrame(true, 0, Integer.parseInt(word.substring(6)), "as told"));
            } else if (word.equals("flood")) {
                for (int i = 0; i < FLOOD_FRAMES; i++) {
                    context.write(new TextWebSocketFrame(i + " " + "x".repeat(4_000)));
                }
                context.flush();
            } else {
                context.writeAndFlush(text.retain());
            }
            text.release();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (!closed) {
                closeCodes.add(1006);
            }
        }
    }
}
