package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.Gateway;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.ConfigSource;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A provider's key that the database keeps and the configuration refers to. */
final class ProviderKeysIT {
    private static final String PATH = "/admin/api/provider-keys";
    private static final String FIRST = "sk-canary-kept-in-the-database-a1b2";
    private static final String SECOND = "sk-canary-kept-in-the-database-c3d4";
    /** Nobody listens there. */
    private static final String AWAY = "postgres://nobody:nothing@127.0.0.1:1/none";

    private static final Duration A_SECOND = Duration.ofSeconds(1);

    private String databaseUrl;
    private Path directory;
    private Path data;
    private ScriptedProvider provider;
    private TestKeys.Made key;
    private @Nullable Gateway gateway;

    @BeforeEach
    void prepare() throws Exception {
        databaseUrl = PostgresServer.shared().newDatabase();
        directory = Files.createTempDirectory("sluice-it");
        data = Files.createDirectory(directory.resolve("data"));
        provider = ScriptedProvider.start();
        provider.scripts().put("model", Script.json(200, Words.COMPLETION));
        Files.write(data.resolve("pepper"), random());
        key = new TestKeys(data).make();
    }

    @AfterEach
    void end() throws IOException {
        stop();
        provider.close();
        PostgresServer.deleteTree(directory);
    }

    private void start(String database) throws Exception {
        Path file = Files.writeString(directory.resolve("sluice.yaml"), """
                server: { listen: "127.0.0.1:0", threads: 2, drain: 1s, drain_delay: 0s }
                admin: { listen: "127.0.0.1:0" }
                auth: { mode: keys }
                database: { url: "%s" }
                data_dir: "%s"
                providers:
                  kept: { dialect: openai, base_url: "%s", api_key: "${db:main}", allow_private: true }
                  written: { dialect: openai, base_url: "%s", api_key: "%s", allow_private: true }
                keys:
                  - { name: all, hash: "%s" }
                """.formatted(
                        database, data, provider.baseUrl(), provider.baseUrl(), Rig.PROVIDER_KEY, key.hash()));
        ConfigSource source = () -> ConfigLoader.load(file, Map.of(), directory);
        gateway = Gateway.start(source.load(), source);
    }

    private void stop() {
        if (gateway != null) {
            gateway.close();
            gateway = null;
        }
    }

    private Answer ask(String provided) throws IOException {
        return RawClient.call(
                running().dataAddress(),
                Call.chat(Words.chat(provided + "/model")).key(key.key()));
    }

    /** Which of the provider's keys the last call had. */
    private String shown() {
        return String.valueOf(provider.scripts().requests().getLast().fields().first("authorization"));
    }

    private Gateway running() {
        return Objects.requireNonNull(gateway);
    }

    private HttpResponse<String> keep(String secret) throws Exception {
        return Operator.put(running().adminAddress(), PATH + "/main", "{\"key\":\"" + secret + "\"}");
    }

    private void awaitSchema() {
        await("the schema")
                .atMost(Duration.ofSeconds(20))
                .until(() -> Operator.get(running().adminAddress(), PATH).statusCode() == 200);
    }

    @Test
    void isUsedWithinASecondOfBeingKeptReplacedAndForgotten() throws Exception {
        start(databaseUrl);
        Answer early = ask("kept");
        assertThat(early.status()).isEqualTo(502);
        assertThat(early.text()).contains("upstream_auth");
        assertThat(ask("written").status()).isEqualTo(200);
        awaitSchema();

        assertThat(keep(FIRST).statusCode()).isEqualTo(201);
        await().atMost(A_SECOND)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> ask("kept").status() == 200);
        assertThat(shown()).isEqualTo("Bearer " + FIRST);

