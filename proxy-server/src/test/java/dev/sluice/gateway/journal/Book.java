package dev.sluice.gateway.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A journal with one appender and without a thread of its own, whose records are texts. {@link #pass()} does what the
 * journal's thread would do, as if all its intervals were over.
 */
final class Book implements AutoCloseable {
    static final JournalSettings SMALL =
            JournalSettings.defaults().withSegmentBytes(4_096).withMinFreeBytes(0);
    static final int RESERVE = 100;

    final Journal journal;
    private final Path directory;
    final JournalAppender appender;
    /** What was given to the appender's owner and not run yet, when it does not run at once. */
    final List<Runnable> tasks = new ArrayList<>();

    boolean ownerIsBusy;
    private long nowNanos = System.nanoTime();

    Book(Path directory) throws IOException {
        this(directory, SMALL, new DiskFiles());
    }

    Book(Path directory, JournalSettings settings, SegmentFiles files) throws IOException {
        this.directory = directory;
        journal = Journal.open(directory, settings, 1, files, () -> Instant.parse("2026-11-21T12:00:00Z"));
        appender = journal.appender(0, task -> {
            if (ownerIsBusy) {
                tasks.add(task);
            } else {
                task.run();
            }
        });
    }

    /** One round of the journal's thread, more than a second after the last one. */
    void pass() {
        nowNanos += Duration.ofMillis(1_100).toNanos();
        journal.pass(nowNanos);
    }

    void runTasks() {
        List<Runnable> now = List.copyOf(tasks);
        tasks.clear();
        now.forEach(Runnable::run);
    }

    OpenRecord open(String text) {
        return requireNonNull(tryOpen(text), "refused");
    }

    @Nullable
    OpenRecord tryOpen(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return appender.open(UUID.randomUUID(), bytes, bytes.length, RESERVE);
    }

    boolean progress(OpenRecord open, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return appender.progress(open, bytes, bytes.length);
    }

    JournalSegment close(OpenRecord open, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return appender.close(open, bytes, bytes.length);
    }

    /** Opens and closes attempts until the appender is in another segment. */
    List<JournalSegment> fillSegment() {
        pass();
        List<JournalSegment> closes = new ArrayList<>();
        JournalSegment first = close(open("filler"), "filler");
        JournalSegment last = first;
        while (last == first) {
            closes.add(last);
            last = close(open("filler"), "filler");
        }
        closes.add(last);
        return closes;
    }

    /** The process ends here: whatever an orderly end tidies up is as it was. */
    void crash() throws IOException {
        Map<Path, byte[]> left = new HashMap<>();
        for (Path file : files()) {
            left.put(file, Files.readAllBytes(file));
        }
        journal.close();
        for (Path file : files()) {
            Files.delete(file);
        }
        for (Map.Entry<Path, byte[]> each : left.entrySet()) {
            Files.write(each.getKey(), each.getValue());
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Override
    public void close() throws IOException {
        journal.close();
    }
}
