/**
 * The provider's side of the wire. HOT. Thread: event loop.
 */
@NullMarked
package dev.sluice.gateway.upstream;

import org.jspecify.annotations.NullMarked;
