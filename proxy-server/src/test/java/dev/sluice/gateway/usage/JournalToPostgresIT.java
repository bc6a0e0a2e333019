package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.Counted;
import dev.sluice.gateway.journal.CatchUp;
import dev.sluice.gateway.journal.Journal;
import dev.sluice.gateway.journal.JournalSettings;
import dev.sluice.gateway.journal.OpenRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the journal into PostgreSQL by every way there is: each attempt becomes one row, and one only. */
class JournalToPostgresIT {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final JournalSettings SMALL =
            JournalSettings.defaults().withSegmentBytes(64 * 1_024).withMinFreeBytes(0);

    /** Ten nano-dollars for each token. */
    private static final Pricing PRICES = new Pricing() {
        @Override
        public long costNano(
                String provider,
                String upstreamModel,
                @Nullable String answeredModel,
                @Nullable String serviceTier,
                long startedAtMicros,
                Usage usage) {
            return 10 * (usage.inputTokens() + usage.outputTokens());
        }

        @Override
        public long version() {
            return 77;
        }
    };

    @TempDir
    static Path directory;

    private static LivePostgres postgres;

    @TempDir
    Path home;

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

    @Test
    void whatTheQueueHasNoRoomForComesOutOfTheJournal() throws Exception {
        try (Journal journal = Journal.open(home, SMALL, 2)) {
            UsageQueue queue = new UsageQueue(64);
            Books one = new Books(journal, 0, queue);
            Books other = new Books(journal, 1, queue);
            for (int i = 0; i < 3_000; i++) {
                one.whole(event(i));
                other.whole(event(i));
            }
            assertThat(queue.overflowed()).isEqualTo(2);
            assertThat(one.appender().isBehind()).isTrue();

            PostgresWriter writer = writer(queue, journal, postgres, one, other);
            assertThat(writer.queued()).isEqualTo(6_000);
            writer.start();
            await().atMost(LONG).until(() -> writer.written() == 6_000);
            // The writer has asked for the queue again: the next end comes that way, and none is lost between the two.
            for (int i = 0; i < 10; i++) {
                one.whole(event(i));
                other.whole(event(i));
            }
            assertThat(one.appender().isBehind()).isFalse();
            await().atMost(LONG).until(() -> writer.written() == 6_020);
            assertThat(writer.queued()).isZero();
            await().atMost(LONG).until(() -> writer.oldestPendingAge().isZero());
            assertThat(queue.overflowed()).isEqualTo(2);
            assertRows(6_020);
            assertThat(writer.close(LONG)).isZero();
        }
        assertNothingLeft(6_020);
    }

    @Test
    void aFrozenServerFillsTheJournalAndNotTheHeap() throws Exception {
        try (Journal journal = Journal.open(home, SMALL, 1)) {
            UsageQueue queue = new UsageQueue(128);
            Books books = new Books(journal, 0, queue);
            PostgresWriter writer = writer(queue, journal, postgres, books);
            writer.start();
            int offered = 0;
            for (; offered < 200; offered++) {
                books.whole(event(offered));
            }
            await().atMost(LONG).until(() -> writer.written() == 200);
            postgres.freeze();
            try {
                for (; offered < 10_000; offered++) {
                    books.whole(event(offered));
                }
                await().atMost(LONG).until(() -> writer.lastError() != null);
                assertThat(queue.size()).isLessThanOrEqualTo(128);
                assertThat(books.appender().isBehind()).isTrue();
                assertThat(writer.queued()).isEqualTo(9_800);
                await().atMost(LONG).until(() -> writer.oldestPendingAge().toMillis() > 0);
            } finally {
                postgres.thaw();
            }
            await().atMost(LONG).until(() -> writer.written() == 10_000);
            assertRows(10_000);
            assertThat(writer.close(LONG)).isZero();
        }
        assertNothingLeft(10_000);
    }

    @Test
    void theNextLifeStoresWhatThisOneCouldNot() throws Exception {
        try (Journal journal = Journal.open(home, SMALL, 1)) {
            UsageQueue queue = new UsageQueue(64);
            Books books = new Books(journal, 0, queue);
            PostgresWriter writer = writer(
                    queue,
                    journal,
                    () -> {
                        throw new SQLException("nobody there", "08001");
                    },
                    books);
            writer.start();
            for (int i = 0; i < 1_000; i++) {
                books.whole(event(i));
            }
            await().atMost(LONG).until(() -> writer.lastError() != null);
            assertThat(writer.close(Duration.ofMillis(200))).isEqualTo(1_000);
            assertThat(journal.figures().unacknowledgedCloses()).isEqualTo(1_000);
        }
        try (Journal journal = Journal.open(home, SMALL, 1)) {
            PostgresWriter writer = writer(new UsageQueue(), journal, postgres);
            writer.start();
            await().atMost(LONG).until(() -> journal.recovered().segments() == 0);
            assertThat(writer.recovered()).isEqualTo(1_000);
            assertThat(writer.interrupted()).isZero();
            assertRows(1_000);
            assertThat(writer.close(LONG)).isZero();
        }
        assertNothingLeft(1_000);
    }

