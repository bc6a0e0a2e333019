package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What limits have counted is what the ledger says, whatever becomes of the gateway, its disk and its database. */
@Timeout(240)
final class LedgerTruthIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int HEAP_MEGABYTES = 96;
    private static final int CALLS = 12;
    private static final String CHAT =
            "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Tell me of the ledger\"}]}";

    @TempDir
    Path directory;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private PostgresServer postgres;
    private String databaseUrl;
    private Path data;
    private TestKeys.Made key;
    private GatewayProcess gateway;
    private int lives;

    @BeforeEach
    void start() throws Exception {
        postgres = new PostgresServer();
        databaseUrl = postgres.newDatabase();
        data = Files.createDirectory(directory.resolve("data"));
        key = new TestKeys(data).make();
        Path prices = Files.writeString(directory.resolve("prices.yaml"), """
                date: 2026-11-21
                providers:
                  demo:
                    models:
                      demo: { input: "1.5", output: "6" }
                """);
        write("5/day", prices);
        spawn();
    }

    private void write(String limit, Path prices) throws IOException {
        Files.writeString(directory.resolve("sluice.yaml"), """
                server: { listen: "127.0.0.1:0", threads: 2, drain: 1s, drain_delay: 0s }
                admin: { listen: "127.0.0.1:0" }
                auth: { mode: keys }
                database: { url: "%s" }
                data_dir: "%s"
                usage: { prices: "%s" }
                limits:
                  rules:
                    - { name: spend, per: key, cost: %s }
                keys:
                  - { name: ci, hash: "%s" }
                """.formatted(databaseUrl, data, prices, limit, key.hash()));
    }

    @AfterEach
    void stop() throws IOException {
        http.close();
        gateway.close();
        postgres.close();
    }

    private void spawn() throws IOException {
        lives++;
        gateway = GatewayProcess.spawn(
                directory.resolve("sluice.yaml"), directory.resolve("gateway-" + lives + ".log"), HEAP_MEGABYTES);
        gateway.awaitStarted();
    }

    private Answer ask() throws IOException {
        return RawClient.call(gateway.address(), Call.chat(CHAT).key(key.key()));
    }

    private void spend(int calls) throws IOException {
        for (int i = 0; i < calls; i++) {
            Answer answer = ask();
            assertThat(answer.status()).as(answer::toString).isEqualTo(200);
        }
    }

    private String admin(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + gateway.adminAddress().getPort() + path);
        return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** Of the key, in nano-dollars, as the gateway has it. */
    private long counted() throws IOException, InterruptedException {
        String limits = admin("/admin/api/limits");
        Matcher used = Pattern.compile("\"rule\":\"spend/cost/day\",\"subject\":\"" + key.keyId()
                        + "\",\"used\":\"([0-9.]+)\"")
                .matcher(limits);
        return used.find()
                ? new BigDecimal(used.group(1)).movePointRight(9).longValueExact()
                : 0;
    }

    /** The same as the ledger has it. */
    private long spent() throws SQLException {
        try (Connection connection = PostgresServer.connectTo(databaseUrl);
                Statement statement = connection.createStatement();
                ResultSet sum = statement.executeQuery("SELECT coalesce(sum(cost_nano), 0) FROM sluice.usage_event"
                        + " WHERE started_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'")) {
            sum.next();
            return sum.getLong(1);
        }
    }

    private void awaitStored(int rows) {
        await("the writer").atMost(SOON).ignoreExceptions().until(() -> {
            try (Connection connection = PostgresServer.connectTo(databaseUrl);
                    Statement statement = connection.createStatement();
                    ResultSet count = statement.executeQuery("SELECT count(*) FROM sluice.usage_event")) {
                count.next();
                return count.getInt(1) >= rows;
            }
        });
    }

    @Test
    void aRestartThatHasForgottenEverythingLearnsFromTheLedger() throws Exception {
        spend(CALLS);
        awaitStored(CALLS);
        long before = spent();
        assertThat(before).isPositive();
        assertThat(counted()).as("in the life in which it was spent").isEqualTo(before);

        gateway.kill();
        Files.deleteIfExists(data.resolve("limits"));
        spawn();
        assertThat(counted()).isZero();
        spend(1);

        awaitStored(CALLS + 1);
        await("the ledger's word").atMost(SOON).until(() -> counted() == spent());
        assertThat(spent()).isGreaterThan(before);
    }

    @Test
    void theFileHoldsWhileTheDatabaseIsAway() throws Exception {
        spend(CALLS);
        awaitStored(CALLS);
        long before = spent();
        await("the file").atMost(SOON).until(() -> Files.exists(data.resolve("limits")));
        // What it says is at most five seconds old; an orderly stop writes the last word.
        gateway.stop();

        postgres.whileKilled(() -> {
            spawn();
            assertThat(counted()).as("before anybody has called").isEqualTo(before);
            spend(2);
            assertThat(counted()).isGreaterThan(before);
            await("it is said").atMost(SOON).until(() -> gateway.text().contains("limits are not compared"));
        });

        awaitStored(CALLS + 2);
        await("it is said").atMost(SOON).until(() -> gateway.text().contains("limits are compared with the ledger again"));
        assertThat(counted()).isEqualTo(spent());
    }

    /** A gateway beside this one has spent, or a day was spent before there was a limit. */
    @Test
    void whatOthersHaveSpentIsCountedSoon() throws Exception {
        spend(1);
        awaitStored(1);
        long one = spent();
        try (Connection connection = PostgresServer.connectTo(databaseUrl);
                Statement statement = connection.createStatement()) {
            // All of five dollars.
            statement.execute("UPDATE sluice.usage_hourly SET cost_nano = cost_nano + 4999999999 - " + one);
        }
        gateway.kill();
        Files.deleteIfExists(data.resolve("limits"));
        spawn();

        await("nothing is left").atMost(SOON).until(() -> ask().status() == 429);
        assertThat(ask().text()).contains("spend");
    }
}
