package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prints how many rows a second are stored, and what that costs; fails only when they are absurdly few. */
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
            Meter meter = new Meter(postgres, "sluice-writer");
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> writer.written() == WARM + MEASURED);
            assertThat(meter.print("usage writer", MEASURED)).isGreaterThan(2_000);
            assertThat(writer.close(Duration.ofSeconds(5))).isZero();
        }
    }

    @Test
    void mergesARecoveredJournalNotMuchSlower() throws IOException {
        try (LivePostgres postgres = new LivePostgres(directory)) {
            Delivery delivery = new Delivery(postgres, PostgresWriterIT.KEEPING, InstantSource.system(), Pace.DEFAULT);
            merge(delivery, WARM);
            Meter meter = new Meter(postgres, Thread.currentThread().getName());
            merge(delivery, MEASURED);
            assertThat(meter.print("merge", MEASURED)).isGreaterThan(2_000);
            delivery.close();
        }
    }

    private static void merge(Delivery delivery, int count) {
        Batch batch = new Batch(4_000);
        for (int i = 0; i < count; i++) {
            batch.add(PostgresWriterIT.event(i, "{\"team\":\"blue\"}"), null);
            if (batch.room() == 0) {
                batch.merge();
                assertThat(delivery.deliver(batch)).isTrue();
                batch.clear();
            }
        }
    }

    private static void fill(UsageQueue queue, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(queue.offer(PostgresWriterIT.event(i, "{\"team\":\"blue\"}"), null))
                    .isTrue();
        }
    }

    /** Time of the wall, of one thread, and of the server: on a machine with other work only the last two say much. */
    private static final class Meter {
        private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
        private final LivePostgres postgres;
        private final long thread;
        private final long startNanos = System.nanoTime();
        private final long threadNanos;
        private final Duration serverCpu;

        Meter(LivePostgres postgres, String thread) throws IOException {
            this.postgres = postgres;
            this.thread = id(thread);
            this.threadNanos = THREADS.getThreadCpuTime(this.thread);
            this.serverCpu = postgres.cpu();
        }

        private static long id(String name) {
            for (ThreadInfo info : THREADS.dumpAllThreads(false, false)) {
                if (info.getThreadName().equals(name)) {
                    return info.getThreadId();
                }
            }
            throw new AssertionError("no thread is called " + name);
        }

        /** @return rows a second */
        double print(String what, int rows) throws IOException {
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            System.out.println(String.format(
                    Locale.ROOT,
                    "%s: %,d rows in %.2f s = %,.0f rows/s; a row costs %.2f us of the writer and %.2f us of the server",
                    what,
                    rows,
                    seconds,
                    rows / seconds,
                    (THREADS.getThreadCpuTime(thread) - threadNanos) / 1e3 / rows,
                    postgres.cpu().minus(serverCpu).toNanos() / 1e3 / rows));
            return rows / seconds;
        }
    }
}
