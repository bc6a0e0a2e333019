package dev.sluice.codec.dialect;

/**
 * The shape of the bytes. Caller and provider with the same wire format exchange the very bytes; with different ones
 * the answer is translated event by event.
 */
public enum WireFormat {
    /** OpenAI's Chat Completions family: chat, legacy completions, embeddings, moderations. */
    OPENAI
}
