package dev.sluice.gateway.edge;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.exchange.ExchangeLoop;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The pipeline of a client's connection: TLS if configured, then the protocol that ALPN or the first bytes name.
 *
 * <pre>
 *   HTTP/1.1:  RequestDecoder ─ EdgeHandler
 *   HTTP/2:    frame codec ─ multiplexer ─ EdgeHttp2Connection
 *                              └ each stream: object codec ─ RequestGuard ─ EdgeHandler
 * </pre>
 *
 * Thread: event loop.
 */
final class EdgePipeline extends ChannelInitializer<Channel> {

    private static final long TLS_HANDSHAKE_MILLIS = TimeUnit.SECONDS.toMillis(5);

    /** A client's programs share few connections, and a stream lasts as long as an answer is written. */
    private static final int MAX_STREAMS = 1_000;

    /** What may come of a request's body before somebody has read of it: 5 MB/s over 50 ms. */
    private static final int STREAM_WINDOW_BYTES = 256 * 1024;
    /** The codec makes no frame larger than what may still be written, for all streams together. */
    private static final WriteBufferWaterMark CONNECTION_MARKS = new WriteBufferWaterMark(128 * 1024, 256 * 1024);
    /** What waits for a client that does not take it, times {@link #MAX_STREAMS}, is what a connection can cost. */
    private static final WriteBufferWaterMark STREAM_MARKS = new WriteBufferWaterMark(8 * 1024, 32 * 1024);

    private final ExchangeLoops loops;
    private final CallerDialects dialects;
    private final GatewayConfig.Limits limits;
    private final Browsers browsers;
    /** For connections to come. */
    private volatile @Nullable SslContext tls;

    EdgePipeline(
            ExchangeLoops loops,
            CallerDialects dialects,
            GatewayConfig.Limits limits,
            Browsers browsers,
            @Nullable SslContext tls) {
        this.loops = loops;
        this.dialects = dialects;
        this.limits = limits;
        this.browsers = browsers;
        this.tls = tls;
    }

    /** From now on handshakes show another certificate. Thread: any. */
    void renew(SslContext other) {
        tls = other;
    }

    @Override
    protected void initChannel(Channel channel) {
        SslContext context = tls;
        if (context == null) {
            channel.pipeline().addLast(new PrefaceDetector(this, loop(channel)));
            return;
        }
        SslHandler handler = context.newHandler(channel.alloc());
        handler.setHandshakeTimeoutMillis(TLS_HANDSHAKE_MILLIS);
        channel.pipeline().addLast(handler).addLast(new ProtocolChooser());
    }

    void addHttp1(ChannelPipeline pipeline) {
        pipeline.addLast(new RequestDecoder(limits));
        addEdgeHandler(pipeline, /* http2= */ false);
    }

    void addHttp2(ChannelPipeline pipeline) {
        pipeline.channel().config().setWriteBufferWaterMark(CONNECTION_MARKS);
        pipeline.addLast(Http2FrameCodecBuilder.forServer()
                .initialSettings(Http2Settings.defaultSettings()
                        .maxConcurrentStreams(MAX_STREAMS)
                        .initialWindowSize(STREAM_WINDOW_BYTES)
                        .maxHeaderListSize(limits.headerBytes()))
                .validateRequiredPseudoHeaders(true)
                // Streams that outlive the drain are ended by their exchanges, so the connection may wait for them.
                .gracefulShutdownTimeoutMillis(-1)
                .build());
        pipeline.addLast(new Http2MultiplexHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel stream) {
                stream.config().setWriteBufferWaterMark(STREAM_MARKS);
                stream.pipeline()
                        .addLast(new Http2StreamFrameToHttpObjectCodec(/* isServer= */ true))
                        .addLast(new RequestGuard(limits));
                addEdgeHandler(stream.pipeline(), /* http2= */ true);
            }
        }));
        pipeline.addLast(new EdgeHttp2Connection(loop(pipeline.channel()), limits));
    }

    private void addEdgeHandler(ChannelPipeline pipeline, boolean http2) {
        Channel channel = pipeline.channel();
        pipeline.addLast(new EdgeHandler(loop(channel), dialects, limits, browsers, http2, from(channel)));
    }

    /** Of a connection, or of the one that a stream belongs to. */
    private static InetAddress from(Channel channel) {
        Channel parent = channel.parent();
        Channel connection = channel.remoteAddress() == null && parent != null ? parent : channel;
        return connection.remoteAddress() instanceof InetSocketAddress address
                ? address.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    private ExchangeLoop loop(Channel channel) {
        return loops.of(channel.eventLoop());
    }

    /** TLS: whatever ALPN agreed on. */
    private final class ProtocolChooser extends ApplicationProtocolNegotiationHandler {
        ProtocolChooser() {
            super(ApplicationProtocolNames.HTTP_1_1);
        }

        @Override
        protected void configurePipeline(ChannelHandlerContext context, String protocol) {
            if (ApplicationProtocolNames.HTTP_2.equals(protocol)) {
                addHttp2(context.pipeline());
            } else {
                addHttp1(context.pipeline());
            }
        }

        @Override
        protected void handshakeFailure(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
