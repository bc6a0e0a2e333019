/**
 * One request, first byte to last. HOT. Thread: event loop; the summaries are immutable and may go anywhere.
 */
@NullMarked
package dev.sluice.gateway.exchange;

import org.jspecify.annotations.NullMarked;
