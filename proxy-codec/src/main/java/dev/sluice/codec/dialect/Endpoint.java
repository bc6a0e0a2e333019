package dev.sluice.codec.dialect;

/** What a caller may ask for: one constant for each operation of the data plane that reaches a provider. */
public enum Endpoint {
    CHAT_COMPLETIONS("chat.completions"),
    COMPLETIONS("completions"),
    EMBEDDINGS("embeddings"),
    MODERATIONS("moderations");

    private final String label;

    Endpoint(String label) {
        this.label = label;
    }

    /** The stable short name used in usage rows, metrics and the access log. */
    public String label() {
        return label;
    }
}
