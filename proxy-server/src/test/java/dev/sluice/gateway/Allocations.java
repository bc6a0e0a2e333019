package dev.sluice.gateway;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** How much of the heap something takes each time, on the calling thread, once it is warm. Thread: any. */
public final class Allocations {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int ROUNDS = 8;
    private static final int RUNS = 10_000;

    private Allocations() {}

    /** Bytes of one run, in the best of some rounds: what is compiled in between allocates in others. */
    public static double bytesOf(Runnable work) {
        double least = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < RUNS; i++) {
                work.run();
            }
            least = Math.min(least, (THREADS.getCurrentThreadAllocatedBytes() - before) / (double) RUNS);
        }
        return least;
    }
}
