package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.Media;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestObject;
import dev.sluice.codec.json.JsonSlice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the blocks of messages; remembers the names of tools that were called, for results only have the call's id. One
 * a request. Thread: any.
 */
final class AnthropicBlockReader {
    /** What the content of a message must be. */
    static final String STRING_OR_ARRAY = "a string or an array";

    private static final String CONTENT = "content";
    private static final String TYPE = "type";

    private final Map<String, String> toolNames = new HashMap<>();

    /** Results go into {@code results}, all else into {@code parts}. */
    void readUser(RequestObject message, List<Part> results, List<Part> parts) throws MalformedRequestException {
        for (RequestObject block : blocks(message, CONTENT, parts)) {
            if (block.word(TYPE).equals("tool_result")) {
                results.add(result(block));
            } else {
                addSaid(block, parts);
            }
        }
    }

    List<Part> readAssistant(RequestObject message) throws MalformedRequestException {
        List<Part> parts = new ArrayList<>();
        for (RequestObject block : blocks(message, CONTENT, parts)) {
            switch (block.word(TYPE)) {
                case "thinking" -> addThinking(block, parts);
                case "redacted_thinking" -> {
                    JsonSlice data = block.filledString("data");
                    if (data != null) {
                        parts.add(reasoning(null, data, /* redacted= */ true));
                    }
                }
                case "tool_use" -> addCall(block, parts);
                default -> addSaid(block, parts);
            }
        }
        return parts;
    }

    /** The texts of a member that has nothing but texts; none when it is absent. */
    List<Part> readTexts(RequestObject owner, String name) throws MalformedRequestException {
        List<Part> parts = new ArrayList<>();
        for (RequestObject block : blocks(owner, name, parts)) {
            addSaid(block, parts);
        }
        return parts;
    }

    /** The blocks of a member; a string, which is a text without a block, goes into {@code parts}. */
    private static List<RequestObject> blocks(RequestObject owner, String name, List<Part> parts)
            throws MalformedRequestException {
        JsonSlice content = owner.get(name);
        if (content == null) {
            return List.of();
        }
        if (content.isString()) {
            if (!content.isEmpty()) {
                parts.add(new Part.Text(content));
            }
            return List.of();
        }
        if (!content.isArray()) {
            throw owner.wrong(name, STRING_OR_ARRAY, content);
        }
        return owner.objects(name);
    }

    private void addSaid(RequestObject block, List<Part> parts) throws MalformedRequestException {
        String type = block.word(TYPE);
        switch (type) {
            case "text" -> {
                JsonSlice text = block.requiredString("text");
                if (!text.isEmpty()) {
                    parts.add(new Part.Text(text, block.get("cache_control")));
                }
            }
            case "image" -> {
                Media media = media(block);
                parts.add(
                        media == null
                                ? new Part.Foreign("image", block.slice())
                                : new Part.Image(media, null, block.get("cache_control")));
            }
            case "document" -> addDocument(block, parts);
            case "search_result" -> addSearchResult(block, parts);
            default -> parts.add(new Part.Foreign(type, block.slice()));
        }
    }

    /** A document may consist of blocks itself; then they are said in its place. */
    private void addDocument(RequestObject block, List<Part> parts) throws MalformedRequestException {
        JsonSlice context = block.filledString("context");
        if (context != null) {
            parts.add(new Part.Text(context));
        }
        JsonSlice title = block.filledString("title");
        JsonSlice cacheControl = block.get("cache_control");
        RequestObject source = block.object("source");
        if (source != null && source.has(CONTENT)) {
            parts.addAll(readTexts(source, CONTENT));
            return;
        }
        Media media = source == null ? null : source(source);
        parts.add(
                media == null
                        ? new Part.Foreign("document", block.slice())
                        : new Part.Document(media, title, cacheControl));
    }

    /** What was found, as the texts it consists of, behind where it was found. */
    private void addSearchResult(RequestObject block, List<Part> parts) throws MalformedRequestException {
        for (String name : new String[] {"title", "source"}) {
            JsonSlice text = block.filledString(name);
            if (text != null) {
                parts.add(new Part.Text(text));
            }
        }
        parts.addAll(readTexts(block, CONTENT));
    }

    private static @Nullable Media media(RequestObject block) throws MalformedRequestException {
        RequestObject source = block.object("source");
        return source == null ? null : source(source);
    }

    private static @Nullable Media source(RequestObject source) throws MalformedRequestException {
        return switch (source.word(TYPE)) {
            case "base64" -> {
                JsonSlice type = source.string("media_type");
                yield new Media.Inline(type == null ? "" : type.text(), source.requiredString("data"), 0);
            }
            case "text" -> new Media.Plain(source.requiredString("data"));
            case "url" -> Media.ofUrl(source.requiredString("url"));
            case "file" -> new Media.Uploaded(source.requiredString("file_id"));
            default -> null;
        };
    }

    private static void addThinking(RequestObject block, List<Part> parts) throws MalformedRequestException {
        JsonSlice text = block.filledString("thinking");
        JsonSlice signature = block.filledString("signature");
        if (signature != null) {
            parts.add(reasoning(text, signature, /* redacted= */ false));
        } else if (text != null) {
            parts.add(new Part.Reasoning(text, null, /* redacted= */ false, null));
        }
    }

    /** Signatures of others are marked, see {@link AnthropicEnding#writeSignature}; they go back without the mark. */
    private static Part.Reasoning reasoning(@Nullable JsonSlice text, JsonSlice signature, boolean redacted) {
        SignatureOrigin marked = SignatureOrigin.ofMarked(signature);
        return marked == null
                ? new Part.Reasoning(text, signature, redacted, SignatureOrigin.ANTHROPIC)
                : new Part.Reasoning(
                        text,
                        JsonSlice.string(
                                signature.text().substring(marked.mark().length())),
                        redacted,
                        marked);
    }

    private void addCall(RequestObject block, List<Part> parts) throws MalformedRequestException {
        String id = block.requiredString("id").text();
        String name = block.requiredString("name").text();
        JsonSlice input = block.get("input");
        toolNames.put(id, name);
        JsonSlice signature = null;
        SignatureOrigin origin = null;
        if (!parts.isEmpty()
                && parts.get(parts.size() - 1) instanceof Part.Reasoning before
                && before.text() == null
                && before.origin() == SignatureOrigin.GEMINI) {
            // Gemini signs calls; here only thoughts are signed, so that an empty one carries it in front of the call.
            signature = before.signature();
            origin = before.origin();
            parts.remove(parts.size() - 1);
        }
        parts.add(new Part.ToolCall(
                id, name, input == null ? JsonSlice.raw("{}") : input, signature, origin, block.get("cache_control")));
    }

    private Part.ToolResult result(RequestObject block) throws MalformedRequestException {
        String id = block.requiredString("tool_use_id").text();
        JsonSlice error = block.get("is_error");
        List<Part> parts = readTexts(block, CONTENT);
        return new Part.ToolResult(
                id, toolNames.get(id), parts, null, error != null && error.isTrue(), block.get("cache_control"));
    }
}
