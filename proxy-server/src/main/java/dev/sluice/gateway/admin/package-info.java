/**
 * The operators' side: their API, the metrics page and the health page, on a port of their own.
 *
 * <p>A request comes in through {@link dev.sluice.gateway.admin.AdminServer}, finds its route in {@code AdminRoutes}, passes
 * {@code AdminGate} (who is it), and runs on a virtual thread, where it may block, as far as {@link
 * dev.sluice.gateway.auth.AccessTable} lets its caller reach. Each subject is an {@link dev.sluice.gateway.admin.AdminPart} that
 * brings its routes along. What is stored is read and changed through {@link dev.sluice.gateway.admin.Changes}: one transaction
 * for a change and its row in the audit log. What is shown are records, written by {@code Json}.
 *
 * Nothing here shares a thread with the data plane, so a slow query costs no stream a chunk.
 *
 * <p>Thread: sockets on the listener's own event loop, actions on virtual threads.
 */
@NullMarked
package dev.sluice.gateway.admin;

import org.jspecify.annotations.NullMarked;
