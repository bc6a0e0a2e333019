package dev.sluice.gateway.usage;

import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a batch into PostgreSQL, whatever it takes.
 *
 * <pre>
 *            ┌────────────── stored ──────────────┐
 *            ▼                                    │
 *    batch ──► append ── duplicate ──► merge ─────┤
 *      │         │ ▲ └── away ─► wait ──┘ ▲ │     │
 *      │         │ └───────────────────────┼─┘    │
 *      │         └── refused ─► halve ─► one row ─┤
 *      └── too old ─────────────────────► dead letter
 * </pre>
 *
 * A batch is kept until it is stored. The first try appends by COPY, unless the batch may have been stored in an earlier
 * life; whatever goes wrong after that, the next try merges (COPY into a temporary table, then {@code INSERT … ON CONFLICT
 * DO NOTHING}), because a connection that broke may have committed. The hours' sums are added in the same transaction,
 * from the rows that it added. So every event is stored and summed once, however often it is sent. A row that the server
 * refuses is found by halving and kept as a dead letter; it never holds up the others. Nothing blocks for ever: the
 * driver's timeouts and the {@link WriterConnection}'s watchdog see to that.
 *
 * <p>Thread: writer; {@link #stop}, {@link #abort} and the figures any.
 */
final class Delivery {
    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);
    private static final String TOO_OLD = "older than the retention";

    private final WriterConnection connection;
    private final InstantSource clock;
    private final Keeping keeping;
    private final Pace pace;
    private final UsageTable table = new UsageTable();
    private final Set<Long> keptPrices = new HashSet<>();
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong deadLettered = new AtomicLong();
    private final AtomicLong unstorable = new AtomicLong();

    private long backOffNanos;
    private boolean away;
    private volatile @Nullable String lastError;
    private volatile boolean stopping;
    private volatile long deadlineNanos;

    Delivery(ConnectionSource connections, Keeping keeping, InstantSource clock, Pace pace) {
        this.connection = new WriterConnection(connections, table, keeping, clock, pace.patience());
        this.clock = clock;
        this.keeping = keeping;
        this.pace = pace;
        this.backOffNanos = pace.firstBackOff().toNanos();
    }

    /** @return false when the time to stop came first; the batch then still holds what was not stored */
    boolean deliver(Batch batch) {
        int young = batch.oldFirst(keeping.firstMicros(clock.instant()));
        if (young > batch.done()) {
            LOG.atWarn()
                    .addKeyValue("events", young - batch.done())
                    .addKeyValue("retention", keeping.retention())
                    .log("usage events are older than what is kept; they become dead letters");
            if (!bury(batch, young, TOO_OLD)) {
                return false;
            }
        }
        return batch.isEmpty() || (keepPrices(batch) && store(batch, batch.size()));
    }

    /** Stores the events up to {@code to}. */
    private boolean store(Batch batch, int to) {
        int from = batch.done();
        boolean merge = batch.isToBeMerged();
        while (true) {
            boolean merging = merge;
            StoreFailure failure = guarded(on -> {
                if (merging) {
                    table.merge(on, batch.events(), from, to);
                } else {
                    table.append(on, batch.events(), from, to);
                }
            });
            if (failure == null) {
                written.addAndGet(to - from);
                stored(batch, to);
                return true;
            }
            switch (failure.kind()) {
                case DUPLICATE -> {
                    // A merge lets rows that are there be; what it still refuses is another matter.
                    if (merging) {
                        return split(batch, to, failure);
                    }
                }
                case DATA -> {
                    return split(batch, to, failure);
                }
                case AWAY, NOT_YET -> {
                    // It may have been committed, and should this thread fail now, the batch is sent from its start.
                    batch.merge();
                    if (!backOff(failure)) {
                        return false;
                    }
                }
            }
            merge = true;
        }
    }

    private boolean split(Batch batch, int to, StoreFailure failure) {
        int from = batch.done();
        if (to - from == 1) {
            LOG.atError()
                    .addKeyValue("eventId", batch.events()[from].eventId())
                    .addKeyValue("why", failure.message())
                    .log("PostgreSQL refuses a usage event; it becomes a dead letter");
            return bury(batch, to, failure.message());
        }
        return store(batch, (from + to) >>> 1) && store(batch, to);
    }

    /** Makes dead letters of the events up to {@code to}. */
    private boolean bury(Batch batch, int to, String why) {
        int from = batch.done();
        StoreFailure failure = insisted(on -> table.deadLetters(on, batch.events(), from, to, why));
        if (failure == null) {
            deadLettered.addAndGet(to - from);
            stored(batch, to);
            return true;
        }
        if (failure.isAway()) {
            return false;
        }
        if (to - from > 1) {
            return bury(batch, (from + to) >>> 1, why) && bury(batch, to, why);
        }
        LOG.atError()
                .addKeyValue("eventId", batch.events()[from].eventId())
                .addKeyValue("why", failure.message())
                .log("PostgreSQL refuses a dead letter too; the event stays in the journal");
        unstorable.incrementAndGet();
        batch.passOver();
        return true;
    }

    /**
     * Makes a dead letter of a record of the journal that cannot be read.
     *
     * @param payload borrowed
     * @return false when it was not kept, because PostgreSQL refused it or the time to stop came first
     */
    boolean setAside(UUID eventId, String kind, ByteBuffer payload, UnreadableRecordException why) {
        LOG.atError()
                .addKeyValue("eventId", eventId)
                .addKeyValue("record", kind)
                .addKeyValue("why", why.getMessage())
                .log("a record of the journal cannot be read; it becomes a dead letter");
        byte[] bytes = new byte[payload.remaining()];
        payload.duplicate().get(bytes);
        StoreFailure failure =
                insisted(on -> table.setAside(on, eventId, kind, bytes, String.valueOf(why.getMessage())));
        if (failure == null) {
            deadLettered.incrementAndGet();
            answers();
        } else if (!failure.isAway()) {
            unstorable.incrementAndGet();
        }
        return failure == null;
    }

    /** Before the first row that was priced with them is stored. */
    private boolean keepPrices(Batch batch) {
        long last = UsageEvent.UNKNOWN;
        for (int i = batch.done(); i < batch.size(); i++) {
            long version = batch.events()[i].priceVersion();
            if (version != last && version != UsageEvent.UNKNOWN && !keptPrices.contains(version)) {
                PriceTexts.PriceText text = keeping.prices().of(version);
                if (text != null && !keepPrices(version, text)) {
                    return false;
                }
                keptPrices.add(version);
            }
            last = version;
        }
        return true;
    }

    private boolean keepPrices(long version, PriceTexts.PriceText text) {
        StoreFailure failure = insisted(on -> table.prices(on, version, text));
        if (failure != null && !failure.isAway()) {
            LOG.atError()
                    .addKeyValue("priceVersion", version)
                    .addKeyValue("why", failure.message())
                    .log("PostgreSQL refuses the text of the prices; the rows are stored without it");
        }
        return failure == null || !failure.isAway();
    }

    /** Tries until it is done, or refused, or the time to stop comes. @return null when it is done */
    private @Nullable StoreFailure insisted(WriterConnection.Work work) {
        StoreFailure failure = guarded(work);
        while (failure != null && failure.isAway() && backOff(failure)) {
            failure = guarded(work);
        }
        return failure;
    }

    /** A connection that failed in any way but by a refused row is dropped. */
    private @Nullable StoreFailure guarded(WriterConnection.Work work) {
        StoreFailure failure;
        try {
            connection.use(work);
            return null;
        } catch (SQLException e) {
            failure = StoreFailure.of(e);
        } catch (RuntimeException e) {
            failure = StoreFailure.of(e);
        }
        lastError = failure.message();
        if (failure.isAway()) {
            connection.drop();
        }
        return failure;
    }

    private void stored(Batch batch, int to) {
        batch.stored(to - batch.done());
        answers();
    }

    /** PostgreSQL does what it is asked. */
    private void answers() {
        lastError = null;
        backOffNanos = pace.firstBackOff().toNanos();
        if (away) {
            away = false;
            LOG.atInfo().log("usage is being written again");
        }
    }

    /** Waits before the next try. @return false when the time to stop came first */
    private boolean backOff(StoreFailure failure) {
        long nanos = pace.firstBackOff().toNanos();
        if (failure.kind() == StoreFailure.Kind.AWAY) {
            if (!away) {
                away = true;
                LOG.atWarn()
                        .addKeyValue("why", failure.message())
                        .log("usage cannot be written; it is kept and tried again");
            }
            nanos = backOffNanos / 2 + ThreadLocalRandom.current().nextLong(backOffNanos / 2 + 1);
            backOffNanos = Math.min(backOffNanos * 2, pace.lastBackOff().toNanos());
        }
        if (stopping) {
            if (isOver()) {
                return false;
            }
            long left = deadlineNanos - System.nanoTime();
            nanos = Math.min(nanos, Math.min(left, pace.firstBackOff().toNanos()));
        }
        LockSupport.parkNanos(nanos);
        return true;
    }

    /** From here on failures are borne until {@code deadlineNanos} and no longer. */
    void stop(long deadlineNanos) {
        this.deadlineNanos = deadlineNanos;
        stopping = true;
    }

    /** Whether the time that was left when {@link #stop} was called has passed. */
    boolean isOver() {
        return stopping && System.nanoTime() - deadlineNanos >= 0;
    }

    /** Ends whatever is going on. */
    void abort() {
        connection.abort();
    }

    /** The end. */
    void close() {
        connection.close();
    }

    /** Events stored since the start; one that was there already counts. */
    long written() {
        return written.get();
    }

    long deadLettered() {
        return deadLettered.get();
    }

    /** Refused events and records that not even the dead letters took. */
    long unstorable() {
        return unstorable.get();
    }

    /** What went wrong last, null when the last try succeeded. */
    @Nullable
    String lastError() {
        return lastError;
    }
}
