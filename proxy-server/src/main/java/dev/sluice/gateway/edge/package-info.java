/**
 * The client's side of the wire. HOT. Thread: event loop.
 */
@NullMarked
package dev.sluice.gateway.edge;

import org.jspecify.annotations.NullMarked;
