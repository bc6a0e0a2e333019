package dev.sluice.gateway.journal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One use of a segment's file, from its preparation until nobody needs what is in it.
 *
 * <pre>
 *  SPARE ── taken by its appender ──► ACTIVE ── full ──► SEALED ── no open attempt, no unacknowledged CLOSE ──► RELEASED
 * </pre>
 *
 * A released file is used again under another number, by another instance, or deleted.
 *
 * <p>Thread: {@link #acknowledge} writer; everything else is said at each member.
 */
public final class JournalSegment {
    /** {@link #claims} of a released segment. */
    private static final int NONE_EVER = Integer.MIN_VALUE;

    private static final VarHandle TIP;
    private static final VarHandle OPENS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            TIP = lookup.findVarHandle(JournalSegment.class, "tip", int.class);
            OPENS = lookup.findVarHandle(JournalSegment.class, "opens", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SegmentHeader header;
    private final Path file;
    /** CLOSEs its appender has had acknowledged, in all its segments. */
    private final AtomicLong acknowledged;
    /** Unacknowledged CLOSEs, and one for the reader that stands in it. */
    private final AtomicInteger claims = new AtomicInteger();

    /** Up to here there are whole records. Set by the appender after they are in place. */
    @SuppressWarnings("UnusedVariable") // by its VarHandle
    private int tip = SegmentHeader.BYTES;
    /** Attempts that need this segment because their OPEN or last PROGRESS is in it. Set by the appender. */
    private int opens;

    private volatile boolean started;
    private volatile boolean sealed;
    private volatile @Nullable JournalSegment next;
    /** Null once it is sealed and nothing in it can change. The memory is unmapped by the garbage collector. */
    private volatile @Nullable MappedByteBuffer mapping;

    /** Set when the disk refused to keep what was written. Journal thread. */
    private boolean failed;
    /** Set when its bytes were written to another file of the same name. Journal thread. */
    private boolean replaced;
    /** Up to here it was forced to the disk. Journal thread. */
    private int forcedTo;

    JournalSegment(SegmentHeader header, Path file, MappedByteBuffer mapping, AtomicLong acknowledged) {
        this.header = header;
        this.file = file;
        this.mapping = mapping;
        this.acknowledged = acknowledged;
    }

    /**
     * Says that so many CLOSEs of this segment are stored for good. When all are, and no attempt that began here is still
     * open, the segment goes.
     *
     * @throws IllegalStateException when more are acknowledged than there are
     */
    public void acknowledge(int closes) {
        if (closes < 0 || claims.addAndGet(-closes) < 0) {
            throw new IllegalStateException("acknowledged " + closes + " records of segment " + number()
                    + ", which does not have as many that wait");
        }
        // Only the writer adds to it.
        acknowledged.setRelease(acknowledged.getPlain() + closes);
    }

    public long number() {
        return header.number();
    }

    @Override
    public String toString() {
        return "segment " + number();
    }

    SegmentHeader header() {
        return header;
    }

    Path file() {
        return file;
    }

    /** Where records must end: the copy of the header begins. Thread: any. */
    int end() {
        return header.segmentBytes() - SegmentHeader.BYTES;
    }

    // What the appender does, on its event loop.

    /** Only while it is active, or an attempt that began here is open. */
    MappedByteBuffer mapped() {
        MappedByteBuffer mapped = mapping;
        if (mapped == null) {
            throw new IllegalStateException(this + " is no longer mapped");
        }
        return mapped;
    }

    void start() {
        started = true;
    }

    /** Records up to {@code position} may be read. */
    void publish(int position) {
        TIP.setRelease(this, position);
    }

    void addOpen() {
        OPENS.setRelease(this, opens + 1);
    }

    void removeOpen() {
        OPENS.setRelease(this, opens - 1);
    }

    /** Of a CLOSE just written, or for a reader that will begin here. */
    void claim() {
        claims.getAndIncrement();
    }

    void seal(JournalSegment following) {
        next = following;
        sealed = true;
    }

    // What readers do, on the writer's thread.

    /** @return false when it was released: there is nothing to read in it any more */
    boolean tryClaim() {
        int now = claims.get();
        while (now >= 0) {
            if (claims.compareAndSet(now, now + 1)) {
                return true;
            }
            now = claims.get();
        }
        return false;
    }

    void disclaim() {
        claims.getAndDecrement();
    }

    int tip() {
        return (int) TIP.getAcquire(this);
    }

    /** The one its appender went on with; the tip of this one is final when there is one. */
    @Nullable
    JournalSegment next() {
        return next;
    }

    // What the journal thread does.

    boolean isStarted() {
        return started;
    }

    boolean isSealed() {
        return sealed;
    }

    boolean hasOpens() {
        return (int) OPENS.getAcquire(this) != 0;
    }

    boolean hasUnacknowledged() {
        return claims.get() > 0;
    }

    /** @return whether nobody needs it from now on */
    boolean tryRelease() {
        // Sealed is read first: behind it no claim is added but a reader's, which the swap rules out.
        return sealed && !hasOpens() && claims.compareAndSet(0, NONE_EVER);
    }

    boolean isReleased() {
        return claims.get() < 0;
    }

    @Nullable
    MappedByteBuffer mapping() {
        return mapping;
    }

    void unmap() {
        mapping = null;
    }

    boolean isFailed() {
        return failed;
    }

    void setFailed(boolean failed) {
        this.failed = failed;
    }

    boolean isReplaced() {
        return replaced;
    }

    void setReplaced() {
        replaced = true;
    }

    int forcedTo() {
        return forcedTo;
    }

    void setForcedTo(int position) {
        forcedTo = position;
    }
}
