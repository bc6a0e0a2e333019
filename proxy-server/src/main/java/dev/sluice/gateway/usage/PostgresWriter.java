package dev.sluice.gateway.usage;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes usage events from where they wait and has them stored by its {@link Delivery}, a batch a transaction.
 *
 * <pre>
 *   UsageQueue   fresh, by the short way ──────┐
 *   journal      what the queue did not take ──┼──► batch ──► Delivery ──► receipts: the journal may forget them
 *   journal      what earlier lives left ──────┘
 * </pre>
 *
 * The three take turns, so that neither a long recovery keeps fresh events waiting nor the other way round. An event that
 * is not stored when the writer ends stays where it is: in the journal.
 *
 * <p>Thread: {@code sluice-writer}; the figures from any.
 */
public final class PostgresWriter {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresWriter.class);
    private static final int BATCH = 4_000;
    /** As many waiting events are worth a batch at once. */
    private static final int WORTHWHILE = 500;

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final UsageQueue queue;
    private final List<Supply> journal;
    private final Delivery delivery;
    private final InstantSource clock;
    private final Pace pace;
    private final Thread thread = new Thread(this::run, "sluice-writer");
    private final Batch batch = new Batch(BATCH);
    /** Events of the queue that are done with, one way or the other. */
    private final AtomicLong finished = new AtomicLong();

    /** Whose turn it is: a place in {@link #journal}, or one behind them for the queue. */
    private int turn;

    private boolean fromQueue;
    private volatile boolean stopping;
    /** Events of the journal that are in {@link #batch}. */
    private volatile long inHand;

    private volatile long oldestInHandMicros;

    public PostgresWriter(UsageQueue queue, ConnectionSource connections, Keeping keeping, InstantSource clock) {
        this(queue, List.of(), new Delivery(connections, keeping, clock, Pace.DEFAULT), clock, Pace.DEFAULT);
    }

    PostgresWriter(UsageQueue queue, List<Supply> journal, Delivery delivery, InstantSource clock, Pace pace) {
        this.queue = queue;
        this.journal = List.copyOf(journal);
        this.delivery = delivery;
        this.clock = clock;
        this.pace = pace;
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        boolean open = true;
        while (open) {
            try {
                if (batch.isEmpty()) {
                    collect();
                }
                open = batch.isEmpty() ? !stopping : deliver() && !delivery.isOver();
            } catch (RuntimeException | Error e) {
                // Whatever it is, this thread does not die of it: the batch is still in hand and is sent again.
                batch.merge();
                LOG.atError().setCause(e).log("the usage writer failed unexpectedly and goes on");
                LockSupport.parkNanos(IDLE_NANOS);
            }
        }
        delivery.close();
    }

    /** Fills the batch from the first that has something, beginning with the one whose turn it is. */
    private void collect() {
        batch.clear();
        for (int i = 0; i <= journal.size() && batch.isEmpty(); i++) {
            fromQueue = turn == journal.size();
            if (fromQueue) {
                takeFromQueue();
            } else {
                journal.get(turn).take(batch);
            }
            turn = fromQueue ? 0 : turn + 1;
        }
        if (batch.isEmpty()) {
            if (!stopping) {
                queue.await(IDLE_NANOS);
            }
            return;
        }
        inHand = fromQueue ? 0 : batch.size();
        oldestInHandMicros = batch.oldestMicros();
    }

    private void takeFromQueue() {
        int size = queue.size();
        if (size > 0 && size < WORTHWHILE && !stopping && journalWaiting() == 0) {
            // Nobody has to wake the writer while it lingers: that is what makes an event cheap for its event loop.
            LockSupport.parkNanos(pace.linger().toNanos());
        }
        UsageQueue.Entry entry;
        while (!batch.isFull() && (entry = queue.poll()) != null) {
            batch.add(entry.event(), entry.receipt());
        }
    }

    private boolean deliver() {
        int doneBefore = batch.done();
        boolean all = false;
        try {
            all = delivery.deliver(batch);
        } finally {
            if (fromQueue) {
                finished.addAndGet(batch.done() - doneBefore);
            } else {
                inHand = batch.left();
            }
            if (all) {
                oldestInHandMicros = 0;
            }
        }
        return all;
    }

    private long journalWaiting() {
        long waiting = 0;
        for (Supply supply : journal) {
            waiting += supply.waiting();
        }
        return waiting;
    }

    /**
     * Stores what waits, as far as it gets within {@code patience}, and ends. What is left stays in the journal.
     *
     * @return how many events these are
     */
    public long close(Duration patience) {
        delivery.stop(System.nanoTime() + patience.toNanos());
        stopping = true;
        LockSupport.unpark(thread);
        try {
            if (!thread.join(patience)) {
                delivery.abort();
                thread.join(Duration.ofSeconds(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        long left = queued();
        if (left > 0) {
            LOG.atInfo()
                    .addKeyValue("events", left)
                    .addKeyValue("lastError", lastError())
                    .log("usage events stay in the journal; the next start stores them");
        }
        return left;
    }

    /** Events that wait to be stored, in memory or in the journal, as far as they are known. */
    public long queued() {
        // What was finished is read first: the difference may be too large for a moment, never too small.
        long done = finished.get();
        return queue.accepted() - done + inHand + journalWaiting();
    }

    /** How long ago the event that has waited longest ended; zero without one. */
    public Duration oldestPendingAge() {
        long oldest = oldestInHandMicros;
        for (Supply supply : journal) {
            long micros = supply.oldestMicros();
            oldest = oldest == 0 || (micros != 0 && micros < oldest) ? micros : oldest;
        }
        return oldest == 0 ? Duration.ZERO : Duration.ofMillis(Math.max(0, clock.millis() - oldest / 1_000));
    }

    /** Events stored since the start; one that was there already counts. */
    public long written() {
        return delivery.written();
    }

    /** Events since the start that PostgreSQL refused or that were older than what is kept. */
    public long deadLettered() {
        return delivery.deadLettered();
    }

    /** Refused events that not even the dead letters took. */
    public long lost() {
        return delivery.unstorable();
    }

    /** What went wrong last, null when the last try succeeded. */
    public @Nullable String lastError() {
        return delivery.lastError();
    }
}
