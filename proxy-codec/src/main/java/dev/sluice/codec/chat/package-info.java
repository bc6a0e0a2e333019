/**
 * The vocabulary: what a request and an answer mean, in nobody's dialect.
 *
 * <p>A request is read into a {@link dev.sluice.codec.chat.ChatRequest} by the room of the dialect it came in, and
 * written by the room of the dialect in which it goes on. Whatever need not be understood on the way stays a slice of
 * the caller's bytes. An answer is told as {@link dev.sluice.codec.chat.ChatEvents}, while it arrives. Thread: any.
 */
@NullMarked
package dev.sluice.codec.chat;

import org.jspecify.annotations.NullMarked;
