package dev.sluice.codec.openai;

import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.json.JsonWriter;

/**
 * Where signatures stand in a dialect that has no place for them: those of reasoning in OpenRouter's {@code
 * reasoning_details}, those of calls where Google's own OpenAI surface has them. Thread: any.
 */
final class OpenAiSignature {
    private OpenAiSignature() {}

    /** The beginning of a detail; a string follows, then {@link #endDetail}. */
    static void beginDetail(JsonWriter json, boolean redacted) {
        json.beginObject().name("type").string(redacted ? "reasoning.encrypted" : "reasoning.text");
        json.name(redacted ? "data" : "signature");
    }

    static void endDetail(JsonWriter json, SignatureOrigin origin, int index) {
        json.name("format").string(origin.format()).name("index").number(index).endObject();
    }

    /** The beginning of a member of a call; a string follows, then {@link #endOfCall}. */
    static void beginOfCall(JsonWriter json) {
        json.name("extra_content").beginObject().name("google").beginObject().name("thought_signature");
    }

    static void endOfCall(JsonWriter json) {
        json.endObject().endObject();
    }
}
