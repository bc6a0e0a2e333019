package dev.sluice.gateway.usage;

import dev.sluice.gateway.journal.CatchUp;
import dev.sluice.gateway.journal.JournalSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes from the journal the ends of attempts that the queue had no room for. They are given once, so that they are
 * stored like those of the queue.
 *
 * <p>Thread: writer; {@link #undecodable} any.
 */
final class JournalCatchUp {
    private static final Logger LOG = LoggerFactory.getLogger(JournalCatchUp.class);

    private final List<CatchUp> loops;
    private final Delivery delivery;
    private final UsageRecordReader records = new UsageRecordReader();
    private final AtomicLong undecodable = new AtomicLong();
    private int turn;
    private boolean failing;

    /** @param loops one for each event loop */
    JournalCatchUp(List<CatchUp> loops, Delivery delivery) {
        this.loops = List.copyOf(loops);
        this.delivery = delivery;
    }

    /** Whether there is something to take, or may be. */
    boolean isPending() {
        for (CatchUp loop : loops) {
            if (loop.isPending()) {
                return true;
            }
        }
        return false;
    }

    /** What was not taken is recovered after the next start. */
    void close() {
        loops.forEach(CatchUp::close);
    }

    /** Fills {@code batch}, as far as there are ends; each loop begins a batch in its turn. */
    void take(Batch batch) {
        CatchUp.Visitor visitor = (segment, attempt, payload) -> add(batch, segment, attempt, payload);
        IOException failure = null;
        for (int i = 0; i < loops.size() && batch.room() > 0; i++) {
            try {
                loops.get((turn + i) % loops.size()).read(visitor, batch.room());
            } catch (IOException e) {
                failure = e;
            }
        }
        turn = loops.isEmpty() ? 0 : (turn + 1) % loops.size();
        notice(failure);
    }

    private void add(Batch batch, JournalSegment segment, UUID attempt, ByteBuffer payload) {
        UsageEvent event;
        try {
            event = records.close(payload);
        } catch (UnreadableRecordException e) {
            undecodable.incrementAndGet();
            if (delivery.setAside(attempt, "close", payload, e)) {
                segment.acknowledge(1);
            }
            return;
        }
        batch.add(event, segment);
    }

    private void notice(@Nullable IOException failure) {
        if (failure != null && !failing) {
            LOG.atError()
                    .setCause(failure)
                    .log("the journal cannot be read; what it holds is tried again and stays there");
        }
        failing = failure != null;
    }

    /** Records that could not be read. */
    long undecodable() {
        return undecodable.get();
    }
}
