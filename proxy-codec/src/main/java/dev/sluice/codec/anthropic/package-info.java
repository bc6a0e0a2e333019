/**
 * Anthropic's wire format: Messages, as callers speak it and as providers do.
 *
 * <p>The way out begins at {@link dev.sluice.codec.anthropic.AnthropicProvider}: a chat is written by the chat writer,
 * by the rules of the model at hand ({@code anthropic-models.tsv}); an answer is read block by block. The way in begins
 * at {@link dev.sluice.codec.anthropic.AnthropicInbound}: requests are read, answers of others are said in blocks.
 * Thread: any; readers and encoders of answers stay on one event loop.
 */
@NullMarked
package dev.sluice.codec.anthropic;

import org.jspecify.annotations.NullMarked;
