package dev.sluice.codec.chat;

import dev.sluice.codec.json.JsonSlice;
import org.jspecify.annotations.Nullable;

/**
 * Who signed a piece of reasoning or a tool call. A signature means something to its origin alone, and is refused by
 * others: a dialect in which signatures have no sender carries those of others behind the origin's {@link #mark}.
 */
public enum SignatureOrigin {
    ANTHROPIC("anthropic-claude-v1"),
    GEMINI("google-gemini-v1"),
    OPENAI("openai-responses-v1"),
    BEDROCK("amazon-bedrock-v1");

    private final String format;

    SignatureOrigin(String format) {
        this.format = format;
    }

    /** The name that OpenRouter's {@code reasoning_details[].format} has for it. */
    public String format() {
        return format;
    }

    /** What stands before a signature where it is a stranger. */
    public String mark() {
        return format + ":";
    }

    /** The origin whose {@link #format} is {@code name}. */
    public static @Nullable SignatureOrigin ofFormat(@Nullable String name) {
        for (SignatureOrigin origin : values()) {
            if (origin.format.equals(name)) {
                return origin;
            }
        }
        return null;
    }

    /** The origin that {@code signature}, a string, is marked with; null when it has no mark. */
    public static @Nullable SignatureOrigin ofMarked(JsonSlice signature) {
        for (SignatureOrigin origin : values()) {
            if (signature.textStartsWith(origin.mark())) {
                return origin;
            }
        }
        return null;
    }
}
