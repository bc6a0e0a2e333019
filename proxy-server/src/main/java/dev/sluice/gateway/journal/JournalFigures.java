package dev.sluice.gateway.journal;

/**
 * The journal's counts, for metrics. Those of segments are from the journal thread's last look, at most a force interval
 * old. Immutable; thread: any.
 *
 * @param bytesOnDisk of all segments, those of earlier lives included
 * @param spareSegments prepared and empty, at an event loop or kept for one
 * @param activeSegments being written to
 * @param sealedSegments full, and needed until their attempts are closed and stored
 * @param recoverableSegments of earlier lives, not stored yet
 * @param records appended since the start
 * @param unacknowledgedCloses appended and not known to be stored
 * @param oldestUnacknowledgedMillis how long at least the oldest of them has been waiting; exact to a force interval
 * @param refusedOpens attempts that were not let through
 * @param skippedProgress PROGRESS records left out for want of room
 * @param unreadableRecords places in live segments that could not be read back
 */
public record JournalFigures(
        long bytesOnDisk,
        int spareSegments,
        int activeSegments,
        int sealedSegments,
        int recoverableSegments,
        long records,
        long unacknowledgedCloses,
        long oldestUnacknowledgedMillis,
        long refusedOpens,
        long skippedProgress,
        long unreadableRecords) {}
