package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Large bodies both ways past slow peers, and what calls that pass as they are leave in the books. */
final class PassThroughIT {
    private static final int LARGE_BYTES = 50 << 20;
    private static final long FEW_BYTES = 24L << 20;
    private static final String FORM = "multipart/form-data; boundary=frontier";
    private static final String RESULTS = """
            {"custom_id":"a","response":{"status_code":200,"body":{"model":"gpt-4o-mini","usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}}},"error":null}
            {"custom_id":"b","response":{"status_code":200,"body":{"model":"gpt-4o-mini","usage":{"prompt_tokens":3000,"completion_tokens":300,"total_tokens":3300}}},"error":null}
            """;

    private static FileProvider provider;
    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        provider = new FileProvider();
        rig = Rig.start(
                Rig.with(
                        "  openai: { dialect: openai, base_url: \"${FILES_URL}\", api_key: \"${PROVIDER_KEY}\","
                                + " allow_private: true }\n",
                        ""),
                Map.of("FILES_URL", provider.baseUrl()));
        await("the database says whose a file is")
                .atMost(Duration.ofSeconds(60))
                .until(() -> rig.answer(call("GET", "/v1/usage")).status() == 200);
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
        provider.close();
    }

    private static Call call(String method, String path) {
        return rig.keyed(Call.of(method, path)).with("x-sluice-provider", "openai");
    }

    // ---- up -------------------------------------------------------------------------------------------------------

    @Test
    void aLargeFormPassesASlowProviderAndFillsNoMemory() throws Exception {
        byte[] chunk = "0123456789abcdef".repeat(4096).getBytes(ISO_8859_1);
        Call call = call("POST", "/v1/files").with("content-type", FORM).with("content-length", "" + LARGE_BYTES);
        long before = Memory.usedBytes();
        AtomicLong sent = new AtomicLong();
        provider.hold();
        try (RawClient client = new RawClient(rig.address())) {
            client.send(call);
            Thread.ofVirtual().start(() -> {
                try {
                    for (int left = LARGE_BYTES; left > 0; left -= chunk.length) {
                        client.send(chunk);
                        sent.addAndGet(chunk.length);
                    }
                } catch (IOException e) {
                    sent.set(-1);
                }
            });
            awaitStandstill(sent);
            long growth = Memory.usedBytes() - before;
            System.out.printf(
                    "provider stopped: client got rid of %d KiB, memory grew by %d KiB%n",
                    sent.get() >> 10, growth >> 10);
            assertThat(sent.get()).as("bytes taken from the client").isLessThan(FEW_BYTES);
            assertThat(growth).as("growth of heap and direct memory").isLessThan(FEW_BYTES);
            provider.release();

            CRC32 expected = new CRC32();
            for (int left = LARGE_BYTES; left > 0; left -= chunk.length) {
                expected.update(chunk);
            }
            assertThat(client.answer().text())
                    .isEqualTo(
                            "{\"id\":\"file-up\",\"bytes\":" + LARGE_BYTES + ",\"crc\":" + expected.getValue() + "}");
        }
        UsageRow row = rig.row(call);
        assertThat(row.status()).isEqualTo("ok");
        assertThat(row.text("endpoint")).isEqualTo("files");
        assertThat(row.number("input_tokens")).isNull();
        assertThat(row.number("cost_nano")).isNull();
        assertThat(row.text("usage_source")).isEqualTo("none");
    }

    @Test
    void anHttp2CallersFormPasses() throws Exception {
        String body = "--frontier\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\n" + "x".repeat(3 << 20)
                + "\r\n--frontier--\r\n";
        Call call = rig.keyed(Call.post("/passthrough/openai/files", body));
        CRC32 expected = new CRC32();
        expected.update(body.getBytes(ISO_8859_1));
        try (Http2Client client = new Http2Client(rig.address())) {
            assertThat(client.begin(call).answer().text())
                    .isEqualTo(
                            "{\"id\":\"file-up\",\"bytes\":" + body.length() + ",\"crc\":" + expected.getValue() + "}");
        }
        assertThat(rig.row(call).text("endpoint")).isEqualTo("passthrough");
    }

    // ---- down -----------------------------------------------------------------------------------------------------

    @Test
    void aLargeFilePassesASlowClientAndFillsNoMemory() throws Exception {
        Call call = call("GET", "/v1/files/large/content");
        long before = Memory.usedBytes();
        provider.sent.set(0);
        try (RawClient client = new RawClient(rig.address(), 16_384)) {
            RawClient.Incoming incoming = client.send(call).begin();
            assertThat(incoming.status()).isEqualTo(200);
            assertThat(incoming.fields().first("content-length")).isEqualTo("" + LARGE_BYTES);
            awaitStandstill(provider.sent);
            long growth = Memory.usedBytes() - before;
            System.out.printf(
                    "client stopped: provider got rid of %d KiB, memory grew by %d KiB%n",
                    provider.sent.get() >> 10, growth >> 10);
            assertThat(provider.sent.get()).isLessThan(FEW_BYTES);
            assertThat(growth).isLessThan(FEW_BYTES);

            long received = 0;
            // The connection stays: behind the announced length nothing comes, not even an end.
            while (received < LARGE_BYTES) {
                int read = incoming.read(65_536).length;
                assertThat(read).as("bytes behind %d", received).isPositive();
                received += read;
            }
            assertThat(received).isEqualTo(LARGE_BYTES);
        }
        assertThat(rig.row(call).status()).isEqualTo("ok");
    }

    // ---- the books ------------------------------------------------------------------------------------------------

    @Test
    void theResultsOfABatchAreBilledOnceAsABatch() throws Exception {
        provider.put("file-batch", RESULTS);
        Call first = call("GET", "/v1/files/file-batch/content");
        Call second = call("GET", "/v1/files/file-batch/content");
        assertThat(rig.answer(first).text()).isEqualTo(RESULTS);
        assertThat(rig.answer(second).text()).isEqualTo(RESULTS);
        await().atMost(Duration.ofSeconds(10))
                .until(() -> rig.rows(Rig.requestId(first)).size() == 2
                        && !rig.rows(Rig.requestId(second)).isEmpty());
        // The next row of another call comes behind whatever the second fetch may have left.
        Call third = call("GET", "/v1/files/file-batch/content");
        assertThat(rig.answer(third).status()).isEqualTo(200);
        rig.row(third);

        List<UsageRow> billed = rig.query("SELECT * FROM sluice.usage_event WHERE endpoint = ?", "batches");
        assertThat(billed).hasSize(1);
        UsageRow row = billed.getFirst();
        assertThat(row.number("attempt")).isEqualTo(2);
        assertThat(row.text("upstream_model")).isEqualTo("gpt-4o-mini");
        assertThat(row.number("input_tokens")).isEqualTo(4_000);
        assertThat(row.number("output_tokens")).isEqualTo(400);
        assertThat(row.text("service_tier")).isEqualTo("batch");
        // Half of 0.15 $ and 0.60 $ for each million, in nano-dollars.
        assertThat(row.number("cost_nano")).isEqualTo(4_000 * 75 + 400 * 300);
    }

    @Test
    void aTranscriptionsUsageIsItsRows() throws Exception {
        provider.put(
                "transcriptions",
                "{\"text\":\"hi\",\"usage\":{\"type\":\"tokens\",\"input_tokens\":14,"
                        + "\"input_token_details\":{\"audio_tokens\":14},\"output_tokens\":2,\"total_tokens\":16}}");
        Call call = rig.keyed(Call.post(
                "/v1/audio/transcriptions",
                "--frontier\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\n"
                        + "openai/gpt-4o-mini-transcribe\r\n--frontier--\r\n"));
        Call form = Call.of("POST", "/v1/audio/transcriptions");
        try (RawClient client = new RawClient(rig.address())) {
            String body = new String(call.body(), UTF_8);
            client.send("POST " + form.path() + " HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer " + rig.key()
                    + "\r\nx-request-id: " + Rig.requestId(call) + "\r\ncontent-type: " + FORM
                    + "\r\ncontent-length: " + body.length() + "\r\n\r\n" + body);
            assertThat(client.answer().status()).isEqualTo(200);
        }

        assertThat(provider.lastForm).contains("\r\n\r\ngpt-4o-mini-transcribe\r\n");
        UsageRow row = rig.row(call);
        assertThat(row.text("endpoint")).isEqualTo("audio.transcriptions");
        assertThat(row.text("requested_model")).isEqualTo("openai/gpt-4o-mini-transcribe");
        assertThat(row.text("upstream_model")).isEqualTo("gpt-4o-mini-transcribe");
        assertThat(row.number("input_tokens")).isEqualTo(14);
        assertThat(row.number("output_tokens")).isEqualTo(2);
    }

    @Test
    void aPathThatLeavesItsPlaceReachesNobody() throws Exception {
        for (String path :
                List.of("/v1/files/../models", "/passthrough/openai/%2e%2e/x", "/passthrough/openai//evil")) {
            assertThat(rig.answer(call("GET", path)).status()).as(path).isEqualTo(400);
        }
        assertThat(provider.paths).noneMatch(path -> path.contains("..") || path.contains("evil"));
    }

    private static void awaitStandstill(AtomicLong count) {
        long[] last = {-1, System.nanoTime()};
        await("nothing moves")
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    if (count.get() != last[0]) {
                        last[0] = count.get();
                        last[1] = System.nanoTime();
                    }
                    return last[0] > 0 && System.nanoTime() - last[1] > 700_000_000L;
                });
    }

    /** Takes and gives files over HTTP/1.1; reads a request's body only while it is not held. */
    private static final class FileProvider implements AutoCloseable {
        private final ServerSocket server;
        private final Map<String, String> files = new ConcurrentHashMap<>();
        private final Set<String> paths = ConcurrentHashMap.newKeySet();
        private final AtomicLong sent = new AtomicLong();
        private volatile CountDownLatch held = new CountDownLatch(0);
        private volatile String lastForm = "";

        FileProvider() throws IOException {
            server = new ServerSocket();
            server.setReceiveBufferSize(64 * 1024);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            Thread.ofVirtual().start(() -> {
                while (!server.isClosed()) {
                    try {
                        Socket socket = server.accept();
                        Thread.ofVirtual().start(() -> serve(socket));
                    } catch (IOException closed) {
                        return;
                    }
                }
            });
        }

        String baseUrl() {
            return "http://localhost:" + server.getLocalPort() + "/v1";
        }

        void put(String name, String text) {
            files.put(name, text);
        }

        void hold() {
            held = new CountDownLatch(1);
        }

        void release() {
            held.countDown();
        }

        private void serve(Socket socket) {
            try (socket) {
                InputStream in = new BufferedInputStream(socket.getInputStream(), 65_536);
                while (answer(in, socket.getOutputStream())) {
                    socket.setTcpNoDelay(true);
                }
            } catch (IOException gone) {
                // The gateway ended the connection: some tests are about that.
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        }

        private boolean answer(InputStream in, OutputStream out) throws IOException, InterruptedException {
            StringBuilder head = new StringBuilder();
            while (head.length() < 4 || head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
                int read = in.read();
                if (read < 0) {
                    return false;
                }
                head.append((char) read);
            }
            String path = head.substring(head.indexOf(" ") + 1, head.indexOf(" HTTP/"));
            paths.add(path);
            Fields fields = Fields.parse(head.toString());
            if (path.endsWith("/large/content")) {
                large(out);
            } else if (path.endsWith("/content")) {
                String name = path.substring("/v1/files/".length(), path.length() - "/content".length());
                write(out, "application/octet-stream", files.getOrDefault(name, ""));
            } else {
                String received = body(in, fields);
                write(
                        out,
                        "application/json",
                        path.endsWith("/transcriptions") ? files.get("transcriptions") : received);
            }
            return true;
        }

        private String body(InputStream in, Fields fields) throws IOException, InterruptedException {
            String length = fields.first("content-length");
            InputStream body = fields.has("transfer-encoding", "chunked") ? new ChunkedInput(in) : in;
            long left = length == null ? Long.MAX_VALUE : Long.parseLong(length);
            if (!held.await(60, TimeUnit.SECONDS)) {
                throw new IOException("nobody let the provider go on");
            }
            CRC32 crc = new CRC32();
            long total = 0;
            byte[] buffer = new byte[65_536];
            StringBuilder kept = new StringBuilder();
            while (left > 0) {
                int read = body.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (read < 0) {
                    break;
                }
                crc.update(buffer, 0, read);
                total += read;
                left -= read;
                if (kept.length() < 4_096) {
                    kept.append(new String(buffer, 0, Math.min(read, 4_096), ISO_8859_1));
                }
            }
            lastForm = kept.toString();
            return "{\"id\":\"file-up\",\"bytes\":" + total + ",\"crc\":" + crc.getValue() + "}";
        }

        private void large(OutputStream out) throws IOException {
            out.write(("HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: " + LARGE_BYTES
                            + "\r\n\r\n")
                    .getBytes(ISO_8859_1));
            byte[] chunk = new byte[65_536];
            for (int left = LARGE_BYTES; left > 0; left -= chunk.length) {
                out.write(chunk);
                sent.addAndGet(chunk.length);
            }
            out.flush();
        }

        private static void write(OutputStream out, String type, String text) throws IOException {
            byte[] bytes = text.getBytes(UTF_8);
            out.write(("HTTP/1.1 200 OK\r\ncontent-type: " + type + "\r\ncontent-length: " + bytes.length + "\r\n\r\n")
                    .getBytes(ISO_8859_1));
            out.write(bytes);
            out.flush();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }
}
