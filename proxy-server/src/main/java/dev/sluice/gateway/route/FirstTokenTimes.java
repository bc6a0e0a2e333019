package dev.sluice.gateway.route;

/** Times to first token seen lately on a route, by band of prompt size. Thread: any. */
final class FirstTokenTimes {

    /** An attempt sent its first generated output. */
    void add(int band, long ttftNanos, long nowNanos) {}

    /**
     * The time within which {@code percentile} percent of the first tokens came.
     *
     * @return nanoseconds; -1 while too few have been seen
     */
    long percentileNanos(int percentile, int band, long nowNanos) {
        return -1;
    }
}
