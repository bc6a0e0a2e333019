package dev.sluice.gateway.auth;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that is set by hand. */
final class TestClock implements InstantSource {
    private final AtomicLong millis;

    TestClock(long seconds) {
        this.millis = new AtomicLong(seconds * 1000);
    }

    void setSeconds(long seconds) {
        millis.set(seconds * 1000);
    }

    void advanceMillis(long by) {
        millis.addAndGet(by);
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis.get());
    }

    @Override
    public long millis() {
        return millis.get();
    }
}
