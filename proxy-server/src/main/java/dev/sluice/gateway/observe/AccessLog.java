package dev.sluice.gateway.observe;

import dev.sluice.gateway.exchange.ExchangeListener;
import dev.sluice.gateway.exchange.ExchangeSummary;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one JSON line for each request, without ever making an event loop wait.
 *
 * <p>Each event loop encodes its lines itself, into an {@link AccessLane} of its own: that takes a third of a microsecond,
 * which is less than it takes to hand the summary to another thread that has to read all of it from cold memory; and
 * nothing of a request lives on for its line's sake. A daemon thread writes what has gathered, many lines with one call.
 * When the output stands still the lanes fill, and what does not fit is dropped and counted: the access log is a
 * convenience, the usage table is the record. Lines of different event loops are not in order of time.
 *
 * <pre>
 *   busy:   write, sleep a batch interval, again           (nobody wakes it: event loops only read a flag)
 *   idle:   after {@link #IDLE_ROUNDS} empty rounds `asleep` is set and it parks
 *   woken:  by the first line that sees `asleep`, so a wake-up is paid once for each lull, not for each line
 * </pre>
 *
 * <p>Thread: {@link #onExchange} on event loops, the rest on {@code sluice-access-log}.
 */
public final class AccessLog implements ExchangeListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);

    /** Of one event loop: 4 MiB, some 12,000 lines. */
    static final int MOST_CHUNKS = 64;

    private static final long BATCH_NANOS = 20_000_000;
    private static final int IDLE_ROUNDS = 20;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    private final OutputStream out;
    private final InstantSource clock;
    private final int mostChunks;
    private final CopyOnWriteArrayList<AccessLane> lanes = new CopyOnWriteArrayList<>();
    private final FastThreadLocal<AccessLane> own = new FastThreadLocal<>() {
        @Override
        protected AccessLane initialValue() {
            AccessLane added = new AccessLane(mostChunks);
            lanes.add(added);
            return added;
        }
    };
    private final LongAdder dropped = new LongAdder();
    private final @Nullable Thread thread;
    private volatile @Nullable RuntimeException unforeseen;
    private volatile boolean asleep;
    private volatile boolean closing;

    private long droppedBefore;
    private boolean dropping;
    private boolean failing;

    /**
     * @param out where the lines go: {@code System.out} itself, whose lock keeps these lines and those of the other logs
     *     whole; flushed after each batch, never closed
     * @param enabled false: no thread, and every call returns at once
     */
    public AccessLog(OutputStream out, boolean enabled) {
        this(out, enabled, InstantSource.system(), MOST_CHUNKS);
    }

    /** @param mostChunks of each event loop, of {@link AccessLane#CHUNK_BYTES} */
    AccessLog(OutputStream out, boolean enabled, InstantSource clock, int mostChunks) {
        this.out = out;
        this.clock = clock;
        this.mostChunks = mostChunks;
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
        AccessLane lane = own.get();
        try {
            AccessLine.write(lane.line(), clock.millis(), summary);
        } catch (RuntimeException e) {
            // The request must not suffer for its line; the thread says what happened.
            lane.line().clear();
            unforeseen = e;
            dropped.increment();
            return;
        }
        if (!lane.send()) {
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

    /** Whether the thread waits for the next line to wake it. */
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
     * Says that it sleeps, then looks once more. An event loop does it the other way round: it sends its line, then reads
     * the flag. One of the two sees the other, so no line is left lying.
     */
    private void parkUntilWoken() {
        asleep = true;
        if (areEmpty() && !closing) {
            LockSupport.park(this);
        }
        asleep = false;
    }

    private boolean areEmpty() {
        for (AccessLane lane : lanes) {
            if (!lane.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** One round. Nothing unforeseen may end the thread: it would silence the log until the next start. */
    private boolean drained() {
        RuntimeException told = unforeseen;
        if (told != null) {
            unforeseen = null;
            LOG.atError().setCause(told).log("an access record could not be encoded and is dropped");
        }
        boolean any = false;
        for (AccessLane lane : lanes) {
            any |= written(lane);
        }
        return any;
    }

    private boolean written(AccessLane lane) {
        try {
            if (!lane.writeTo(out)) {
                return false;
            }
            out.flush();
            if (failing) {
                failing = false;
                LOG.atInfo().log("access records are written again");
            }
        } catch (IOException | RuntimeException e) {
            dropped.add(lane.lost());
            failed(e);
        }
        return true;
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
                    .addKeyValue("capacityBytes", (long) mostChunks * AccessLane.CHUNK_BYTES)
                    .log("the output is too slow, access records are dropped");
        } else {
            LOG.atInfo().addKeyValue("dropped", now).log("access records are complete again");
        }
    }
}
