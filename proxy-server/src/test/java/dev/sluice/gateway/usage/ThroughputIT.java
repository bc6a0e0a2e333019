package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prints how many rows a second the writer stores; fails only when that is absurdly few. */
class ThroughputIT {
    private static final int WARM = 50_000;
    private static final int MEASURED = 200_000;

    @TempDir
    Path directory;

    @Test
    void storesFarMoreThanAGatewayCanServe() throws IOException {
        try (LivePostgres postgres = new LivePostgres(directory)) {
            UsageQueue queue = new UsageQueue(262_144);
            PostgresWriter writer = PostgresWriterIT.writer(queue, postgres);
            writer.start();
            fill(queue, WARM);
            await().atMost(Duration.ofMinutes(1)).until(() -> writer.written() == WARM);
            fill(queue, MEASURED);
            long before = System.nanoTime();
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> writer.written() == WARM + MEASURED);
            double seconds = (System.nanoTime() - before) / 1e9;
            double rate = MEASURED / seconds;
            System.out.println(String.format(
                    Locale.ROOT, "usage writer: %,d rows in %.2f s = %,.0f rows/s", MEASURED, seconds, rate));
            assertThat(rate).isGreaterThan(2_000);
            assertThat(writer.close(Duration.ofSeconds(5))).isZero();
        }
    }

    @Test
    void mergesARecoveredJournalNotMuchSlower() throws IOException {
        try (LivePostgres postgres = new LivePostgres(directory)) {
            Delivery delivery = new Delivery(postgres, PostgresWriterIT.KEEPING, InstantSource.system(), Pace.DEFAULT);
            merge(delivery, WARM);
            double rate = MEASURED / merge(delivery, MEASURED);
            System.out.println(String.format(Locale.ROOT, "merged: %,d rows = %,.0f rows/s", MEASURED, rate));
            assertThat(rate).isGreaterThan(2_000);
            delivery.close();
        }
    }

    /** @return seconds */
    private static double merge(Delivery delivery, int count) {
        Batch batch = new Batch(4_000);
        long nanos = 0;
        for (int i = 0; i < count; i++) {
            batch.add(PostgresWriterIT.event(i, "{\"team\":\"blue\"}"), null);
            if (batch.room() == 0) {
                batch.merge();
                long before = System.nanoTime();
                assertThat(delivery.deliver(batch)).isTrue();
                nanos += System.nanoTime() - before;
                batch.clear();
            }
        }
        return nanos / 1e9;
    }

    private static void fill(UsageQueue queue, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(queue.offer(PostgresWriterIT.event(i, "{\"team\":\"blue\"}"), null))
                    .isTrue();
        }
    }
}
