package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The configuration changes while the gateway runs: what is new works, what is gone is refused, what is wrong changes
 * nothing, and whoever is being served does not notice.
 */
final class ReloadIT {
    private static final String KEY_OF_FEW = "  - { name: few, hash: \"${FEW_HASH}\", models: [ \"allowed-*\" ] }\n";
    /** The watcher looks once a second, and twice at a change. */
    private static final Duration SOON = Duration.ofSeconds(10);

    private static HttpResponse<String> reload(Rig rig) throws IOException, InterruptedException {
        return Operator.post(rig.adminAddress(), "/admin/api/reload");
    }

    private static int status(Rig rig, String model) throws IOException {
        return rig.answer(rig.keyed(Call.chat(Words.chat(model)))).status();
    }

    private static String with(String model, String target) {
        return Rig.with("", "  " + model + ": scripted/" + target + "\n");
    }

    @Test
    void whatTheFileSaysIsInForceSoonAfterItHasChanged() throws Exception {
        try (Rig rig = Rig.start(with("before", "m-1"), Map.of())) {
            rig.scripts().put("m-1", Script.json(200, Words.COMPLETION));
            assertThat(status(rig, "before")).isEqualTo(200);
            assertThat(status(rig, "after")).isEqualTo(404);

            Files.writeString(rig.configuration(), with("after", "m-1"));

            await("the new model").atMost(SOON).until(() -> status(rig, "after") == 200);
            assertThat(status(rig, "before")).isEqualTo(404);
        }
    }

