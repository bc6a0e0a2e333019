package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.chat.ToolArguments;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes the blocks of messages. One a request. Thread: event loop. */
final class AnthropicParts {
    /** More marks in one request are refused. */
    private static final int MAX_CACHE_MARKS = 4;

    private static final String NO_RESULT = "no result";

    private final JsonWriter json;
    private final Set<String> dropped;
    private final Set<String> customTools;
    private final AnthropicSources sources;
    private int cacheMarks;

    /** @param customTools names of tools whose input is a plain text */
    AnthropicParts(JsonWriter json, Set<String> customTools, Set<String> dropped) {
        this.json = json;
        this.dropped = dropped;
        this.customTools = customTools;
        this.sources = new AnthropicSources(json);
    }

    /** Whether Anthropic accepts it as its own model's: it signed it, or nobody said who did. */
    static boolean isReplayable(Part.Reasoning reasoning) {
        JsonSlice signature = reasoning.signature();
        if (signature == null || signature.isEmpty()) {
            return false;
        }
        SignatureOrigin marked = SignatureOrigin.ofMarked(signature);
        SignatureOrigin origin = marked == null ? reasoning.origin() : marked;
        return origin == null || origin == SignatureOrigin.ANTHROPIC;
    }

    /** @param last whether it ends the conversation, so that it must not end with white space */
    void write(AnthropicTurns.Block block, boolean last) throws MalformedRequestException {
        switch (block) {
            case AnthropicTurns.Block.Said(Part part) -> write(part, last);
            case AnthropicTurns.Block.Call call -> writeCall(call);
            case AnthropicTurns.Block.Result result -> writeResult(result);
            case AnthropicTurns.Block.Words words ->
                json.beginObject()
                        .name("type")
                        .string("text")
                        .name("text")
                        .string(words.text())
                        .endObject();
        }
    }

    void writeText(Part.Text text) {
        writeText(text.text(), text.cacheControl(), /* last= */ false);
    }

    void writeCacheControl(@Nullable JsonSlice mark) {
        if (mark == null) {
            return;
        }
        if (cacheMarks == MAX_CACHE_MARKS) {
            dropped.add("cache_control");
            return;
        }
        cacheMarks++;
        json.name("cache_control").slice(mark);
    }

    private void write(Part part, boolean last) throws MalformedRequestException {
        switch (part) {
            case Part.Text text -> writeText(text.text(), text.cacheControl(), last);
            case Part.Refusal refusal -> writeText(refusal.text(), null, last);
            case Part.Reasoning reasoning -> writeReasoning(reasoning);
            case Part.Image image -> {
                if (image.detail() != null && !image.detail().textEquals("auto")) {
                    dropped.add("detail");
                }
                sources.beginImage(image.media());
                endBlock(image.cacheControl());
            }
            case Part.Document document -> {
                sources.beginDocument(document.media(), document.name());
                endBlock(document.cacheControl());
            }
            case Part.Audio audio ->
                throw new MalformedRequestException(
                        "audio in a message cannot be sent to this provider; allowed: text, images and documents",
                        "messages");
            case Part.ToolCall call -> throw new AssertionError("a call has its own block");
            case Part.ToolResult result -> throw new AssertionError("a result has its own block");
            case Part.Foreign foreign -> throw new AssertionError("what is foreign has been dropped");
        }
    }

    private void writeText(JsonSlice text, @Nullable JsonSlice cacheControl, boolean last) {
        json.beginObject().name("type").string("text").name("text");
        if (last && endsBlank(text)) {
            json.string(text.text().stripTrailing());
        } else {
            json.slice(text);
        }
        endBlock(cacheControl);
    }

    private static boolean endsBlank(JsonSlice text) {
        String whole = text.text();
        return Character.isWhitespace(whole.charAt(whole.length() - 1));
    }

    private void writeReasoning(Part.Reasoning reasoning) {
        JsonSlice signature = reasoning.signature();
        if (signature == null) {
            throw new AssertionError("unsigned reasoning has been dropped");
        }
        json.beginObject().name("type");
        if (reasoning.redacted()) {
            json.string("redacted_thinking").name("data");
        } else {
            json.string("thinking").name("thinking");
            if (reasoning.text() == null) {
                json.string("");
            } else {
                json.slice(reasoning.text());
            }
            json.name("signature");
        }
        String mark = SignatureOrigin.ANTHROPIC.mark();
        if (signature.textStartsWith(mark)) {
            json.beginString().text(signature, mark.length()).endString();
        } else {
            json.slice(signature);
        }
        json.endObject();
    }

    private void writeCall(AnthropicTurns.Block.Call block) {
        Part.ToolCall call = block.call();
        json.beginObject().name("type").string("tool_use");
        json.name("id").string(block.id()).name("name").string(call.name()).name("input");
        if (customTools.contains(call.name()) && call.arguments().isString()) {
            json.beginObject()
                    .name(AnthropicTools.CUSTOM_INPUT)
                    .slice(call.arguments())
                    .endObject();
        } else {
            ToolArguments.write(json, call.arguments());
        }
        endBlock(call.cacheControl());
    }

    private void writeResult(AnthropicTurns.Block.Result block) throws MalformedRequestException {
        Part.ToolResult result = block.result();
        json.beginObject()
                .name("type")
                .string("tool_result")
                .name("tool_use_id")
                .string(block.id());
        if (result == null) {
            json.name("content").string(NO_RESULT).name("is_error").bool(true).endObject();
            return;
        }
        if (result.json() != null) {
            json.name("content").wrapped(result.json());
        } else {
            writeContent(result);
        }
        if (result.error()) {
            json.name("is_error").bool(true);
        }
        endBlock(result.cacheControl());
    }

    private void writeContent(Part.ToolResult result) throws MalformedRequestException {
        boolean begun = false;
        for (Part part : result.content()) {
            boolean writable = switch (part) {
                case Part.Text text -> !AnthropicTurns.isBlank(text.text());
                case Part.Image image -> true;
                case Part.Document document -> true;
                case Part.Audio audio -> drop("audio");
                case Part.Foreign foreign -> drop(foreign.what());
                case Part.Refusal refusal -> drop("refusal");
                case Part.Reasoning reasoning -> drop("reasoning");
                case Part.ToolCall call -> drop("tool_call");
                case Part.ToolResult nested -> drop("tool_result");
            };
            if (writable) {
                if (!begun) {
                    json.name("content").beginArray();
                    begun = true;
                }
                write(part, /* last= */ false);
            }
        }
        if (begun) {
            json.endArray();
        }
    }

    private boolean drop(String what) {
        dropped.add("messages[" + what + "]");
        return false;
    }

    private void endBlock(@Nullable JsonSlice cacheControl) {
        writeCacheControl(cacheControl);
        json.endObject();
    }
}