    @Test
    void aCrashLeavesStoredFinishedAndInterruptedAttemptsAndEachBecomesOneRow() throws Exception {
        Path crashed = home.resolve("crashed");
        List<OpenRecord> open = new ArrayList<>();
        try (Journal journal = Journal.open(home.resolve("live"), SMALL, 1)) {
            UsageQueue queue = new UsageQueue(64);
            Books books = new Books(journal, 0, queue);
            // These stay open while many others come and go.
            UsageEvent[] long_ = {event(100), event(200), event(300)};
            for (UsageEvent event : long_) {
                open.add(books.open(event));
            }
            PostgresWriter writer = writer(queue, journal, postgres, books);
            writer.start();
            for (int i = 0; i < 2_000; i++) {
                books.whole(event(i));
            }
            await().atMost(LONG).until(() -> writer.written() == 2_000);
            assertThat(writer.close(LONG)).isZero();
            books.progress(open.get(1), new Counted(200, true, 5, true, false), Usage.NONE);
            books.progress(open.get(1), new Counted(200, true, 50, true, false), Usage.NONE);
            books.progress(
                    open.get(2),
                    new Counted(300, true, 60, false, true),
                    Usage.of(333, 3, Usage.UNKNOWN, Usage.UNKNOWN, Usage.UNKNOWN));
            for (int i = 0; i < 500; i++) {
                books.whole(event(i));
            }
            copy(home.resolve("live"), crashed);
        }
        for (int life = 0; life < 3; life++) {
            Path again = home.resolve("life-" + life);
            copy(crashed, again);
            try (Journal journal = Journal.open(again, SMALL, 1)) {
                PostgresWriter writer = writer(new UsageQueue(), journal, postgres);
                writer.start();
                await().atMost(LONG).until(() -> journal.recovered().segments() == 0);
                assertThat(writer.interrupted()).isEqualTo(3);
                assertThat(writer.recovered()).isBetween(500L, 2_500L);
                assertThat(writer.undecodable()).isZero();
                assertThat(writer.close(LONG)).isZero();
            }
            assertRows(2_503);
        }
        assertInterrupted(
                open.get(0),
                "usage_source = 'counted' AND input_tokens = 100 AND output_tokens = 0"
                        + " AND cost_nano = 1000 AND duration_ms IS NULL");
        assertInterrupted(
                open.get(1),
                "usage_source = 'counted' AND input_tokens = 200 AND output_tokens = 50"
                        + " AND cost_nano = 2500 AND duration_ms = 1000 AND ttft_ms = 200");
        assertInterrupted(
                open.get(2),
                "usage_source = 'estimated' AND input_tokens = 333 AND output_tokens = 60"
                        + " AND counted_input = 300 AND lower_bound AND price_version = 77");
    }

