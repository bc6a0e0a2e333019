package dev.sluice.gateway.journal;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An attempt that is open in the journal: what its {@link JournalAppender} needs to end it. Opaque to its holder.
 *
 * <p>Thread: event loop, that of its appender.
 */
public final class OpenRecord {
    private final UUID attempt;
    final JournalSegment segment;
    final int offset;
    final int reservedBytes;
    /** Where the last PROGRESS is, when not in {@link #segment}. */
    @Nullable
    JournalSegment progressSegment;

    boolean closed;

    OpenRecord(UUID attempt, JournalSegment segment, int offset, int reservedBytes) {
        this.attempt = attempt;
        this.segment = segment;
        this.offset = offset;
        this.reservedBytes = reservedBytes;
    }

    public UUID attempt() {
        return attempt;
    }
}
