package dev.sluice.gateway.edge;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.gateway.wire.Engine;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client of the edge that speaks HTTP/2 from its first byte. */
final class Http2Client {
    private final Engine engine;
    private final Channel channel;
    private final List<Integer> farewells = new ArrayList<>();
    private boolean answersPings = true;
    private boolean closed;

    Http2Client(Engine engine, int port) {
        this.engine = engine;
        this.channel = engine.network().connect(port, new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel connecting) {
                connecting
                        .pipeline()
                        .addLast(Http2FrameCodecBuilder.forClient()
                                .autoAckPingFrame(false)
                                .build())
                        .addLast(new Http2MultiplexHandler(new Unwanted()))
                        .addLast(new Connection());
            }
        });
    }

    Stream post(String path, String body) {
        return request("POST", path, body);
    }

    Stream request(String method, String path, @Nullable String body) {
        return request(Engine.KEY, method, path, body);
    }

    Stream request(String key, String method, String path, @Nullable String body) {
        Stream stream = new Stream();
        stream.channel =
                new Http2StreamChannelBootstrap(channel).handler(stream).open().getNow();
        Http2Headers headers = new DefaultHttp2Headers()
                .method(method)
                .path(path)
                .scheme("http")
                .authority("gateway")
                .add("authorization", "Bearer " + key);
        stream.channel().write(new DefaultHttp2HeadersFrame(headers, /* endStream= */ body == null));
        if (body != null) {
            stream.channel()
                    .write(new DefaultHttp2DataFrame(
                            channel.alloc().buffer().writeBytes(body.getBytes(UTF_8)), /* endStream= */ true));
        }
        stream.channel().flush();
        engine.settle();
        return stream;
    }

    void close() {
        // Without a word of farewell.
        channel.unsafe().close(channel.voidPromise());
        engine.settle();
    }

    /** From now on it looks as if the connection were very long. */
    void answerNoPings() {
        answersPings = false;
    }

    boolean goneAway() {
        return !farewells().isEmpty();
    }

    /** The last stream ids of the GOAWAY frames that have come. */
    List<Integer> farewells() {
        engine.settle();
        return farewells;
    }

    /** How many requests may be under way, as the edge has said. */
    int maxStreams() {
        return connection().local().maxActiveStreams();
    }

    /** How much the edge takes of all bodies together. */
    int window() {
        return connection().remote().flowController().windowSize(connection().connectionStream());
    }

    private Http2Connection connection() {
        engine.settle();
        return channel.pipeline().get(Http2FrameCodec.class).connection();
    }

    boolean isClosed() {
        engine.settle();
        return closed;
    }

    private final class Connection extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof Http2GoAwayFrame farewell) {
                farewells.add(farewell.lastStreamId());
            } else if (message instanceof Http2PingFrame ping && !ping.ack() && answersPings) {
                context.writeAndFlush(new DefaultHttp2PingFrame(ping.content(), /* ack= */ true));
            }
            ReferenceCountUtil.release(message);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            closed = true;
        }
    }

    private static final class Unwanted extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel pushed) {
            throw new AssertionError("the edge opens no streams");
        }
    }

    /** One request and what comes back. */
    final class Stream extends ChannelInboundHandlerAdapter {
        private final StringBuilder body = new StringBuilder();
        private @Nullable Channel channel;
        private @Nullable Http2Headers headers;
        private boolean ended;
        private @Nullable Long reset;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof Http2HeadersFrame frame) {
                headers = frame.headers();
                ended |= frame.isEndStream();
            } else if (message instanceof Http2DataFrame frame) {
                body.append(frame.content().toString(UTF_8));
                ended |= frame.isEndStream();
            }
            ReferenceCountUtil.release(message);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof Http2ResetFrame frame) {
                reset = frame.errorCode();
            }
            ReferenceCountUtil.release(event);
        }

        /** What arrives from now on fills the window of the stream. */
        void stopReading() {
            channel().config().setAutoRead(false);
        }

        void startReading() {
            channel().config().setAutoRead(true);
            engine.settle();
        }

        void cancel() {
            channel().writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL));
            engine.settle();
        }

        @Nullable
        String status() {
            return header(":status");
        }

        @Nullable
        String header(String name) {
            engine.settle();
            CharSequence value = headers == null ? null : headers.get(name);
            return value == null ? null : value.toString();
        }

        String body() {
            engine.settle();
            return body.toString();
        }

        boolean isEnded() {
            engine.settle();
            return ended;
        }

        @Nullable
        Long reset() {
            engine.settle();
            return reset;
        }

        private Channel channel() {
            if (channel == null) {
                throw new IllegalStateException("not open");
            }
            return channel;
        }
    }
}
