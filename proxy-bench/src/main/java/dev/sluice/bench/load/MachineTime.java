package dev.sluice.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How busy the whole machine was since it started. Thread: any.
 *
 * @param busyNanos of all processors, but for waiting
 * @param stolenNanos that a hypervisor gave to others
 */
record MachineTime(long busyNanos, long stolenNanos) {
    private static final long TICK_NANOS = 10_000_000;

    static MachineTime now() throws IOException {
        String[] fields =
                Files.readAllLines(Path.of("/proc/stat"), UTF_8).getFirst().split("\\s+", -1);
        // cpu user nice system idle iowait irq softirq steal
        long busy = 0;
        for (int i : new int[] {1, 2, 3, 6, 7}) {
            busy += Long.parseLong(fields[i]);
        }
        return new MachineTime(busy * TICK_NANOS, Long.parseLong(fields[8]) * TICK_NANOS);
    }
}
