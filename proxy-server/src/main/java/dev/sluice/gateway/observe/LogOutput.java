package dev.sluice.gateway.observe;

import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;

/**
 * The end of the logs' life. Lines wait in a queue before they are written, so the last words of a process are lost
 * unless its very last act is {@link #flush}. Thread: the one that ends the process.
 */
public final class LogOutput {
    private LogOutput() {}

    /** Writes what is queued and stops logging; nothing logged later appears. */
    public static void flush() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.stop();
        }
    }
}
