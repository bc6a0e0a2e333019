package dev.sluice.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Fails when a part has become dear: by the bytes it allocates, which are exact, and by ratios of times on the machine at
 * hand, which are generous. Never by a time alone. What whole calls allocate is {@code AllocationIT}'s. The leanest of
 * several short stretches counts, so a busy machine changes little.
 */
public final class Gate {
    /**
     * @param benchmark of {@link GateBench}
     * @param beside the one it is divided by
     * @param timesSlower than that, at most
     * @param bytes that one operation may allocate
     */
    private record Limit(String benchmark, String beside, double timesSlower, double bytes) {}

    /** About three times what was measured when they were set; bytes have a byte of room for the profiler's own. */
    private static final List<Limit> LIMITS = List.of(
            new Limit("scanned", "bytes", 4, 1),
            new Limit("passed", "bytes", 12, 1),
            new Limit("translated", "passed", 6, 320));

    private Gate() {}

    public static void main(String[] args) throws RunnerException {
        Map<String, Double> nanos = new HashMap<>();
        Map<String, Double> bytes = new HashMap<>();
        for (RunResult result : run()) {
            String name = result.getParams().getBenchmark();
            name = name.substring(name.lastIndexOf('.') + 1);
            nanos.put(name, result.getPrimaryResult().getStatistics().getMin());
            Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
            bytes.put(
                    name,
                    allocated == null ? Double.NaN : allocated.getStatistics().getMin());
        }
        List<String> broken = new ArrayList<>();
        for (Limit limit : LIMITS) {
            check(limit, nanos, bytes, broken);
        }
        if (!broken.isEmpty()) {
            broken.forEach(System.err::println);
            System.exit(1);
        }
    }

    private static void check(Limit limit, Map<String, Double> nanos, Map<String, Double> bytes, List<String> broken) {
        double slower = known(nanos, limit.benchmark()) / known(nanos, limit.beside());
        double allocated = known(bytes, limit.benchmark());
        System.out.printf(
                Locale.ROOT,
                "%s: %.2f times '%s', allowed %.2f; %.1f B, allowed %.0f%n",
                limit.benchmark(),
                slower,
                limit.beside(),
                limit.timesSlower(),
                allocated,
                limit.bytes());
        if (!(slower <= limit.timesSlower())) {
            broken.add(String.format(
                    Locale.ROOT,
                    "'%s' takes %.2f times as long as '%s' (%.0f and %.0f ns); %.2f times is allowed",
                    limit.benchmark(),
                    slower,
                    limit.beside(),
                    known(nanos, limit.benchmark()),
                    known(nanos, limit.beside()),
                    limit.timesSlower()));
        }
        if (!(allocated <= limit.bytes())) {
            broken.add(String.format(
                    Locale.ROOT,
                    "'%s' allocates %.1f B; %.0f B are allowed",
                    limit.benchmark(),
                    allocated,
                    limit.bytes()));
        }
    }

    private static double known(Map<String, Double> figures, String name) {
        return figures.getOrDefault(name, Double.NaN);
    }

    private static Iterable<RunResult> run() throws RunnerException {
        return new Runner(new OptionsBuilder()
                        .include("^" + GateBench.class.getName().replace(".", "\\.") + "\\.")
                        .addProfiler(GCProfiler.class)
                        .verbosity(VerboseMode.SILENT)
                        .forks(1)
                        .warmupIterations(6)
                        .warmupTime(TimeValue.milliseconds(400))
                        .measurementIterations(8)
                        .measurementTime(TimeValue.milliseconds(300))
                        .shouldFailOnError(true)
                        .jvmArgs(Bench.jvmArgs())
                        .build())
                .run();
    }
}
