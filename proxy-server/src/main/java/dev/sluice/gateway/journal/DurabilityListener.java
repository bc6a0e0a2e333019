package dev.sluice.gateway.journal;

/** Told whether what was appended is on the disk. Thread: event loop, that of the appender. */
public interface DurabilityListener {
    /** @param durable false: the disk failed, and what was written is in the page cache only */
    void onDurable(boolean durable);
}
