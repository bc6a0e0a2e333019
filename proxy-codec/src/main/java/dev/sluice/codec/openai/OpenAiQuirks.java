package dev.sluice.codec.openai;

import java.util.List;

/**
 * How the hosts that speak OpenAI's dialect differ, as data: a host is a row, not a class. How they differ in their
 * answers needs no row: {@link OpenAiAnswer} understands every shape of usage and error from all of them.
 *
 * <p>Thread: any.
 *
 * @param name the name used in {@code providers.*.dialect}
 * @param credentialHeader lower-case name of the header that carries the key
 * @param credentialPrefix what stands before the key
 * @param acceptsUsageRequest false where {@code stream_options} is refused, or pointless because every stream reports
 */
public record OpenAiQuirks(String name, String credentialHeader, String credentialPrefix, boolean acceptsUsageRequest) {

    /** All rows, in the order in which they are shown to operators. */
    public static final List<OpenAiQuirks> ROWS = List.of(
            bearer("openai"),
            // The v1 form of the API; its key has a header of its own.
            new OpenAiQuirks("azure", "api-key", "", true),
            bearer("groq"),
            // Answers unknown members with 422; reports usage with the finish unasked.
            bearerWithoutUsageRequest("mistral"),
            bearer("deepseek"),
            bearer("xai"),
            bearer("openrouter"),
            bearer("together"),
            bearer("fireworks"),
            // Reports usage on each chunk unasked.
            bearerWithoutUsageRequest("perplexity"),
            bearer("ollama"),
            bearer("vllm"),
            bearer("lmstudio"));

    /** The row called {@code name}. */
    public static OpenAiQuirks of(String name) {
        for (OpenAiQuirks row : ROWS) {
            if (row.name().equals(name)) {
                return row;
            }
        }
        throw new IllegalArgumentException("no host of the OpenAI dialect is called '" + name + "'");
    }

    private static OpenAiQuirks bearer(String name) {
        return new OpenAiQuirks(name, "authorization", "Bearer ", true);
    }

    private static OpenAiQuirks bearerWithoutUsageRequest(String name) {
        return new OpenAiQuirks(name, "authorization", "Bearer ", false);
    }
}
