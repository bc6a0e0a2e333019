/**
 * OpenAI's wire format: Chat Completions, legacy completions, embeddings, moderations, models and errors.
 */
@NullMarked
package dev.sluice.codec.openai;

import org.jspecify.annotations.NullMarked;
