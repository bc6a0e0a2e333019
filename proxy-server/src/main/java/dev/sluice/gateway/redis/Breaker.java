package dev.sluice.gateway.redis;

/**
 * Whether Redis is worth an ask. Opens when half of at least twenty asks of a second have failed, or some in a row where
 * there are fewer, or at once when the connection is lost; closes when a probe has been answered in time.
 *
 * <pre>
 *   open ── probe answered ──▶ closed ── asks fail, connection lost ──▶ open
 * </pre>
 *
 * Thread: {@code sluice-redis}; {@link #isClosed}: any.
 */
final class Breaker {
    private static final long WINDOW_NANOS = 1_000_000_000L;
    private static final int FEWEST = 20;
    private static final int IN_A_ROW = 5;

    private volatile boolean closed;
    private long windowNanos;
    private int asks;
    private int failures;
    private int inARow;

    boolean isClosed() {
        return closed;
    }

    void succeeded(long nowNanos) {
        count(nowNanos);
        inARow = 0;
    }

    /** @return whether this has opened it */
    boolean failed(long nowNanos) {
        count(nowNanos);
        failures++;
        inARow++;
        return (inARow >= IN_A_ROW || (asks >= FEWEST && 2 * failures >= asks)) && open();
    }

    /** @return whether this has opened it */
    boolean open() {
        boolean was = closed;
        closed = false;
        return was;
    }

    /** @return whether this has closed it */
    boolean close(long nowNanos) {
        boolean was = closed;
        closed = true;
        begin(nowNanos);
        inARow = 0;
        return !was;
    }

    private void count(long nowNanos) {
        if (nowNanos - windowNanos > WINDOW_NANOS) {
            begin(nowNanos);
        }
        asks++;
    }

    private void begin(long nowNanos) {
        windowNanos = nowNanos;
        asks = 0;
        failures = 0;
    }
}
