package dev.sluice.gateway.observe;

import dev.sluice.gateway.exchange.ExchangeListener;
import dev.sluice.gateway.exchange.ExchangeSummary;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one JSON line for each request, without ever making an event loop wait.
 *
 * <p>The event loop puts the summary into a bounded queue; a daemon thread encodes what has gathered and writes it with
 * one call. When the output stands still the queue fills, and what does not fit is dropped and counted: the access log is
 * a convenience, the usage table is the record.
 *
 * <pre>
 *   busy:   drain, write, sleep a batch interval, again    (nobody wakes it: producers only read a flag)
 *   idle:   after {@link #IDLE_ROUNDS} empty rounds `asleep` is set and it parks
 *   woken:  by the first record that sees `asleep`, so a wake-up is paid once for each lull, not for each record
 * </pre>
 *
 * <p>Thread: {@link #onExchange} on event loops, the rest on {@code sluice-access-log}.
 */
public final class AccessLog implements ExchangeListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);

    /** A second of 16,000 requests with the output standing still; about 10 MB of summaries at most. */
    static final int QUEUE_CAPACITY = 16_384;

    private static final int BUFFER_BYTES = 64 * 1024;
    /** Below the buffer by more than the longest line, so that the buffer never has to grow. */
    private static final int WRITE_AT_BYTES = 40 * 1024;

    private static final long BATCH_NANOS = 10_000_000;
    private static final int IDLE_ROUNDS = 20;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    private final OutputStream out;
    private final InstantSource clock;
    private final MpscAtomicArrayQueue<Entry> queue;
    private final LongAdder dropped = new LongAdder();
    private final @Nullable Thread thread;
    private final JsonLine line = new JsonLine(BUFFER_BYTES);

    private volatile boolean asleep;
    private volatile boolean closing;

    private long droppedBefore;
    private boolean dropping;
    private boolean failing;

    private record Entry(long endedAtMillis, ExchangeSummary summary) {}

    /**
     * @param out where the lines go: {@code System.out} itself, whose lock keeps these lines and those of the other logs
     *     whole; flushed after each batch, never closed
     * @param enabled false: no thread, and every call returns at once
     */
    public AccessLog(OutputStream out, boolean enabled) {
        this(out, enabled, InstantSource.system(), QUEUE_CAPACITY);
    }

    AccessLog(OutputStream out, boolean enabled, InstantSource clock, int capacity) {
        this.out = out;
        this.clock = clock;
        queue = new MpscAtomicArrayQueue<>(capacity);
        thread = enabled ? start() : null;
    }

    private Thread start() {
        Thread started = new Thread(this::run, "sluice-access-log");
        started.setDaemon(true);
        started.start();
        return started;
    }

    @Override
    public void onExchange(ExchangeSummary summary) {
        if (thread == null) {
            return;
        }
        if (!queue.offer(new Entry(clock.millis(), summary))) {
            dropped.increment();
            return;
        }
        if (asleep) {
            asleep = false;
            LockSupport.unpark(thread);
        }
    }

    /** Records that did not reach the output, because it was too slow or failed. */
    public long dropped() {
        return dropped.sum();
    }

    /** Whether the thread waits for the next record to wake it. */
    boolean isAsleep() {
        return asleep;
    }

    /** Writes what is queued and ends the thread; gives up after two seconds when the output stands still. */
    @Override
    public void close() {
        closing = true;
        if (thread == null) {
            return;
        }
        LockSupport.unpark(thread);
        try {
            if (!thread.join(CLOSE_TIMEOUT)) {
                LOG.atWarn()
                        .addKeyValue("queued", queue.size())
                        .addKeyValue("timeoutMillis", CLOSE_TIMEOUT.toMillis())
                        .log("the output stands still, access records are given up");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        int emptyRounds = 0;
        while (true) {
            // Read before draining: a record that was offered before close() is seen by the drain that follows.
            boolean last = closing;
            emptyRounds = drained() ? 0 : emptyRounds + 1;
            reportDrops();
            if (last) {
                return;
            }
            if (emptyRounds < IDLE_ROUNDS) {
                LockSupport.parkNanos(this, BATCH_NANOS);
            } else {
                emptyRounds = 0;
                parkUntilWoken();
            }
        }
    }

    /**
     * Says that it sleeps, then looks once more. The producer does it the other way round: it takes a place in the queue
     * by a compare-and-set, then reads the flag. One of the two sees the other, so no record is left lying.
     */
    private void parkUntilWoken() {
        asleep = true;
        if (queue.isEmpty() && !closing) {
            LockSupport.park(this);
        }
        asleep = false;
    }

    /** One round. Nothing unforeseen may end the thread: it would silence the log until the next start. */
    private boolean drained() {
        try {
            return drain();
        } catch (RuntimeException e) {
            line.clear();
            dropped.increment();
            failed(e);
            return true;
        }
    }

    /** At most a queue's worth in one round, so that drops are reported under load that never pauses. */
    private boolean drain() {
        int total = 0;
        int unwritten = 0;
        Entry entry;
        while (total < queue.capacity() && (entry = queue.poll()) != null) {
            AccessLine.write(line, entry.endedAtMillis, entry.summary);
            total++;
            unwritten++;
            if (line.length() >= WRITE_AT_BYTES) {
                write(unwritten);
                unwritten = 0;
            }
        }
        if (unwritten > 0) {
            write(unwritten);
        }
        return total > 0;
    }

    private void write(int records) {
        try {
            out.write(line.bytes(), 0, line.length());
            out.flush();
            if (failing) {
                failing = false;
                LOG.atInfo().log("access records are written again");
            }
        } catch (IOException e) {
            dropped.add(records);
            failed(e);
        } finally {
            line.clear();
        }
    }

    private void failed(Exception cause) {
        if (!failing) {
            failing = true;
            LOG.atWarn().setCause(cause).log("access records cannot be written and are dropped");
        }
    }

    /** Says when dropping begins and when it is over, not each time. */
    private void reportDrops() {
        long now = dropped.sum();
        boolean more = now != droppedBefore;
        droppedBefore = now;
        if (more == dropping || failing) {
            return;
        }
        dropping = more;
        if (more) {
            LOG.atWarn()
                    .addKeyValue("dropped", now)
                    .addKeyValue("capacity", queue.capacity())
                    .log("the output is too slow, access records are dropped");
        } else {
            LOG.atInfo().addKeyValue("dropped", now).log("access records are complete again");
        }
    }
}
