package dev.sluice.gateway.journal;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.gateway.journal.JournalSettings.Durability;
import dev.sluice.gateway.journal.JournalState.Condition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real disk of 8 MiB that is full: nothing crashes, nothing is lost, and it comes back by itself. */
class JournalDiskFullIT {
    private static final int RESERVE = 400;

    @TempDir
    Path dir;

    private Path disk = Path.of("");

    @BeforeEach
    void mountASmallDisk() throws Exception {
        disk = Files.createDirectory(dir.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk.toString()),
                "a file system of 8 MiB cannot be mounted here: needs root and mount(8)");
    }

    @AfterEach
    void unmount() throws Exception {
        // Lazily: mappings end when the garbage collector comes by.
        run("umount", "-l", disk.toString());
    }

    @Test
    void refusesNewAttemptsEndsTheOpenOnesAndComesBackWithoutARestart() throws Exception {
        Path directory = disk.resolve("journal");
        JournalSettings settings = new JournalSettings(1 << 20, Durability.WRITE, Duration.ofMillis(20), 0);
        Journal journal = Journal.open(directory, settings, 1);
        JournalAppender appender = journal.appender(0, Runnable::run);
        List<OpenRecord> open = new ArrayList<>();
        Awaitility.await()
                .pollInSameThread()
                .pollInterval(Duration.ofMillis(1))
                .until(() ->
                        !openUntilRefused(appender, open) && journal.state().condition() == Condition.SHORT);

        assertThat(open).hasSizeGreaterThan(5_000);
        assertThat(journal.state().freeBytes()).isLessThan(2 << 20);
        fill(disk.resolve("ballast"));
        byte[] payload = new byte[RESERVE];
        List<JournalSegment> closes = new ArrayList<>();
        for (OpenRecord each : open.subList(0, open.size() - 1)) {
            closes.add(appender.close(each, payload, RESERVE));
        }
        assertThat(journal.state().condition()).isEqualTo(Condition.SHORT);

        closes.forEach(segment -> segment.acknowledge(1));
        Files.delete(disk.resolve("ballast"));

        Awaitility.await().pollInSameThread().atMost(Duration.ofSeconds(5)).until(appender::accepts);
        assertThat(journal.state().condition()).isEqualTo(Condition.READY);
        OpenRecord last = requireNonNull(open(appender));
        journal.close();
        Recovered recovered = Recovered.from(directory);
        assertThat(recovered.interrupted).containsOnlyKeys(open.getLast().attempt(), last.attempt());
    }

    @Test
    void aFullDiskIsAnExceptionWhereTheFileIsMadeAndLeavesNothing() throws Exception {
        fill(disk.resolve("ballast"));

        assertThatIOException().isThrownBy(() -> new DiskFiles().create(disk.resolve("segment"), 1 << 20));

        assertThat(disk.resolve("segment")).doesNotExist();
    }

    private static boolean openUntilRefused(JournalAppender appender, List<OpenRecord> open) {
        OpenRecord each = open(appender);
        while (each != null) {
            open.add(each);
            each = open(appender);
        }
        return false;
    }

    private static OpenRecord open(JournalAppender appender) {
        return appender.open(UUID.randomUUID(), new byte[RESERVE], RESERVE, RESERVE);
    }

    private static void fill(Path file) {
        try (var out = Files.newOutputStream(file)) {
            byte[] page = new byte[4_096];
            while (true) {
                out.write(page);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
