/**
 * Looks into bodies that pass as they are, without holding or changing a byte: which model a request names, what an
 * answer reports as usage. Thread: event loop.
 */
@NullMarked
package dev.sluice.codec.raw;

import org.jspecify.annotations.NullMarked;
