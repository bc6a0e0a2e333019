/**
 * The operators' side: their API, the metrics page and the health page, on a port of their own.
 *
 * <p>A request comes in through {@link dev.sluice.gateway.admin.AdminServer}, passes {@code AdminGate} (who may, from
 * where), finds its action in the one table of {@code AdminRoutes} and runs on a virtual thread, where it may block.
 * Nothing here shares a thread with the data plane, so a slow query costs no stream a chunk.
 *
 * <p>Thread: sockets on the listener's own event loop, actions on virtual threads.
 */
@NullMarked
package dev.sluice.gateway.admin;

import org.jspecify.annotations.NullMarked;
