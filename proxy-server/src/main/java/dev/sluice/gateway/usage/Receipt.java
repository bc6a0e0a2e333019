package dev.sluice.gateway.usage;

/** Hears that an event is safe: committed to PostgreSQL, whether as a row or as a dead letter. Thread: writer. */
@FunctionalInterface
interface Receipt {

    void stored();
}
