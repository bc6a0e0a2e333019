package dev.sluice.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * Where a run leaves its tables: a file for each section of the documentation, each saying on which machine, when and of
 * what it is. Thread: one.
 */
final class Results {
    private final Path directory;
    private final String origin;

    /** @param sources what was measured, as version control names it */
    Results(Path directory, String sources) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.origin = "; " + machine() + "; Linux " + kernel() + "; Java " + Runtime.version() + "; sources " + sources;
    }

    /** @param how the run was, in a few words */
    void write(String section, String how, String text) throws IOException {
        String date = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT)
                .format(ZonedDateTime.now(ZoneOffset.UTC));
        String whole = date + ", " + how + origin + ".\n\n" + text.strip() + "\n";
        Files.writeString(directory.resolve(section + ".md"), whole);
        System.out.println("\n## " + section + "\n\n" + whole);
    }

    private static String machine() throws IOException {
        String model = "processors of an unknown kind";
        for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"), UTF_8)) {
            if (line.startsWith("model name")) {
                model = line.substring(line.indexOf(':') + 1).strip();
                break;
            }
        }
        List<String> memory = Files.readAllLines(Path.of("/proc/meminfo"), UTF_8);
        long kib = Long.parseLong(memory.getFirst().replaceAll("\\D", ""));
        return Runtime.getRuntime().availableProcessors() + " x " + model + ", " + Math.round(kib / 1048576.0) + " GiB";
    }

    private static String kernel() {
        return System.getProperty("os.version");
    }
}
