package dev.sluice.codec.dialect;

/**
 * An operation in a wire format: what a caller may ask for at the data plane, and what a provider may be asked for. When
 * both are the same, the bytes are; when only the {@link Operation} is, the call is translated.
 */
public enum Endpoint {
    CHAT_COMPLETIONS("chat.completions", WireFormat.OPENAI, Operation.CHAT),
    COMPLETIONS("completions", WireFormat.OPENAI, Operation.CHAT),
    EMBEDDINGS("embeddings", WireFormat.OPENAI, Operation.EMBED),
    MODERATIONS("moderations", WireFormat.OPENAI, Operation.MODERATE),
    RESPONSES("responses", WireFormat.OPENAI_RESPONSES, Operation.CHAT),
    MESSAGES("messages", WireFormat.ANTHROPIC, Operation.CHAT),
    MESSAGES_COUNT_TOKENS("messages.count_tokens", WireFormat.ANTHROPIC, Operation.COUNT_TOKENS),
    GENERATE_CONTENT("gemini.generate_content", WireFormat.GEMINI, Operation.CHAT),
    /**
     * The same, whose events come as the elements of one array: {@code :streamGenerateContent} without {@code alt=sse}. To
     * the gateway it is no stream but one body.
     */
    GENERATE_CONTENT_ARRAY("gemini.generate_content_array", WireFormat.GEMINI, Operation.CHAT),
    GEMINI_COUNT_TOKENS("gemini.count_tokens", WireFormat.GEMINI, Operation.COUNT_TOKENS),
    EMBED_CONTENT("gemini.embed_content", WireFormat.GEMINI, Operation.EMBED),
    BATCH_EMBED_CONTENTS("gemini.batch_embed_contents", WireFormat.GEMINI, Operation.EMBED),
    /** Amazon Bedrock's Converse; of providers only. */
    CONVERSE("bedrock.converse", WireFormat.BEDROCK, Operation.CHAT),
    /** Ollama's own chat; of providers only. */
    OLLAMA_CHAT("ollama.chat", WireFormat.OLLAMA, Operation.CHAT),
    OLLAMA_EMBED("ollama.embed", WireFormat.OLLAMA, Operation.EMBED);

    /** What is done, whatever the wire format. */
    public enum Operation {
        CHAT,
        EMBED,
        COUNT_TOKENS,
        MODERATE
    }

    private final String label;
    private final WireFormat wireFormat;
    private final Operation operation;

    Endpoint(String label, WireFormat wireFormat, Operation operation) {
        this.label = label;
        this.wireFormat = wireFormat;
        this.operation = operation;
    }

    /** The stable short name used in usage rows, metrics and the access log. */
    public String label() {
        return label;
    }

    public WireFormat wireFormat() {
        return wireFormat;
    }

    public Operation operation() {
        return operation;
    }
}
