package dev.sluice.bench.load;

import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** A figure of a table: how it is got from a measurement, and how it is written. */
enum Column {
    REQUESTS("requests/s", measured -> perSecond(measured, "requests"), 0, true),
    CHUNKS("chunks/s", measured -> perSecond(measured, "chunks"), 0, true),
    TTFT_P50("TTFT p50, us", measured -> measured.get("ttft_p50_ns") / 1e3, 0, true),
    TTFT_P99("TTFT p99, us", measured -> measured.get("ttft_p99_ns") / 1e3, 0, true),
    CHUNK_P50("chunk p50, us", measured -> measured.get("chunk_p50_ns") / 1e3, 0, true),
    CHUNK_P99("chunk p99, us", measured -> measured.get("chunk_p99_ns") / 1e3, 0, true),
    CPU_REQUEST("CPU us/request", measured -> measured.ratio("cpu_ns", "requests") / 1e3, 1, true),
    CPU_CHUNK("CPU us/chunk", measured -> measured.ratio("cpu_ns", "chunks") / 1e3, 2, true),
    DATABASE_REQUEST(
            "PostgreSQL us/request", measured -> positive(measured.ratio("database_ns", "requests") / 1e3), 1, false),
    RSS("RSS MiB", measured -> measured.get("rss_kib") / 1024, 0, true),
    PSS("PSS MiB", measured -> measured.get("pss_kib") / 1024, 0, false),
    KIB_STREAM("RSS KiB/stream", measured -> measured.get("kib_stream"), 1, true),
    OPEN("streams open", measured -> measured.get("most_open"), 0, false),
    NOT_DONE("not done", measured -> measured.get("backlog") + measured.get("cut"), 0, false),
    OTHERS("others, % of a core", measured -> measured.get("others_share") * 100, 0, false);

    private final String title;
    private final ToDoubleFunction<Measured> figure;
    private final int digits;
    private final boolean compared;

    Column(String title, ToDoubleFunction<Measured> figure, int digits, boolean compared) {
        this.title = title;
        this.figure = figure;
        this.digits = digits;
        this.compared = compared;
    }

    private static double perSecond(Measured measured, String count) {
        double value = measured.get(count);
        return value > 0 ? value * 1e9 / measured.get("window_ns") : Double.NaN;
    }

    private static double positive(double value) {
        return value > 0 ? value : Double.NaN;
    }

    String title() {
        return title;
    }

    ToDoubleFunction<Measured> figure() {
        return figure;
    }

    /** Whether a ratio of it tells something. */
    boolean isCompared() {
        return compared;
    }

    /** Median, and the extremes where there are several rounds. */
    String text(Rounds.Spread spread) {
        if (!spread.isKnown()) {
            return "-";
        }
        return spread.least() == spread.most()
                ? number(spread.median())
                : number(spread.median()) + " (" + number(spread.least()) + ".." + number(spread.most()) + ")";
    }

    private String number(double value) {
        return String.format(Locale.ROOT, "%,." + digits + "f", value);
    }

    static String ratioText(Rounds.Spread spread) {
        return spread.isKnown() ? String.format(Locale.ROOT, "%.2f", spread.median()) : "-";
    }
}
