package dev.sluice.codec.dialect;

/** The shape of the bytes: of requests, answers, events and errors. */
public enum WireFormat {
    /** OpenAI's Chat Completions family: chat, legacy completions, embeddings, moderations. */
    OPENAI,
    OPENAI_RESPONSES,
    ANTHROPIC,
    GEMINI,
    BEDROCK,
    OLLAMA
}
