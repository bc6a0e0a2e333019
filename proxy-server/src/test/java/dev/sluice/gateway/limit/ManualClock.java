package dev.sluice.gateway.limit;

import java.time.Duration;
import java.time.Instant;

/** Two clocks that a test sets; the wall clock can be moved by itself. Thread: one writes, any reads. */
final class ManualClock implements LimitClock {
    private volatile long nanos = 77_000_000_000L;
    private volatile long wall;

    ManualClock(String now) {
        wall = Instant.parse(now).toEpochMilli();
    }

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public long wallMillis() {
        return wall;
    }

    void advance(Duration by) {
        nanos += by.toNanos();
        wall += by.toMillis();
    }

    /** Somebody sets the wall clock, forward or back. */
    void setWall(Duration by) {
        wall += by.toMillis();
    }

    void setWall(String now) {
        wall = Instant.parse(now).toEpochMilli();
    }
}
