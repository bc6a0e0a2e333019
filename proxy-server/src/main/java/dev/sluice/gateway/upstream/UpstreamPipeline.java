package dev.sluice.gateway.upstream;

import dev.sluice.gateway.route.Origin;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import org.jspecify.annotations.Nullable;

/**
 * The pipeline of a connection to a provider, the mirror of the edge's: TLS, {@link UpstreamHttp1}. With HTTP/2 a codec
 * stands on the connection and each stream is an {@link UpstreamHttp2Stream}. It is built when the connection
 * stands, just before its channel says that it is active. Thread: event loop.
 */
final class UpstreamPipeline {

    private static final int MAX_HEADER_BYTES = AnswerHead.MAX_BYTES;
    /** What may be on its way to a stream: 10 MB a second over a round trip of 100 ms. */
    static final int STREAM_WINDOW_BYTES = 1024 * 1024;

    private final OriginPool pool;
    private final @Nullable SslContext tls;

    UpstreamPipeline(OriginPool pool, @Nullable SslContext tls) {
        this.pool = pool;
        this.tls = tls;
    }

    void addTo(Channel channel) {
        if (tls == null) {
            channel.pipeline().addLast(pool.newHttp1(channel));
            return;
        }
        ProtocolChooser chooser = new ProtocolChooser();
        channel.pipeline().addLast(chooser);
        addTls(channel, chooser, pool.origin(), tls);
    }

    /** The pipeline of a WebSocket: TLS if asked for, HTTP codec (which the handshake replaces), the socket. */
    static void addSocket(Channel channel, Origin origin, @Nullable SslContext tls, UpstreamSocket socket) {
        HttpClientCodec codec = http1Codec();
        channel.pipeline().addLast(codec).addLast(socket);
        if (tls != null) {
            addTls(channel, codec, origin, tls);
        }
    }

    /** Puts TLS before {@code first}, and after all that stand behind it: its handshake begins, or fails, at once. */
    private static void addTls(Channel channel, ChannelHandler first, Origin origin, SslContext tls) {
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addBefore(pipeline.context(first).name(), null, tlsHandler(channel, origin, tls));
    }

    private static SslHandler tlsHandler(Channel channel, Origin origin, SslContext tls) {
        SslHandler handler = tls.newHandler(channel.alloc(), origin.host(), origin.port());
        // The exchange's connect timeout covers the handshake as well; this is the backstop.
        handler.setHandshakeTimeoutMillis(30_000);
        return handler;
    }

    private void configureHttp1(ChannelPipeline pipeline) {
        UpstreamHttp1 connection = pool.newHttp1(pipeline.channel());
        pipeline.addLast(connection);
        pool.onHttp1Ready(connection);
    }

    private void configureHttp2(ChannelPipeline pipeline) {
        pipeline.addLast(Http2FrameCodecBuilder.forClient()
                        .initialSettings(Http2Settings.defaultSettings()
                                .pushEnabled(false)
                                .initialWindowSize(STREAM_WINDOW_BYTES)
                                .maxHeaderListSize(MAX_HEADER_BYTES))
                        .build())
                // Providers open no streams; should one try, its channel ends at once.
                .addLast(new Http2MultiplexHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel pushed) {
                        pushed.close();
                    }
                }))
                .addLast(new UpstreamHttp2Connection(pool));
    }

    /** What a stream of an HTTP/2 connection runs through. */
    static ChannelInitializer<Channel> stream() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel stream) {
                stream.pipeline()
                        .addLast(new Http2StreamFrameToHttpObjectCodec(/* isServer= */ false))
                        .addLast(new UpstreamHttp2Stream(stream));
            }
        };
    }

    private static HttpClientCodec http1Codec() {
        HttpDecoderConfig config =
                new HttpDecoderConfig().setMaxHeaderSize(MAX_HEADER_BYTES).setMaxChunkSize(64 * 1024);
        return new HttpClientCodec(
                config, /* parseHttpAfterConnectRequest= */ false, /* failOnMissingResponse= */ false);
    }

    /** TLS: whatever the handshake agreed on. */
    private final class ProtocolChooser extends ApplicationProtocolNegotiationHandler {
        private boolean settled;

        ProtocolChooser() {
            super(ApplicationProtocolNames.HTTP_1_1);
        }

        @Override
        protected void configurePipeline(ChannelHandlerContext context, String protocol) {
            settled = true;
            if (ApplicationProtocolNames.HTTP_2.equals(protocol)) {
                configureHttp2(context.pipeline());
            } else {
                configureHttp1(context.pipeline());
            }
        }

        @Override
        protected void handshakeFailure(ChannelHandlerContext context, Throwable cause) {
            unsettled(context);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) throws Exception {
            unsettled(context);
            super.channelInactive(context);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            unsettled(context);
        }

        private void unsettled(ChannelHandlerContext context) {
            if (!settled) {
                settled = true;
                pool.onConnectFailed(AttemptFailure.Kind.TLS);
            }
            context.close();
        }
    }
}
