/**
 * Framing of event streams, on bytes, across any split of reads. HOT.
 */
@NullMarked
package dev.sluice.codec.sse;

import org.jspecify.annotations.NullMarked;
