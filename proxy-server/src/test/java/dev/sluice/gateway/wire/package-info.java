/**
 * The gateway's wires without a network: channels in memory on one event loop that the test turns by hand, a clock that
 * only the test moves, and an allocator that knows what has not been given back. For tests of the engine's rooms.
 */
@NullMarked
package dev.sluice.gateway.wire;

import org.jspecify.annotations.NullMarked;
