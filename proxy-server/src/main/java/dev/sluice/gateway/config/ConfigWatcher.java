package dev.sluice.gateway.config;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks once a second whether the files of the configuration say something else than when they were last read. A change
 * counts when it looks the same twice in a row, so that a file is not read while it is being written.
 *
 * <p>Asked, not told: the system's own notices do not come through every file system and volume. Thread: its own,
 * {@code sluice-config}, on which the reaction runs too.
 */
public final class ConfigWatcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigWatcher.class);
    private static final long PERIOD_MILLIS = 1_000;

    private final Supplier<FileStates> lastRead;
    private final Runnable onChange;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("sluice-config", /* daemon= */ true));

    /** What was seen the last time, where it differs from what was read. */
    private @Nullable FileStates changed;

    /**
     * @param lastRead the files as they were when the configuration was last read, whatever became of it
     * @param onChange reads them again
     */
    ConfigWatcher(Supplier<FileStates> lastRead, Runnable onChange) {
        this.lastRead = lastRead;
        this.onChange = onChange;
    }

    /** Begins to look. The parameters are those of the constructor. */
    public static ConfigWatcher start(Supplier<FileStates> lastRead, Runnable onChange) {
        ConfigWatcher watcher = new ConfigWatcher(lastRead, onChange);
        watcher.thread.scheduleWithFixedDelay(watcher::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        return watcher;
    }

    void look() {
        try {
            FileStates read = lastRead.get();
            FileStates now = read.now();
            if (now.equals(read)) {
                changed = null;
            } else if (now.equals(changed)) {
                changed = null;
                onChange.run();
            } else {
                changed = now;
            }
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("the configuration could not be looked at");
        }
    }

    /** Stops looking; a reaction that is running goes on. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
