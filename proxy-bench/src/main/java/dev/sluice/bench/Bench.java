package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the benchmarks with their allocation measured and writes one table: {@code Bench [--quick] [--out FILE]
 * [REGEX…]}. Without expressions, all benchmarks are run.
 */
public final class Bench {
    private static final Path DEFAULT_TABLE = Path.of("target", "benchmarks.txt");

    private Bench() {}

    public static void main(String[] args) throws RunnerException, IOException {
        Path table = DEFAULT_TABLE;
        boolean quick = false;
        List<String> expressions = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--quick" -> quick = true;
                case "--out" -> {
                    if (++i == args.length) {
                        usage("--out needs the name of a file");
                        return;
                    }
                    table = Path.of(args[i]);
                }
                default -> {
                    if (args[i].startsWith("-")) {
                        usage("unknown option " + args[i]);
                        return;
                    }
                    expressions.add(args[i]);
                }
            }
        }
        String text = table(run(expressions, quick));
        Path directory = table.toAbsolutePath().getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        Files.writeString(table, text);
        System.out.println();
        System.out.print(text);
        System.out.println("Written to " + table.toAbsolutePath());
    }

    private static void usage(String complaint) {
        System.err.println(complaint + "; usage: Bench [--quick] [--out FILE] [REGEX...]");
        System.exit(2);
    }

    private static Collection<RunResult> run(List<String> expressions, boolean quick) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .addProfiler(GCProfiler.class)
                .forks(1)
                .warmupIterations(quick ? 2 : 5)
                .measurementIterations(quick ? 3 : 5)
                .warmupTime(TimeValue.seconds(1))
                .measurementTime(TimeValue.seconds(1))
                .shouldFailOnError(true)
                .jvmArgsAppend(jvmArgs());
        if (expressions.isEmpty()) {
            options.include("^" + Bench.class.getPackageName() + "\\.");
        }
        expressions.forEach(options::include);
        return new Runner(options.build()).run();
    }

    /** As the gateway itself is run: without leak detection, and with the memory access that Netty is made for. */
    static String[] jvmArgs() {
        List<String> args = new ArrayList<>(List.of(
                "-Xms512m",
                "-Xmx512m",
                "-Dio.netty.leakDetection.level=disabled",
                "--enable-native-access=ALL-UNNAMED"));
        if (Runtime.version().feature() >= 24) {
            args.add("--sun-misc-unsafe-memory-access=allow");
        }
        return args.toArray(String[]::new);
    }

    private static String table(Collection<RunResult> results) {
        StringBuilder table = new StringBuilder("JDK ")
                .append(Runtime.version())
                .append(", ")
                .append(Runtime.getRuntime().availableProcessors())
                .append(" processors\n\n")
                .append(row("benchmark", "parameter", "score", "error", "unit", "allocated B/op"));
        for (RunResult result : results) {
            BenchmarkParams params = result.getParams();
            List<String> values = new ArrayList<>();
            for (String key : params.getParamsKeys()) {
                values.add(params.getParam(key));
            }
            Result<?> score = result.getPrimaryResult();
            Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
            String name =
                    params.getBenchmark().substring(Bench.class.getPackageName().length() + 1);
            table.append(row(
                    name,
                    String.join(",", values),
                    number(score.getScore()),
                    "±" + number(score.getScoreError()),
                    score.getScoreUnit(),
                    allocated == null ? "-" : number(allocated.getScore())));
        }
        return table.toString();
    }

    private static String row(String... cells) {
        return String.format(Locale.ROOT, "%-44s %-14s %14s %12s %-8s %14s%n", (Object[]) cells);
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "?" : String.format(Locale.ROOT, "%.3f", value);
    }
}
