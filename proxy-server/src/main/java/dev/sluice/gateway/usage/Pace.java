package dev.sluice.gateway.usage;

import java.time.Duration;

/**
 * How patient the writer is.
 *
 * @param linger how long the first event of a batch waits for others: a transaction costs as much as a thousand rows
 * @param firstBackOff the wait after a first failure; doubled up to {@code lastBackOff}
 * @param patience how long one transaction may take before its connection is closed
 */
record Pace(Duration linger, Duration firstBackOff, Duration lastBackOff, Duration patience) {
    static final Pace DEFAULT =
            new Pace(Duration.ofMillis(250), Duration.ofMillis(100), Duration.ofSeconds(5), Duration.ofSeconds(20));
}
