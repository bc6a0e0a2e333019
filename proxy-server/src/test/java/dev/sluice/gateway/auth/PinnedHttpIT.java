package dev.sluice.gateway.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PinnedHttpIT {
    private static final SSLSocketFactory PLATFORM = (SSLSocketFactory) SSLSocketFactory.getDefault();
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final InetAddress LOOPBACK = address("127.0.0.1");

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private ServerSocket server = socket();

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static ServerSocket socket() {
        try {
            return new ServerSocket(0, 50, LOOPBACK);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    /** Answers each connection with these pieces, once its request has come, and then closes it or not. */
    private void answers(boolean closes, String... pieces) {
        ServerSocket listening = server;
        Thread.ofVirtual().start(() -> {
            while (!listening.isClosed()) {
                try {
                    Socket socket = listening.accept();
                    open.add(socket);
                    requests.add(head(socket.getInputStream()));
                    for (String piece : pieces) {
                        socket.getOutputStream().write(piece.getBytes(ISO_8859_1));
                        socket.getOutputStream().flush();
                    }
                    if (closes) {
                        socket.close();
                    }
                } catch (IOException e) {
                    // The client has gone: so does this connection.
                    continue;
                }
            }
        });
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int c = in.read();
            if (c < 0) {
                throw new IOException("the request ends early");
            }
            head.append((char) c);
        }
        return head.toString();
    }

    private URI url(String scheme, String host, String path) {
        return URI.create(scheme + "://" + host + ":" + server.getLocalPort() + path);
    }

    private static PinnedHttp http(boolean allowPrivate, InetAddress... addresses) {
        return new PinnedHttp(host -> addresses, allowPrivate, PLATFORM, LONG);
    }

    @Test
    void asksTheAddressThatWasLookedUpUnderTheNameOfTheHost() throws Exception {
        answers(true, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");

        IssuerHttp.Answer answer = http(true, LOOPBACK).get(url("http", "login.example", "/keys?version=1"));

        assertThat(answer).isEqualTo(new IssuerHttp.Answer(200, "{}"));
        assertThat(requests.get(0))
                .startsWith("GET /keys?version=1 HTTP/1.1\r\n")
                .containsIgnoringCase("\r\nhost: login.example:" + server.getLocalPort() + "\r\n");
    }

    @Test
    void understandsAnswersInPiecesInChunksAndUntilTheEnd() throws Exception {
        answers(
                false,
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-enc",
                "oding: chunked\r\n\r\n1\r\n{\r\n",
                "1\r\n}\r\n0\r\n\r\n");
        assertThat(http(true, LOOPBACK).get(url("http", "a.example", "/")).body())
                .isEqualTo("{}");

        server.close();
        server = socket();
        answers(true, "HTTP/1.1 404 Not Found\r\n\r\nno ", "such thing");
        assertThat(http(true, LOOPBACK).get(url("http", "a.example", "")))
                .isEqualTo(new IssuerHttp.Answer(404, "no such thing"));
    }

    @Test
    void goesToTheNextAddressWhenOneDoesNotListen() throws Exception {
        answers(true, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");

        assertThat(http(true, address("127.0.0.2"), LOOPBACK)
                        .get(url("http", "a.example", "/"))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void connectsToNoAddressThatIsNotPublicAndToNoneWithoutTls() {
        answers(true, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");

        for (String inside : List.of("127.0.0.1", "169.254.169.254", "::1", "10.0.0.1")) {
            assertThatThrownBy(() -> http(false, address(inside)).get(url("https", "rebound.example", "/")))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("none of its addresses is public");
        }
        assertThatThrownBy(() -> http(false, LOOPBACK).get(url("http", "a.example", "/")))
                .hasMessageContaining("the scheme is http");
        assertThatThrownBy(() -> http(true, LOOPBACK).get(URI.create("ftp://a.example/")))
                .hasMessageContaining("the scheme is ftp");
        assertThat(requests).isEmpty();
    }

    @Test
    void followsNoRedirect() throws Exception {
        answers(true, "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n");

        assertThat(http(true, LOOPBACK).get(url("http", "a.example", "/")).status())
                .isEqualTo(302);
        assertThat(requests).hasSize(1);
    }

    @Test
    void readsNoMoreThanItAllows() {
        int tooMany = PinnedHttp.MAX_BODY_BYTES + 1;
        for (String head : List.of(
                "content-length: " + tooMany + "\r\n\r\n",
                "transfer-encoding: chunked\r\n\r\n" + Integer.toHexString(tooMany) + "\r\n",
                "\r\n")) {
            answersOnce("HTTP/1.1 200 OK\r\n" + head, "x".repeat(tooMany));
            assertThatThrownBy(() -> http(true, LOOPBACK).get(url("http", "a.example", "/")))
                    .isInstanceOf(IOException.class);
        }
        answersOnce("HTTP/1.1 100 Continue\r\n\r\n".repeat(100_000), "");
        assertThatThrownBy(() -> http(true, LOOPBACK).get(url("http", "a.example", "/")))
                .isInstanceOf(IOException.class);
    }

    private void answersOnce(String... pieces) {
        try {
            server.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        server = socket();
        answers(true, pieces);
    }

    @Test
    void whatIsNotHttpOrNotCompleteOrNotUtf8IsNoAnswer() {
        for (String answer : List.of(
                "",
                "hello\r\n\r\n",
                "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\u00ff\u00fe")) {
            answersOnce(answer);
            assertThatThrownBy(() -> http(true, LOOPBACK).get(url("http", "a.example", "/")))
                    .as(answer)
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void anAnswerThatComesTooSlowlyIsNone() {
        answers(false, "HTTP/1.1 200 OK\r\n");
        PinnedHttp hasty = new PinnedHttp(host -> new InetAddress[] {LOOPBACK}, true, PLATFORM, Duration.ofMillis(200));

        assertThatThrownBy(() -> hasty.get(url("http", "a.example", "/"))).isInstanceOf(IOException.class);
    }

    @Test
    void sendsAFormWithItsAuthorization() throws Exception {
        answers(true, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");

        http(true, LOOPBACK).post(url("http", "a.example", "/token"), "grant_type=x", "Basic YTpi");

        assertThat(requests.get(0))
                .startsWith("POST /token HTTP/1.1\r\n")
                .containsIgnoringCase("\r\nauthorization: Basic YTpi\r\n")
                .containsIgnoringCase("\r\ncontent-type: application/x-www-form-urlencoded\r\n")
                .containsIgnoringCase("\r\ncontent-length: 12\r\n");
    }

    @Test
    void wantsTheCertificateOfTheNameThatWasAskedFor() throws Exception {
        X509Bundle authority =
                certificate("CN=Authority").setIsCertificateAuthority(true).buildSelfSigned();
        X509Bundle own = certificate("CN=login.example")
                .addSanDnsName("login.example")
                .addExtendedKeyUsageServerAuth()
                .buildIssuedBy(authority);
        server.close();
        server = listeningWith(own);
        answers(true, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        PinnedHttp http = new PinnedHttp(
                host -> new InetAddress[] {LOOPBACK}, true, trusting(authority).getSocketFactory(), LONG);

        assertThat(http.get(url("https", "login.example", "/")).body()).isEqualTo("{}");

        assertThatThrownBy(() -> http.get(url("https", "other.example", "/")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("other.example");
        assertThatThrownBy(() -> http(true, LOOPBACK).get(url("https", "login.example", "/")))
                .as("an authority that the platform does not know")
                .isInstanceOf(IOException.class);
        assertThat(requests).hasSize(1);
    }

    private static CertificateBuilder certificate(String subject) {
        return new CertificateBuilder().ecp256().subject(subject);
    }

    private static ServerSocket listeningWith(X509Bundle bundle) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(bundle.toKeyStore("".toCharArray()), "".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context.getServerSocketFactory().createServerSocket(0, 50, LOOPBACK);
    }

    private static SSLContext trusting(X509Bundle authority) throws Exception {
        KeyStore known = KeyStore.getInstance(KeyStore.getDefaultType());
        known.load(null);
        known.setCertificateEntry("authority", authority.getCertificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(known);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
