package dev.sluice.codec.responses;

import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.Role;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a list of items the messages of a conversation: what a model put out in a row (texts, calls, reasoning) is one
 * turn of the assistant, and results of tools stand behind the turn with their calls, wherever the caller has them.
 * Thread: any.
 */
final class ResponsesTurns {

    private record Turn(Role role, List<Part> parts) {}

    private final boolean strict;
    private final List<Turn> turns = new ArrayList<>();

    /** @param strict whether an item that is not there itself is refused; it is passed over otherwise */
    ResponsesTurns(boolean strict) {
        this.strict = strict;
    }

    List<Message> messages() {
        List<Message> messages = new ArrayList<>(turns.size());
        for (Turn turn : turns) {
            messages.add(new Message(turn.role(), turn.parts()));
        }
        return messages;
    }

    void addInstructions(JsonSlice text) {
        if (!text.isEmpty()) {
            add(Role.SYSTEM, List.of(new Part.Text(text)));
        }
    }

    /** @param input a string, or an array of items */
    void readInput(JsonSlice input) throws MalformedRequestException {
        if (input.isString()) {
            add(Role.USER, input.isEmpty() ? List.of() : List.of(new Part.Text(input)));
            return;
        }
        if (!input.isArray()) {
            throw new MalformedRequestException(
                    "'input' must be a string or an array of items, not "
                            + input.kind().phrase(),
                    "input");
        }
        int index = 0;
        for (JsonSlice item : input.elements()) {
            readItem(item, "input[" + index++ + "]");
        }
    }

    private void readItem(JsonSlice item, String path) throws MalformedRequestException {
        JsonSlice type = Expected.object(item, path).member("type");
        String name = type == null ? "message" : Expected.text(type, path + ".type");
        switch (name) {
            case "message" -> readMessage(item, path);
            case "function_call" -> readCall(item, path, Expected.arguments(item.member("arguments"), path));
            case "custom_tool_call" -> readCall(item, path, wrapped(item, path));
            case "function_call_output", "custom_tool_call_output" -> readResult(item, path);
            case "reasoning" -> readReasoning(item);
            case "item_reference" -> {
                if (strict) {
                    throw Expected.unsupported(
                            path, "nothing is stored that it could refer to; send the item itself instead of its id");
                }
                assistant().add(new Part.Foreign(name, item));
            }
            default -> assistant().add(new Part.Foreign(name, item));
        }
    }

    private void readMessage(JsonSlice item, String path) throws MalformedRequestException {
        String role = Expected.text(item.member("role"), path + ".role");
        List<Part> parts = ResponsesParts.read(item.member("content"), path + ".content");
        switch (role) {
            case "user" -> add(Role.USER, parts);
            case "system" -> add(Role.SYSTEM, parts);
            case "developer" -> add(Role.DEVELOPER, parts);
            case "assistant" -> assistant().addAll(parts);
            default -> throw Expected.oneOf(path + ".role", role, "'user', 'assistant', 'system' and 'developer'");
        }
    }

    private void readCall(JsonSlice item, String path, JsonSlice arguments) throws MalformedRequestException {
        String id = Expected.name(item.member("call_id"), path + ".call_id");
        String name = Expected.name(item.member("name"), path + ".name");
        assistant().add(new Part.ToolCall(id, name, arguments));
    }

    /** The input of a custom tool is a plain text; a call has an object. */
    private static JsonSlice wrapped(JsonSlice item, String path) throws MalformedRequestException {
        JsonSlice input = Expected.string(item.member("input"), path + ".input");
        return JsonSlice.raw("{\"input\":" + input.json() + "}");
    }

    private void readResult(JsonSlice item, String path) throws MalformedRequestException {
        String id = Expected.name(item.member("call_id"), path + ".call_id");
        List<Part> content = ResponsesParts.read(item.member("output"), path + ".output");
        for (int i = turns.size() - 1; i >= 0; i--) {
            String tool = nameOfCall(turns.get(i), id);
            if (tool != null) {
                resultsBehind(i).add(new Part.ToolResult(id, tool, content, null, /* error= */ false, null));
                return;
            }
        }
        // Whose call is not there: the provider will say what it thinks of that.
        resultsBehind(turns.size() - 1).add(new Part.ToolResult(id, null, content, null, /* error= */ false, null));
    }