    private static void assertInterrupted(OpenRecord open, String condition) throws SQLException {
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event WHERE event_id = '" + open.attempt()
                        + "' AND status = 'interrupted' AND " + condition))
                .as(condition)
                .isEqualTo(1);
    }

    @Test
    void freshEventsAreStoredWhileALongRecoveryRuns() throws Exception {
        try (Journal journal = Journal.open(home, SMALL, 1)) {
            Books books = new Books(journal, 0, new UsageQueue(64));
            for (int i = 0; i < 20_000; i++) {
                books.whole(event(i));
            }
        }
        try (Journal journal = Journal.open(home, SMALL, 1)) {
            UsageQueue queue = new UsageQueue();
            Books books = new Books(journal, 0, queue);
            UsageEvent fresh = event(1);
            books.whole(fresh);
            PostgresWriter writer = writer(queue, journal, postgres, books);
            writer.start();
            await().atMost(LONG).until(() -> journal.recovered().segments() == 0);
            assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event WHERE xmin::text::bigint >"
                            + " (SELECT xmin::text::bigint FROM sluice.usage_event WHERE event_id = '"
                            + fresh.eventId() + "')"))
                    .isGreaterThan(10_000);
            assertRows(20_001);
            assertThat(writer.close(LONG)).isZero();
        }
    }

    @Test
    void recordsThatCannotBeReadAreSetAsideAndHoldUpNothing() throws Exception {
        UsageEvent live = event(1);
        UsageEvent earlier = event(2);
        try (Journal journal = Journal.open(home, SMALL, 1)) {
            Books books = new Books(journal, 0, new UsageQueue(64));
            books.closeUnreadably(books.open(earlier));
            books.whole(event(3));
        }
        try (Journal journal = Journal.open(home, SMALL, 1)) {
            UsageQueue queue = new UsageQueue(64);
            Books books = new Books(journal, 0, queue);
            PostgresWriter writer = writer(queue, journal, postgres, books);
            writer.start();
            books.closeUnreadably(books.open(live));
            books.whole(event(4));
            await().atMost(LONG).until(() -> journal.recovered().segments() == 0 && writer.queued() == 0);
            assertThat(writer.undecodable()).isEqualTo(2);
            assertThat(writer.deadLettered()).isEqualTo(2);
            assertRows(2);
            for (UsageEvent event : List.of(live, earlier)) {
                assertThat(postgres.count("SELECT count(*) FROM sluice.usage_dead_letter WHERE event_id = '"
                                + event.eventId()
                                + "' AND payload = '{\"record\":\"close\",\"base64\":\"ACBubyByZWNvcmQ=\"}'"
                                + " AND error LIKE '%bytes%'"))
                        .isEqualTo(1);
            }
            assertThat(writer.close(LONG)).isZero();
        }
        assertNothingLeft(2);
    }

    @Test
    void aReplayAnyNumberOfTimesChangesNoTotal() throws Exception {
        Path left = home.resolve("left");
        try (Journal journal = Journal.open(left, SMALL, 2)) {
            Books one = new Books(journal, 0, new UsageQueue(64));
            Books other = new Books(journal, 1, new UsageQueue(64));
            for (int i = 0; i < 1_500; i++) {
                one.whole(event(i));
                other.whole(event(i));
            }
            one.open(event(5));
        }
        for (int round = 0; round < 3; round++) {
            Path copy = home.resolve("copy-" + round);
            copy(left, copy);
            assertThat(replay(postgres).run(copy))
                    .isEqualTo(new JournalReplay.Report(segments(left), 3_000, 1, 0, 0, 0));
            assertThat(segments(copy)).isZero();
            assertRows(3_001);
            // Nothing is left to be replayed.
            assertThat(replay(postgres).run(copy)).isEqualTo(new JournalReplay.Report(0, 0, 0, 0, 0, 0));
        }
    }

    @Test
    void aReplayThatPostgresDoesNotTakeLeavesTheJournalAsItWas() throws Exception {
        try (Journal journal = Journal.open(home, SMALL, 1)) {
            Books books = new Books(journal, 0, new UsageQueue(64));
            for (int i = 0; i < 5_000; i++) {
                books.whole(event(i));
            }
            assertThatThrownBy(() -> replay(postgres).run(home)).isInstanceOf(IOException.class);
        }
        TreeMap<String, Long> before = files(home);
        int[] opened = new int[1];
        ConnectionSource once = () -> {
            if (opened[0]++ > 0) {
                throw new SQLException("gone again", "08001");
            }
            return new CutConnections(postgres).open();
        };
        assertThatThrownBy(() -> replay(once).run(home))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("gone again");
        assertThat(files(home)).isEqualTo(before);
        assertThat(replay(postgres).run(home).recovered()).isEqualTo(5_000);
        assertRows(5_000);
    }

    private static JournalReplay replay(ConnectionSource connections) {
        return new JournalReplay(
                connections, PostgresWriterIT.KEEPING, PRICES, InstantSource.system(), Duration.ofSeconds(2));
    }

    private static PostgresWriter writer(
            UsageQueue queue, Journal journal, ConnectionSource connections, Books... books) {
        List<CatchUp> catchUps =
                Stream.of(books).map(each -> each.appender().catchUp()).toList();
        return new PostgresWriter(
                queue, journal, catchUps, connections, PostgresWriterIT.KEEPING, PRICES, InstantSource.system());
    }

    private static UsageEvent event(int number) {
        return PostgresWriterIT.event(number, "{\"n\":\"" + number + "\"}");
    }

    private static void assertRows(long rows) throws SQLException {
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event")).isEqualTo(rows);
        assertThat(postgres.count("SELECT count(DISTINCT event_id) FROM sluice.usage_event"))
                .isEqualTo(rows);
        assertThat(HourlySumsIT.differences(postgres)).isZero();
    }

    /** Another life changes nothing. */
    private void assertNothingLeft(long rows) throws IOException, SQLException {
        assertThat(replay(postgres).run(home).interrupted()).isZero();
        assertRows(rows);
    }

    private static int segments(Path journal) throws IOException {
        return (int) files(journal).keySet().stream()
                .filter(name -> name.endsWith(".segment"))
                .count();
    }

    private static TreeMap<String, Long> files(Path journal) throws IOException {
        TreeMap<String, Long> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(journal)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(file.getFileName().toString(), Files.size(file));
            }
        }
        return files;
    }

    /** What is in the page cache: all that a killed process leaves. */
    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> all = Files.list(from)) {
            all.filter(Files::isRegularFile).forEach(file -> {
                try {
                    Files.copy(file, to.resolve(file.getFileName().toString()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
