package dev.sluice.bench.load;

import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** What a load has come to: counts and latencies of the window, flaws of the whole run. Thread: event loop. */
final class LoadTally {
    private static final long LONGEST_NANOS = 120_000_000_000L;
    private static final int DIGITS = 3;

    private final Histogram first = new Histogram(LONGEST_NANOS, DIGITS);
    private final Histogram chunk = new Histogram(LONGEST_NANOS, DIGITS);
    private final Histogram total = new Histogram(LONGEST_NANOS, DIGITS);
    private final Map<Flaw, Integer> flaws = new EnumMap<>(Flaw.class);
    private boolean counting;
    private long requests;
    private long chunks;
    private long ended;
    private @Nullable String firstFlaw;

    void count(boolean whether) {
        counting = whether;
    }

    void onDelta(int index, long latencyNanos, long sinceAskedNanos, boolean streamed) {
        if (!counting) {
            return;
        }
        chunks++;
        if (index == 0) {
            record(first, sinceAskedNanos);
        }
        if (streamed) {
            record(chunk, latencyNanos);
        }
    }

    void onEnd(long sinceAskedNanos) {
        ended++;
        if (counting) {
            requests++;
            record(total, sinceAskedNanos);
        }
    }

    private static void record(Histogram histogram, long nanos) {
        histogram.recordValue(Math.clamp(nanos, 0, LONGEST_NANOS));
    }

    void onFlaw(Flaw flaw, String detail) {
        flaws.merge(flaw, 1, Integer::sum);
        if (firstFlaw == null) {
            firstFlaw = flaw + ": " + detail.replaceAll("\\s+", " ").strip();
        }
    }

    @Nullable
    String firstFlaw() {
        return firstFlaw;
    }

    /**
     * @param open answers that were cut at the end
     * @param backlog starts that never happened
     */
    String line(long windowNanos, int open, int backlog, int mostOpen) {
        StringBuilder line = new StringBuilder("result");
        put(line, "window_ns", windowNanos);
        put(line, "requests", requests);
        put(line, "chunks", chunks);
        put(line, "ended", ended);
        put(line, "cut", open);
        put(line, "backlog", backlog);
        put(line, "most_open", mostOpen);
        put(line, first, "ttft");
        put(line, chunk, "chunk");
        put(line, total, "total");
        flaws.forEach((flaw, count) -> put(line, flaw.key(), count));
        return line.toString();
    }

    private static void put(StringBuilder line, Histogram histogram, String name) {
        if (histogram.getTotalCount() > 0) {
            put(line, name + "_p50_ns", histogram.getValueAtPercentile(50));
            put(line, name + "_p99_ns", histogram.getValueAtPercentile(99));
            put(line, name + "_p999_ns", histogram.getValueAtPercentile(99.9));
            put(line, name + "_max_ns", histogram.getMaxValue());
        }
    }

    private static void put(StringBuilder line, String key, long value) {
        line.append(' ').append(key).append('=').append(value);
    }
}
