package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.ReloadOutcome;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.observe.Metrics;
import dev.sluice.gateway.route.RouteMemory;
import dev.sluice.gateway.usage.UsageRow;
import dev.sluice.gateway.wire.Configs;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AdminServerIT {
    private static final UsageRow ROW = Figures.row(Figures.costing(4), "gpt-4o");

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Metrics metrics = new Metrics();
    private UsageApi.Source source = query -> Figures.answer(ROW);
    private ReloadOutcome outcome = new ReloadOutcome.Applied(List.of(), List.of());
    private @Nullable AdminServer server;

    @AfterEach
    void close() {
        client.close();
        if (server != null) {
            server.close();
        }
    }

    @Test
    void servesMetricsInTheTextFormat() throws Exception {
        start(null);
        metrics.gauge("sluice_usage_queue_depth", "Waiting.", () -> 5);

        HttpResponse<String> page = get("/metrics");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("content-type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(page.body())
                .contains("\nsluice_usage_queue_depth 5.0\n")
                .contains("# TYPE jvm_threads_current gauge");
    }

    @Test
    void servesHealth() throws Exception {
        start(null);

        assertThat(get("/healthz").body()).isEqualTo("{\"status\":\"ok\"}");
        assertThat(get("/health/detailed").body())
                .isEqualTo(
                        "{\"status\":\"ok\",\"parts\":{\"data plane\":{\"state\":\"ok\",\"detail\":\"listening\"}}}");
    }

    @Test
    void servesUsageWithHeadersThatKeepItOutOfCaches() throws Exception {
        start(null);

        HttpResponse<String> page = get("/admin/api/usage?by=key&from=2026-11-01&to=2026-11-30");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(page.headers().firstValue("cache-control")).hasValue("no-store");
        assertThat(page.headers().firstValue("x-content-type-options")).hasValue("nosniff");
        assertThat(page.headers().map()).doesNotContainKey("access-control-allow-origin");
        assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
                .startsWith("default-src 'none'; ")
                .contains("frame-ancestors 'none'");
        assertThat(page.headers().firstValue("referrer-policy")).hasValue("no-referrer");
        assertThat(page.headers().firstValue("x-request-id").orElseThrow()).hasSize(36);
        assertThat(page.body()).contains("\"by\":\"key\"", "\"key\":\"gpt-4o\"", "\"pending\":0");
    }

    @Test
    void servesUsageAsCsvToWhoAcceptsIt() throws Exception {
        start(null);

        HttpResponse<String> page = get("/admin/api/usage?by=model", "accept", "text/csv");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("content-type")).hasValue("text/csv; charset=utf-8; header=present");
        assertThat(page.headers().firstValue("x-sluice-usage-pending")).hasValue("0");
        assertThat(page.body()).startsWith("model,requests,").contains("\r\ngpt-4o,1,");
        assertThat(get("/admin/api/usage?format=csv").body()).isEqualTo(page.body());
    }

    @Test
    void wantsTheTokenForTheApiAlone() throws Exception {
        start(new Secret("t0ken"));

        assertThat(get("/admin/api/usage").statusCode()).isEqualTo(401);
        assertThat(get("/admin/api/usage", "authorization", "Bearer wrong").statusCode())
                .isEqualTo(401);
        assertThat(get("/admin/api/usage", "authorization", "Bearer t0ken").statusCode())
                .isEqualTo(200);
        assertThat(get("/admin%2Fapi/usage").statusCode()).isEqualTo(401);
        assertThat(get("/metrics").statusCode()).isEqualTo(200);
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void refusesAPageWhoseNameWasReboundToLoopback() throws Exception {
        start(null);

        String answer = raw("GET /admin/api/usage HTTP/1.1\r\nhost: evil.example:8081\r\nconnection: close\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 403 ").contains("\"code\":\"host_not_allowed\"");
    }

    @Test
    void reloadsForThoseWhoHaveTheTokenAndPost() throws Exception {
        start(new Secret("s3cret"));
        HttpRequest.Builder post = request("/admin/api/reload").POST(HttpRequest.BodyPublishers.noBody());

        assertThat(send(post).statusCode()).isEqualTo(401);
        post.header("authorization", "Bearer s3cret");
        assertThat(send(post).body()).isEqualTo("{\"status\":\"applied\",\"changes\":[],\"notices\":[]}");
        outcome = new ReloadOutcome.NeedsRestart(List.of("server.listen"));
        assertThat(send(post).statusCode()).isEqualTo(409);
        assertThat(get("/admin/api/reload", "authorization", "Bearer s3cret").statusCode())
                .isEqualTo(405);
    }

    @Test
    void takesTheNameOfAProviderFromThePath() throws Exception {
        start(null);
        HttpRequest.BodyPublisher nothing = HttpRequest.BodyPublishers.noBody();

        assertThat(get("/admin/api/providers").body()).contains("\"name\":\"alpha\"");
        HttpResponse<String> reset =
                send(request("/admin/api/providers/alpha/reset").POST(nothing));
        assertThat(reset.statusCode()).isEqualTo(204);
        assertThat(reset.headers().firstValue("content-length")).isEmpty();
        assertThat(send(request("/admin/api/providers/beta/reset").POST(nothing))
                        .body())
                .contains("provider_not_found");
        assertThat(get("/admin/api/providers/alpha/reset").headers().firstValue("allow"))
                .hasValue("POST");
        for (String path : List.of(
                "/admin/api/providers//reset",
                "/admin/api/providers/a/b/reset",
                "/admin/api/providers/reset",
                "/admin/api/providers/alpha")) {
            assertThat(get(path).statusCode()).as(path).isEqualTo(404);
        }
    }

    @Test
    void listensWithoutATokenOnLoopbackOnly() {
        GatewayConfig.Admin everywhere = new GatewayConfig.Admin(new GatewayConfig.Address("0.0.0.0", 0), null, null);

        assertThatThrownBy(() -> AdminServer.start(everywhere, NoLogins.INSTANCE, parts()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0.0.0.0:0")
                .hasMessageContaining("loopback");
    }

    @Test
    void namesTheAddressThatIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            GatewayConfig.Admin admin =
                    new GatewayConfig.Admin(new GatewayConfig.Address("127.0.0.1", taken.getLocalPort()), null, null);

            assertThatThrownBy(() -> AdminServer.start(admin, NoLogins.INSTANCE, parts()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void answersUnknownPathsMethodsAndValues() throws Exception {
        start(null);

        HttpResponse<String> unknown = get("/admin/api/nothing");
        HttpResponse<String> method = client.send(
                request("/admin/api/usage")
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        HttpResponse<String> value = get("/admin/api/usage?by=users");

        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(unknown.body())
                .isEqualTo("{\"error\":{\"message\":\"nothing is served at this path\","
                        + "\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"not_found\"}}");
        assertThat(method.statusCode()).isEqualTo(405);
        assertThat(method.headers().firstValue("allow")).hasValue("GET");
        assertThat(value.statusCode()).isEqualTo(400);
        assertThat(value.body())
                .contains("`by` is `users`; allowed, each once and with commas between them: day, hour, model, key,")
                .contains("\"param\":\"by\"");
    }

    @Test
    void hidesWhatNobodyForesawBehindAReference() throws Exception {
        source = query -> {
            throw new IllegalStateException("secret detail");
        };
        start(null);

        HttpResponse<String> page = get("/admin/api/usage");

        assertThat(page.statusCode()).isEqualTo(500);
        assertThat(page.body())
                .containsPattern("reference [0-9a-f]{16}")
                .contains("\"type\":\"server_error\"")
                .doesNotContain("secret detail");
    }

    @Test
    void answersPipelinedRequestsInOrderOnOneConnection() throws Exception {
        CountDownLatch firstMayEnd = new CountDownLatch(1);
        source = query -> {
            awaitQuietly(firstMayEnd);
            return Figures.answer();
        };
        start(null);

        try (Socket socket = connect()) {
            String requests = Stream.of("/admin/api/usage", "/healthz", "/none")
                    .map(path -> "GET " + path + " HTTP/1.1\r\nhost: localhost\r\n"
                            + (path.equals("/none") ? "connection: close\r\n\r\n" : "\r\n"))
                    .collect(Collectors.joining());
            socket.getOutputStream().write(requests.getBytes(StandardCharsets.US_ASCII));
            assertThat(get("/healthz").statusCode()).isEqualTo(200);
            firstMayEnd.countDown();

            String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(all).containsSubsequence("\"rows\":[]", "{\"status\":\"ok\"}", "HTTP/1.1 404 ");
        }
    }

    @Test
    void turnsAwayMoreThanItsShareAtOnceAndRecovers() throws Exception {
        CountDownLatch allInside = new CountDownLatch(AdminServer.MAX_CONCURRENT);
        CountDownLatch mayEnd = new CountDownLatch(1);
        source = query -> {
            allInside.countDown();
            awaitQuietly(mayEnd);
            return Figures.answer();
        };
        start(null);

        List<CompletableFuture<HttpResponse<String>>> slow = new ArrayList<>();
        for (int i = 0; i < AdminServer.MAX_CONCURRENT; i++) {
            slow.add(client.sendAsync(request("/admin/api/usage").build(), HttpResponse.BodyHandlers.ofString()));
        }
        allInside.await();
        HttpResponse<String> oneTooMany = get("/healthz");
        mayEnd.countDown();
        slow.forEach(one -> assertThat(one.join().statusCode()).isEqualTo(200));

        assertThat(oneTooMany.statusCode()).isEqualTo(503);
        assertThat(oneTooMany.headers().firstValue("retry-after")).hasValue("1");
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void limitsLinesHeadersAndBodies() throws Exception {
        start(null);

        assertThat(raw("GET /" + "x".repeat(5_000) + " HTTP/1.1\r\nhost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 414 ");
        assertThat(raw("GET / HTTP/1.1\r\nhost: localhost\r\nx: " + "y".repeat(20_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431 ");
        assertThat(raw("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2000000\r\n\r\n"))
                .startsWith("HTTP/1.1 413 ")
                .contains("content-security-policy: default-src 'none'; ");
        assertThat(raw("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
        assertThat(raw("GET /%zz HTTP/1.1\r\nhost: localhost\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    }

    @Test
    void closesWithoutLeavingThePortBehind() throws Exception {
        AdminServer started = start(null);
        get("/healthz");
        int port = started.address().getPort();
        started.close();

        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                .isInstanceOf(IOException.class);
    }

    private List<AdminPart> parts() {
        return List.of(
                new HealthApi(List.of(HealthPart.vital("data plane", () -> Health.ok("listening")))),
                new MetricsPage(metrics),
                usage(),
                reload(),
                providers());
    }

    private UsageApi usage() {
        return new UsageApi(source, () -> 0, InstantSource.system(), (user, key) -> false);
    }

    private static ProvidersApi providers() {
        return new ProvidersApi(
                () -> Map.of("alpha", Configs.provider("alpha", "http://127.0.0.1:1", null)),
                RouteMemory.fresh().health(),
                System::nanoTime);
    }

    private ReloadApi reload() {
        return new ReloadApi(trigger -> outcome);
    }

    private AdminServer start(@Nullable Secret token) throws IOException {
        GatewayConfig.Admin admin = new GatewayConfig.Admin(new GatewayConfig.Address("127.0.0.1", 0), token, null);
        AdminServer started = AdminServer.start(admin, NoLogins.INSTANCE, parts());
        server = started;
        return started;
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = request(path);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private String raw(String request) throws IOException {
        try (Socket socket = connect();
                InputStream in = socket.getInputStream()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), port());
    }

    private int port() {
        if (server == null) {
            throw new IllegalStateException("not started");
        }
        return server.address().getPort();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
