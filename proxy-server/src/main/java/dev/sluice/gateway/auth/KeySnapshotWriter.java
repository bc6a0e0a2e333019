package dev.sluice.gateway.auth;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the {@link KeySnapshot} on the disk current: reads it at the start, and writes it whenever the {@link KeyDirectory}
 * has changed. A small one is there a fraction of a second later; a large one is written so seldom that writing takes less
 * than a tenth of the time. A disk that is full costs nothing but the snapshot.
 *
 * <p>Thread: any; {@link #open} and {@link #close} block on the disk.
 */
public final class KeySnapshotWriter implements AutoCloseable {
    /** Changes that come together are written together. */
    static final long SETTLE_MILLIS = 200;

    static final long RETRY_MILLIS = 5_000;

    /** A pause is so many times as long as the writing before it. */
    static final int PAUSE_FACTOR = 10;

    private static final Logger LOG = LoggerFactory.getLogger(KeySnapshotWriter.class);
    private static final Duration MOST_PATIENCE = Duration.ofMinutes(1);

    private final KeyDirectory directory;
    private final Save save;
    private final ScheduledThreadPoolExecutor thread;
    private final Ticker ticker;

    private boolean scheduled;
    private boolean closed;
    private boolean failing;
    private long savedGeneration;
    private long notBeforeNanos;

    /** Puts everything on the disk. */
    @FunctionalInterface
    interface Save {
        void run() throws IOException;
    }

    /** @param thread this writer's own; ended by {@link #close} */
    KeySnapshotWriter(KeyDirectory directory, Save save, ScheduledThreadPoolExecutor thread, Ticker ticker) {
        this.directory = directory;
        this.save = save;
        this.thread = thread;
        this.ticker = ticker;
        this.savedGeneration = directory.generation();
        this.notBeforeNanos = ticker.nanoTime();
        directory.onChange(this::onChange);
    }

    /** Fills {@code directory}, which is empty, from the disk, and from now on keeps the disk current. Never fails. */
    public static KeySnapshotWriter open(Path dataDir, Peppers peppers, KeyDirectory directory, InstantSource clock) {
        try {
            PrivateFile.deleteDrafts(dataDir.resolve(KeySnapshot.FILE));
        } catch (IOException e) {
            LOG.atDebug().addKeyValue("reason", e.getMessage()).log("unfinished key snapshots stay on the disk");
        }
        KeySnapshot.Loaded loaded = KeySnapshot.load(dataDir, peppers, directory);
        ScheduledThreadPoolExecutor thread =
                new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("sluice-key-snapshot", /* daemon= */ true));
        KeySnapshotWriter writer = new KeySnapshotWriter(
                directory,
                () -> KeySnapshot.save(dataDir, peppers, directory.content(), clock),
                thread,
                Ticker.systemTicker());
        switch (loaded) {
            case KeySnapshot.Loaded.Keys keys -> {
                LOG.atInfo()
                        .addKeyValue("keys", keys.count())
                        .addKeyValue(
                                "ageSeconds",
                                Duration.between(keys.writtenAt(), clock.instant())
                                        .toSeconds())
                        .log("keys read from the snapshot");
                if (keys.underPreviousPepper()) {
                    writer.writeAnew();
                }
            }
            case KeySnapshot.Loaded.None none -> {}
            case KeySnapshot.Loaded.Refused refused ->
                LOG.atWarn()
                        .addKeyValue("file", dataDir.resolve(KeySnapshot.FILE))
                        .addKeyValue("reason", refused.why())
                        .log("the snapshot of keys is not used; they are known again when the database answers");
        }
        return writer;
    }

    /** Although nothing has changed. */
    private synchronized void writeAnew() {
        savedGeneration = -1;
        onChange();
    }

    private synchronized void onChange() {
        long pauseMillis = TimeUnit.NANOSECONDS.toMillis(notBeforeNanos - ticker.nanoTime());
        schedule(Math.max(SETTLE_MILLIS, pauseMillis));
    }

    private void schedule(long delayMillis) {
        if (!scheduled && !closed) {
            scheduled = true;
            thread.schedule(this::write, delayMillis, TimeUnit.MILLISECONDS);
        }
    }

    private void write() {
        synchronized (this) {
            // From here on a change leads to another write: this one may miss it.
            scheduled = false;
        }
        long began = ticker.nanoTime();
        boolean done = tryToSave();
        synchronized (this) {
            long now = ticker.nanoTime();
            notBeforeNanos = now + (now - began) * PAUSE_FACTOR;
            if (!done) {
                schedule(Math.max(RETRY_MILLIS, TimeUnit.NANOSECONDS.toMillis(notBeforeNanos - now)));
            }
        }
    }

    private boolean tryToSave() {
        long generation = directory.generation();
        try {
            save.run();
            onSaved(generation);
            return true;
        } catch (IOException | RuntimeException e) {
            onFailed(e);
            return false;
        }
    }

    private synchronized void onSaved(long generation) {
        savedGeneration = generation;
        if (failing) {
            failing = false;
            LOG.atInfo().log("the snapshot of keys can be written again");
        }
    }

    private synchronized void onFailed(Exception e) {
        if (!failing) {
            failing = true;
            LOG.atWarn()
                    .addKeyValue("reason", e.toString())
                    .log(
                            "the snapshot of keys cannot be written; a restart without the database would know older ones");
        }
    }

    /** Writes what is not on the disk yet. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        directory.onChange(() -> {});
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        thread.shutdown();
        try {
            if (!thread.awaitTermination(MOST_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                LOG.atWarn().log("the snapshot of keys is still being written; a restart may know older ones");
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        if (isBehind()) {
            tryToSave();
        }
    }

    private synchronized boolean isBehind() {
        return directory.generation() != savedGeneration;
    }
}
