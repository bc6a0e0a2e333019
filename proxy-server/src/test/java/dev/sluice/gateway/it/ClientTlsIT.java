package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers behind TLS: ALPN decides between HTTP/1.1 and HTTP/2. */
final class ClientTlsIT {
    private static Rig rig;
    private static TestCertificates certificates;
    private static Path authority;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        certificates = new TestCertificates(directory);
        authority = certificates.authorityPem();
        X509Bundle bundle = certificates.forLocalhost();
        rig = Rig.start(
                Rig.STANDARD.replace("threads: 2", "threads: 2, tls: { cert: \"${TLS_CERT}\", key: \"${TLS_KEY}\" }"),
                Map.of(
                        "TLS_CERT", certificates.certificatePem(bundle).toString(),
                        "TLS_KEY", certificates.keyPem(bundle).toString()));
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    private static URI uri(String path) {
        return URI.create("https://localhost:" + rig.address().getPort() + path);
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void aStreamArrivesOverBothVersions(HttpClient.Version version) throws Exception {
        try (HttpClient client = HttpClient.newBuilder()
                .sslContext(certificates.client())
                .version(version)
                .build()) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(uri("/v1/chat/completions"))
                            .header("authorization", "Bearer " + rig.key())
                            .POST(HttpRequest.BodyPublishers.ofString(
                                    Words.streamed(rig.model(Script.sse(Words.STREAM)))))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(answer.version()).isEqualTo(version);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(Words.STREAM_WITHOUT_USAGE);
        }
    }

    @Test
    void aCallerWhoDoesNotTrustTheCertificateLeaves() throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().sslContext(SSLContext.getDefault()).build()) {
            assertThatThrownBy(() -> client.send(
                            HttpRequest.newBuilder(uri("/healthz")).build(), HttpResponse.BodyHandlers.ofString()))
                    .isInstanceOf(IOException.class);
        }
        try (HttpClient client =
                HttpClient.newBuilder().sslContext(certificates.client()).build()) {
            assertThat(client.send(
                                    HttpRequest.newBuilder(uri("/healthz")).build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void clearTextOnTheTlsPortIsNotServed() throws Exception {
        try (RawClient client = new RawClient(rig.address())) {
            client.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");

            assertThat(client.endOfConnectionAfterAnything()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.1", "--http2"})
    void curlGetsAStreamOverTls(String version) throws Exception {
        Curl.Result result = Curl.run(
                version,
                "--cacert",
                authority.toString(),
                "-H",
                "authorization: Bearer " + rig.key(),
                "-d",
                Words.streamed(rig.model(Script.sse(Words.STREAM))),
                uri("/v1/chat/completions").toString());

        assertThat(result.exitCode()).as(result.toString()).isZero();
        assertThat(result.version()).isEqualTo(version.equals("--http2") ? "2" : "1.1");
        assertThat(result.status()).isEqualTo(200);
        assertThat(result.body()).isEqualTo(Words.STREAM_WITHOUT_USAGE);
    }
}
