package dev.sluice.gateway.journal;

import java.util.concurrent.TimeUnit;

/**
 * How long CLOSEs wait until they are acknowledged, without a clock on the event loops: the journal thread remembers the
 * newest CLOSE of each appender and when it saw it, until that many are acknowledged; then it takes the next. CLOSEs are
 * acknowledged in their order, near enough, so the one remembered is as old as the oldest or younger.
 *
 * <p>Thread: {@link #look} journal, {@link #oldestMillis} any.
 */
final class AcknowledgementLag {
    private final JournalAppender[] appenders;
    /** How many acknowledged CLOSEs say that the remembered one is among them; 0: none is remembered. */
    private final long[] targets;

    private final long[] seenNanos;
    private volatile long oldestNanos;
    private volatile boolean waiting;

    AcknowledgementLag(JournalAppender[] appenders) {
        this.appenders = appenders;
        this.targets = new long[appenders.length];
        this.seenNanos = new long[appenders.length];
    }

    void look(long nowNanos) {
        boolean any = false;
        long longest = 0;
        for (int i = 0; i < appenders.length; i++) {
            long acknowledged = appenders[i].acknowledgedCloses().getAcquire();
            if (targets[i] <= acknowledged) {
                long closes = appenders[i].closesAppended();
                targets[i] = closes > acknowledged ? closes : 0;
                seenNanos[i] = nowNanos;
            }
            if (targets[i] > acknowledged) {
                any = true;
                longest = Math.max(longest, nowNanos - seenNanos[i]);
            }
        }
        oldestNanos = nowNanos - longest;
        waiting = any;
    }

    long oldestMillis(long nowNanos) {
        return waiting ? TimeUnit.NANOSECONDS.toMillis(Math.max(0, nowNanos - oldestNanos)) : 0;
    }
}