    private static @Nullable String nameOfCall(Turn turn, String id) {
        for (Part part : turn.parts()) {
            if (part instanceof Part.ToolCall call && call.id().equals(id)) {
                return call.name();
            }
        }
        return null;
    }

    /** The results that stand behind the turn at {@code index}. */
    private List<Part> resultsBehind(int index) {
        if (index >= 0 && turns.get(index).role() == Role.TOOL) {
            return turns.get(index).parts();
        }
        int behind = index + 1;
        if (behind == turns.size() || turns.get(behind).role() != Role.TOOL) {
            turns.add(behind, new Turn(Role.TOOL, new ArrayList<>()));
        }
        return turns.get(behind).parts();
    }

    /**
     * What the model thought, or a summary of it. An item without any text has only what its origin keeps for itself;
     * one whose text is empty was signed, but is not shown.
     */
    private void readReasoning(JsonSlice item) {
        JsonSlice text = joined(item.member("content"));
        if (text == null) {
            text = joined(item.member("summary"));
        }
        JsonSlice signature = item.member("encrypted_content");
        if (signature != null && (!signature.isString() || signature.isEmpty())) {
            signature = null;
        }
        SignatureOrigin origin = null;
        if (signature != null) {
            SignatureOrigin marked = SignatureOrigin.ofMarked(signature);
            origin = marked == null ? SignatureOrigin.OPENAI : marked;
            signature = marked == null ? signature : behind(marked.mark(), signature);
        }
        if (signature != null && text == null && origin == SignatureOrigin.GEMINI && signsLastCall(signature)) {
            return;
        }
        if (text != null || signature != null) {
            assistant().add(new Part.Reasoning(text, signature, text == null, origin));
        }
    }

    /**
     * Gemini signs calls, which have no place for a signature here: it stands in an item of its own behind the call, or
     * behind the call's result, where a caller goes through the items and answers each call at once.
     */
    private boolean signsLastCall(JsonSlice signature) {
        int turn = turns.size() - 1;
        if (turn > 0 && turns.get(turn).role() == Role.TOOL) {
            turn--;
        }
        List<Part> parts = turn >= 0 ? turns.get(turn).parts() : List.of();
        int last = parts.size() - 1;
        if (last < 0 || !(parts.get(last) instanceof Part.ToolCall call) || call.signature() != null) {
            return false;
        }
        parts.set(
                last,
                new Part.ToolCall(call.id(), call.name(), call.arguments(), signature, SignatureOrigin.GEMINI, null));
        return true;
    }

    private static JsonSlice behind(String mark, JsonSlice signature) {
        return JsonSlice.string(signature.text().substring(mark.length()));
    }

    /** The texts of {@code parts}, with an empty line between them; null when there is no part. */
    private static @Nullable JsonSlice joined(@Nullable JsonSlice parts) {
        List<JsonSlice> texts = new ArrayList<>();
        if (parts != null) {
            for (JsonSlice part : parts.elements()) {
                JsonSlice text = part.member("text");
                if (text != null && text.isString()) {
                    texts.add(text);
                }
            }
        }
        if (texts.size() < 2) {
            return texts.isEmpty() ? null : texts.get(0);
        }
        JsonWriter json = new JsonWriter().beginString();
        for (int i = 0; i < texts.size(); i++) {
            json.text(i == 0 ? "" : "\n\n").text(texts.get(i));
        }
        return JsonSlice.raw(json.endString().toString());
    }

    private void add(Role role, List<Part> parts) {
        turns.add(new Turn(role, new ArrayList<>(parts)));
    }

    /** The parts of the assistant's turn that goes on, or begins. */
    private List<Part> assistant() {
        if (turns.isEmpty() || turns.get(turns.size() - 1).role() != Role.ASSISTANT) {
            add(Role.ASSISTANT, List.of());
        }
        return turns.get(turns.size() - 1).parts();
    }
}
