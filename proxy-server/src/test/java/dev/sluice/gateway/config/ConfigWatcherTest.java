package dev.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each {@code look} stands for a second. */
class ConfigWatcherTest {
    @TempDir
    Path dir;

    private Path file;
    private FileStates lastRead = FileStates.NONE;
    private int readings;

    private final ConfigWatcher watcher = new ConfigWatcher(() -> lastRead, this::read);

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(dir.resolve("sluice.yaml"), "a: 1\n");
        read();
        readings = 0;
    }

    @AfterEach
    void close() {
        watcher.close();
    }

    private void read() {
        readings++;
        lastRead = new FileStates(Map.of(file, FileStates.digest(file)));
    }

    private void look(int times) {
        for (int i = 0; i < times; i++) {
            watcher.look();
        }
    }

    @Test
    void leavesAloneWhatHasNotChanged() throws IOException {
        look(2);
        Files.writeString(file, "a: 1\n");
        look(2);

        assertThat(readings).isZero();
    }

    @Test
    void readsAChangeOnceItHasSettled() throws IOException {
        Files.writeString(file, "a: 2\n");
        look(1);
        assertThat(readings).isZero();
        Files.writeString(file, "a: 2\nb: 3\n");
        look(1);
        assertThat(readings).isZero();
        look(1);
        assertThat(readings).isEqualTo(1);
        look(3);
        assertThat(readings).isEqualTo(1);
    }

    @Test
    void forgetsAChangeThatWasTakenBack() throws IOException {
        Files.writeString(file, "a: 2\n");
        look(1);
        Files.writeString(file, "a: 1\n");
        look(1);
        Files.writeString(file, "a: 2\n");
        look(1);

        assertThat(readings).isZero();
    }

    @Test
    void noticesThatAFileIsGoneAndBack() throws IOException {
        Files.delete(file);
        look(2);
        assertThat(readings).isEqualTo(1);
        Files.writeString(file, "a: 1\n");
        look(2);
        assertThat(readings).isEqualTo(2);
    }

    @Test
    void seesThroughLinksThatChangeAsInAVolumeOfKubernetes() throws IOException {
        Path before = Files.createDirectory(dir.resolve("..2026_01"));
        Path after = Files.createDirectory(dir.resolve("..2026_02"));
        Files.writeString(before.resolve("sluice.yaml"), "a: 1\n");
        Files.writeString(after.resolve("sluice.yaml"), "a: 2\n");
        Path data = Files.createSymbolicLink(dir.resolve("..data"), before.getFileName());
        file = Files.createSymbolicLink(dir.resolve("mounted.yaml"), Path.of("..data/sluice.yaml"));
        read();
        readings = 0;
        look(2);
        assertThat(readings).isZero();

        Path next = Files.createSymbolicLink(dir.resolve("..data_tmp"), after.getFileName());
        Files.move(next, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        look(2);

        assertThat(readings).isEqualTo(1);
    }

    @Test
    void goesOnAfterAReactionThatFailed() throws IOException {
        int[] tries = new int[1];
        ConfigWatcher failing = new ConfigWatcher(() -> lastRead, () -> {
            tries[0]++;
            throw new IllegalStateException("on purpose");
        });
        Files.writeString(file, "a: 2\n");
        for (int i = 0; i < 4; i++) {
            failing.look();
        }
        failing.close();

        assertThat(tries[0]).isEqualTo(2);
    }
}
