package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The hours are what the rows add up to, whatever is sent, how often, and by how many. */
class HourlySumsIT {
    private static final String[] STATUSES = {"ok", "client_abort", "interrupted"};
    private static final String[] SOURCES = {"provider", "counted", "mixed", "estimated", "none"};
    private static final String EXPECTED = """
            SELECT date_trunc('hour', started_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS hour,
                   coalesce(key_id, ''), coalesce(team_id, ''), provider, coalesce(requested_model, ''), endpoint, status,
                   count(*),
                   coalesce(sum(input_tokens), 0),
                   coalesce(sum(cached_tokens), 0),
                   coalesce(sum(cache_write_tokens), 0),
                   coalesce(sum(output_tokens), 0),
                   coalesce(sum(reasoning_tokens), 0),
                   coalesce(sum(cost_nano), 0),
                   count(*) FILTER (WHERE cost_nano IS NULL AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL)),
                   count(*) FILTER (WHERE usage_source IN ('counted', 'mixed', 'estimated')),
                   coalesce(sum(input_tokens) FILTER (WHERE usage_source = 'provider' AND counted_input IS NOT NULL), 0),
                   coalesce(sum(counted_input) FILTER (WHERE usage_source = 'provider' AND input_tokens IS NOT NULL), 0),
                   coalesce(sum(output_tokens) FILTER (WHERE usage_source = 'provider' AND counted_output IS NOT NULL), 0),
                   coalesce(sum(counted_output) FILTER (WHERE usage_source = 'provider' AND output_tokens IS NOT NULL), 0)
            FROM sluice.usage_event GROUP BY 1, 2, 3, 4, 5, 6, 7
            """;

    @TempDir
    static Path directory;

    private static LivePostgres postgres;

    @BeforeAll
    static void startPostgres() throws IOException {
        postgres = new LivePostgres(directory);
    }

    @AfterAll
    static void stopPostgres() throws IOException {
        postgres.close();
    }

    @BeforeEach
    void empty() throws SQLException {
        postgres.execute("TRUNCATE sluice.usage_event, sluice.usage_hourly, sluice.usage_dead_letter");
    }

    /** Hours that differ from the sums over the rows, either way. */
    static long differences(LivePostgres postgres) throws SQLException {
        return postgres.count("WITH expected AS (" + EXPECTED + "), stored AS (SELECT * FROM sluice.usage_hourly)"
                + " SELECT (SELECT count(*) FROM (TABLE expected EXCEPT TABLE stored) AS missing)"
                + " + (SELECT count(*) FROM (TABLE stored EXCEPT TABLE expected) AS wrong)");
    }

    @Test
    void theSumsAreThoseOfTheRowsColumnByColumn() throws SQLException {
        Delivery delivery = delivery();
        List<UsageEvent> events = events(3_000, 1);
        deliver(delivery, events.subList(0, 1_500), false);
        deliver(delivery, events.subList(1_500, 3_000), true);
        assertThat(differences(postgres)).isZero();
        assertThat(postgres.count("SELECT sum(requests) FROM sluice.usage_hourly"))
                .isEqualTo(3_000);
        // Neither comparison is one of nothing with nothing.
        for (String column :
                List.of("cost_nano", "unpriced", "estimated", "compared_input", "compared_counted_output")) {
            assertThat(postgres.count("SELECT sum(" + column + ") FROM sluice.usage_hourly"))
                    .as(column)
                    .isPositive();
        }
        postgres.execute("UPDATE sluice.usage_hourly SET output_tokens = output_tokens + 1 WHERE ctid ="
                + " (SELECT min(ctid) FROM sluice.usage_hourly)");
        assertThat(differences(postgres)).isEqualTo(2);
        delivery.close();
    }

    @Test
    void anyBatchAnyNumberOfTimesChangesNoTotal() throws SQLException {
        Delivery delivery = delivery();
        List<UsageEvent> events = events(1_000, 2);
        Random random = new Random(7);
        for (int round = 0; round < 30; round++) {
            int from = random.nextInt(events.size());
            int to = from + random.nextInt(events.size() - from) + 1;
            List<UsageEvent> part = new ArrayList<>(events.subList(from, Math.min(to, events.size())));
            // One of them twice in the same batch, too.
            part.add(part.get(0));
            Collections.shuffle(part, random);
            deliver(delivery, part, random.nextBoolean());
        }
        deliver(delivery, events, false);
        assertThat(differences(postgres)).isZero();
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event")).isEqualTo(1_000);
        delivery.close();
    }

