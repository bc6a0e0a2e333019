package dev.sluice.gateway.journal;

import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.SpscArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's end of the journal: an append is a few stores into mapped memory and survives the process from then on.
 *
 * <p><b>Reservations.</b> An OPEN is taken only with room for its CLOSE, so that an attempt that was let through can always
 * be written down. With {@code R} bytes reserved, {@code a} left in the active segment, {@code s} spare segments of {@code C}
 * bytes, and no record longer than {@code M}, every append keeps
 *
 * <pre>  R ≤ a + s · (C − M)</pre>
 *
 * A CLOSE of {@code x} bytes within its reservation never breaks it. Where it fits, {@code a} shrinks by {@code x} and
 * {@code R} by {@code x} or more. Where it does not, {@code a < x ≤ M} is wasted, so {@code R < M + s · (C − M)}, and
 * this is {@code C + (s − 1) · (C − M)}, the right side after the change to a spare. And there is a spare then: with
 * {@code s = 0} the rule says {@code x ≤ R ≤ a}. So a CLOSE needs no check; OPEN, PROGRESS, and a CLOSE beyond its
 * reservation are checked as if they had been written.
 *
 * <p>Thread: event loop, one and the same for all calls.
 */
public final class JournalAppender {
    /** Spares that may wait; enough reservations for tens of thousands of open attempts. */
    private static final int SPARES = 64;

    private final int index;
    private final Journal journal;
    private final int capacity;
    private final int largestRecord;
    private final RecordFormat format = new RecordFormat();
    private final CatchUp catchUp;

    private final SpscArrayQueue<JournalSegment> spares = new SpscArrayQueue<>(SPARES);
    private final Queue<CatchUp.Stretch> stretches = new ConcurrentLinkedQueue<>();
    private final Queue<GroupCommit.Waiter> waiters = new ConcurrentLinkedQueue<>();

    /** Set by this appender alone, read by the journal thread. */
    private final AtomicLong reservedBytes = new AtomicLong();

    private final AtomicLong records = new AtomicLong();
    private final AtomicLong closes = new AtomicLong();
    private final AtomicLong refusedOpens = new AtomicLong();
    private final AtomicLong skippedProgress = new AtomicLong();
    /** Set by the writer alone. */
    private final AtomicLong acknowledged = new AtomicLong();

    private @Nullable JournalSegment active;
    private int position;
    private long reserved;
    private long sequence;
    private @Nullable JournalSegment lastCloseSegment;
    private int lastCloseOffset;
    private CatchUp.@Nullable Stretch behind;

    private volatile Executor owner = Runnable::run;
    private @Nullable Thread thread;

    JournalAppender(int index, Journal journal, JournalSettings settings) {
        this.index = index;
        this.journal = journal;
        this.capacity = settings.capacityBytes();
        this.largestRecord = settings.largestRecordBytes();
        this.catchUp = new CatchUp(stretches);
    }

    /** @return false when an OPEN would be refused now, whatever its size */
    public boolean accepts() {
        return journal.isAccepting() && hasRoom(largestRecord, largestRecord);
    }

    /** The largest payload of any record, in bytes. */
    public int largestPayloadBytes() {
        return largestRecord - RecordFormat.OVERHEAD_BYTES;
    }

    /**
     * Writes that an attempt begins.
     *
     * @param payload borrowed; its first {@code length} bytes are written, at most {@link #largestPayloadBytes()}
     * @param closeReserveBytes the longest payload that its CLOSE may surely have
     * @return null when there is no room for it and for the CLOSE of every open attempt, or the disk failed: the attempt
     *     must not begin
     */
    public @Nullable OpenRecord open(UUID attempt, byte[] payload, int length, int closeReserveBytes) {
        OpenRecord open = new OpenRecord();
        return open(open, attempt, payload, length, closeReserveBytes) ? open : null;
    }

    /**
     * The same with an object that is there.
     *
     * @param open new, or of an attempt that is closed
     * @return false in place of null: then {@code open} is as it was
     */
    public boolean open(OpenRecord open, UUID attempt, byte[] payload, int length, int closeReserveBytes) {
        assert isConfined();
        if (!open.closed) {
            throw new IllegalStateException("attempt " + open.attempt() + " is not closed yet");
        }
        int bytes = checkedRecordBytes(length);
        int reserve = checkedRecordBytes(closeReserveBytes);
        if (!journal.isAccepting() || !hasRoom(bytes, reserve)) {
            count(refusedOpens);
            journal.wake();
            return false;
        }
        int offset = append(RecordFormat.OPEN, attempt, payload, length, bytes);
        JournalSegment segment = activeSegment();
        segment.addOpen();
        reserve(reserve);
        segment.publish(position);
        if (reserved + capacity - largestRecord > (long) spares.size() * (capacity - largestRecord)) {
            journal.wake();
        }
        open.begin(attempt, segment, offset, reserve);
        return true;
    }

