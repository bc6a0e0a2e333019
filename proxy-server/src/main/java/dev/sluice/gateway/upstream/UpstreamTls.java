package dev.sluice.gateway.upstream;

import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The TLS contexts towards providers: certificate chain and host name verified, ALPN for HTTP/2, one context for each
 * set of certificate authorities, shared by all event loops so that sessions are reused. Thread: any.
 */
public final class UpstreamTls {

    private static final Path PLATFORM = Path.of("");

    private final Map<Path, SslContext> contexts = new ConcurrentHashMap<>();
    private final Map<Path, SslContext> http1Contexts = new ConcurrentHashMap<>();

    /** @param ca PEM file of the authorities to trust; null: the platform's */
    SslContext context(@Nullable Path ca) {
        return contexts.computeIfAbsent(
                ca == null ? PLATFORM : ca,
                file -> build(file, ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1));
    }

    /** The same for connections that must speak HTTP/1.1: those that are to become WebSockets. */
    SslContext http1Context(@Nullable Path ca) {
        return http1Contexts.computeIfAbsent(
                ca == null ? PLATFORM : ca, file -> build(file, ApplicationProtocolNames.HTTP_1_1));
    }

    /** Builds the context for {@code ca} now, so that an unreadable file is an error at the start. */
    public void prepare(@Nullable Path ca) {
        context(ca);
    }

    private static SslContext build(Path ca, String... protocols) {
        SslContextBuilder builder = SslContextBuilder.forClient()
                .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
                .protocols("TLSv1.3", "TLSv1.2")
                .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .endpointIdentificationAlgorithm("HTTPS")
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        protocols));
        if (!ca.equals(PLATFORM)) {
            builder.trustManager(ca.toFile());
        }
        try {
            return builder.build();
        } catch (SSLException e) {
            throw new UncheckedIOException(e);
        }
    }
}
