/**
 * The vocabulary: what a request and an answer mean, in nobody's dialect.
 *
 * <p>Immutable values only; imports no other room. Thread: any.
 */
@NullMarked
package dev.sluice.codec.chat;

import org.jspecify.annotations.NullMarked;
