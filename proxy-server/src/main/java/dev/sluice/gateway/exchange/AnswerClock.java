package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.config.GatewayConfig;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of one attempt: connect, first token, idle towards the provider, total for the whole call; the stalled
 * client; the hold before the first content and the grace after the end marker. Asked on every tick, it says what is due.
 *
 * <p>Times are {@code Ticker} nanoseconds, 0 while something has not happened. One can be used for one attempt after the
 * other. Thread: event loop.
 */
final class AnswerClock {

    /** How long the provider may keep its message open after its end marker; clients need not wait for more. */
    private static final long END_GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** How long a client may take nothing at all. */
    private static final long CLIENT_STALL_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** What is due. */
    enum Due {
        NOTHING,
        RELEASE_HOLD,
        PROVIDER_OVERDUE,
        OUT_OF_TIME,
        CLIENT_STALLED,
        PROVIDER_WILL_NOT_CLOSE,
        DRAINED_ENOUGH
    }

    private long connectNanos;
    private long firstTokenNanos;
    private long idleNanos;
    private long totalNanos;
    private long holdNanos;
    private long callAt;
    private boolean givesWay;
    private long giveWayNanos;
    private boolean stream;

    private long attemptAt;
    private long writtenAt;
    private long headAt;
    private long firstContentAt;
    private long endMarkerAt;
    private long lastBytesAt;
    private boolean bytesSinceTick;
    private boolean held;
    private long drainUntil;
    private long clientStalledAt;
    private String overdue = "";

    /**
     * Sets the limits; the caller's {@code x-sluice-timeout-ms} lowers the total, never raises it.
     *
     * @param holdLimitNanos how long an answer's head is kept back when nothing generated follows it
     */
    @Nullable
    GatewayError configure(
            GatewayConfig.Timeouts timeouts, HttpHeaders headers, boolean wantsStream, long holdLimitNanos) {
        connectNanos = timeouts.connect().toNanos();
        firstTokenNanos = timeouts.firstToken().toNanos();
        idleNanos = timeouts.idle().toNanos();
        totalNanos = timeouts.total().toNanos();
        holdNanos = holdLimitNanos;
        stream = wantsStream;
        String wanted = headers.get("x-sluice-timeout-ms");
        if (wanted == null) {
            return null;
        }
        long millis;
        try {
            millis = Long.parseLong(wanted);
        } catch (NumberFormatException e) {
            millis = 0;
        }
        if (millis <= 0) {
            return GatewayError.caller(
                    ErrorKind.INVALID_REQUEST, "x-sluice-timeout-ms wants a whole number of milliseconds above 0");
        }
        totalNanos = Math.min(totalNanos, TimeUnit.MILLISECONDS.toNanos(millis));
        return null;
    }

    /** For the next attempt. */
    void reset() {
        connectNanos = 0;
        firstTokenNanos = 0;
        idleNanos = 0;
        totalNanos = 0;
        holdNanos = 0;
        stream = false;
        givesWay = false;
        callAt = 0;
        giveWayNanos = 0;
        attemptAt = 0;
        writtenAt = 0;
        headAt = 0;
        firstContentAt = 0;
        endMarkerAt = 0;
        lastBytesAt = 0;
        bytesSinceTick = false;
        held = false;
        drainUntil = 0;
        clientStalledAt = 0;
        overdue = "";
    }

    /**
     * Another target is left for an answer that is wanted whole, of which nobody sees the first token: it gives way when
     * it has not come in half of the time that is left.
     */
    void giveWay() {
        givesWay = true;
    }

    /** @param callNanos when the first attempt of the call began: the total counts from then */
    void onAttempt(long nowNanos, long callNanos) {
        attemptAt = nowNanos;
        callAt = callNanos;
        giveWayNanos = givesWay ? leftNanos(nowNanos) / 2 : 0;
    }

    /** Until the caller must have its answer. */
    long leftNanos(long nowNanos) {
        return totalNanos - (nowNanos - callAt);
    }

    void onRequestWritten(long nowNanos) {
        writtenAt = nowNanos;
    }

    void onHead(long nowNanos) {
        headAt = nowNanos;
        lastBytesAt = nowNanos;
        held = true;
    }

    /** For each chunk, so it only leaves a mark. */
    void onBytes() {
        bytesSinceTick = true;
    }

    void onFirstContent(long nowNanos) {
        firstContentAt = nowNanos;
    }

    void onEndMarker(long nowNanos) {
        if (endMarkerAt == 0) {
            endMarkerAt = nowNanos;
        }
    }

    void onClientWritable(boolean writable, long nowNanos) {
        clientStalledAt = writable ? 0 : nowNanos;
        // While we do not read, the provider cannot be late.
        lastBytesAt = nowNanos;
    }

    boolean clientWritable() {
        return clientStalledAt == 0;
    }

    /** The caller is gone; the answer is read on for {@code limitNanos} at most. */
    void onDrain(long nowNanos, long limitNanos) {
        clientStalledAt = 0;
        lastBytesAt = nowNanos;
        drainUntil = nowNanos + limitNanos;
    }

    Due check(long nowNanos, boolean committed) {
        if (attemptAt == 0) {
            return Due.NOTHING;
        }
        if (bytesSinceTick) {
            bytesSinceTick = false;
            lastBytesAt = nowNanos;
        }
        if (drainUntil != 0 && nowNanos - drainUntil > 0) {
            return Due.DRAINED_ENOUGH;
        }
        if (leftNanos(nowNanos) < 0) {
            overdue("did not finish", totalNanos);
            return Due.OUT_OF_TIME;
        }
        if (giveWayNanos != 0 && !committed && nowNanos - attemptAt > giveWayNanos) {
            return overdue("did not answer", giveWayNanos);
        }
        if (writtenAt == 0) {
            return nowNanos - attemptAt > connectNanos
                    ? overdue("could not be connected to", connectNanos)
                    : Due.NOTHING;
        }
        if (clientStalledAt != 0) {
            return nowNanos - clientStalledAt > CLIENT_STALL_NANOS ? Due.CLIENT_STALLED : Due.NOTHING;
        }
        if (endMarkerAt != 0) {
            return nowNanos - endMarkerAt > END_GRACE_NANOS ? Due.PROVIDER_WILL_NOT_CLOSE : Due.NOTHING;
        }
        if (stream && firstContentAt == 0 && nowNanos - writtenAt > firstTokenNanos) {
            return overdue("sent no first token", firstTokenNanos);
        }
        if (headAt != 0 && nowNanos - lastBytesAt > idleNanos) {
            return overdue("sent nothing more", idleNanos);
        }
        if (held && headAt != 0 && !committed && nowNanos - headAt > holdNanos) {
            held = false;
            return Due.RELEASE_HOLD;
        }
        return Due.NOTHING;
    }

    /** The error behind {@link Due#PROVIDER_OVERDUE} and {@link Due#OUT_OF_TIME}. */
    GatewayError overdueError() {
        return GatewayError.provider(ErrorKind.UPSTREAM_TIMEOUT, overdue);
    }

    private Due overdue(String what, long limitNanos) {
        overdue = "The provider " + what + " within " + TimeUnit.NANOSECONDS.toMillis(limitNanos) + " ms.";
        return Due.PROVIDER_OVERDUE;
    }
}
