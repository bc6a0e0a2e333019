package dev.sluice.gateway.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The wall clock of another process, as libfaketime shows it: installed on this machine, or unpacked from Debian's package. Its
 * monotonic clock stays the machine's.
 */
final class FakeTime {
    private static final String LIBRARY = "libfaketimeMT.so.1";
    private static final Path UNPACKED = Path.of("target", "libfaketime").toAbsolutePath();

    private final Path library;
    private final Path offset;

    private FakeTime(Path library, Path offset) {
        this.library = library;
        this.offset = offset;
    }

    /** @return null where it is neither installed nor to be had */
    static @Nullable FakeTime find(Path directory) throws IOException, InterruptedException {
        Path library = in(Path.of("/usr/lib"));
        if (library == null) {
            Files.createDirectories(UNPACKED);
            library = in(UNPACKED);
        }
        if (library == null && run("apt-get download libfaketime") == 0 && run("dpkg -x libfaketime_*.deb .") == 0) {
            library = in(UNPACKED);
        }
        return library == null ? null : new FakeTime(library, directory.resolve("clock"));
    }

    private static @Nullable Path in(Path root) throws IOException {
        try (Stream<Path> files = Files.find(root, 5, (file, is) -> file.endsWith(LIBRARY))) {
            return files.findFirst().orElse(null);
        }
    }

    private static int run(String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("/bin/sh", "-c", command)
                .directory(UNPACKED.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return -1;
        }
        return process.exitValue();
    }

    /** From now on it is {@code then} there. */
    void set(Instant then) throws IOException {
        long seconds = Duration.between(Instant.now(), then).toSeconds();
        Path draft = Files.writeString(offset.resolveSibling("clock.new"), (seconds < 0 ? "" : "+") + seconds + "\n");
        Files.move(draft, offset, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What a process needs in its environment. */
    Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD", library.toString(),
                "FAKETIME_TIMESTAMP_FILE", offset.toString(),
                "FAKETIME_NO_CACHE", "1",
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                "SLUICE_ACCESS_LOG", "off");
    }

    @Override
    public String toString() {
        return List.of(library, offset).toString();
    }
}
