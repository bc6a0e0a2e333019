package dev.sluice.bench.load;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One run's figures by name: the client's, and what the harness read from the kernel meanwhile. Thread: any.
 *
 * @param figures nanoseconds, counts, KiB
 * @param flaw the first answer that was not as asked for, in words
 */
record Measured(Map<String, Double> figures, @Nullable String flaw) {
    static Measured parse(String resultLine, @Nullable String flaw) {
        Map<String, Double> figures = new TreeMap<>();
        for (String field : resultLine.split(" ", -1)) {
            int equals = field.indexOf('=');
            if (equals > 0) {
                figures.put(field.substring(0, equals), Double.parseDouble(field.substring(equals + 1)));
            }
        }
        return new Measured(figures, flaw);
    }

    void put(String name, double value) {
        figures.put(name, value);
    }

    void put(String name, long value) {
        figures.put(name, (double) value);
    }

    /** NaN where it was not measured. */
    double get(String name) {
        return figures.getOrDefault(name, Double.NaN);
    }

    double ratio(String name, String to) {
        double divisor = get(to);
        return divisor > 0 ? get(name) / divisor : Double.NaN;
    }

    /** Answers that were not as asked for. */
    long flaws() {
        return figures.entrySet().stream()
                .filter(figure -> figure.getKey().startsWith("flaw_"))
                .mapToLong(figure -> figure.getValue().longValue())
                .sum();
    }
}