    @Test
    void writersWithTheSameEventsAtTheSameTimeCountEachOnce() throws Exception {
        List<UsageEvent> events = events(4_000, 3);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Void>> writers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                boolean merge = i % 2 == 0;
                writers.add(threads.submit(writer(events, merge)));
            }
            for (Future<Void> writer : writers) {
                writer.get();
            }
        }
        assertThat(differences(postgres)).isZero();
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event")).isEqualTo(4_000);
        assertThat(postgres.count("SELECT sum(requests) FROM sluice.usage_hourly"))
                .isEqualTo(4_000);
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_dead_letter"))
                .isZero();
    }

    /** All events in an order of its own, in batches of many sizes. */
    private static Callable<Void> writer(List<UsageEvent> events, boolean merge) {
        return () -> {
            Delivery delivery = delivery();
            List<UsageEvent> mine = new ArrayList<>(events);
            Collections.shuffle(mine, ThreadLocalRandom.current());
            for (int from = 0; from < mine.size(); ) {
                int to = Math.min(
                        mine.size(), from + 1 + ThreadLocalRandom.current().nextInt(400));
                deliver(delivery, mine.subList(from, to), merge);
                from = to;
            }
            delivery.close();
            return null;
        };
    }

    @Test
    void aRowThatWouldFillAnHourToTheBrimIsIsolatedAndTheOthersAreStored() throws SQLException {
        Delivery delivery = delivery();
        List<UsageEvent> events = new ArrayList<>(events(100, 4));
        UsageEvent model = events.get(50);
        events.set(50, withOutput(model, Long.MAX_VALUE));
        deliver(delivery, events, false);
        events.set(50, withOutput(model, HourlySums.LARGEST + 1));
        deliver(delivery, events, true);
        assertThat(differences(postgres)).isZero();
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event")).isEqualTo(99);
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_dead_letter WHERE error LIKE '%output_tokens%'"))
                .isEqualTo(1);
        delivery.close();
    }

    @Test
    void anHourThatIsFullRefusesRowsOneByOne() throws SQLException {
        Delivery delivery = delivery();
        List<UsageEvent> full = new ArrayList<>();
        List<UsageEvent> others = new ArrayList<>();
        for (int i = 0; i < 70; i++) {
            UsageEvent event = PostgresWriterIT.event(i, null);
            (Objects.equals(event.keyId(), "key-0") ? full : others).add(event);
        }
        deliver(delivery, full.subList(0, 1), false);
        postgres.execute("UPDATE sluice.usage_hourly SET requests = 9223372036854775807");
        List<UsageEvent> all = new ArrayList<>(full);
        all.addAll(others);
        deliver(delivery, all, true);
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_dead_letter WHERE error LIKE '22003%'"))
                .isEqualTo(full.size() - 1);
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event")).isEqualTo(others.size() + 1);
        delivery.close();
    }

    private static Delivery delivery() {
        return new Delivery(postgres, PostgresWriterIT.KEEPING, InstantSource.system(), Pace.DEFAULT);
    }

    private static void deliver(Delivery delivery, List<UsageEvent> events, boolean merge) {
        Batch batch = new Batch(events.size());
        if (merge) {
            batch.merge();
        }
        events.forEach(event -> batch.add(event, null));
        assertThat(delivery.deliver(batch)).isTrue();
        assertThat(batch.isEmpty()).isTrue();
    }

    /** Of a few keys, models and hours; with figures known and unknown, priced and unpriced, from every source. */
    private static List<UsageEvent> events(int count, long seed) {
        Random random = new Random(seed);
        long now = Instant.now().getEpochSecond() * 1_000_000;
        List<UsageEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(event(random, i, now - random.nextInt(4 * 3_600) * 1_000_000L));
        }
        return events;
    }

    private static UsageEvent event(Random random, int number, long startedMicros) {
        return new UsageEvent(
                EventIds.next(startedMicros),
                startedMicros,
                "req-" + number,
                1,
                random.nextInt(4) == 0 ? null : "key-" + random.nextInt(3),
                random.nextBoolean() ? null : "team-é",
                null,
                null,
                random.nextBoolean() ? "chat.completions" : "embeddings",
                random.nextInt(5) == 0 ? null : "model, \"quoted\" {" + random.nextInt(3) + "}",
                "openai",
                "gpt-4o-mini",
                random.nextBoolean(),
                STATUSES[random.nextInt(STATUSES.length)],
                200,
                Usage.of(maybe(random), maybe(random), maybe(random), maybe(random), maybe(random)),
                maybe(random),
                maybe(random),
                SOURCES[random.nextInt(SOURCES.length)],
                false,
                null,
                maybe(random),
                1,
                5,
                50,
                null);
    }

    private static long maybe(Random random) {
        return random.nextInt(3) == 0 ? Usage.UNKNOWN : random.nextInt(1_000_000);
    }

    private static UsageEvent withOutput(UsageEvent event, long output) {
        return new UsageEvent(
                event.eventId(),
                event.startedAtMicros(),
                event.requestId(),
                event.attempt(),
                event.keyId(),
                event.teamId(),
                event.endUser(),
                event.tags(),
                event.endpoint(),
                event.requestedModel(),
                event.provider(),
                event.upstreamModel(),
                event.stream(),
                event.status(),
                event.httpStatus(),
                Usage.of(1, 0, 0, output, 0),
                event.countedInput(),
                event.countedOutput(),
                event.usageSource(),
                event.lowerBound(),
                event.serviceTier(),
                event.costNano(),
                event.priceVersion(),
                event.ttftMillis(),
                event.durationMillis(),
                event.providerRequestId());
    }
}
