package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.codec.chat.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresWriterIT {
    /** Longer than any test goes back. */
    static final Keeping KEEPING = new Keeping(Duration.ofDays(36_525), version -> null);

    @TempDir
    static Path directory;

    private static LivePostgres postgres;

    private final UsageQueue queue = new UsageQueue(65_536);
    private PostgresWriter writer;

    @BeforeAll
    static void startPostgres() throws IOException {
        postgres = new LivePostgres(directory);
    }

    @AfterAll
    static void stopPostgres() throws IOException {
        postgres.close();
    }

    @BeforeEach
    void startWriter() throws SQLException {
        postgres.execute("TRUNCATE sluice.usage_event, sluice.usage_hourly, sluice.usage_dead_letter");
        writer = writer(queue, postgres);
        writer.start();
    }

    @AfterEach
    void stopWriter() {
        assertThat(writer.close(Duration.ofSeconds(20))).isZero();
    }

    @Test
    void rowsEqualWhatWasOfferedColumnByColumn() throws SQLException {
        long version = 20_260_923_0000000007L;
        queue.offer(
                new UsageEvent(
                        EventIds.next(Summaries.STARTED_MICROS),
                        Summaries.STARTED_MICROS,
                        "ré😀q",
                        2,
                        "key-1",
                        "team-1",
                        null,
                        Text.tags(Map.of("k\"", "v\\\n")),
                        "chat.completions",
                        "chat",
                        "openai",
                        "gpt-4o-mini",
                        true,
                        "ok",
                        200,
                        Usage.of(1_000, 800, 0, 100, Usage.UNKNOWN),
                        UsageEvent.UNKNOWN,
                        UsageEvent.UNKNOWN,
                        "provider",
                        false,
                        "flex",
                        150_000,
                        version,
                        250,
                        1_234,
                        "req_abc"),
                null);
        awaitWritten(1);

        try (Connection connection = postgres.open();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT *, tags ->> 'k\"' AS tag FROM sluice.usage_event")) {
            assertThat(row.next()).isTrue();
            UUID id = row.getObject("event_id", UUID.class);
            assertThat(id.version()).isEqualTo(7);
            assertThat(row.getObject("started_at", OffsetDateTime.class).toInstant())
                    .isEqualTo(Instant.EPOCH.plus(Summaries.STARTED_MICROS, ChronoUnit.MICROS));
            assertThat(row.getString("request_id")).isEqualTo("ré😀q");
            assertThat(row.getInt("attempt")).isEqualTo(2);
            assertThat(row.getString("key_id")).isEqualTo("key-1");
            assertThat(row.getString("team_id")).isEqualTo("team-1");
            assertThat(row.getString("end_user")).isNull();
            assertThat(row.getString("tag")).isEqualTo("v\\\n");
            assertThat(row.getString("endpoint")).isEqualTo("chat.completions");
            assertThat(row.getString("requested_model")).isEqualTo("chat");
            assertThat(row.getString("provider")).isEqualTo("openai");
            assertThat(row.getString("upstream_model")).isEqualTo("gpt-4o-mini");
            assertThat(row.getBoolean("stream")).isTrue();
            assertThat(row.getString("status")).isEqualTo("ok");
            assertThat(row.getObject("http_status")).isEqualTo(200);
            assertThat(row.getObject("input_tokens")).isEqualTo(1_000L);
            assertThat(row.getObject("cached_tokens")).isEqualTo(800L);
            assertThat(row.getObject("cache_write_tokens")).isEqualTo(0L);
            assertThat(row.getObject("output_tokens")).isEqualTo(100L);
            assertThat(row.getObject("reasoning_tokens")).isNull();
            assertThat(row.getObject("counted_input")).isNull();
            assertThat(row.getObject("counted_output")).isNull();
            assertThat(row.getString("usage_source")).isEqualTo("provider");
            assertThat(row.getObject("cost_nano")).isEqualTo(150_000L);
            assertThat(row.getObject("price_version")).isEqualTo(version);
            assertThat(row.getString("service_tier")).isEqualTo("flex");
            assertThat(row.getObject("in_text")).isEqualTo(200L);
            assertThat(row.getObject("in_cached")).isEqualTo(800L);
            assertThat(row.getObject("out_text")).isEqualTo(100L);
            assertThat(row.getBoolean("lower_bound")).isFalse();
            assertThat(row.getObject("ttft_ms")).isEqualTo(250);
            assertThat(row.getObject("duration_ms")).isEqualTo(1_234);
            assertThat(row.getString("provider_request_id")).isEqualTo("req_abc");
            assertThat(row.next()).isFalse();
        }
    }

    @Test
    void theSameEventsAgainChangeNothing() throws SQLException {
        List<UsageEvent> events = offer(3_000);
        awaitWritten(3_000);
        events.forEach(event -> queue.offer(event, null));
        // Old and new mixed, and one twice in the same batch.
        UsageEvent fresh = event(9_999, null);
        queue.offer(fresh, null);
        queue.offer(fresh, null);
        events.subList(0, 10).forEach(event -> queue.offer(event, null));
        awaitWritten(6_012);
        assertThat(rows()).isEqualTo(3_001);
        assertThat(postgres.count("SELECT sum(input_tokens) FROM sluice.usage_event"))
                .isEqualTo(sumOfInputs(events) + fresh.usage().inputTokens());
        assertThat(writer.deadLettered()).isZero();
    }

    @Test
    void whatIsStoredOnceIsStoredOnceWhateverItsStart() throws SQLException {
        postgres.execute("TRUNCATE sluice.usage_once");
        long today = Instant.now().toEpochMilli() * 1_000;
        List<UsageEvent> first = List.of(once("a", 1, today), once("a", 2, today + 5), once("b", 4, today));
        first.forEach(event -> queue.offer(event, null));
        queue.offer(event(8, null), null);
        awaitWritten(4);
        assertThat(rows()).isEqualTo(3);
        // By another gateway, another day, and once more the very same.
        UsageQueue other = new UsageQueue(16);
        PostgresWriter second = writer(other, postgres);
        second.start();
        other.offer(once("a", 16, today - 86_400_000_000L), null);
        other.offer(first.get(0), null);
        other.offer(event(32, null), null);
        await().untilAsserted(() -> assertThat(second.written()).isEqualTo(3));
        assertThat(second.close(Duration.ofSeconds(5))).isZero();

        assertThat(postgres.count("SELECT sum(input_tokens) FROM sluice.usage_event"))
                .isEqualTo(1 + 4 + 8 + 32);
        assertThat(postgres.count("SELECT sum(input_tokens) FROM sluice.usage_hourly"))
                .isEqualTo(1 + 4 + 8 + 32);
    }

    private static UsageEvent once(String key, int number, long startedMicros) {
        return event(EventIds.once(key), number, null, startedMicros);
    }

    @Test
    void aRefusedRowIsIsolatedAndKept() throws SQLException {
        List<UsageEvent> poisoned = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            String tags = switch (i) {
                case 0 -> "{\"escaped\":\"\\u0000\"}";
                case 500 -> "{ not json";
                case 999 -> "{\"nul\":\"\0\"}";
                default -> null;
            };
            UsageEvent event = event(i, tags);
            if (tags != null) {
                poisoned.add(event);
            }
            queue.offer(event, null);
        }
        awaitWritten(997);
        await().untilAsserted(() -> assertThat(writer.deadLettered()).isEqualTo(3));
        assertThat(rows()).isEqualTo(997);
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_dead_letter"))
                .isEqualTo(3);
        for (UsageEvent event : poisoned) {
            assertThat(postgres.count("SELECT (payload ->> 'input_tokens')::bigint FROM sluice.usage_dead_letter"
                            + " WHERE event_id = '" + event.eventId() + "' AND length(error) > 10"))
                    .isEqualTo(event.usage().inputTokens());
        }
        // The rest of the day goes on as if nothing had been.
        offer(10);
        awaitWritten(1_007);
        assertThat(writer.queued()).isZero();
        assertThat(writer.lastError()).isNull();
    }

    @Test
    void rowsOfAnyDayFindAPlaceAndMoveWhenTheirPartitionIsMade() throws SQLException {
        long old = Instant.parse("2001-02-03T23:59:59.999999Z").getEpochSecond() * 1_000_000 + 999_999;
        queue.offer(event(1, null, old), null);
        queue.offer(event(2, null, old + 1), null);
        awaitWritten(2);
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event_default"))
                .isEqualTo(2);

        postgres.execute("SELECT sluice.ensure_usage_partition('2001-02-03')");
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event_20010203"))
                .isEqualTo(1);
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event_default"))
                .isEqualTo(1);
        assertThat(rows()).isEqualTo(2);
        postgres.execute("SELECT sluice.ensure_usage_partition('2001-02-03')");
    }

    @Test
    void partitionsAreMadeAheadAndAFailureOfThatDoesNotStopTheWriter() throws SQLException {
        offer(1);
        awaitWritten(1);
        assertThat(postgres.count("SELECT count(*) FROM pg_inherits WHERE inhparent = 'sluice.usage_event'::regclass"))
                .isGreaterThanOrEqualTo(5);

        postgres.execute("ALTER FUNCTION sluice.ensure_usage_partition(date) RENAME TO ensure_hidden");
        try {
            UsageQueue other = new UsageQueue(16);
            PostgresWriter second = writer(other, postgres);
            second.start();
            other.offer(event(77, null), null);
            await().untilAsserted(() -> assertThat(second.written()).isEqualTo(1));
            assertThat(second.close(Duration.ofSeconds(5))).isZero();
        } finally {
            postgres.execute("ALTER FUNCTION sluice.ensure_hidden(date) RENAME TO ensure_usage_partition");
        }
    }

    @Test
    void closingStoresWhatIsQueued() throws SQLException {
        UsageQueue other = new UsageQueue(65_536);
        PostgresWriter second = writer(other, postgres);
        for (int i = 0; i < 10_000; i++) {
            other.offer(event(i, null), null);
        }
        second.start();
        assertThat(second.close(Duration.ofSeconds(20))).isZero();
        assertThat(rows()).isEqualTo(10_000);
    }

    @Test
    void closingWithoutADatabaseSaysWhatIsLeftBehindInTime() {
        UsageQueue other = new UsageQueue(1_024);
        PostgresWriter second = writer(other, () -> {
            throw new SQLException("nobody there", "08001");
        });
        second.start();
        for (int i = 0; i < 100; i++) {
            other.offer(event(i, null), null);
        }
        await().untilAsserted(() -> assertThat(second.lastError()).contains("nobody there"));
        long before = System.nanoTime();
        assertThat(second.close(Duration.ofMillis(300))).isEqualTo(100);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(3));
        assertThat(second.oldestPendingAge()).isPositive();
    }

    private List<UsageEvent> offer(int count) {
        List<UsageEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            UsageEvent event = event(i, null);
            events.add(event);
            assertThat(queue.offer(event, null)).isTrue();
        }
        return events;
    }

    private void awaitWritten(long count) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(writer.written()).isEqualTo(count));
    }

    private static long rows() throws SQLException {
        return postgres.count("SELECT count(*) FROM sluice.usage_event");
    }

    private static long sumOfInputs(List<UsageEvent> events) {
        return events.stream().mapToLong(event -> event.usage().inputTokens()).sum();
    }

    /** Without a journal behind the queue. */
    static PostgresWriter writer(UsageQueue queue, ConnectionSource connections) {
        return new PostgresWriter(queue, connections, KEEPING, InstantSource.system());
    }

    static UsageEvent event(int number, @Nullable String tags) {
        return event(number, tags, Instant.now().toEpochMilli() * 1_000 + number % 1_000);
    }

    static UsageEvent event(int number, @Nullable String tags, long startedMicros) {
        return event(EventIds.next(startedMicros), number, tags, startedMicros);
    }

    private static UsageEvent event(UUID id, int number, @Nullable String tags, long startedMicros) {
        return new UsageEvent(
                id,
                startedMicros,
                "req-" + number,
                1,
                "key-" + number % 7,
                null,
                null,
                tags,
                "chat.completions",
                "chat",
                "openai",
                "gpt-4o-mini",
                number % 2 == 0,
                "ok",
                200,
                Usage.of(number, 0, 0, 10, 0),
                -1,
                -1,
                "provider",
                false,
                null,
                number,
                1,
                5,
                50,
                "upstream-" + number);
    }
}
