package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What an answer says of itself in the caller's dialect, as events and whole alike. Thread: any. */
final class AnthropicEnding {
    private static final String ID_PREFIX = "msg_";

    private AnthropicEnding() {}

    /** @param id the provider's */
    static String messageId(@Nullable String id, AnswerPlan plan) {
        String known = id == null || id.isEmpty() ? plan.requestId() : id;
        return known.startsWith(ID_PREFIX) ? known : ID_PREFIX + known;
    }

    /** The id of a call; one of our own when the provider gave none, or one that Anthropic would refuse. */
    static String callId(@Nullable String id, int call, AnswerPlan plan) {
        return id == null || id.isEmpty() ? ToolIds.digest(plan.requestId() + '#' + call) : ToolIds.legal(id);
    }

    /**
     * The value of {@code stop_reason}: providers are not of one mind about calls.
     *
     * @param reason null when the provider did not say
     */
    static String stopReason(@Nullable FinishReason reason, boolean called, boolean refused) {
        return switch (reason) {
            case STOP -> endOfTurn(called, refused);
            case TOOL_CALLS -> endOfTurn(called, refused);
            case null -> endOfTurn(called, refused);
            case STOP_SEQUENCE -> "stop_sequence";
            case LENGTH -> "max_tokens";
            case CONTENT_FILTER -> "refusal";
            case PAUSE -> "pause_turn";
        };
    }

    private static String endOfTurn(boolean called, boolean refused) {
        if (called) {
            return "tool_use";
        }
        return refused ? "refusal" : "end_turn";
    }

    /**
     * Writes the object: shares of the prompt that share no token.
     *
     * @param promptTokens as counted, where the provider did not say; -1 when unknown
     */
    static void writeUsage(JsonWriter json, Usage usage, long promptTokens) {
        boolean known = usage.inputTokens() != Usage.UNKNOWN;
        long written = usage.inWrite5m() + usage.inWrite1h();
        // All of the cache, sound or not, which the other dialects count in.
        long cached = usage.inCached() + usage.inCachedAudio();
        long input = known ? usage.inputTokens() - cached - written : Math.max(0, promptTokens);
        json.beginObject().name("input_tokens").number(input);
        json.name("cache_creation_input_tokens").number(known ? written : 0);
        json.name("cache_read_input_tokens").number(known ? cached : 0);
        if (known && usage.inWrite1h() > 0) {
            json.name("cache_creation").beginObject();
            json.name("ephemeral_5m_input_tokens").number(usage.inWrite5m());
            json.name("ephemeral_1h_input_tokens").number(usage.inWrite1h()).endObject();
        }
        json.name("output_tokens").number(Math.max(0, usage.outputTokens()));
        if (usage.outReasoning() > 0) {
            json.name("output_tokens_details").beginObject();
            json.name("thinking_tokens").number(usage.outReasoning()).endObject();
        }
        if (usage.webSearches() > 0) {
            json.name("server_tool_use").beginObject();
            json.name("web_search_requests").number(usage.webSearches()).endObject();
        }
        json.endObject();
    }

    /** Writes the string: behind its origin's mark, where that is not Anthropic, for it comes back as Anthropic's. */
    static void writeSignature(JsonWriter json, SignatureOrigin origin, byte[] utf8, int from, int to) {
        json.beginString();
        boolean marked = startsWith(utf8, from, to, origin.mark());
        if (origin != SignatureOrigin.ANTHROPIC && !marked) {
            json.text(origin.mark());
        }
        json.text(utf8, from, to).endString();
    }

    private static boolean startsWith(byte[] utf8, int from, int to, String mark) {
        return to - from >= mark.length()
                && new String(utf8, from, mark.length(), StandardCharsets.US_ASCII).equals(mark);
    }
}
