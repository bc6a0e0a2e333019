package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.usage.PriceTexts.PriceText;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a delivery does beside storing rows: columns, prices, days, receipts. */
class DeliveryIT {
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 21);
    private static final Duration TEN_DAYS = Duration.ofDays(10);

    @TempDir
    static Path directory;

    private static LivePostgres postgres;

    private Instant now = TODAY.atTime(LocalTime.NOON).toInstant(ZoneOffset.UTC);
    private final InstantSource clock = () -> now;
    private Delivery delivery = delivery(PostgresWriterIT.KEEPING);

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
        postgres.execute("TRUNCATE sluice.usage_event, sluice.usage_hourly, sluice.usage_dead_letter,"
                + " sluice.price_version");
        while (postgres.count("SELECT sluice.drop_usage_partitions('2100-01-01')") > 0) {
            // A few at a time.
        }
    }

    @AfterEach
    void close() {
        delivery.close();
    }

    @Test
    void bucketsAndWhatElseIsNewComeToTheirColumns() throws SQLException {
        deliver(UsageRecordsTest.full());
        try (Connection connection = postgres.open();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT * FROM sluice.usage_event")) {
            assertThat(row.next()).isTrue();
            Map<String, Object> expected = Map.ofEntries(
                    Map.entry("input_tokens", 1_000_000L),
                    Map.entry("in_text", 1_000_000L - 800 - 70 - 1 - 3),
                    Map.entry("in_cached", 796L),
                    Map.entry("in_write_5m", 10L),
                    Map.entry("in_write_1h", 60L),
                    Map.entry("in_audio", 1L),
                    Map.entry("in_cached_audio", 4L),
                    Map.entry("in_image", 3L),
                    Map.entry("out_text", 2_000L - 127 - 128 - 1_745),
                    Map.entry("out_reasoning", 127L),
                    Map.entry("out_audio", 128L),
                    Map.entry("out_image", 1_745L),
                    Map.entry("web_searches", 16_384L),
                    Map.entry("lower_bound", true),
                    Map.entry("service_tier", "priority"));
            for (Map.Entry<String, Object> column : expected.entrySet()) {
                assertThat(row.getObject(column.getKey())).as(column.getKey()).isEqualTo(column.getValue());
            }
        }
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event WHERE input_tokens ="
                        + " in_text + in_cached + in_write_5m + in_write_1h + in_audio + in_cached_audio + in_image"
                        + " AND output_tokens = out_text + out_reasoning + out_audio + out_image"))
                .isEqualTo(1);
    }

    @Test
    void withoutADatabaseTheBatchIsKeptAndMergedTheNextTime() {
        Delivery nowhere = new Delivery(
                () -> {
                    throw new SQLException("nobody there", "08001");
                },
                PostgresWriterIT.KEEPING,
                clock,
                Pace.DEFAULT);
        Batch batch = new Batch(10);
        batch.add(PostgresWriterIT.event(1, null), null);
        nowhere.stop(System.nanoTime());
        assertThat(nowhere.deliver(batch)).isFalse();
        assertThat(batch.left()).isEqualTo(1);
        assertThat(batch.isToBeMerged()).isTrue();
        nowhere.close();
    }

    @Test
    void pricesAreKeptOnceAndBeforeTheFirstRowPricedWithThem() throws SQLException {
        List<Long> asked = new ArrayList<>();
        Keeping keeping = new Keeping(Duration.ofDays(36_525), version -> {
            asked.add(version);
            return version == 1 ? new PriceText("prices: é", "overrides") : null;
        });
        delivery.close();
        delivery = delivery(keeping);
        UsageEvent ofEarlierPrices = UsageRecordsTest.full();
        deliver(PostgresWriterIT.event(1, null), ofEarlierPrices, PostgresWriterIT.event(2, null));
        deliver(PostgresWriterIT.event(3, null));
        assertThat(asked).containsExactly(1L, ofEarlierPrices.priceVersion());
        assertThat(postgres.count("SELECT count(*) FROM sluice.price_version")).isEqualTo(1);
        assertThat(postgres.count("SELECT count(*) FROM sluice.price_version JOIN sluice.usage_event"
                        + " ON price_version = id WHERE catalogue = 'prices: é' AND overrides = 'overrides'"))
                .isEqualTo(3);

        // Another gateway, or the next life of this one, with the same prices.
        Delivery other = delivery(keeping);
        Batch batch = new Batch(1);
        batch.add(PostgresWriterIT.event(4, null), null);
        assertThat(other.deliver(batch)).isTrue();
        other.close();
        assertThat(postgres.count("SELECT count(*) FROM sluice.price_version")).isEqualTo(1);
        assertThat(delivery.deadLettered() + other.deadLettered()).isZero();
    }

    @Test
    void pricesThatPostgresRefusesHoldUpNoRow() throws SQLException {
        delivery.close();
        delivery = delivery(new Keeping(Duration.ofDays(36_525), version -> new PriceText("a\0b", null)));
        deliver(PostgresWriterIT.event(1, null));
        assertThat(delivery.written()).isEqualTo(1);
        assertThat(postgres.count("SELECT count(*) FROM sluice.price_version")).isZero();
    }

    @Test
    void eventsOlderThanTheRetentionBecomeDeadLettersOnce() throws SQLException {
        delivery.close();
        delivery = delivery(new Keeping(TEN_DAYS, version -> null));
        UsageEvent tooOld = at(TODAY.minusDays(10), -1);
        UsageEvent kept = at(TODAY.minusDays(10), 0);
        for (int round = 0; round < 2; round++) {
            deliver(at(TODAY, 5), tooOld, kept);
        }
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event")).isEqualTo(3);
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_dead_letter WHERE event_id = '" + tooOld.eventId()
                        + "' AND error = 'older than the retention'"))
                .isEqualTo(1);
        assertThat(HourlySumsIT.differences(postgres)).isZero();
        assertThat(delivery.lastError()).isNull();
    }

    @Test
    void aDayIsRefusedAnHourBeforeItIsDropped() throws SQLException {
        Keeping keeping = new Keeping(TEN_DAYS, version -> null);
        Instant evening = TODAY.atTime(23, 0).toInstant(ZoneOffset.UTC);
        LocalDate oldest = TODAY.minusDays(10);
        assertThat(keeping.firstDay(evening)).isEqualTo(oldest);
        assertThat(keeping.firstMicros(evening.minusMillis(1))).isEqualTo(micros(oldest));
        assertThat(keeping.firstMicros(evening)).isEqualTo(micros(oldest.plusDays(1)));
        assertThat(new Keeping(TEN_DAYS.plusMillis(1), version -> null).firstDay(evening))
                .isEqualTo(oldest.minusDays(1));
    }

    @Test
    void daysBeyondTheRetentionAreDroppedAndDaysToComeAreMade() throws SQLException {
        for (int daysAgo = 9; daysAgo <= 30; daysAgo++) {
            postgres.execute("SELECT sluice.ensure_usage_partition('" + TODAY.minusDays(daysAgo) + "')");
        }
        deliver(at(TODAY.minusDays(9), 1), at(TODAY.minusDays(20), 1), at(TODAY.minusDays(200), 1));
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event")).isEqualTo(3);
        delivery.close();
        delivery = delivery(new Keeping(TEN_DAYS, version -> null));
        deliver(at(TODAY, 1));
        assertThat(partitions(TODAY.minusDays(30), TODAY.minusDays(11))).isZero();
        assertThat(partitions(TODAY.minusDays(10), TODAY.minusDays(9))).isEqualTo(2);
        assertThat(partitions(TODAY.minusDays(1), TODAY.plusDays(7))).isEqualTo(9);
        assertThat(partitions(TODAY.plusDays(8), TODAY.plusDays(20))).isZero();
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event")).isEqualTo(2);

        // The same connection, a day later.
        now = now.plus(Duration.ofDays(1));
        deliver(at(TODAY, 2));
        assertThat(partitions(TODAY.minusDays(10), TODAY.minusDays(10))).isZero();
        assertThat(partitions(TODAY.plusDays(8), TODAY.plusDays(8))).isEqualTo(1);
    }

    @Test
    void aReportThatReadsAllDaysDelaysTheDroppingAndNotTheWriting() throws SQLException {
        postgres.execute("SELECT sluice.ensure_usage_partition('" + TODAY.minusDays(12) + "')");
        delivery.close();
        delivery = delivery(new Keeping(TEN_DAYS, version -> null));
        try (Connection report = postgres.patient();
                Statement statement = report.createStatement()) {
            report.setAutoCommit(false);
            statement.executeQuery("SELECT count(*) FROM sluice.usage_event");
            deliver(at(TODAY, 1));
            assertThat(delivery.written()).isEqualTo(1);
            assertThat(partitions(TODAY.minusDays(12), TODAY.minusDays(12))).isEqualTo(1);
        }
        now = now.plus(Duration.ofDays(1));
        deliver(at(TODAY, 2));
        assertThat(partitions(TODAY.minusDays(12), TODAY.minusDays(12))).isZero();
    }

    private Delivery delivery(Keeping keeping) {
        return new Delivery(() -> postgres.open(), keeping, clock, Pace.DEFAULT);
    }

    private void deliver(UsageEvent... events) {
        Batch batch = new Batch(events.length);
        for (UsageEvent event : events) {
            batch.add(event, null);
        }
        assertThat(delivery.deliver(batch)).isTrue();
    }

    private static UsageEvent at(LocalDate day, long micros) {
        return PostgresWriterIT.event(1, null, micros(day) + micros);
    }

    private static long micros(LocalDate day) {
        return day.toEpochDay() * 86_400_000_000L;
    }

    private static long partitions(LocalDate first, LocalDate last) throws SQLException {
        return postgres.count("SELECT count(*) FROM pg_inherits JOIN pg_class ON oid = inhrelid"
                + " WHERE inhparent = 'sluice.usage_event'::regclass AND relname BETWEEN '" + name(first) + "' AND '"
                + name(last) + "'");
    }

    private static String name(LocalDate day) {
        return "usage_event_" + day.format(DateTimeFormatter.BASIC_ISO_DATE);
    }
}
