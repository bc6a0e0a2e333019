package dev.sluice.gateway;

import dev.sluice.gateway.limit.LimitClock;
import java.time.InstantSource;

/** The clocks of the machine. Thread: any. */
final class MachineClock implements LimitClock {
    private final InstantSource wall = InstantSource.system();

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public long wallMillis() {
        return wall.millis();
    }
}
