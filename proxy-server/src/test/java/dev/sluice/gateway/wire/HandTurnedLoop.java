package dev.sluice.gateway.wire;

import io.netty.channel.EventLoop;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** An event loop that runs when the test says so, and whose clock stands still otherwise. Thread: the test's. */
public final class HandTurnedLoop {
    private static final int MAX_TURNS = 100_000;
    private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final MockTicker ticker = Ticker.newMockTicker();
    private final ManualIoEventLoop eventLoop =
            new ManualIoEventLoop(null, Thread.currentThread(), LocalIoHandler.newFactory(), ticker);

    public HandTurnedLoop() {
        // 0 means "not yet" to those who note times.
        ticker.advance(1, TimeUnit.SECONDS);
    }

    public EventLoop eventLoop() {
        return eventLoop;
    }

    /** Runs until nothing is left to do now. */
    public void settle() {
        for (int turn = 0; eventLoop.runNow() > 0; turn++) {
            if (turn > MAX_TURNS) {
                throw new AssertionError("the event loop does not come to rest");
            }
        }
    }

    /** Lets time pass, in steps shorter than anything is scheduled for. */
    public void advance(Duration duration) {
        settle();
        for (long left = duration.toNanos(); left > 0; left -= STEP_NANOS) {
            ticker.advance(Math.min(left, STEP_NANOS), TimeUnit.NANOSECONDS);
            settle();
        }
    }
}
