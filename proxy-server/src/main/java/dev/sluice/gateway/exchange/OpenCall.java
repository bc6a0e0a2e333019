package dev.sluice.gateway.exchange;

/** Something of a caller that is open, and ends before the gateway does. Thread: event loop. */
interface OpenCall {

    /** The gateway stops before the answer does. */
    void interrupt();
}
