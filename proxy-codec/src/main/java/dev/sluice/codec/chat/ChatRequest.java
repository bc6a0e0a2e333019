package dev.sluice.codec.chat;

import dev.sluice.codec.json.JsonSlice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request for the next turn of a conversation. Borrows the body it was read from: it is written down in the
 * provider's dialect before that body is released.
 *
 * @param messages system messages included, in the caller's order
 * @param choice null when the caller did not say
 * @param parallelToolCalls null when the caller did not say
 * @param maxOutputTokens -1 when the caller did not say
 * @param stop strings
 * @param candidates how many answers; 1 when the caller did not say
 * @param format null: text
 * @param thinking null when the caller did not say
 * @param endUser a string
 * @param serviceTier a string
 * @param others members that the vocabulary has no word for, as the caller's dialect names them: a dialect that has
 *     the same member copies it, all else is dropped and said
 */
public record ChatRequest(
        boolean stream,
        List<Message> messages,
        List<Tool> tools,
        @Nullable ToolChoice choice,
        @Nullable Boolean parallelToolCalls,
        Sampling sampling,
        long maxOutputTokens,
        List<JsonSlice> stop,
        int candidates,
        @Nullable OutputFormat format,
        @Nullable Thinking thinking,
        @Nullable JsonSlice endUser,
        @Nullable JsonSlice serviceTier,
        List<JsonSlice.Member> others) {
    public static final long NO_LIMIT = -1;

    public ChatRequest {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        stop = List.copyOf(stop);
        others = List.copyOf(others);
    }
}
