package dev.sluice.gateway.usage;

import dev.sluice.gateway.journal.CatchUp;
import dev.sluice.gateway.journal.Journal;
import dev.sluice.gateway.journal.JournalReader;
import java.io.IOException;
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
 *   UsageQueue       fresh, by the short way ───────┐
 *   JournalCatchUp   what the queue had no room for ┼──► batch ──► Delivery ──► the journal may forget them
 *   JournalRecovery  what earlier lives left ───────┘
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
    private final @Nullable Journal journal;
    private final JournalCatchUp catchUp;
    private final @Nullable JournalRecovery recovery;
    private final Delivery delivery;
    private final InstantSource clock;
    private final Pace pace;
    private final Thread thread = new Thread(this::run, "sluice-writer");
    private final Batch batch = new Batch(BATCH);
    /** Events of the queue that are done with, one way or the other. */
    private final AtomicLong finished = new AtomicLong();

    private boolean fromQueue;
    private volatile boolean stopping;
    private volatile long oldestInHandMicros;

    /**
     * @param journal that of this process; closed after this writer is
     * @param catchUps those of its appenders
     * @param pricing for the attempts of earlier lives that were cut
     */
    public PostgresWriter(
            UsageQueue queue,
            Journal journal,
            List<CatchUp> catchUps,
            ConnectionSource connections,
            Keeping keeping,
            Pricing pricing,
            InstantSource clock) {
        this(
                queue,
                new Journals(journal, catchUps, pricing),
                new Delivery(connections, keeping, clock, Pace.DEFAULT),
                clock,
                Pace.DEFAULT);
    }

    /** For a queue without a journal behind it. */
    PostgresWriter(UsageQueue queue, ConnectionSource connections, Keeping keeping, InstantSource clock) {
        this(queue, null, new Delivery(connections, keeping, clock, Pace.DEFAULT), clock, Pace.DEFAULT);
    }

    /** What the writer reads of a journal: this life's, and what earlier ones left. */
    record Journals(Journal journal, List<CatchUp> catchUps, Pricing pricing) {}

    /** @param journals null for a queue without a journal behind it */
    PostgresWriter(UsageQueue queue, @Nullable Journals journals, Delivery delivery, InstantSource clock, Pace pace) {
        this.queue = queue;
        this.delivery = delivery;
        this.clock = clock;
        this.pace = pace;
        this.journal = journals == null ? null : journals.journal();
        this.catchUp = new JournalCatchUp(journals == null ? List.of() : journals.catchUps(), delivery);
        this.recovery = journals == null
                ? null
                : new JournalRecovery(journals.journal().recovered(), delivery, journals.pricing(), BATCH);
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        if (recovery != null) {
            recover(recovery);
        }
        boolean open = true;
        while (open) {
            open = step(true);
        }
        catchUp.close();
        delivery.close();
    }

    /** Whatever goes wrong, the journal is left as it is, and this life's events are stored all the same. */
    private void recover(JournalRecovery earlier) {
        try {
            JournalReader.Recovery found = earlier.run(this::letFreshPass);
            if (found != null && found.segments() > 0) {
                LOG.atInfo()
                        .addKeyValue("segments", found.segments())
                        .addKeyValue("recovered", earlier.recovered())
                        .addKeyValue("interrupted", earlier.interrupted())
                        .addKeyValue("undecodable", earlier.undecodable())
                        .addKeyValue("damagedSegments", found.damagedSegments())
                        .log("what earlier lives left in the journal is stored");
            }
        } catch (IOException e) {
            LOG.atError()
                    .setCause(e)
                    .log("the journal of earlier lives cannot be given up; it is read again at the next start");
        } catch (RuntimeException | Error e) {
            LOG.atError()
                    .setCause(e)
                    .log("the recovery of the journal failed; what is left is read again at the next start");
        }
    }

    /** One batch of each source, between two recovered ones. */
    private boolean letFreshPass() {
        return !stopping && step(false) && step(false) && !stopping;
    }

    /**
     * Stores a batch, of the queue and of the journal in turn.
     *
     * @param mayWait for something to store
     * @return false when this was the last
     */
    private boolean step(boolean mayWait) {
        try {
            if (batch.isEmpty()) {
                collect(mayWait);
            }
            return batch.isEmpty() ? !stopping : deliver() && !delivery.isOver();
        } catch (RuntimeException | Error e) {
            // Whatever it is, this thread does not die of it: the batch is still in hand and is sent again.
            batch.merge();
            LOG.atError().setCause(e).log("the usage writer failed unexpectedly and goes on");
            LockSupport.parkNanos(IDLE_NANOS);
            return true;
        }
    }

    private void collect(boolean mayWait) {
        batch.clear();
        fromQueue = !fromQueue;
        take(mayWait);
        if (batch.isEmpty()) {
            fromQueue = !fromQueue;
            take(mayWait);
        }
        if (batch.isEmpty() && mayWait && !stopping) {
            queue.await(IDLE_NANOS);
        }
        oldestInHandMicros = batch.oldestMicros();
    }

    private void take(boolean mayWait) {
        if (!fromQueue) {
            catchUp.take(batch);
            return;
        }
        int size = queue.size();
        if (mayWait && size > 0 && size < WORTHWHILE && !stopping && !catchUp.isPending()) {
            // Nobody has to wake the writer while it lingers: that is what makes an event cheap for its event loop.
            LockSupport.parkNanos(pace.linger().toNanos());
        }
        UsageQueue.Entry entry;
        while (batch.room() > 0 && (entry = queue.poll()) != null) {
            batch.add(entry.event(), entry.segment());
        }
    }

    private boolean deliver() {
        int doneBefore = batch.done();
        try {
            return delivery.deliver(batch);
        } finally {
            if (fromQueue) {
                finished.addAndGet(batch.done() - doneBefore);
            }
            oldestInHandMicros = batch.oldestMicros();
        }
    }

    /**
     * Stores what waits, as far as it gets within {@code patience}, and ends. What is left stays in the journal.
     *
     * @return how many events these are, as far as they are known
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
        long inQueue = queue.accepted() - done;
        long inJournal = journal == null ? 0 : journal.figures().unacknowledgedCloses();
        return Math.max(inQueue, inJournal) + (recovery == null ? 0 : recovery.inHand());
    }

    /** How long the event that has waited longest has waited; zero without one. */
    public Duration oldestPendingAge() {
        long oldest = oldestInHandMicros;
        if (recovery != null && recovery.oldestMicros() != 0) {
            oldest = oldest == 0 ? recovery.oldestMicros() : Math.min(oldest, recovery.oldestMicros());
        }
        long inHand = oldest == 0 ? 0 : Math.max(0, clock.millis() - oldest / 1_000);
        long inJournal = journal == null ? 0 : journal.figures().oldestUnacknowledgedMillis();
        return Duration.ofMillis(Math.max(inHand, inJournal));
    }

    /** Events stored since the start; one that was there already counts. */
    public long written() {
        return delivery.written();
    }

    /** Events since the start that PostgreSQL refused, that were older than what is kept, or that nobody could read. */
    public long deadLettered() {
        return delivery.deadLettered();
    }

    /** Events that PostgreSQL takes neither as rows nor as dead letters; the journal keeps them. */
    public long lost() {
        return delivery.unstorable();
    }

    /** Attempts of earlier lives that had ended, and were found in the journal. */
    public long recovered() {
        return recovery == null ? 0 : recovery.recovered();
    }

    /** Attempts of earlier lives that were cut, and were billed from the journal. */
    public long interrupted() {
        return recovery == null ? 0 : recovery.interrupted();
    }

    /** Records of the journal that could not be read. */
    public long undecodable() {
        return catchUp.undecodable() + (recovery == null ? 0 : recovery.undecodable());
    }

    /** What went wrong last, null when the last try succeeded. */
    public @Nullable String lastError() {
        return delivery.lastError();
    }
}
