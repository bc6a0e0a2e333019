package dev.sluice.gateway.journal;

/**
 * How the journal is. Immutable; thread: any.
 *
 * @param freeBytes what the disk had left when it was looked at last; -1 before that
 * @param reason what is wrong, for an operator; empty when nothing is
 */
public record JournalState(Condition condition, long freeBytes, String reason) {
    public enum Condition {
        /** Segments are ready. */
        READY,
        /** No new segment can be made; OPENs are refused once the room at hand is short. Tried again every second. */
        SHORT,
        /** The disk refused to keep what was written: no OPEN is taken. Tried again, with a new file, every second. */
        FAILED,
        CLOSED
    }
}
