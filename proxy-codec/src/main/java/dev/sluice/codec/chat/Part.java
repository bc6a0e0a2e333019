package dev.sluice.codec.chat;

import dev.sluice.codec.json.JsonSlice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of a message. What is called a string is a slice whose kind is that. */
public sealed interface Part {

    /**
     * @param text a string
     * @param cacheControl Anthropic's mark behind which the prompt may be cached: an object
     */
    record Text(JsonSlice text, @Nullable JsonSlice cacheControl) implements Part {
        public Text(JsonSlice text) {
            this(text, null);
        }
    }

    /** @param detail OpenAI's wish how closely to look: a string */
    record Image(
            Media media,
            @Nullable JsonSlice detail,
            @Nullable JsonSlice cacheControl) implements Part {}

    /** @param name of the file: a string */
    record Document(
            Media media, @Nullable JsonSlice name, @Nullable JsonSlice cacheControl) implements Part {}

    /** @param format as OpenAI names it: {@code wav} or {@code mp3} */
    record Audio(Media media, String format) implements Part {}

    /** What an assistant has refused. */
    record Refusal(JsonSlice text) implements Part {}

    /**
     * What an assistant has thought.
     *
     * @param text a string; null when it is hidden
     * @param signature opaque, a string; means something to its origin alone
     * @param redacted whether there is no text, but only what the origin keeps in {@code signature}
     * @param origin who signed; null when nobody did
     */
    record Reasoning(
            @Nullable JsonSlice text,
            @Nullable JsonSlice signature,
            boolean redacted,
            @Nullable SignatureOrigin origin) implements Part {}

    /**
     * An assistant's call of a tool.
     *
     * @param id as the caller's dialect has it; made up when it has none, and then repeated in the result
     * @param arguments an object, or a string with the JSON text of one (perhaps empty, perhaps broken)
     * @param signature a string; Gemini demands its own back
     */
    record ToolCall(
            String id,
            String name,
            JsonSlice arguments,
            @Nullable JsonSlice signature,
            @Nullable SignatureOrigin origin,
            @Nullable JsonSlice cacheControl)
            implements Part {
        public ToolCall(String id, String name, JsonSlice arguments) {
            this(id, name, arguments, null, null, null);
        }
    }

    /**
     * What a tool gave back.
     *
     * @param id of the call
     * @param name of the tool, where the caller's dialect says it or it is known from the call
     * @param content text, images and documents; empty when the tool said nothing
     * @param json the result as an object, where the caller's dialect has one; {@code content} is empty then
     * @param error whether the tool failed
     */
    record ToolResult(
            String id,
            @Nullable String name,
            List<Part> content,
            @Nullable JsonSlice json,
            boolean error,
            @Nullable JsonSlice cacheControl)
            implements Part {
        public ToolResult {
            content = List.copyOf(content);
        }
    }

    /**
     * What only its own dialect knows.
     *
     * @param what its name in that dialect, for the list of what was dropped
     */
    record Foreign(String what, JsonSlice value) implements Part {}
}
