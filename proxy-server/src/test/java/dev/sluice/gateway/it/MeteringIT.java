package dev.sluice.gateway.it;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One row for each call, with every column right; and PostgreSQL may go away in between. */
final class MeteringIT {
    private static final String CONFIGURATION = Rig.with("""
              openai: { dialect: openai, base_url: "${PROVIDER_URL}", api_key: "${PROVIDER_KEY}", allow_private: true }
            """, "  gpt-4o-mini: openai/gpt-4o-mini");

    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(CONFIGURATION, Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    @Test
    void aRowTellsAllOfACall() throws Exception {
        rig.scripts().put("gpt-4o-mini", Script.json(200, Words.COMPLETION, "x-request-id", "req_77"));
        String body = "{\"model\":\"gpt-4o-mini\",\"user\":\"user-of-the-body\",\"messages\":[]}";
        Call call = rig.keyed(Call.chat(body)).with("x-sluice-tags", "team=blue,env=test");
        long before = System.currentTimeMillis();

        assertThat(rig.answer(call).status()).isEqualTo(200);

        UsageRow row = rig.row(call, Duration.ofSeconds(2));
        assertThat(row.status()).isEqualTo("ok");
        assertThat(row.number("http_status")).isEqualTo(200);
        assertThat(row.number("attempt")).isEqualTo(1);
        assertThat(row.text("key_id")).isEqualTo(rig.keyId());
        assertThat(row.text("end_user")).isEqualTo("user-of-the-body");
        assertThat(row.text("tags")).contains("\"team\": \"blue\"", "\"env\": \"test\"");
        assertThat(row.text("endpoint")).isEqualTo("chat.completions");
        assertThat(row.text("requested_model")).isEqualTo("gpt-4o-mini");
        assertThat(row.text("provider")).isEqualTo("openai");
        assertThat(row.text("upstream_model")).isEqualTo("gpt-4o-mini");
        assertThat(row.value("stream")).isEqualTo(false);
        assertThat(row.number("input_tokens")).isEqualTo(11);
        assertThat(row.number("cached_tokens")).isEqualTo(2);
        assertThat(row.number("output_tokens")).isEqualTo(5);
        assertThat(row.number("reasoning_tokens")).isEqualTo(1);
        assertThat(row.text("usage_source")).isEqualTo("provider");
        // 9 fresh at 0.15 $, 2 cached at 0.075 $, 5 generated at 0.60 $ for each million, in nano-dollars.
        assertThat(row.number("cost_nano")).isEqualTo(9 * 150 + 2 * 75 + 5 * 600);
        assertThat(row.number("price_version")).isNotNull();
        assertThat(row.number("duration_ms")).isNotNegative();
        assertThat(row.text("provider_request_id")).isEqualTo("req_77");
        Timestamp startedAt = (Timestamp) requireNonNull(row.value("started_at"));
        assertThat(startedAt.getTime()).isBetween(before - 1000, System.currentTimeMillis() + 1000);
    }

    @Test
    void aStreamsRowHasTheUsageThatTheCallerDidNotSee() throws Exception {
        Call call = rig.keyed(Call.chat(Words.streamed(rig.model(Script.sse(Words.STREAM)))))
                .with("x-sluice-user", "user-of-the-header");

        assertThat(rig.answer(call).text()).isEqualTo(Words.STREAM_WITHOUT_USAGE);

        UsageRow row = rig.row(call, Duration.ofSeconds(2));
        assertThat(row.value("stream")).isEqualTo(true);
        assertThat(row.number("input_tokens")).isEqualTo(19);
        assertThat(row.number("cached_tokens")).isEqualTo(4);
        assertThat(row.number("output_tokens")).isEqualTo(7);
        assertThat(row.number("reasoning_tokens")).isEqualTo(3);
        assertThat(row.number("ttft_ms")).isNotNegative();
        assertThat(row.text("end_user")).isEqualTo("user-of-the-header");
        // Nobody knows what model-1 costs: unpriced is NULL and never 0.
        assertThat(row.number("cost_nano")).isNull();
    }

    @Test
    void withoutAReportTheGatewayCounts() throws Exception {
        String events = Words.ROLE + Words.text("Hel") + Words.FINISH + Words.DONE;
        Call call = rig.keyed(Call.chat(Words.streamed(rig.model(Script.sse(events)))));

        assertThat(rig.answer(call).text()).isEqualTo(events);

        UsageRow row = rig.row(call);
        assertThat(row.number("input_tokens"))
                .isEqualTo(row.number("counted_input"))
                .isPositive();
        assertThat(row.number("output_tokens"))
                .isEqualTo(row.number("counted_output"))
                .isPositive();
        // The scripted model's tokenizer is nobody's.
        assertThat(row.text("usage_source")).isEqualTo("estimated");
        assertThat(row.number("cached_tokens")).isNull();
    }

    @Test
    void anErrorInPlaceOfAnAnswerIsBilledForNothing() throws Exception {
        Call call = rig.keyed(Call.chat(Words.streamed(
                rig.model(Script.json(503, "{\"error\":{\"message\":\"no more\",\"type\":\"server_error\"}}")))));

        assertThat(rig.answer(call).status()).isGreaterThanOrEqualTo(500);

        UsageRow row = rig.row(call);
        assertThat(row.number("input_tokens")).isNull();
        assertThat(row.number("output_tokens")).isNull();
        assertThat(row.number("cost_nano")).isNull();
        assertThat(row.text("usage_source")).isEqualTo("none");
    }

    @Test
    void theLargestUsageReportWins() throws Exception {
        String first = Words.USAGE.replace("\"prompt_tokens\":19", "\"prompt_tokens\":1");
        String events = Words.ROLE + first + Words.text("Hel") + Words.FINISH + Words.USAGE + Words.DONE;
        Call call = rig.keyed(Call.chat(Words.streamedWithUsage(rig.model(Script.sse(events)))));

        assertThat(rig.answer(call).text()).isEqualTo(events);

        assertThat(rig.row(call).number("input_tokens")).isEqualTo(19);
    }

    @Test
    void requestsThatReachedNoProviderHaveNoRow() throws Exception {
        Call refused = Call.chat(Words.chat("gpt-4o-mini")).key("wrong").with("x-request-id", "refused-1");
        Call unknown = rig.keyed(Call.chat(Words.chat("nowhere")));
        assertThat(rig.answer(refused).status()).isEqualTo(401);
        assertThat(rig.answer(unknown).status()).isEqualTo(404);

        // Rows come in order: when this one is there, theirs would be.
        Call after = rig.keyed(Call.chat(Words.chat(rig.model(Script.json(200, Words.COMPLETION)))));
        assertThat(rig.answer(after).status()).isEqualTo(200);
        rig.row(after);
        assertThat(rig.rows("refused-1")).isEmpty();
        assertThat(rig.rows(Rig.requestId(unknown))).isEmpty();
    }

    @Test
    void theSameRequestIdTwiceIsTwoRows() throws Exception {
        Call call = Call.chat(Words.chat(rig.model(Script.json(200, Words.COMPLETION))))
                .key(rig.key())
                .with("x-request-id", "twice-1");
        rig.answer(call);
        rig.answer(call);

        List<UsageRow> rows = await().atMost(Duration.ofSeconds(5))
                .until(() -> rig.rows(Rig.requestId(call)), found -> found.size() == 2);
        assertThat(rows.get(0).text("event_id")).isNotEqualTo(rows.get(1).text("event_id"));
    }

    // PostgreSQL killed under load.

    @Test
    void noRequestFailsAndNoRowIsLostWhilePostgresIsAway() throws Exception {
        try (PostgresServer postgres = new PostgresServer();
                Rig loaded = Rig.start(CONFIGURATION, Map.of(), postgres)) {
            String model = loaded.model(Script.sse(Words.STREAM));
            try (Load load = new Load(loaded, model)) {
                load.awaitAnswered(75);
                PostgresServer.Killed killed = postgres.kill();
                load.awaitAnswered(load.answered() + 200);
                killed.restart();
                load.awaitAnswered(load.answered() + 50);
                load.stop();

                System.out.printf(
                        "PostgreSQL away: %d requests answered, slowest %d ms%n",
                        load.answered(), load.slowestMillis());
                assertThat(load.failures()).isEmpty();
                assertThat(load.slowestMillis()).isLessThan(2_000);
                assertAllRowsArrive(loaded, load.answered());
            }
        }
    }

    private static void assertAllRowsArrive(Rig loaded, int answered) {
        await("rows of all requests")
                .atMost(Duration.ofSeconds(45))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> count(loaded, "count(DISTINCT request_id)"), found -> found >= answered);
        try {
            assertThat(count(loaded, "count(*)")).isEqualTo(answered);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static int count(Rig loaded, String what) throws SQLException {
        Long count = loaded.query("SELECT " + what + " AS n FROM sluice.usage_event WHERE request_id LIKE 'load-%'")
                .getFirst()
                .number("n");
        return count == null ? -1 : count.intValue();
    }

    /** Fifty calls a second, each on a virtual thread. */
    private static final class Load implements AutoCloseable {
        private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
        private final Future<?> ticking;
        private final AtomicInteger started = new AtomicInteger();
        private final AtomicInteger answered = new AtomicInteger();
        private final AtomicLong slowestNanos = new AtomicLong();
        private final Queue<String> failures = new ConcurrentLinkedQueue<>();

        Load(Rig rig, String model) {
            Runnable call = () -> callers.execute(() -> call(rig, model));
            ticking = clock.scheduleAtFixedRate(call, 0, 20, TimeUnit.MILLISECONDS);
        }

        private void call(Rig rig, String model) {
            String id = "load-" + started.incrementAndGet();
            long start = System.nanoTime();
            try {
                Answer answer = rig.answer(
                        Call.chat(Words.streamed(model)).key(rig.key()).with("x-request-id", id));
                if (!answer.text().equals(Words.STREAM_WITHOUT_USAGE)) {
                    failures.add(id + ": " + answer);
                }
            } catch (java.io.IOException | RuntimeException e) {
                failures.add(id + ": " + e);
            }
            slowestNanos.accumulateAndGet(System.nanoTime() - start, Math::max);
            answered.incrementAndGet();
        }

        int answered() {
            return answered.get();
        }

        Queue<String> failures() {
            return failures;
        }

        long slowestMillis() {
            return TimeUnit.NANOSECONDS.toMillis(slowestNanos.get());
        }

        void awaitAnswered(int count) {
            await("answers")
                    .atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> answered.get() >= count);
        }

        /** Ends the load and waits for what runs. */
        void stop() {
            ticking.cancel(false);
            clock.close();
            callers.close();
        }

        @Override
        public void close() {
            stop();
        }
    }
}
