package dev.sluice.gateway.it;

import java.util.Arrays;

/** How many tokens had passed a point at which moment. Written by one thread, read by any. */
final class Timeline {
    private long[] nanos = new long[16];
    private int[] totals = new int[16];
    private int size;
    private int total;

    synchronized void add(int tokens) {
        if (size == nanos.length) {
            nanos = Arrays.copyOf(nanos, size * 2);
            totals = Arrays.copyOf(totals, size * 2);
        }
        total += tokens;
        nanos[size] = System.nanoTime();
        totals[size++] = total;
    }

    synchronized int total() {
        return total;
    }

    /** What had passed until {@code moment} of {@link System#nanoTime}. */
    synchronized int at(long moment) {
        for (int i = size - 1; i >= 0; i--) {
            if (nanos[i] - moment <= 0) {
                return totals[i];
            }
        }
        return 0;
    }

    /** When the {@code tokens}-th token had passed; the last moment of all where it never did. */
    synchronized long when(int tokens) {
        for (int i = 0; i < size; i++) {
            if (totals[i] >= tokens) {
                return nanos[i];
            }
        }
        return size == 0 ? 0 : nanos[size - 1];
    }

    /** Keeps the total only: of a call that is over, nobody asks for the moments. */
    synchronized void forgetMoments() {
        nanos = new long[0];
        totals = new int[0];
        size = 0;
    }
}
