package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.json.JsonWriter;

/**
 * Writes what an answer consumed. The figures of the vocabulary overlap as OpenAI's do, so they are written as they are;
 * a share is never larger than its whole, whatever a provider reported. Thread: any.
 */
final class OpenAiUsage {
    private OpenAiUsage() {}

    /** Whether there is something to write. */
    static boolean isKnown(Usage usage) {
        return usage.isReported();
    }

    /**
     * Writes the object. A prompt that the provider did not report is as large as it was counted; a share that it did not
     * report is left out.
     */
    static void write(JsonWriter json, Usage usage, AnswerPlan plan) {
        write(json, usage, plan.promptTokens());
    }

    /** The same, where the prompt was counted like this; -1 when it was not. */
    static void write(JsonWriter json, Usage usage, long promptTokens) {
        long counted = Math.max(0, promptTokens);
        long input = usage.inputTokens() == Usage.UNKNOWN ? counted : usage.inputTokens();
        long output = Math.max(0, usage.outputTokens());
        json.beginObject()
                .name("prompt_tokens")
                .number(input)
                .name("completion_tokens")
                .number(output)
                .name("total_tokens")
                .number(input + output);
        if (isAnyKnown(usage.cachedTokens(), usage.cacheWriteTokens(), usage.inputAudioTokens())) {
            json.name("prompt_tokens_details").beginObject();
            share(json, "cached_tokens", usage.cachedTokens(), input);
            share(json, "cache_write_tokens", usage.cacheWriteTokens(), input);
            share(json, "audio_tokens", usage.inputAudioTokens(), input);
            json.endObject();
        }
        if (isAnyKnown(usage.reasoningTokens(), usage.outputAudioTokens(), Usage.UNKNOWN)) {
            json.name("completion_tokens_details").beginObject();
            share(json, "reasoning_tokens", usage.reasoningTokens(), output);
            share(json, "audio_tokens", usage.outputAudioTokens(), output);
            json.endObject();
        }
        json.endObject();
    }

    private static boolean isAnyKnown(long first, long second, long third) {
        return first != Usage.UNKNOWN || second != Usage.UNKNOWN || third != Usage.UNKNOWN;
    }

    private static void share(JsonWriter json, String name, long figure, long whole) {
        if (figure != Usage.UNKNOWN) {
            json.name(name).number(Math.min(figure, whole));
        }
    }
}