        assertThat(keep(SECOND).statusCode()).isEqualTo(200);
        await().atMost(A_SECOND)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> ask("kept").status() == 200 && shown().equals("Bearer " + SECOND));

        assertThat(Operator.delete(running().adminAddress(), PATH + "/main").statusCode())
                .isEqualTo(204);
        await().atMost(A_SECOND)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> ask("kept").status() == 502);
        assertThat(ask("written").status()).isEqualTo(200);
        assertThat(Operator.delete(running().adminAddress(), PATH + "/main").statusCode())
                .isEqualTo(404);
    }

    @Test
    void isNeverShownAgain() throws Exception {
        start(databaseUrl);
        awaitSchema();

        HttpResponse<String> kept = keep(FIRST);
        HttpResponse<String> listed = Operator.get(running().adminAddress(), PATH);
        keep("short-one");
        keep(SECOND);

        assertThat(kept.body())
                .contains("\"name\":\"main\"", "\"fingerprint\":\"a1b2\"", "\"providers\":[\"kept\"]", "\"version\":1");
        assertThat(listed.body()).contains("\"fingerprint\":\"a1b2\"", "\"readable\":true", "\"next_cursor\":null");
        assertThat(kept.body() + listed.body()).doesNotContain("sk-canary");
        HttpResponse<String> refused = keep("sk-canary with a space");
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).doesNotContain("canary");
        List<String> written = rows("SELECT concat_ws(' ', action, before, after) FROM sluice.audit_log ORDER BY id");
        assertThat(written).hasSize(3);
        assertThat(written.get(0)).startsWith("create ").contains("\"fingerprint\": \"a1b2\"");
        assertThat(written.get(1)).startsWith("update ").contains("\"fingerprint\": null");
        assertThat(String.join("\n", written)).doesNotContain("sk-canary").doesNotContain("short-one");
        assertThat(rows("SELECT encode(sealed, 'escape') || encode(wrapped_key, 'escape')"
                                + " FROM sluice.provider_key WHERE id = 'main'")
                        .getFirst())
                .doesNotContain("canary");
    }

    @Test
    void aChangeLosesNoCall() throws Exception {
        start(databaseUrl);
        awaitSchema();
        keep(FIRST);
        await().atMost(A_SECOND)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> ask("kept").status() == 200);
        AtomicBoolean over = new AtomicBoolean();
        List<Integer> statuses = new ArrayList<>();
        try (var calling = Executors.newVirtualThreadPerTaskExecutor()) {
            var calls = calling.submit(() -> {
                while (!over.get()) {
                    statuses.add(ask("kept").status());
                }
                return null;
            });
            for (String next : List.of(SECOND, FIRST, SECOND)) {
                keep(next);
                await().atMost(A_SECOND)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> shown().equals("Bearer " + next));
            }
            over.set(true);
            calls.get();
        }

        assertThat(statuses).hasSizeGreaterThan(10).containsOnly(200);
    }

    @Test
    void aStartWithoutTheDatabaseHasTheKeysThatWereThere() throws Exception {
        start(databaseUrl);
        awaitSchema();
        keep(FIRST);
        await().atMost(A_SECOND)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> ask("kept").status() == 200);
        stop();
        assertThat(Files.readString(data.resolve("provider-keys")))
                .contains("main ")
                .doesNotContain("canary");

        start(AWAY);
        assertThat(ask("kept").status()).isEqualTo(200);
        assertThat(shown()).isEqualTo("Bearer " + FIRST);
        stop();

        Files.delete(data.resolve("provider-keys"));
        start(AWAY);
        assertThat(ask("kept").status()).isEqualTo(502);
        assertThat(ask("written").status()).isEqualTo(200);
    }

    @Test
    void outlivesThePepper() throws Exception {
        start(databaseUrl);
        awaitSchema();
        keep(FIRST);
        stop();
        String before = wrapped();

        Files.move(data.resolve("pepper"), data.resolve("pepper.previous"));
        Files.write(data.resolve("pepper"), random());
        key = new TestKeys(data).make();
        start(databaseUrl);
        await("the key is sealed with the new pepper")
                .atMost(Duration.ofSeconds(20))
                .until(() -> !wrapped().equals(before));
        stop();
        Files.delete(data.resolve("pepper.previous"));
        Files.delete(data.resolve("provider-keys"));

        start(databaseUrl);
        await().atMost(Duration.ofSeconds(20)).until(() -> ask("kept").status() == 200);
        assertThat(shown()).isEqualTo("Bearer " + FIRST);
    }

    private String wrapped() throws Exception {
        return rows("SELECT encode(wrapped_key, 'hex') FROM sluice.provider_key")
                .getFirst();
    }

    private List<String> rows(String sql) throws Exception {
        try (Connection connection = PostgresServer.connectTo(databaseUrl);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> found = new ArrayList<>();
            while (rows.next()) {
                found.add(rows.getString(1));
            }
            return found;
        }
    }

    private static byte[] random() {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        return secret;
    }
}
