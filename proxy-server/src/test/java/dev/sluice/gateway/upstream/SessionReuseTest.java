package dev.sluice.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A second connection to a provider goes on with the session of the first: no certificates are sent or checked again. */
class SessionReuseTest {
    private static final int PORT = 443;

    @TempDir
    static Path directory;

    private static X509Bundle certificate;
    private static Path authority;

    @BeforeAll
    static void makeCertificate() throws Exception {
        certificate = Http2Provider.certificate();
        authority = Http2Provider.pem(certificate, directory);
    }

    /** How many bytes the provider sends until a connection stands: with a certificate among them it is far more. */
    private static int handshake(UpstreamTls tls, SslContext provider) {
        SslHandler ours = tls.context(authority).newHandler(ByteBufAllocator.DEFAULT, "localhost", PORT);
        EmbeddedChannel client = new EmbeddedChannel(ours);
        EmbeddedChannel server = new EmbeddedChannel(provider.newHandler(ByteBufAllocator.DEFAULT));
        int sent = exchange(client, server);
        assertThat(ours.handshakeFuture().isSuccess()).isTrue();
        // Tickets of TLS 1.3 come with the first that is read.
        server.writeOutbound(Unpooled.copiedBuffer(new byte[] {1}));
        exchange(client, server);
        client.finishAndReleaseAll();
        server.finishAndReleaseAll();
        return sent;
    }

    /** Lets both sides hear what the other has written until nobody has anything to say. */
    private static int exchange(EmbeddedChannel client, EmbeddedChannel server) {
        int fromServer = 0;
        while (true) {
            ByteBuf asked = client.readOutbound();
            ByteBuf answered = server.readOutbound();
            if (asked == null && answered == null) {
                return fromServer;
            }
            if (asked != null) {
                server.writeInbound(asked);
            }
            if (answered != null) {
                fromServer += answered.readableBytes();
                client.writeInbound(answered);
            }
            client.runPendingTasks();
            server.runPendingTasks();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void theSecondConnectionGoesOnWithTheFirstsSession(String version) throws Exception {
        SslContext provider = SslContextBuilder.forServer(certificate.toKeyManagerFactory())
                .protocols(version)
                .build();
        UpstreamTls tls = new UpstreamTls();
        int first = handshake(tls, provider);
        int second = handshake(tls, provider);

        assertThat(second).isLessThan(first - certificate.getCertificate().getEncoded().length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void anotherGatewayHasNoSessionToGoOnWith(String version) throws Exception {
        SslContext provider = SslContextBuilder.forServer(certificate.toKeyManagerFactory())
                .protocols(version)
                .build();
        int first = handshake(new UpstreamTls(), provider);
        int second = handshake(new UpstreamTls(), provider);

        assertThat(second).isGreaterThan(first - certificate.getCertificate().getEncoded().length);
    }
}
