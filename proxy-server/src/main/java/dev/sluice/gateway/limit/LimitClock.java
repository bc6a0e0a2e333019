package dev.sluice.gateway.limit;

/** The time as limits need it. Thread: any. */
public interface LimitClock {

    /** Monotonic. */
    long nanoTime();

    /** Since 1970. May jump; calendar windows never go back with it. */
    long wallMillis();
}
