package dev.sluice.gateway.journal;

import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An attempt that is open in the journal: what its {@link JournalAppender} needs to end it. Opaque to its holder, who may
 * use it for another attempt when this one is closed.
 *
 * <p>Thread: event loop, that of its appender.
 */
public final class OpenRecord {
    private @Nullable UUID attempt;
    private @Nullable JournalSegment segment;
    int offset;
    int reservedBytes;
    /** Where the last PROGRESS is, when not in {@link #segment}. */
    @Nullable
    JournalSegment progressSegment;

    boolean closed = true;

    void begin(UUID of, JournalSegment in, int at, int reserved) {
        attempt = of;
        segment = in;
        offset = at;
        reservedBytes = reserved;
        closed = false;
    }

    /** Of the last attempt that was opened with it. */
    public UUID attempt() {
        return Objects.requireNonNull(attempt, "nothing was opened yet");
    }

    /** Where its OPEN is. */
    JournalSegment segment() {
        return Objects.requireNonNull(segment, "nothing is open");
    }

    /** It is over: nobody keeps the segment because of this object. */
    void end() {
        segment = null;
    }
}
