package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tools of the other tests, tried on each other with no gateway in between: they see what they are there to see. */
final class ToolsIT {
    private static ScriptedProvider provider;

    @BeforeAll
    static void start() throws Exception {
        provider = ScriptedProvider.start();
    }

    @AfterAll
    static void stop() throws Exception {
        provider.close();
    }

    private static Answer ask(Script script) throws IOException {
        String model = provider.scripts().add(script);
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), provider.port());
        return RawClient.call(address, Call.chat(Words.streamed(model)).with("x-canary", "c-1"));
    }

    @Test
    void theProviderKeepsRequestsByteForByte() throws Exception {
        Answer answer = ask(Script.sse(Words.STREAM));

        assertThat(answer.complete()).isTrue();
        assertThat(answer.text()).isEqualTo(Words.STREAM);
        ReceivedRequest request = provider.scripts().requests().getLast();
        assertThat(request.head())
                .startsWith("POST /v1/chat/completions HTTP/1.1\r\n")
                .endsWith("\r\n\r\n");
        assertThat(request.text()).isEqualTo(Words.streamed(request.model()));
        assertThat(provider.scripts().everything()).contains("c-1");
    }

    @Test
    void theClientSeesThatAStreamWasCut() throws Exception {
        Script begun = Script.of(Script.sseHead(), Script.send(Words.STREAM));

        assertThat(ask(Script.of(begun, Script.cut())).complete()).isFalse();
        assertThat(ask(Script.of(begun, Script.reset())).complete()).isFalse();
        assertThat(ask(Script.of(begun, Script.raw("10\r\nhalf"), Script.cut())).complete())
                .isFalse();
        assertThat(ask(Script.of(Script.head(200, "content-length", "9"), Script.send("half"), Script.cut()))
                        .complete())
                .isFalse();
        assertThat(ask(Script.of(begun, Script.end())).complete()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1000})
    void splitsLoseNothing(int longest) throws Exception {
        Script script = Script.of(
                Script.splitWrites(Split.random(1, longest)),
                Script.sseHead(),
                Script.send(Words.STREAM.getBytes(UTF_8), Split.random(2, longest)),
                Script.end());

        assertThat(ask(script).text()).isEqualTo(Words.STREAM);
        assertThat(Split.EACH_BYTE.cut(new byte[5])).hasSize(5);
    }

    @Test
    void theProviderSeesItsClientGo() throws Exception {
        CompletableFuture<Long> gone = new CompletableFuture<>();
        String model = provider.scripts().add(Script.of(Script.sseHead(), Script.send(":\n\n"), Script.stall(gone)));
        try (RawClient client =
                new RawClient(new InetSocketAddress(InetAddress.getLoopbackAddress(), provider.port()))) {
            assertThat(client.send(Call.chat(Words.chat(model))).begin().read(3))
                    .isNotEmpty();
            assertThat(gone).isNotDone();
        }

        assertThat(gone.get(2, TimeUnit.SECONDS)).isPositive();
    }

    @Test
    void theHttp2ProviderPlaysTheSameScripts(@TempDir Path directory) throws Exception {
        TestCertificates certificates = new TestCertificates(directory);
        LeakGuard.listen();
        try (Http2Provider http2 = new Http2Provider(certificates.forLocalhost());
                HttpClient client = HttpClient.newBuilder()
                        .sslContext(certificates.client())
                        .build()) {
            String model = http2.scripts().add(Script.sse(Words.STREAM));
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create(http2.baseUrl() + "/chat/completions"))
                            .POST(HttpRequest.BodyPublishers.ofString(Words.streamed(model)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(answer.body()).isEqualTo(Words.STREAM);
            assertThat(http2.scripts().only(model).protocol()).isEqualTo("HTTP/2");
        }
        LeakGuard.assertNoLeak();
    }

    @Test
    void aHostNameThatIsNotInTheCertificateIsSeen(@TempDir Path directory) throws Exception {
        TestCertificates certificates = new TestCertificates(directory);
        try (ScriptedProvider elsewhere =
                        ScriptedProvider.startTls(TestCertificates.server(certificates.forAnotherHost()));
                HttpClient client = HttpClient.newBuilder()
                        .sslContext(certificates.client())
                        .build()) {
            HttpRequest request = HttpRequest.newBuilder(elsewhere.baseUrl()).build();

            assertThatThrownBy(() -> client.send(request, HttpResponse.BodyHandlers.discarding()))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void aLostBufferIsReported() {
        LeakGuard.listen();
        ByteBufAllocator.DEFAULT.directBuffer(64).touch("a buffer that this test loses");

        assertThatThrownBy(LeakGuard::assertNoLeak)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("a buffer that this test loses");
    }

    @Test
    void postgresSurvivesItsDeath() throws Exception {
        try (PostgresServer postgres = new PostgresServer()) {
            String url = postgres.newDatabase();
            execute(url, "CREATE TABLE t (n int)");
            execute(url, "INSERT INTO t VALUES (7)");

            PostgresServer.Killed killed = postgres.kill();
            assertThatThrownBy(() -> execute(url, "SELECT 1")).isInstanceOf(SQLException.class);
            killed.restart();

            execute(url, "UPDATE t SET n = 8 WHERE n = 7");
        }
    }

    private static void execute(String url, String sql) throws SQLException {
        try (Connection connection = PostgresServer.connectTo(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
