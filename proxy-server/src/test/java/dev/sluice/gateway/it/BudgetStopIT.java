package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many streams at once on a key with little money: how much more than that is spent, whether anybody is refused before it
 * is, and whether everything that was held is let go, also when the gateway is killed in the middle.
 */
@Timeout(240)
final class BudgetStopIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MODEL = "gpt-4.1-mini";
    private static final long BUDGET_NANO = 100_000_000;
    private static final int STREAMS = 200;
    private static final int PAUSE_MILLIS = 25;

    /** Of the shipped catalogue: 1.60 $ for a million generated tokens. */
    private static final long OUTPUT_NANO = 1_600;

    private static final String LIMITS = """
            limits:
              rules:
                - { name: ten cents, for: { models: [ "%s" ] }, cost: 0.10/day, calendar: false }
            """.formatted(MODEL);

    /** What PostgreSQL has, and what the gateway says is used and held. */
    private record Sums(long billed, long used) {
        boolean agree() {
            return billed == used;
        }
    }

    /** A token every now and then until nobody listens, each of them counted in {@code sent}. */
    private static Script words(AtomicLong sent) {
        byte[] word = Words.text(" word").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        Script endless = wire -> {
            while (true) {
                wire.write(word);
                sent.incrementAndGet();
                Thread.sleep(PAUSE_MILLIS);
            }
        };
        return Script.of(Script.sseHead(), Script.send(Words.ROLE), endless);
    }

    @Test
    void twoHundredStreamsSpendWhatThereIsAndNoMore() throws Exception {
        AtomicLong sent = new AtomicLong();
        try (Rig rig = Rig.start(Rig.with("""
              openai: { dialect: openai, base_url: "${PROVIDER_URL}", api_key: "${PROVIDER_KEY}", allow_private: true }
            """, "  " + MODEL + ": openai/" + MODEL) + LIMITS, Map.of());
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            rig.scripts().put(MODEL, words(sent));
            List<Future<Answer>> answers = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                answers.add(callers.submit(() -> rig.answer(rig.keyed(Call.chat(Words.streamed(MODEL))))));
            }
            long spentAtFirstRefusal = probe(rig, sent);
            for (Future<Answer> answer : answers) {
                Answer stopped = answer.get(120, TimeUnit.SECONDS);
                assertThat(stopped.status()).as(stopped.text()).isEqualTo(200);
                assertThat(stopped.complete()).isTrue();
                assertThat(stopped.text())
                        .contains("\"finish_reason\":\"length\"", "\"stopped_by\":\"budget_exceeded\"")
                        .endsWith(Words.DONE);
            }
            long spent = await("all rows and nothing held")
                    .atMost(Duration.ofSeconds(60))
                    .until(
                            () -> new Sums(billed(rig), usedNano(rig.address(), rig.key())),
                            sums -> sums.agree() && sums.billed >= BUDGET_NANO * 95 / 100)
                    .billed();
            double overrun = 100.0 * (spent - BUDGET_NANO) / BUDGET_NANO;
            System.out.printf(
                    "%d streams on a budget of $0.10: spent $%.6f, overrun %.3f %%; first refusal at %.2f %% of the budget%n",
                    STREAMS, spent / 1e9, overrun, 100.0 * spentAtFirstRefusal / BUDGET_NANO);
            assertThat(overrun).isLessThanOrEqualTo(1.0);
            assertThat(spentAtFirstRefusal).isGreaterThanOrEqualTo(BUDGET_NANO * 95 / 100);
        }
    }

    /** Somebody else with the same key now and then, until refused; returns what had been spent by then. */
    private static long probe(Rig rig, AtomicLong sent) throws Exception {
        while (true) {
            long before = sent.get() * OUTPUT_NANO;
            try (RawClient prober = new RawClient(rig.address())) {
                prober.send(rig.keyed(Call.chat(Words.streamed(MODEL))));
                if (prober.begin().status() == 429) {
                    return before;
                }
            }
            Thread.sleep(100);
        }
    }

    private static long billed(Rig rig) throws SQLException {
        Long sum = rig.query("SELECT coalesce(sum(cost_nano), 0) AS n FROM sluice.usage_event")
                .getFirst()
                .number("n");
        return sum == null ? 0 : sum;
    }

    /** What the gateway says is used of the only rule, what is held included. */
    private static long usedNano(InetSocketAddress gateway, String key) throws IOException {
        Answer answer = RawClient.call(gateway, Call.get("/v1/usage").key(key));
        JsonNode limits = JSON.readTree(answer.text()).path("limits");
        return limits.isEmpty()
                ? -1
                : limits.get(0).get("used").decimalValue().movePointRight(9).longValue();
    }

    // ---- killed in the middle -------------------------------------------------------------------------------------

    @Test
    void whatWasSpentBeforeTheGatewayWasKilledIsSpent() throws Exception {
        AtomicLong sent = new AtomicLong();
        Path directory = Files.createTempDirectory("sluice-budget");
        Path data = Files.createDirectory(directory.resolve("data"));
        TestKeys.Made key = new TestKeys(data).make();
        String database = PostgresServer.shared().newDatabase();
        try (ScriptedProvider provider = ScriptedProvider.start();
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            provider.scripts().put(MODEL, words(sent));
            Path config = Files.writeString(
                    directory.resolve("sluice.yaml"),
                    """
                    server: { listen: "127.0.0.1:0", threads: 2 }
                    admin: { listen: "127.0.0.1:0" }
                    auth: { mode: keys }
                    database: { url: "%s" }
                    data_dir: "%s"
                    providers:
                      openai: { dialect: openai, base_url: "%s", api_key: "sk-none", allow_private: true }
                    models:
                      %s: openai/%s
                    keys:
                      - { name: all, hash: "%s" }
                    """.formatted(database, data, provider.baseUrl(), MODEL, MODEL, key.hash()) + LIMITS);
            try (GatewayProcess first = GatewayProcess.spawn(config, directory.resolve("first.log"), 128)) {
                first.awaitStarted();
                begin(callers, first.address(), key.key());
                await().atMost(Duration.ofSeconds(60)).until(() -> sent.get() * OUTPUT_NANO > BUDGET_NANO / 3);
                first.kill();
            }
            try (GatewayProcess second = GatewayProcess.spawn(config, directory.resolve("second.log"), 128)) {
                second.awaitStarted();
                // The ledger is asked about those who call.
                touch(second.address(), key.key());
                long atStart = await("the ledger has been read")
                        .atMost(Duration.ofSeconds(30))
                        .until(
                                () -> new Sums(billed(database), usedNano(second.address(), key.key())),
                                sums -> sums.agree() && sums.billed > 0)
                        .billed();
                // What nobody had written down is at most the last second of each stream.
                assertThat(atStart).isBetween(BUDGET_NANO / 5, BUDGET_NANO / 2);
                begin(callers, second.address(), key.key());
                long spent = await("the rest is spent and nothing held")
                        .atMost(Duration.ofSeconds(90))
                        .until(
                                () -> new Sums(billed(database), usedNano(second.address(), key.key())),
                                sums -> sums.agree() && sums.billed >= BUDGET_NANO * 95 / 100)
                        .billed();
                System.out.printf(
                        "killed at a third: $%.6f were spent at the start, $%.6f in the end, overrun %.3f %%%n",
                        atStart / 1e9, spent / 1e9, 100.0 * (spent - BUDGET_NANO) / BUDGET_NANO);
                assertThat(spent).isLessThanOrEqualTo(BUDGET_NANO * 101 / 100);
                second.stop();
            }
        }
        PostgresServer.deleteTree(directory);
    }

    private static void touch(InetSocketAddress gateway, String key) throws IOException {
        try (RawClient caller = new RawClient(gateway)) {
            caller.send(Call.chat(Words.streamed(MODEL)).key(key));
            assertThat(caller.begin().status()).isEqualTo(200);
        }
    }

    private static void begin(ExecutorService callers, InetSocketAddress gateway, String key) {
        for (int i = 0; i < STREAMS; i++) {
            callers.submit(() -> {
                try {
                    RawClient.call(gateway, Call.chat(Words.streamed(MODEL)).key(key));
                } catch (IOException | RuntimeException | AssertionError killed) {
                    // The gateway is gone; its books say what came.
                    return;
                }
            });
        }
    }

    private static long billed(String database) throws SQLException {
        try (Connection connection = PostgresServer.connectTo(database);
                Statement statement = connection.createStatement();
                ResultSet sum = statement.executeQuery("SELECT coalesce(sum(cost_nano), 0) FROM sluice.usage_event")) {
            sum.next();
            return sum.getLong(1);
        }
    }
}