    /**
     * Writes how far an attempt has come; the last one counts.
     *
     * @return false when it was left out, because the room is reserved for CLOSEs
     */
    public boolean progress(OpenRecord open, byte[] payload, int length) {
        assert isConfined();
        checkOpen(open);
        int bytes = checkedRecordBytes(length);
        if (!hasRoom(bytes, 0)) {
            count(skippedProgress);
            return false;
        }
        append(RecordFormat.PROGRESS, open.attempt(), payload, length, bytes);
        JournalSegment segment = activeSegment();
        moveProgress(open, segment == open.segment() ? null : segment);
        segment.publish(position);
        return true;
    }

    /** Whether a CLOSE with a payload of so many bytes would be taken: always when it is within the reservation. */
    public boolean fits(OpenRecord open, int length) {
        int bytes = RecordFormat.recordBytes(length);
        return bytes <= open.reservedBytes || (bytes <= largestRecord && hasRoom(bytes, -open.reservedBytes));
    }

    /**
     * Writes how an attempt ended. Within its reservation it always succeeds.
     *
     * <p>While the appender is {@linkplain #isBehind() behind}, the writer reads this CLOSE from the file; if not, the caller
     * hands it to the writer. See {@link #fallBehind()}.
     *
     * @return the segment it is in, to be {@linkplain JournalSegment#acknowledge acknowledged} once it is stored
     * @throws IllegalArgumentException when it is longer than what was reserved and there is no {@linkplain #fits room} for
     *     that; nothing was changed, and a shorter one can follow
     */
    public JournalSegment close(OpenRecord open, byte[] payload, int length) {
        assert isConfined();
        checkOpen(open);
        if (!fits(open, length)) {
            throw new IllegalArgumentException("a CLOSE of " + length + " bytes does not fit; allowed: "
                    + (open.reservedBytes - RecordFormat.OVERHEAD_BYTES));
        }
        CatchUp.Stretch stretch = behind;
        if (stretch != null && stretch.isResumeAsked()) {
            stretch.end(activeSegment(), position);
            behind = null;
        }
        open.closed = true;
        reserve(-open.reservedBytes);
        int offset = append(RecordFormat.CLOSE, open.attempt(), payload, length, RecordFormat.recordBytes(length));
        JournalSegment segment = activeSegment();
        segment.claim();
        count(closes);
        lastCloseSegment = segment;
        lastCloseOffset = offset;
        segment.publish(position);
        JournalSegment opened = open.segment();
        if (segment != opened) {
            opened.mapped().putLong(open.offset + 8, RecordFormat.state(RecordFormat.OPEN, (int) segment.number()));
        }
        moveProgress(open, null);
        opened.removeOpen();
        open.end();
        return segment;
    }

    /**
     * Says that the writer's queue did not take the CLOSE just written: from that one on, no CLOSE goes through the queue,
     * and the writer reads them from the file with its {@link CatchUp}. When it has read them all, the next CLOSE is the
     * first one for the queue again, and {@link #isBehind()} is false after it was written:
     *
     * <pre>
     * segment = appender.close(open, payload, length);
     * if (!appender.isBehind() &amp;&amp; !queue.offer(…, segment)) {
     *     appender.fallBehind();
     * }
     * </pre>
     */
    public void fallBehind() {
        assert isConfined();
        JournalSegment segment = lastCloseSegment;
        if (segment == null) {
            throw new IllegalStateException("there is no CLOSE yet that a queue could have refused");
        }
        if (behind == null) {
            segment.claim();
            behind = new CatchUp.Stretch(segment, lastCloseOffset);
            stretches.add(behind);
        }
    }

    /** Whether the writer finds the CLOSE just written in the file by itself. */
    public boolean isBehind() {
        return behind != null;
    }

    /** How the writer reads what it was not handed. */
    public CatchUp catchUp() {
        return catchUp;
    }

    /**
     * Calls back when everything appended so far has outlived what {@link JournalSettings#durability()} promises: at once
     * with {@code WRITE}, behind the next forced group of pages with {@code FSYNC}. With {@code FSYNC} this allocates.
     */
    public void whenDurable(DurabilityListener listener) {
        assert isConfined();
        JournalSegment segment = active;
        if (segment == null || !journal.forcesEachClose()) {
            listener.onDurable(true);
            return;
        }
        waiters.add(new GroupCommit.Waiter(segment, position, listener));
        journal.wake();
    }

