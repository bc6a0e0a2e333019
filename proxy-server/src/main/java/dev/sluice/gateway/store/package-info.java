/**
 * What PostgreSQL remembers: the database itself, ours or the operator's, and its migrations.
 *
 * <p>{@link dev.sluice.gateway.store.Database} is the only door: it starts in the background, says how it is, and gives
 * connections. No request ever waits for it. Thread: its own {@code sluice-database} thread, and the callers' threads,
 * never an event loop.
 */
@NullMarked
package dev.sluice.gateway.store;

import org.jspecify.annotations.NullMarked;
