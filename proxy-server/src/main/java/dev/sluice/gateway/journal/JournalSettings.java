package dev.sluice.gateway.journal;

import java.time.Duration;

/**
 * How a {@link Journal} is kept. Immutable; thread: any.
 *
 * @param segmentBytes size of a segment's file: a multiple of 4,096, from 4,096 to 67,108,864
 * @param durability what a CLOSE has outlived when it counts as kept
 * @param forceInterval how often written pages are forced to the disk: what a loss of power may cost under
 *     {@link Durability#WRITE}; 1 ms to 1 min
 * @param minFreeBytes no segment is made that would leave less than this on the disk; 0: use all of it
 */
public record JournalSettings(int segmentBytes, Durability durability, Duration forceInterval, long minFreeBytes) {
    private static final int PAGE = 4_096;
    private static final int LARGEST_SEGMENT_BYTES = 64 << 20;
    private static final Duration LONGEST_INTERVAL = Duration.ofMinutes(1);

    /** What a CLOSE has outlived when it counts as kept. */
    public enum Durability {
        /** The death of the process: it is in the page cache. */
        WRITE,
        /** The loss of power: it was forced to the disk. */
        FSYNC
    }

    public JournalSettings {
        if (segmentBytes < PAGE || segmentBytes > LARGEST_SEGMENT_BYTES || segmentBytes % PAGE != 0) {
            throw new IllegalArgumentException("segmentBytes is " + segmentBytes + "; allowed: multiples of " + PAGE
                    + " up to " + LARGEST_SEGMENT_BYTES);
        }
        if (forceInterval.toMillis() < 1 || forceInterval.compareTo(LONGEST_INTERVAL) > 0) {
            throw new IllegalArgumentException("forceInterval is " + forceInterval + "; allowed: 1 ms to 1 min");
        }
        if (minFreeBytes < 0) {
            throw new IllegalArgumentException("minFreeBytes is " + minFreeBytes + "; allowed: 0 and more");
        }
    }

    /** Segments of 4 MiB, forced every 200 ms, and 64 MiB of the disk left alone. */
    public static JournalSettings defaults() {
        return new JournalSettings(4 << 20, Durability.WRITE, Duration.ofMillis(200), 64L << 20);
    }

    public JournalSettings withDurability(Durability changed) {
        return new JournalSettings(segmentBytes, changed, forceInterval, minFreeBytes);
    }

    public JournalSettings withSegmentBytes(int changed) {
        return new JournalSettings(changed, durability, forceInterval, minFreeBytes);
    }

    public JournalSettings withMinFreeBytes(long changed) {
        return new JournalSettings(segmentBytes, durability, forceInterval, changed);
    }

    /** Room for records in one segment: all but the header and its copy. */
    int capacityBytes() {
        return segmentBytes - 2 * SegmentHeader.BYTES;
    }

    /** A record may fill a quarter of a segment, so that what is wasted at its end stays small. */
    int largestRecordBytes() {
        int quarter = (capacityBytes() / 4) & -RecordFormat.ALIGNMENT;
        return Math.min(quarter, RecordFormat.LARGEST_RECORD_BYTES);
    }
}
