package dev.sluice.gateway.limit;

import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until it is told otherwise. Thread: any. */
final class TestTime implements LimitClock {
    private final AtomicLong millis = new AtomicLong(7);

    void advanceMillis(long by) {
        millis.addAndGet(by);
    }

    @Override
    public long nanoTime() {
        return millis.get() * 1_000_000;
    }

    /** Noon of a Wednesday, and what has passed since. */
    @Override
    public long wallMillis() {
        return 1_790_164_800_000L + millis.get();
    }
}
