package dev.sluice.gateway.exchange;

import org.jspecify.annotations.Nullable;

/** Something of a caller that is open, and ends before the gateway does. Thread: event loop. */
interface OpenCall {

    /** The gateway stops before the answer does. */
    void interrupt();

    /** How it stands, for operators; null for what is no caller's call to a provider. */
    default @Nullable OpenStream standing(long nowNanos) {
        return null;
    }

    /** Ends it because an operator wants it to end. */
    default void stop() {}
}
