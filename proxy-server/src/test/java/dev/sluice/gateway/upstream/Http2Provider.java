package dev.sluice.gateway.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.gateway.wire.Engine;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.ReferenceCountUtil;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A provider behind TLS that speaks HTTP/2, frame by frame in the hands of the test. */
final class Http2Provider {
    private final Engine engine;
    private final List<Channel> connections = new ArrayList<>();
    private final List<Stream> streams = new ArrayList<>();

    Http2Provider(Engine engine, int port, X509Bundle certificate, long maxStreams) throws Exception {
        this.engine = engine;
        SslContext tls = SslContextBuilder.forServer(certificate.toKeyManagerFactory())
                .sslProvider(SslProvider.JDK)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2))
                .build();
        engine.network().listen(port, new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel accepted) {
                connections.add(accepted);
                accepted.pipeline()
                        .addLast(tls.newHandler(accepted.alloc()))
                        .addLast(Http2FrameCodecBuilder.forServer()
                                .initialSettings(Http2Settings.defaultSettings().maxConcurrentStreams(maxStreams))
                                .build())
                        .addLast(new Http2MultiplexHandler(new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel opened) {
                                Stream stream = new Stream(opened);
                                streams.add(stream);
                                opened.pipeline().addLast(stream);
                            }
                        }))
                        .addLast(new Ignoring());
            }
        });
    }

    /** For {@code localhost}, signed by itself. */
    static X509Bundle certificate() throws Exception {
        Instant now = Instant.now();
        return new CertificateBuilder()
                .ecp256()
                .subject("CN=localhost")
                .addSanDnsName("localhost")
                .setIsCertificateAuthority(true)
                .notBefore(now.minus(1, ChronoUnit.DAYS))
                .notAfter(now.plus(1, ChronoUnit.DAYS))
                .buildSelfSigned();
    }

    static Path pem(X509Bundle certificate, Path directory) throws Exception {
        return Files.writeString(directory.resolve("ca.pem"), certificate.getCertificatePEM());
    }

    int connections() {
        engine.settle();
        return connections.size();
    }

    int streams() {
        engine.settle();
        return streams.size();
    }

    Stream stream(int index) {
        engine.settle();
        return streams.get(index);
    }

    boolean isClosed(int connection) {
        engine.settle();
        return !connections.get(connection).isActive();
    }

    /** Tells that nothing behind the streams known so far will be served. */
    void goAway(int connection) {
        connections
                .get(connection)
                .pipeline()
                .context(Ignoring.class)
                .writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
        engine.settle();
    }

    void close(int connection) {
        Channel lost = connections.get(connection);
        lost.unsafe().close(lost.voidPromise());
        engine.settle();
    }

    private static final class Ignoring extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
        }
    }

    /** One request, and the answer to it. */
    final class Stream extends ChannelInboundHandlerAdapter {
        private final Channel channel;
        private final StringBuilder body = new StringBuilder();
        private @Nullable Http2Headers headers;

        Stream(Channel channel) {
            this.channel = channel;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof Http2HeadersFrame frame) {
                headers = frame.headers();
            } else if (message instanceof Http2DataFrame frame) {
                body.append(frame.content().toString(UTF_8));
            }
            ReferenceCountUtil.release(message);
        }

        Stream head(String status) {
            channel.writeAndFlush(
                    new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status(status), /* endStream= */ false));
            engine.settle();
            return this;
        }

        Stream data(String text, boolean last) {
            channel.writeAndFlush(new DefaultHttp2DataFrame(
                    channel.alloc().buffer(Math.max(1, text.length())).writeBytes(text.getBytes(UTF_8)), last));
            engine.settle();
            return this;
        }

        void answer(String text) {
            head("200").data(text, true);
        }

        void reset() {
            channel.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.REFUSED_STREAM));
            engine.settle();
        }

        boolean isClosed() {
            engine.settle();
            return !channel.isActive();
        }

        String body() {
            engine.settle();
            return body.toString();
        }

        @Nullable
        String header(String name) {
            CharSequence value = headers == null ? null : headers.get(name);
            return value == null ? null : value.toString();
        }
    }
}
