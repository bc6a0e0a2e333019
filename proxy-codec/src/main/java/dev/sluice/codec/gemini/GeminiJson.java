package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.json.JsonWriter;
import org.jspecify.annotations.Nullable;

/** What events and whole answers have in common. Thread: event loop. */
final class GeminiJson {
    private static final String BROKEN_CALL = "The arguments of a tool call are not a JSON object.";

    private GeminiJson() {}

    /** Writes the members of a candidate that follow its content, and ends it. */
    static void endCandidate(JsonWriter json, int index, @Nullable Finish finish) {
        if (finish != null) {
            json.name("finishReason").string(finish.name());
            if (finish == Finish.MALFORMED_FUNCTION_CALL) {
                json.name("finishMessage").string(BROKEN_CALL);
            }
        }
        json.name("index").number(index).endObject();
    }

    static void source(JsonWriter json, String url, @Nullable String title) {
        json.beginObject().name("web").beginObject().name("uri").string(url);
        if (title != null) {
            json.name("title").string(title);
        }
        json.endObject().endObject();
    }

    /** Thoughts are beside what the candidates say, what the cache served is part of the prompt. */
    static void usage(JsonWriter json, Usage usage) {
        if (!usage.isReported()) {
            return;
        }
        long thoughts = usage.outReasoning();
        json.name("usageMetadata").beginObject();
        figure(json, "promptTokenCount", usage.inputTokens());
        figure(json, "cachedContentTokenCount", usage.cachedTokens());
        figure(
                json,
                "candidatesTokenCount",
                usage.outputTokens() == Usage.UNKNOWN ? Usage.UNKNOWN : usage.outputTokens() - thoughts);
        figure(json, "thoughtsTokenCount", usage.reasoningTokens() == Usage.UNKNOWN ? Usage.UNKNOWN : thoughts);
        figure(json, "totalTokenCount", Math.max(0, usage.inputTokens()) + Math.max(0, usage.outputTokens()));
        json.endObject();
    }

    private static void figure(JsonWriter json, String name, long figure) {
        if (figure != Usage.UNKNOWN) {
            json.name(name).number(figure);
        }
    }
}