    private int append(byte type, UUID attempt, byte[] payload, int length, int bytes) {
        JournalSegment segment = active;
        if (segment == null || bytes > segment.end() - position) {
            segment = rotate();
        }
        int offset = position;
        format.write(
                segment.mapped(),
                offset,
                type,
                ++sequence,
                attempt.getMostSignificantBits(),
                attempt.getLeastSignificantBits(),
                payload,
                length);
        position = offset + bytes;
        records.setRelease(sequence);
        return offset;
    }

    private JournalSegment rotate() {
        JournalSegment fresh = spares.poll();
        if (fresh == null) {
            throw new IllegalStateException("no spare segment although room was reserved");
        }
        JournalSegment full = active;
        active = fresh;
        position = SegmentHeader.BYTES;
        format.seed(fresh.number(), fresh.header().life());
        fresh.start();
        if (full != null) {
            full.seal(fresh);
        }
        journal.wake();
        return fresh;
    }

    /** Whether the reservations hold after a record of so many bytes and {@code more} reserved. */
    private boolean hasRoom(int bytes, int more) {
        JournalSegment segment = active;
        long rest = segment == null ? 0 : segment.end() - position;
        int spare = spares.size();
        if (bytes > rest) {
            if (spare == 0) {
                return false;
            }
            spare--;
            rest = capacity;
        }
        rest -= bytes;
        return reserved + more <= rest + (long) spare * (capacity - largestRecord);
    }

    private void reserve(int bytes) {
        reserved += bytes;
        reservedBytes.setRelease(reserved);
    }

    private static void moveProgress(OpenRecord open, @Nullable JournalSegment to) {
        JournalSegment from = open.progressSegment;
        if (from == to) {
            return;
        }
        if (to != null) {
            to.addOpen();
        }
        open.progressSegment = to;
        if (from != null) {
            from.removeOpen();
        }
    }

    private int checkedRecordBytes(int length) {
        int bytes = RecordFormat.recordBytes(length);
        if (length < 0 || bytes > largestRecord) {
            throw new IllegalArgumentException(
                    "a payload of " + length + " bytes; allowed: 0 to " + largestPayloadBytes());
        }
        return bytes;
    }

    private static void checkOpen(OpenRecord open) {
        if (open.closed) {
            throw new IllegalStateException("attempt " + open.attempt() + " was closed before");
        }
    }

    private JournalSegment activeSegment() {
        JournalSegment segment = active;
        if (segment == null) {
            throw new IllegalStateException("nothing was opened yet");
        }
        return segment;
    }

    private static void count(AtomicLong counter) {
        counter.setRelease(counter.getPlain() + 1);
    }

    private boolean isConfined() {
        if (thread == null) {
            thread = Thread.currentThread();
        }
        return Thread.currentThread().equals(thread);
    }

    // What the journal thread asks of it.

    int index() {
        return index;
    }

    void setOwner(Executor executor) {
        owner = executor;
    }

    Executor owner() {
        return owner;
    }

    AtomicLong acknowledgedCloses() {
        return acknowledged;
    }

    /** How many spares are to come: enough for all reservations, and one more. Zero or less: none. */
    int missingSpares() {
        long wanted = 1 + (reservedBytes.getAcquire() + capacity - largestRecord - 1) / (capacity - largestRecord);
        if (records.getAcquire() == 0) {
            // The first one becomes the active segment.
            wanted++;
        }
        return (int) Math.min(wanted, SPARES) - spares.size();
    }

    void giveSpare(JournalSegment segment) {
        if (!spares.offer(segment)) {
            throw new IllegalStateException("more than " + SPARES + " spare segments");
        }
    }

    boolean hasWaiters() {
        return !waiters.isEmpty();
    }

    GroupCommit.@Nullable Waiter pollWaiter() {
        return waiters.poll();
    }

    /** Leaves a segment that the disk refused to keep, unless its room is all there is for open attempts. Owner. */
    void leave(JournalSegment segment) {
        int spare = spares.size() - 1;
        if (active == segment && spare >= 0 && reserved <= capacity + (long) spare * (capacity - largestRecord)) {
            rotate();
        }
    }

    long recordsAppended() {
        return records.getAcquire();
    }

    long closesAppended() {
        return closes.getAcquire();
    }

    long opensRefused() {
        return refusedOpens.getAcquire();
    }

    long progressSkipped() {
        return skippedProgress.getAcquire();
    }
}
