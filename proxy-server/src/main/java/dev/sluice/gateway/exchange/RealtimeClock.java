package dev.sluice.gateway.exchange;

import dev.sluice.gateway.config.GatewayConfig;
import java.util.concurrent.TimeUnit;

/**
 * The deadlines of one realtime session: connect and first answer as the target has them; then the session's whole length,
 * its silence, and a side that takes nothing. Times are {@code Ticker} nanoseconds. Thread: event loop.
 */
final class RealtimeClock {
    /** How long a session may last: what OpenAI allows. */
    static final long SESSION_NANOS = TimeUnit.MINUTES.toNanos(60);

    /** How long neither side may say anything. */
    static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(10);

    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** What is due. */
    enum Due {
        NOTHING,
        CONNECT,
        ANSWER,
        SESSION,
        SILENCE,
        CLIENT_STALLED,
        PROVIDER_STALLED
    }

    private final long connectNanos;
    private final long answerNanos;
    private final long startNanos;
    private long writtenAt;
    private long openAt;
    private long heardAt;
    private boolean heard;
    private long clientStalledAt;
    private long providerStalledAt;

    RealtimeClock(GatewayConfig.Timeouts timeouts, long nowNanos) {
        connectNanos = timeouts.connect().toNanos();
        answerNanos = timeouts.firstToken().toNanos();
        startNanos = nowNanos;
    }

    void onRequestWritten(long nowNanos) {
        writtenAt = nowNanos;
    }

    void onOpen(long nowNanos) {
        openAt = nowNanos;
        heardAt = nowNanos;
    }

    /** For each frame, so it only leaves a mark. */
    void onFrame() {
        heard = true;
    }

    void onClientWritable(boolean writable, long nowNanos) {
        clientStalledAt = writable ? 0 : nowNanos;
    }

    void onProviderWritable(boolean writable, long nowNanos) {
        providerStalledAt = writable ? 0 : nowNanos;
    }

    Due check(long nowNanos) {
        if (heard) {
            heard = false;
            heardAt = nowNanos;
        }
        if (writtenAt == 0) {
            return nowNanos - startNanos > connectNanos ? Due.CONNECT : Due.NOTHING;
        }
        if (openAt == 0) {
            return nowNanos - writtenAt > answerNanos ? Due.ANSWER : Due.NOTHING;
        }
        if (nowNanos - openAt > SESSION_NANOS) {
            return Due.SESSION;
        }
        if (clientStalledAt != 0 && nowNanos - clientStalledAt > STALL_NANOS) {
            return Due.CLIENT_STALLED;
        }
        if (providerStalledAt != 0 && nowNanos - providerStalledAt > STALL_NANOS) {
            return Due.PROVIDER_STALLED;
        }
        return nowNanos - heardAt > IDLE_NANOS ? Due.SILENCE : Due.NOTHING;
    }
}
