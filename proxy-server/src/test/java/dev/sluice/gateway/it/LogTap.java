package dev.sluice.gateway.it;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import org.slf4j.LoggerFactory;

/**
 * Hears what is logged in this process, to the last message of a cause. With {@code -Dcanary=all} the gateway says all it
 * has to say. Thread: any.
 */
final class LogTap extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private static final boolean ALL = "all".equals(System.getProperty("canary"));
    /** Tests that log without end are not about secrets. */
    private static final int MOST_CHARS = 32 << 20;

    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final StringBuilder heard = new StringBuilder();

    LogTap() {
        if (ALL) {
            ((Logger) LoggerFactory.getLogger("dev.sluice")).setLevel(Level.TRACE);
        }
        setContext(root.getLoggerContext());
        start();
        root.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (heard.length() < MOST_CHARS) {
            heard.append(event.getLoggerName()).append(' ').append(event.getFormattedMessage());
            heard.append(' ').append(event.getKeyValuePairs());
            for (IThrowableProxy cause = event.getThrowableProxy(); cause != null; cause = cause.getCause()) {
                heard.append(' ').append(cause.getClassName()).append(": ").append(cause.getMessage());
            }
            heard.append('\n');
        }
    }

    /** All of it. */
    String heard() {
        // Appenders of this kind lock themselves while they append.
        synchronized (this) {
            return heard.toString();
        }
    }

    @Override
    public void close() {
        root.detachAppender(this);
        stop();
    }
}
