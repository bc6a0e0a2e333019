package dev.sluice.gateway.usage;

/** Events that come to the writer from the journal. Thread: writer; {@link #waiting} any. */
interface Supply {

    /** Adds to {@code batch}, which is empty, what there is and it takes; nothing when nothing is ready. Never waits. */
    void take(Batch batch);

    /** Events that are known to be there and were not taken yet. */
    long waiting();

    /** When the first of those ended, microseconds since the epoch; 0 when nothing waits or nobody knows. */
    long oldestMicros();
}
