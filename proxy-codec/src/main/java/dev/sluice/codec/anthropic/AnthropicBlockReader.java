package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.Media;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.dialect.MalformedRequestException;
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
    private static final String STRING_OR_ARRAY = "a string or an array";
    private static final int MAX_WORD_CHARS = 64;

    private final Map<String, String> toolNames = new HashMap<>();

    /** Results go into {@code results}, all else into {@code parts}. */
    void readUser(String path, JsonSlice content, List<Part> results, List<Part> parts)
            throws MalformedRequestException {
        if (addPlain(content, parts)) {
            return;
        }
        for (AnthropicObject block : blocks(path, content)) {
            JsonSlice type = block.takeRequired("type");
            if (type.textEquals("tool_result")) {
                results.add(result(block));
            } else {
                addSaid(type, block, parts);
            }
        }
    }

    List<Part> readAssistant(String path, JsonSlice content) throws MalformedRequestException {
        List<Part> parts = new ArrayList<>();
        if (addPlain(content, parts)) {
            return parts;
        }
        for (AnthropicObject block : blocks(path, content)) {
            JsonSlice type = block.takeRequired("type");
            switch (word(type)) {
                case "thinking" -> addThinking(block, parts);
                case "redacted_thinking" -> {
                    JsonSlice data = block.takeText("data");
                    if (data != null) {
                        parts.add(reasoning(null, data, /* redacted= */ true));
                    }
                }
                case "tool_use" -> addCall(block, parts);
                default -> addSaid(type, block, parts);
            }
        }
        return parts;
    }

    /** The texts of a place that has nothing but texts. */
    List<Part> readTexts(String path, JsonSlice content) throws MalformedRequestException {
        List<Part> parts = new ArrayList<>();
        if (!addPlain(content, parts)) {
            for (AnthropicObject block : blocks(path, content)) {
                addSaid(block.takeRequired("type"), block, parts);
            }
        }
        return parts;
    }

    /** The value of a string that only ever is one word, fit for a header and a log. */
    static String word(JsonSlice text) {
        String word = text.text(0, MAX_WORD_CHARS + 1);
        boolean fit = !word.isEmpty() && word.length() <= MAX_WORD_CHARS;
        for (int i = 0; i < word.length() && fit; i++) {
            char next = word.charAt(i);
            fit = (next >= 'a' && next <= 'z')
                    || (next >= 'A' && next <= 'Z')
                    || (next >= '0' && next <= '9')
                    || next == '_'
                    || next == '.'
                    || next == '-';
        }
        return fit ? word : "unknown";
    }

    private static boolean addPlain(JsonSlice content, List<Part> parts) {
        if (content.isString() && !content.isEmpty()) {
            parts.add(new Part.Text(content));
        }
        return content.isString();
    }

    private static List<AnthropicObject> blocks(String path, JsonSlice content) throws MalformedRequestException {
        if (!content.isArray()) {
            throw AnthropicObject.wrong(path, STRING_OR_ARRAY, content.kind().phrase());
        }
        List<AnthropicObject> blocks = new ArrayList<>();
        int index = 0;
        for (JsonSlice element : content.elements()) {
            blocks.add(AnthropicObject.of(path + '[' + index++ + ']', element));
        }
        return blocks;
    }

    private void addSaid(JsonSlice type, AnthropicObject block, List<Part> parts) throws MalformedRequestException {
        switch (word(type)) {
            case "text" -> {
                JsonSlice text = block.takeRequired("text");
                if (!text.isEmpty()) {
                    parts.add(new Part.Text(text, block.take("cache_control")));
                }
            }
            case "image" -> {
                Media media = media(block);
                parts.add(
                        media == null
                                ? new Part.Foreign("image", block.slice())
                                : new Part.Image(media, null, block.take("cache_control")));
            }
            case "document" -> addDocument(block, parts);
            case "search_result" -> addSearchResult(block, parts);
            default -> parts.add(new Part.Foreign(word(type), block.slice()));
        }
    }

    /** A document may consist of blocks itself; then they are said in its place. */
    private void addDocument(AnthropicObject block, List<Part> parts) throws MalformedRequestException {
        JsonSlice context = block.takeText("context");
        if (context != null) {
            parts.add(new Part.Text(context));
        }
        JsonSlice title = block.takeText("title");
        JsonSlice cacheControl = block.take("cache_control");
        JsonSlice source = block.take("source");
        JsonSlice content = source == null ? null : source.member("content");
        if (content != null) {
            parts.addAll(readTexts(block.path("source.content"), content));
            return;
        }
        Media media = source == null ? null : source(AnthropicObject.of(block.path("source"), source));
        parts.add(
                media == null
                        ? new Part.Foreign("document", block.slice())
                        : new Part.Document(media, title, cacheControl));
    }

    /** What was found, as the texts it consists of, behind where it was found. */
    private void addSearchResult(AnthropicObject block, List<Part> parts) throws MalformedRequestException {
        for (String name : new String[] {"title", "source"}) {
            JsonSlice text = block.takeText(name);
            if (text != null) {
                parts.add(new Part.Text(text));
            }
        }
        JsonSlice content = block.take("content");
        if (content != null) {
            parts.addAll(readTexts(block.path("content"), content));
        }
    }

    private static @Nullable Media media(AnthropicObject block) throws MalformedRequestException {
        JsonSlice source = block.take("source");
        return source == null ? null : source(AnthropicObject.of(block.path("source"), source));
    }

    private static @Nullable Media source(AnthropicObject source) throws MalformedRequestException {
        return switch (word(source.takeRequired("type"))) {
            case "base64" -> {
                JsonSlice type = source.takeString("media_type");
                yield new Media.Inline(type == null ? "" : type.text(), source.takeRequired("data"), 0);
            }
            case "text" -> new Media.Plain(source.takeRequired("data"));
            case "url" -> Media.ofUrl(source.takeRequired("url"));
            case "file" -> new Media.Uploaded(source.takeRequired("file_id"));
            default -> null;
        };
    }

    private static void addThinking(AnthropicObject block, List<Part> parts) throws MalformedRequestException {
        JsonSlice text = block.takeText("thinking");
        JsonSlice signature = block.takeText("signature");
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

    private void addCall(AnthropicObject block, List<Part> parts) throws MalformedRequestException {
        String id = block.takeRequired("id").text();
        String name = block.takeRequired("name").text();
        JsonSlice input = block.take("input");
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
                id, name, input == null ? JsonSlice.raw("{}") : input, signature, origin, block.take("cache_control")));
    }

    private Part.ToolResult result(AnthropicObject block) throws MalformedRequestException {
        String id = block.takeRequired("tool_use_id").text();
        JsonSlice content = block.take("content");
        JsonSlice error = block.take("is_error");
        List<Part> parts = content == null ? List.of() : readTexts(block.path("content"), content);
        return new Part.ToolResult(
                id, toolNames.get(id), parts, null, error != null && error.isTrue(), block.take("cache_control"));
    }
}
