package dev.sluice.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Pauses of a JVM within the window of a load, from its unified log with {@code timenanos}: that clock is {@link
 * System#nanoTime} of every process of the machine. Thread: one.
 */
final class Pauses implements Stage.Probe {
    private static final Pattern COLLECTION = Pattern.compile(
            "\\[(\\d+)ns\\]\\[gc *\\] GC\\((\\d+)\\) (Pause .*?) (\\d+M->\\d+M\\(\\d+M\\)) ([0-9.]+)ms");
    private static final Pattern SAFEPOINT =
            Pattern.compile("\\[(\\d+)ns\\]\\[safepoint *\\] Safepoint \"([^\"]+)\".* Total: +(\\d+) ns");
    private static final double LONG_MILLIS = 5;
    private static final int MOST_LISTED = 40;

    private long fromNanos;
    private long untilNanos;

    @Override
    public void read(Measured measured, boolean begins) {
        if (begins) {
            fromNanos = System.nanoTime();
        } else {
            untilNanos = System.nanoTime();
        }
    }

    private record Pause(long afterMillis, String what, String heap, double millis) {}

    /** Reads the log; a list of all collections and a line for each kind of safepoint. */
    String table(Path log, Measured measured) throws IOException {
        List<Pause> collections = new ArrayList<>();
        Map<String, double[]> safepoints = new TreeMap<>();
        int longOnes = 0;
        for (String line : Files.readAllLines(log)) {
            Matcher matcher = COLLECTION.matcher(line);
            if (matcher.find() && isInWindow(matcher.group(1))) {
                collections.add(new Pause(
                        (Long.parseLong(matcher.group(1)) - fromNanos) / 1_000_000,
                        matcher.group(3),
                        matcher.group(4),
                        Double.parseDouble(matcher.group(5))));
            }
            matcher = SAFEPOINT.matcher(line);
            if (matcher.find() && isInWindow(matcher.group(1))) {
                double millis = Long.parseLong(matcher.group(3)) / 1e6;
                double[] sums = safepoints.computeIfAbsent(matcher.group(2), absent -> new double[3]);
                sums[0]++;
                sums[1] += millis;
                sums[2] = Math.max(sums[2], millis);
                longOnes += millis > LONG_MILLIS ? 1 : 0;
            }
        }
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%,.0f events/s; chunk latency p50 %,.0f us, p99 %,.0f us, p99.9 %,.0f us; %d wrong answers. **%d stops over"
                        + " %.0f ms** in the minute.%n%n",
                measured.ratio("chunks", "window_ns") * 1e9,
                measured.get("chunk_p50_ns") / 1e3,
                measured.get("chunk_p99_ns") / 1e3,
                measured.get("chunk_p999_ns") / 1e3,
                measured.flaws(),
                longOnes,
                LONG_MILLIS));
        text.append("| collection | second | heap | ms |\n|---|---|---|---|\n");
        collections.stream()
                .limit(MOST_LISTED)
                .forEach(pause -> text.append(String.format(
                        Locale.ROOT,
                        "| %s | %.1f | %s | %.2f |%n",
                        pause.what(),
                        pause.afterMillis() / 1e3,
                        pause.heap(),
                        pause.millis())));
        if (collections.size() > MOST_LISTED) {
            text.append("| and ").append(collections.size() - MOST_LISTED).append(" more | | | |\n");
        }
        text.append("""

                All stops of the JVM, the time until its threads stood included:

                | operation | count | ms in all | longest, ms |
                |---|---|---|---|
                """);
        safepoints.forEach((name, sums) -> text.append(
                String.format(Locale.ROOT, "| %s | %.0f | %.2f | %.2f |%n", name, sums[0], sums[1], sums[2])));
        return text.toString();
    }

    private boolean isInWindow(String nanos) {
        long at = Long.parseLong(nanos);
        return at - fromNanos >= 0 && at - untilNanos <= 0;
    }
}
