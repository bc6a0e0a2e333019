package dev.sluice.gateway.usage;

import dev.sluice.gateway.journal.JournalReader;
import dev.sluice.gateway.usage.UsageRecordReader.Opened;
import dev.sluice.gateway.usage.UsageRecordReader.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what earlier lives of a gateway left in a journal into PostgreSQL: attempts that ended, and those that a crash
 * cut. What it finds may be stored already, so everything is merged. Only when all of it is committed the journal's files
 * are discarded; until then it may be ended at any moment and begun again, here or in the next life.
 *
 * <p>Thread: writer, or the command line's; the figures from any.
 */
final class JournalRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(JournalRecovery.class);

    /** Ends a run from within. */
    private static final class StoppedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        StoppedException() {
            super("stopped", null, false, false);
        }
    }

    /** Says, between two batches, whether the run may go on. */
    @FunctionalInterface
    interface Pause {
        boolean mayGoOn();
    }

    private final JournalReader journal;
    private final Delivery delivery;
    private final Pricing pricing;
    private final Batch batch;
    private final UsageRecordReader records = new UsageRecordReader();
    private final AtomicLong recovered = new AtomicLong();
    private final AtomicLong interrupted = new AtomicLong();
    private final AtomicLong undecodable = new AtomicLong();
    private volatile long oldestMicros;
    private volatile long inHand;

    JournalRecovery(JournalReader journal, Delivery delivery, Pricing pricing, int batchSize) {
        this.journal = journal;
        this.delivery = delivery;
        this.pricing = pricing;
        this.batch = new Batch(batchSize);
    }

    /**
     * Reads and stores everything, from the first segment on.
     *
     * @return what was found; null when the time to stop came first
     * @throws IOException when not everything could be kept, or the files could not be discarded
     */
    JournalReader.@Nullable Recovery run(Pause pause) throws IOException {
        begin();
        long unstorableBefore = delivery.unstorable();
        try {
            JournalReader.Recovery found = journal.recover(visitor(pause));
            store(pause);
            if (delivery.unstorable() > unstorableBefore) {
                throw new IOException("not everything could be kept in PostgreSQL: " + delivery.lastError());
            }
            journal.discard();
            return found;
        } catch (StoppedException e) {
            return null;
        } finally {
            oldestMicros = 0;
            inHand = 0;
        }
    }

    private void begin() {
        batch.clear();
        batch.merge();
        recovered.set(0);
        interrupted.set(0);
        undecodable.set(0);
    }

    private JournalReader.Visitor visitor(Pause pause) {
        return new JournalReader.Visitor() {
            @Override
            public void onClose(UUID attempt, ByteBuffer payload) {
                try {
                    add(records.close(payload), recovered, pause);
                } catch (UnreadableRecordException e) {
                    setAside(attempt, "close", payload, e);
                }
            }

            @Override
            public void onInterrupted(UUID attempt, ByteBuffer open, @Nullable ByteBuffer progress) {
                if (EventIds.isOnce(attempt)) {
                    // Opened and closed in one go: nothing was told, and it comes up again.
                    return;
                }
                try {
                    Opened begun = records.open(open);
                    add(InterruptedAttempt.event(begun, lastOf(attempt, progress), pricing), interrupted, pause);
                } catch (UnreadableRecordException e) {
                    setAside(attempt, "open", open, e);
                }
            }
        };
    }

    /** What cannot be read of an attempt's progress costs that figure, not the attempt. */
    private @Nullable Progress lastOf(UUID attempt, @Nullable ByteBuffer progress) {
        if (progress == null) {
            return null;
        }
        try {
            return records.progress(progress);
        } catch (UnreadableRecordException e) {
            undecodable.incrementAndGet();
            LOG.atError()
                    .addKeyValue("eventId", attempt)
                    .addKeyValue("why", e.getMessage())
                    .log("the progress of an interrupted attempt cannot be read; it is billed without");
            return null;
        }
    }

    private void add(UsageEvent event, AtomicLong counter, Pause pause) {
        batch.add(event, null);
        counter.incrementAndGet();
        if (batch.room() == 0) {
            store(pause);
        }
    }

    private void store(Pause pause) {
        oldestMicros = batch.oldestMicros();
        inHand = batch.size();
        if (!batch.isEmpty() && !delivery.deliver(batch)) {
            throw new StoppedException();
        }
        batch.clear();
        batch.merge();
        inHand = 0;
        if (!pause.mayGoOn()) {
            throw new StoppedException();
        }
    }

    private void setAside(UUID attempt, String kind, ByteBuffer payload, UnreadableRecordException why) {
        undecodable.incrementAndGet();
        if (!delivery.setAside(attempt, kind, payload, why) && delivery.isOver()) {
            throw new StoppedException();
        }
    }

    /** Attempts whose end was found, in this run. */
    long recovered() {
        return recovered.get();
    }

    /** Attempts that were cut, in this run. */
    long interrupted() {
        return interrupted.get();
    }

    /** Records that could not be read, in this run. */
    long undecodable() {
        return undecodable.get();
    }

    /** Events that are read and not stored. */
    long inHand() {
        return inHand;
    }

    /** When the first of those that were read last ended, microseconds since the epoch; 0 when nothing is being read. */
    long oldestMicros() {
        return oldestMicros;
    }
}
