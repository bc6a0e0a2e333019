package dev.sluice.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a process and all it has started have used, from the kernel's accounting under {@code /proc}. A PostgreSQL among
 * them is kept apart: a relay has none. Thread: any.
 *
 * @param cpuNanos user and system time; what descendants used that have ended is in their parent's
 * @param databaseNanos the same of a PostgreSQL
 * @param rssKib resident memory without the database
 * @param pssKib the same, each shared page divided by those that share it; 0 where the kernel does not tell
 */
record ProcessTree(long cpuNanos, long databaseNanos, long rssKib, long pssKib) {
    /** {@code USER_HZ} of every Linux that runs a JVM. */
    private static final long TICK_NANOS = 10_000_000;

    static final ProcessTree NOTHING = new ProcessTree(0, 0, 0, 0);

    private static final String DATABASE = "postgres";

    static ProcessTree of(ProcessHandle root) {
        ProcessTree sum = NOTHING;
        List<ProcessHandle> all =
                Stream.concat(Stream.of(root), root.descendants()).toList();
        for (ProcessHandle process : all) {
            sum = sum.plus(Path.of("/proc", String.valueOf(process.pid())));
        }
        return sum;
    }

    private ProcessTree plus(Path process) {
        try {
            return plusRunning(process);
        } catch (IOException e) {
            // It has ended meanwhile; its parent has its time now.
            return this;
        }
    }

    private ProcessTree plusRunning(Path process) throws IOException {
        String stat = Files.readString(process.resolve("stat"), UTF_8);
        int name = stat.lastIndexOf(')');
        String[] fields = stat.substring(name + 2).split(" ", -1);
        boolean database = stat.substring(0, name).endsWith("(" + DATABASE);
        // Fields 14 to 17 of proc(5): own and waited-for children's, user and system.
        long ticks = 0;
        for (int i = 11; i <= 14; i++) {
            ticks += Long.parseLong(fields[i]);
        }
        long nanos = ticks * TICK_NANOS;
        if (database) {
            return new ProcessTree(cpuNanos, databaseNanos + nanos, rssKib, pssKib);
        }
        Path rollup = process.resolve("smaps_rollup");
        return new ProcessTree(
                cpuNanos + nanos,
                databaseNanos,
                rssKib + kib(process.resolve("status"), "VmRSS:"),
                pssKib + (Files.isReadable(rollup) ? kib(rollup, "Pss:") : 0));
    }

    private static long kib(Path file, String name) throws IOException {
        for (String line : Files.readAllLines(file, UTF_8)) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        return 0;
    }
}
