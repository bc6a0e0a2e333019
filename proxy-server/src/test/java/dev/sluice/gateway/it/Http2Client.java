package dev.sluice.gateway.it;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
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
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** An HTTP/2 client in clear text with prior knowledge, one connection with many streams. */
final class Http2Client implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 30;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel connection;

    Http2Client(InetSocketAddress gateway) throws InterruptedException {
        connection = new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(Http2FrameCodecBuilder.forClient().build())
                                .addLast(new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
                    }
                })
                .connect(gateway)
                .sync()
                .channel();
    }

    /** One call on a connection of its own. */
    static Answer call(InetSocketAddress gateway, Call call) throws Exception {
        try (Http2Client client = new Http2Client(gateway)) {
            return client.begin(call).answer();
        }
    }

    Incoming begin(Call call) throws IOException {
        Incoming incoming = new Incoming();
        Http2StreamChannel stream = new Http2StreamChannelBootstrap(connection)
                .handler(incoming)
                .open()
                .syncUninterruptibly()
                .getNow();
        Http2Headers headers = new DefaultHttp2Headers()
                .method(call.method())
                .scheme("http")
                .authority("gateway")
                .path(call.path());
        for (Map.Entry<String, String> field : call.fields()) {
            headers.add(field.getKey(), field.getValue());
        }
        byte[] body = call.body();
        incoming.stream = stream;
        ended(stream.writeAndFlush(new DefaultHttp2HeadersFrame(headers, body.length == 0)), incoming);
        if (body.length > 0) {
            ended(stream.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(body), true)), incoming);
        }
        return incoming;
    }

    private static void ended(ChannelFuture written, Incoming incoming) {
        written.addListener(future -> {
            if (!future.isSuccess()) {
                incoming.finish();
            }
        });
    }

    /** Whether the gateway has closed the connection. */
    boolean closed() {
        return !connection.isActive();
    }

    @Override
    public void close() {
        connection.close().syncUninterruptibly();
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** One answer while it comes. */
    static final class Incoming extends ChannelInboundHandlerAdapter {
        private final CompletableFuture<Fields> head = new CompletableFuture<>();
        private final CompletableFuture<Answer> answer = new CompletableFuture<>();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private final AtomicLong received = new AtomicLong();
        private volatile @org.jspecify.annotations.Nullable Http2StreamChannel stream;
        private volatile boolean keep = true;
        private int status;
        private boolean ended;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof Http2HeadersFrame headers) {
                onHead(headers.headers());
                ended |= headers.isEndStream();
            } else if (message instanceof Http2DataFrame data) {
                received.addAndGet(data.content().readableBytes());
                if (keep) {
                    body.writeBytes(ByteBufUtil.getBytes(data.content()));
                }
                ended |= data.isEndStream();
            }
            ReferenceCountUtil.release(message);
            if (ended) {
                finish();
            }
        }

        private void onHead(Http2Headers headers) {
            List<Map.Entry<String, String>> fields = new ArrayList<>();
            for (Map.Entry<CharSequence, CharSequence> field : headers) {
                fields.add(Map.entry(field.getKey().toString(), field.getValue().toString()));
            }
            if (!head.isDone()) {
                status = Integer.parseInt(headers.status().toString());
                head.complete(new Fields(fields));
            }
        }

        private void finish() {
            head.complete(new Fields(List.of()));
            answer.complete(new Answer(status, head.join(), body.toByteArray(), ended));
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            // RST_STREAM comes as an event; the stream's end follows.
            ReferenceCountUtil.release(event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            finish();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            finish();
        }

        /** From now on counts what comes, and keeps none of it. */
        Incoming countOnly() {
            keep = false;
            return this;
        }

        long received() {
            return received.get();
        }

        /** Stops or resumes granting window. */
        void reading(boolean on) {
            java.util.Objects.requireNonNull(stream).config().setAutoRead(on);
        }

        /** Takes the stream back with RST_STREAM. */
        void cancel() {
            java.util.Objects.requireNonNull(stream)
                    .writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL))
                    .awaitUninterruptibly();
        }

        Answer answer() throws IOException {
            return get(answer);
        }

        Fields head() throws IOException {
            return get(head);
        }

        private static <T> T get(CompletableFuture<T> future) throws IOException {
            try {
                return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException | ExecutionException | TimeoutException e) {
                throw new IOException("no answer within " + PATIENCE_SECONDS + " s", e);
            }
        }
    }
}
