package dev.sluice.gateway.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process wrote before {@code kill -9} is there after it. */
class JournalKillIT {
    private static final int KILLS = 8;

    @TempDir
    Path dir;

    private final Map<UUID, String> opened = new LinkedHashMap<>();
    private final Map<UUID, String> progressed = new LinkedHashMap<>();
    private final Map<UUID, String> closed = new LinkedHashMap<>();
    private final Set<UUID> acknowledged = new HashSet<>();

    @Test
    void losesNothingWhenTheProcessIsKilled() throws Exception {
        Random random = new Random(1);
        for (int kill = 0; kill < KILLS; kill++) {
            appendAndKill(kill, 1 + random.nextInt(6_000));
            assertThat(opened).isNotEmpty();

            // Half of the kills are recovered together with the next one.
            try (JournalReader reader = JournalReader.ofDirectory(dir)) {
                checkAgainst(Recovered.from(reader));
                if (kill % 2 == 1) {
                    reader.discard();
                    opened.clear();
                    progressed.clear();
                    closed.clear();
                    acknowledged.clear();
                }
            }
        }
        assertThat(JournalReader.inspect(dir)).isEmpty();
    }

    private void checkAgainst(Recovered recovered) {
        closed.forEach((attempt, text) -> {
            if (!acknowledged.contains(attempt)) {
                assertThat(recovered.closed).containsEntry(attempt, text);
            }
        });
        opened.forEach((attempt, text) -> {
            if (!closed.containsKey(attempt) && !recovered.closed.containsKey(attempt)) {
                assertThat(recovered.interrupted).containsKey(attempt);
                assertThat(recovered.interrupted.get(attempt)).startsWith(text);
                if (progressed.containsKey(attempt)) {
                    assertThat(recovered.interrupted.get(attempt)).contains("/");
                }
            }
        });
        // The last record of each kill may have been written and not printed.
        assertThat(recovered.interrupted.keySet().stream().filter(attempt -> !opened.containsKey(attempt)))
                .hasSizeLessThanOrEqualTo(KILLS);
        assertThat(recovered.interrupted.keySet())
                .as("nothing that was closed and stored comes back as cut off")
                .doesNotContainAnyElementsOf(closed.keySet());
    }

    private void appendAndKill(int seed, int lines) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AppendingProcess.class.getName(),
                        dir.toString(),
                        Integer.toString(seed))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader output = process.inputReader(UTF_8)) {
            for (int i = 0; i < lines; i++) {
                remember(output.readLine());
            }
            assertThatExceptionOfType(JournalLockedException.class)
                    .isThrownBy(() -> Journal.open(dir, Book.SMALL, 1))
                    .withMessageContaining("process " + process.pid());
            // Not the process's own method, which would close the pipe before it was read to its end.
            process.toHandle().destroyForcibly();
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                remember(line);
            }
        }
        assertThat(process.waitFor()).as("killed").isEqualTo(137);
    }

    private void remember(String line) {
        assertThat(line).as("the process runs").isNotNull();
        String[] words = line.split(" ", 3);
        if (words.length < 2 || words[1].length() < 36) {
            return;
        }
        UUID attempt = UUID.fromString(words[1]);
        switch (words[0]) {
            case "O" -> opened.put(attempt, words[2]);
            case "P" -> progressed.put(attempt, words[2]);
            case "C" -> closed.put(attempt, words[2]);
            case "A" -> acknowledged.add(attempt);
            default -> throw new AssertionError(line);
        }
    }
}
