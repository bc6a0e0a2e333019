/**
 * Ollama's own wire format, of providers only: chats and embeddings, and lines of JSON in place of events.
 *
 * <p>{@link dev.sluice.codec.ollama.OllamaProvider} is the way in; everything else is behind it. Ollama's surface for
 * clients of OpenAI is a row of {@code OpenAiQuirks}. Thread: event loop.
 */
@NullMarked
package dev.sluice.codec.ollama;

import org.jspecify.annotations.NullMarked;