    @Test
    void whoeverIsBeingServedKeepsWhatWasInForceAndPaysForIt() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        String before = Rig.with("""
                  passing:
                    dialect: openai
                    base_url: "${PROVIDER_URL}"
                    api_key: "${PROVIDER_KEY}"
                    allow_private: true
                """, "  long: passing/gpt-4o\n");
        try (Rig rig = Rig.start(before, Map.of());
                RawClient client = new RawClient(rig.address())) {
            rig.scripts()
                    .put(
                            "gpt-4o",
                            Script.of(
                                    Script.sseHead(),
                                    Script.send(Words.ROLE + Words.text("Guten ")),
                                    Script.tell(begun),
                                    Script.await(goOn),
                                    Script.send(Words.text("Tag") + Words.FINISH + Words.USAGE + Words.DONE),
                                    Script.end()));
            Call call = rig.keyed(Call.chat(Words.streamed("long")));
            RawClient.Incoming incoming = client.send(call).begin();
            begun.await();

            Files.writeString(rig.configuration(), Rig.STANDARD.replace(KEY_OF_FEW, ""));
            HttpResponse<String> reloaded = reload(rig);

            assertThat(reloaded.statusCode()).isEqualTo(200);
            assertThat(reloaded.body())
                    .contains("{\"path\":\"providers.passing\",\"change\":\"removed\"}")
                    .contains("{\"path\":\"models.long\",\"change\":\"removed\"}")
                    .contains("{\"path\":\"keys.few\",\"change\":\"removed\"}");
            assertThat(status(rig, "long")).isEqualTo(404);
            assertThat(status(rig, "passing/gpt-4o")).isEqualTo(404);
            await("somebody could look whether the database has it")
                    .atMost(SOON)
                    .until(() -> rig.answer(Call.chat(Words.chat("allowed-x")).key(rig.fewKey()))
                                    .status()
                            == 401);
            goOn.countDown();
            Answer answer = incoming.rest();
            assertThat(answer.complete()).isTrue();
            assertThat(answer.text()).endsWith(Words.text("Tag") + Words.FINISH + Words.DONE);
            assertThat(rig.row(call).status()).isEqualTo("ok");
            assertThat(rig.row(call).text("provider")).isEqualTo("passing");
        }
    }

    @Test
    void aBrokenFileChangesNothingAndSaysWhere() throws Exception {
        try (Rig rig = Rig.start(with("mine", "m-1"), Map.of())) {
            rig.scripts().put("m-1", Script.json(200, Words.COMPLETION));
            String good = Files.readString(rig.configuration());
            Files.writeString(rig.configuration(), good.replace("mine: scripted/m-1", "mine: scriptd/m-1"));
            List<String> lines = Files.readAllLines(rig.configuration());
            int line = 1;
            while (!lines.get(line - 1).contains("scriptd")) {
                line++;
            }

            HttpResponse<String> refused = reload(rig);

            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body())
                    .contains("\"code\":\"invalid_configuration\"")
                    .contains("{\"line\":" + line + ",\"column\":9,\"path\":\"models.mine\",\"message\":"
                            + "\"'scriptd/m-1' names an unknown provider; did you mean 'scripted'?\"}");
            assertThat(status(rig, "mine")).isEqualTo(200);
            assertThat(Scrape.figure(rig.adminAddress(), "sluice_config_last_reload_success"))
                    .isZero();
            assertThat(Scrape.figure(rig.adminAddress(), "sluice_config_reloads_total{result=\"failure\",}"))
                    .isPositive();
            assertThat(health(rig))
                    .contains("\"configuration\":{\"state\":\"degraded\"")
                    .contains("sluice.yaml:" + line + ":9: models.mine");

            Files.writeString(rig.configuration(), good);
            assertThat(reload(rig).statusCode()).isEqualTo(200);
            assertThat(Scrape.figure(rig.adminAddress(), "sluice_config_last_reload_success"))
                    .isEqualTo(1);
            assertThat(health(rig)).contains("\"configuration\":{\"state\":\"ok\"");
        }
    }

    private static String health(Rig rig) throws IOException, InterruptedException {
        return Operator.get(rig.adminAddress(), "/health/detailed").body();
    }

    @Test
    void whatNeedsARestartIsRefusedWhole() throws Exception {
        try (Rig rig = Rig.start()) {
            rig.scripts().put("m-1", Script.json(200, Words.COMPLETION));
            Files.writeString(
                    rig.configuration(),
                    with("mine", "m-1").replace("threads: 2", "threads: 3, limits: { body: 1MiB }"));

            HttpResponse<String> refused = reload(rig);

            assertThat(refused.statusCode()).isEqualTo(409);
            assertThat(refused.body())
                    .contains("\"code\":\"restart_needed\"")
                    .contains("\"settings\":[\"server.threads\",\"server.limits.body\"]");
            assertThat(status(rig, "mine")).isEqualTo(404);
        }
    }

    @Test
    void aFileThatCannotBeUsedStopsEverythingThatWentWell() throws Exception {
        try (Rig rig = Rig.start()) {
            rig.scripts().put("m-1", Script.json(200, Words.COMPLETION));
            Path account = Files.writeString(rig.configuration().resolveSibling("account.json"), "{}");
            Files.writeString(rig.configuration(), Rig.with("""
                      google:
                        dialect: vertex
                        base_url: https://europe-west4-aiplatform.googleapis.com/v1
                        service_account: %s
                    """.formatted(account), "  mine: scripted/m-1\n"));

            HttpResponse<String> refused = reload(rig);

            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).contains("it must be the key file of a service account");
            assertThat(status(rig, "mine")).isEqualTo(404);
        }
    }

    @Test
    void handshakesShowTheNewCertificate(@TempDir Path directory) throws Exception {
        TestCertificates certificates = new TestCertificates(directory);
        X509Bundle first = certificates.forLocalhost();
        X509Bundle second = certificates.forLocalhost();
        Path cert = certificates.certificatePem(first);
        Path key = certificates.keyPem(first);
        String tls = Rig.STANDARD.replace("threads: 2", "threads: 2, tls: { cert: \"${CERT}\", key: \"${KEY}\" }");
        try (Rig rig = Rig.start(tls, Map.of("CERT", cert.toString(), "KEY", key.toString()))) {
            assertThat(shown(rig, certificates)).isEqualTo(first.getCertificate());

            Files.writeString(cert, "no certificate");
            assertThat(reload(rig).statusCode()).isEqualTo(400);
            assertThat(shown(rig, certificates)).isEqualTo(first.getCertificate());

            Files.writeString(cert, second.getCertificatePathPEM());
            Files.writeString(key, second.getPrivateKeyPEM());
            assertThat(reload(rig).statusCode()).isEqualTo(200);
            assertThat(shown(rig, certificates)).isEqualTo(second.getCertificate());
        }
    }

    private static Certificate shown(Rig rig, TestCertificates trusted) throws Exception {
        try (SSLSocket socket = (SSLSocket) trusted.client()
                .getSocketFactory()
                .createSocket("localhost", rig.address().getPort())) {
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    @Test
    void sighupReloadsAndTheLogSaysLineAndColumn() throws Exception {
        try (Stage stage = new Stage();
                GatewayProcess gateway = stage.spawn().awaitStarted()) {
            assertThat(stage.status(gateway, "extra-1")).isEqualTo(404);
            stage.write("  extra-1: scripted/m-1\n");
            gateway.signal("HUP");
            await("the new model").atMost(SOON).until(() -> stage.status(gateway, "extra-1") == 200);

            stage.write("  extra-2: scripted/m-1\n  extra-3 scripted/m-1\n");
            gateway.signal("HUP");
            await("the complaint")
                    .atMost(SOON)
                    .until(() -> gateway.text().contains("configuration refused; the one in force stays"));

            assertThat(gateway.isAlive()).isTrue();
            assertThat(gateway.text()).contains("{\"line\":\"10\"}").contains("{\"column\":\"");
            assertThat(stage.status(gateway, "extra-1")).isEqualTo(200);
            assertThat(stage.status(gateway, "extra-2")).isEqualTo(404);
        }
    }

    /**
     * The configuration changes again and again under load: no call fails.
     *
     * <p>{@code -Dsluice.reload.count=100} reloads under {@code -Dsluice.reload.rate=500} calls a second.
     */
    @Test
    void nobodyNoticesReloadsUnderLoad() throws Exception {
        int reloads = Integer.getInteger("sluice.reload.count", 100);
        int rate = Integer.getInteger("sluice.reload.rate", 500);
        int seconds = Math.max(2, reloads / 10);
        try (Stage stage = new Stage();
                GatewayProcess gateway = stage.spawn().awaitStarted();
                ExecutorService one = Executors.newSingleThreadExecutor()) {
            OpenLoop.run(gateway.address(), rate, rate, ReloadIT::call);
            stage.reload(gateway, 0);
            stage.reload(gateway, 1);
            double threads = gateway.metric("jvm_threads_current");
            long files = gateway.openFiles();

            Future<List<OpenLoop.Reply>> replies =
                    one.submit(() -> OpenLoop.run(gateway.address(), rate, rate * seconds, ReloadIT::call));
            int made = 0;
            while (made < reloads || !replies.isDone()) {
                stage.reload(gateway, made++);
            }

            assertThat(replies.get())
                    .hasSize(rate * seconds)
                    .allMatch(reply -> reply.isServed(Words.COMPLETION) || reply.isServed(Words.STREAM_WITHOUT_USAGE));
            System.out.printf(
                    "reload: %d reloads under %d calls%n", made, replies.get().size());
            assertThat(gateway.metric("sluice_config_reloads_total{result=\"failure\",}"))
                    .isZero();
            assertThat(gateway.metric("jvm_threads_current")).as("threads").isLessThanOrEqualTo(threads + 2);
            await("files are closed")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(gateway.openFiles()).isLessThanOrEqualTo(files + 10));
        }
    }

    private static Call call(int number) {
        return Call.chat(number % 2 == 0 ? Words.chat("whole") : Words.streamed("stream"));
    }

    /** A gateway's process with a file that is written anew, and its provider. */
    private static final class Stage implements AutoCloseable {
        private final ScriptedProvider provider = ScriptedProvider.start();
        private final Path directory = Files.createTempDirectory("sluice-reload");
        private final String databaseUrl = PostgresServer.shared().newDatabase();
        private final Path configuration = directory.resolve("sluice.yaml");

        Stage() throws Exception {
            provider.scripts().put("m-1", Script.json(200, Words.COMPLETION));
            provider.scripts().put("m-2", Script.sse(Words.STREAM));
            write("");
        }

        GatewayProcess spawn() throws IOException {
            return GatewayProcess.spawn(configuration, directory.resolve("gateway.log"), 96);
        }

        /** Written beside and moved into place, as careful editors do. */
        void write(String models) throws IOException {
            Path next = Files.writeString(directory.resolve("next.yaml"), """
                    server: { listen: "127.0.0.1:0", threads: 2 }
                    admin: { listen: "127.0.0.1:0" }
                    auth: { mode: none }
                    database: { url: "%s" }
                    data_dir: "%s"
                    providers: { scripted: { dialect: openai, base_url: "%s", allow_private: true } }
                    models:
                    %s  whole: scripted/m-1
                      stream: scripted/m-2
                    """.formatted(
                            databaseUrl, directory.resolve("data"), provider.baseUrl(), models));
            Files.move(next, configuration, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }

        void reload(GatewayProcess gateway, int number) throws IOException, InterruptedException {
            write("  extra-" + number + ": scripted/m-1\n");
            HttpResponse<String> answer = Operator.post(gateway.adminAddress(), "/admin/api/reload");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(status(gateway, "extra-" + number)).isEqualTo(200);
        }

        int status(GatewayProcess gateway, String model) throws IOException {
            return RawClient.call(gateway.address(), Call.chat(Words.chat(model)))
                    .status();
        }

        @Override
        public void close() throws IOException {
            provider.close();
            PostgresServer.deleteTree(directory);
        }
    }
}
