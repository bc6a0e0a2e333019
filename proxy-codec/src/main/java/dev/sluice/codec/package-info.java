/**
 * Bytes to meaning and back. No sockets, no configuration, no threads, no clock. The one list of dialects lives here.
 */
@NullMarked
package dev.sluice.codec;

import org.jspecify.annotations.NullMarked;
