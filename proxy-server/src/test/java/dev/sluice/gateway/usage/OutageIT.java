package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PostgreSQL goes away in every way it knows while events keep coming: none is lost, none counted twice, nobody waits. */
class OutageIT {
    private static final Duration LONG = Duration.ofMinutes(1);

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
        postgres.execute("TRUNCATE sluice.usage_event, sluice.usage_hourly");
    }

    @Test
    void aKilledServerCostsNothingButTime() throws Exception {
        UsageQueue queue = new UsageQueue(262_144);
        PostgresWriter writer = PostgresWriterIT.writer(queue, postgres);
        writer.start();
        try (Load load = new Load(queue)) {
            await().atMost(LONG).until(() -> writer.written() > 1_000);
            postgres.kill();
            await().atMost(LONG).until(() -> writer.lastError() != null && writer.queued() > 2_000);
            postgres.restart();
            long whenBack = writer.written();
            await().atMost(LONG).until(() -> writer.written() > whenBack + 2_000);
            long offered = load.stop();
            awaitAll(writer, offered);
            assertThat(load.longestOfferMillis()).isLessThan(50);
        }
        assertThat(writer.close(Duration.ofSeconds(10))).isZero();
    }

    @Test
    void aFrozenServerCostsNothingButTime() throws Exception {
        UsageQueue queue = new UsageQueue(262_144);
        PostgresWriter writer = PostgresWriterIT.writer(queue, postgres);
        writer.start();
        try (Load load = new Load(queue)) {
            await().atMost(LONG).until(() -> writer.written() > 1_000);
            postgres.freeze();
            try {
                // The read timeout ends each attempt; nobody can say whether the one in flight was committed.
                await().atMost(LONG).until(() -> writer.lastError() != null && writer.queued() > 2_000);
            } finally {
                postgres.thaw();
            }
            long offered = load.stop();
            awaitAll(writer, offered);
            assertThat(load.longestOfferMillis()).isLessThan(50);
        }
        assertThat(writer.close(Duration.ofSeconds(10))).isZero();
    }

    @Test
    void theWatchdogEndsATransactionThatNoReadTimeoutEnds() throws Exception {
        UsageQueue queue = new UsageQueue(262_144);
        Pace impatient =
                new Pace(Duration.ofMillis(20), Duration.ofMillis(50), Duration.ofMillis(200), Duration.ofMillis(500));
        AtomicBoolean frozen = new AtomicBoolean();
        ConnectionSource withoutTimeouts = () -> {
            if (frozen.get()) {
                throw new SQLException("refused by the test", "08001");
            }
            return postgres.patient();
        };
        PostgresWriter writer = new PostgresWriter(
                queue,
                null,
                new Delivery(withoutTimeouts, PostgresWriterIT.KEEPING, InstantSource.system(), impatient),
                InstantSource.system(),
                impatient);
        writer.start();
        queue.offer(PostgresWriterIT.event(0, null), null);
        await().atMost(LONG).until(() -> writer.written() == 1);

        // The writer has its connection; from here on the server takes bytes until its buffers are full, and no more.
        postgres.freeze();
        try {
            for (int i = 1; i <= 2_000; i++) {
                queue.offer(PostgresWriterIT.event(i, "\"" + "x".repeat(8_000) + "\""), null);
            }
            frozen.set(true);
            await().atMost(Duration.ofSeconds(10)).until(() -> writer.lastError() != null);
        } finally {
            postgres.thaw();
        }
        frozen.set(false);
        awaitAll(writer, 2_001);
        assertThat(writer.close(Duration.ofSeconds(10))).isZero();
    }

    @Test
    void aConnectionThatIsCutAroundItsCommitCountsNothingTwiceAndLosesNothing() throws SQLException {
        CutConnections connections = new CutConnections(postgres);
        Pace quick = new Pace(Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofSeconds(20));
        Delivery delivery = new Delivery(connections, PostgresWriterIT.KEEPING, InstantSource.system(), quick);
        int rounds = 24;
        for (int round = 0; round < rounds; round++) {
            Batch batch = new Batch(50);
            if (round % 3 == 0) {
                batch.merge();
            }
            for (int i = 0; i < 50; i++) {
                batch.add(PostgresWriterIT.event(i, null), null);
            }
            assertThat(delivery.deliver(batch)).isTrue();
        }
        delivery.close();
        assertThat(connections.cutBefore()).isGreaterThanOrEqualTo(rounds / 2);
        assertThat(connections.cutAfter()).isGreaterThanOrEqualTo(rounds / 2);
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event")).isEqualTo(rounds * 50);
        assertThat(HourlySumsIT.differences(postgres)).isZero();
    }

    @Test
    void connectionsThatTheServerEndsAtAnyMomentCostNothingButTime() throws Exception {
        UsageQueue queue = new UsageQueue(262_144);
        PostgresWriter writer = PostgresWriterIT.writer(queue, postgres);
        writer.start();
        try (Load load = new Load(queue)) {
            for (int round = 0; round < 10; round++) {
                long before = writer.written();
                await().atMost(LONG).pollInterval(Duration.ofMillis(7)).until(() -> writer.written() > before);
                postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
            }
            awaitAll(writer, load.stop());
        }
        assertThat(writer.close(Duration.ofSeconds(10))).isZero();
    }

    private static void awaitAll(PostgresWriter writer, long offered) throws SQLException {
        await().atMost(LONG).until(() -> writer.queued() == 0);
        assertThat(writer.lost()).isZero();
        assertThat(writer.deadLettered()).isZero();
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event")).isEqualTo(offered);
        assertThat(postgres.count("SELECT count(DISTINCT event_id) FROM sluice.usage_event"))
                .isEqualTo(offered);
        assertThat(HourlySumsIT.differences(postgres)).isZero();
    }

    /** About a thousand events a second, and how long the longest offer took. */
    private static final class Load implements AutoCloseable {
        private final AtomicBoolean running = new AtomicBoolean(true);
        private final Thread thread;
        private volatile long offered;
        private volatile long longestNanos;

        Load(UsageQueue queue) {
            thread = new Thread(() -> run(queue), "load");
            thread.start();
        }

        private void run(UsageQueue queue) {
            int count = 0;
            long longest = 0;
            while (running.get()) {
                UsageEvent event = PostgresWriterIT.event(count, "{\"n\":\"" + count + "\"}");
                long before = System.nanoTime();
                queue.offer(event, null);
                longest = Math.max(longest, System.nanoTime() - before);
                count++;
                LockSupport.parkNanos(1_000_000);
            }
            offered = count;
            longestNanos = longest;
        }

        long stop() throws InterruptedException {
            running.set(false);
            thread.join();
            return offered;
        }

        long longestOfferMillis() {
            System.out.println("longest offer: " + longestNanos / 1_000 + " us of " + offered);
            return longestNanos / 1_000_000;
        }

        @Override
        public void close() {
            running.set(false);
        }
    }
}
