package dev.sluice.codec.openai;

import dev.sluice.codec.chat.FinishReason;
import org.jspecify.annotations.Nullable;

/** The words that hosts have for why an answer ended. Thread: any. */
final class OpenAiAnswerFinish {
    private OpenAiAnswerFinish() {}

    /** What {@code word} means; null when it means that the provider failed. A word nobody knows is an end like any. */
    static @Nullable FinishReason of(String word) {
        return switch (word) {
            case "length",
                    "max_tokens",
                    "MAX_TOKENS",
                    "model_length",
                    "max_output_tokens",
                    "model_context_window_exceeded" -> FinishReason.LENGTH;
            case "tool_calls", "tool_call", "tool_use", "TOOL_CALL", "function_call" -> FinishReason.TOOL_CALLS;
            case "content_filter",
                    "content_filtered",
                    "guardrail_intervened",
                    "refusal",
                    "safety",
                    "SAFETY",
                    "RECITATION",
                    "BLOCKLIST",
                    "PROHIBITED_CONTENT",
                    "SPII" -> FinishReason.CONTENT_FILTER;
            case "stop_sequence", "STOP_SEQUENCE" -> FinishReason.STOP_SEQUENCE;
            case "pause_turn" -> FinishReason.PAUSE;
            case "error", "ERROR", "network_error", "insufficient_system_resource", "abort" -> null;
            // Gemini's word, which its own surface of this dialect wraps into others.
            default -> word.contains("MALFORMED_FUNCTION_CALL") ? null : FinishReason.STOP;
        };
    }
}
