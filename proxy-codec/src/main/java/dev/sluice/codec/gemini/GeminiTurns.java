package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.Role;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the turns of a conversation in Gemini's dialect. Its calls have ids only with newer models: the others get one
 * of the place at which they stand, the same with every request. One a request. Thread: any.
 */
final class GeminiTurns {
    private final List<Message> messages;
    /** Calls of the model's last turn, until the next one. */
    private final List<OpenCall> open = new ArrayList<>();

    private boolean answered;

    // Of the turn being read.
    private int turn;
    private List<Part> parts = new ArrayList<>();
    private List<Part> results = new ArrayList<>();
    private final List<JsonSlice> thoughts = new ArrayList<>();
    private int calls;

    /** @param messages what is read is added to */
    GeminiTurns(List<Message> messages) {
        this.messages = messages;
    }

    void readSystem(JsonSlice instruction) throws MalformedRequestException {
        beginTurn(-1);
        if (instruction.isString()) {
            addText(instruction);
        } else {
            readParts(instruction, /* model= */ false);
        }
        if (!parts.isEmpty()) {
            messages.add(new Message(Role.SYSTEM, parts));
        }
    }

    void read(List<JsonSlice> contents) throws MalformedRequestException {
        for (int i = 0; i < contents.size(); i++) {
            JsonSlice content = contents.get(i);
            beginTurn(i);
            String role = GeminiNames.text(content, "role");
            switch (role == null ? "user" : role) {
                case "model" -> readModel(content);
                case "user", "function" -> readUser(content);
                default ->
                    throw new MalformedRequestException(
                            "the role of turn " + i + " is not known; allowed: user, model, function", "contents.role");
            }
        }
    }

    private void beginTurn(int index) {
        turn = index;
        parts = new ArrayList<>();
        results = new ArrayList<>();
        calls = 0;
    }

    private void readModel(JsonSlice content) throws MalformedRequestException {
        if (answered) {
            open.clear();
            answered = false;
        }
        readParts(content, /* model= */ true);
        endThoughts(null);
        if (!parts.isEmpty()) {
            messages.add(new Message(Role.ASSISTANT, parts));
        }
    }

    private void readUser(JsonSlice content) throws MalformedRequestException {
        readParts(content, /* model= */ false);
        if (!results.isEmpty()) {
            messages.add(new Message(Role.TOOL, results));
        }
        if (!parts.isEmpty()) {
            messages.add(new Message(Role.USER, parts));
        }
    }

    private void readParts(JsonSlice content, boolean model) throws MalformedRequestException {
        JsonSlice list = GeminiNames.member(content, "parts");
        if (list == null) {
            return;
        }
        for (JsonSlice part : list.isArray() ? list.elements() : List.of(list)) {
            readPart(part, model);
        }
    }

    private void readPart(JsonSlice part, boolean model) throws MalformedRequestException {
        JsonSlice signed = null;
        boolean thought = false;
        JsonSlice.Member data = null;
        for (JsonSlice.Member member : part.members()) {
            switch (GeminiNames.camel(member.name())) {
                case "thoughtSignature" -> signed = member.value().isString() ? member.value() : null;
                case "thought" -> thought = member.value().isTrue();
                case "videoMetadata", "mediaResolution", "partMetadata" -> {}
                default -> data = member.value().isNull() ? data : member;
            }
        }
        GeminiSignature signature = signed == null || signed.isEmpty() ? null : GeminiSignature.of(signed);
        String kind = data == null ? "" : GeminiNames.camel(data.name());
        boolean text = kind.equals("text") && data != null && data.value().isString();
        if (model && text && data != null && thought) {
            if (!data.value().isEmpty()) {
                thoughts.add(data.value());
            }
            if (signature != null) {
                endThoughts(signature);
            }
            return;
        }
        if (model && !(text && data != null && data.value().isEmpty())) {
            endThoughts(null);
        }
        if (kind.equals("functionCall") && data != null) {
            addCall(data.value(), signature);
            return;
        }
        if (data != null) {
            readData(kind, data.value());
        }
        if (model && signature != null) {
            endThoughts(signature);
        }
    }

    private void readData(String kind, JsonSlice value) throws MalformedRequestException {
        switch (kind) {
            case "text" -> addText(value);
            case "inlineData" -> parts.add(GeminiBlobs.inline(value));
            case "fileData" -> parts.add(GeminiBlobs.file(value));
            case "functionResponse" -> addResult(value);
            default -> parts.add(new Part.Foreign(kind, value));
        }
    }

    private void addText(JsonSlice value) {
        if (value.isString() && !value.isEmpty()) {
            parts.add(new Part.Text(value));
        }
    }

    /** Pieces of a thought come one by one; a signature at their end is that of all. */
    private void endThoughts(@Nullable GeminiSignature signature) {
        if (signature != null) {
            JsonSlice text = signature.redacted() ? null : joined(thoughts);
            parts.add(new Part.Reasoning(text, signature.signature(), signature.redacted(), signature.origin()));
            thoughts.clear();
        } else if (!thoughts.isEmpty()) {
            parts.add(new Part.Reasoning(joined(thoughts), null, false, null));
            thoughts.clear();
        }
    }

    private static @Nullable JsonSlice joined(List<JsonSlice> texts) {
        if (texts.size() < 2) {
            return texts.isEmpty() ? null : texts.getFirst();
        }
        ByteBuf out = Unpooled.buffer();
        JsonWriter json = new JsonWriter(out).beginString();
        for (JsonSlice text : texts) {
            json.text(text);
        }
        json.endString();
        return JsonSlice.of(out);
    }

    private void addCall(JsonSlice value, @Nullable GeminiSignature signature) throws MalformedRequestException {
        String name = name(value, "functionCall");
        String given = GeminiNames.text(value, "id");
        String id = given == null || given.isEmpty() ? "call_" + turn + "_" + calls : given;
        calls++;
        JsonSlice arguments = GeminiNames.member(value, "args");
        open.add(new OpenCall(id, name));
        parts.add(new Part.ToolCall(
                id,
                name,
                arguments == null ? JsonSlice.raw("{}") : arguments,
                signature == null ? null : signature.signature(),
                signature == null ? null : signature.origin(),
                null));
    }

    private void addResult(JsonSlice value) throws MalformedRequestException {
        String name = name(value, "functionResponse");
        answered = true;
        String id = answeredCall(GeminiNames.text(value, "id"), name);
        JsonSlice response = GeminiNames.member(value, "response");
        List<Part> content = response != null && response.isString() && !response.isEmpty()
                ? List.of(new Part.Text(response))
                : List.of();
        boolean error = response != null
                && response.member("error") != null
                && response.member("output") == null
                && response.member("result") == null;
        JsonSlice json = response != null && !response.isString() ? response : null;
        results.add(new Part.ToolResult(id, name, content, json, error, null));
        // Images of a result: a result is text with most others, while the user may show images anywhere.
        readParts(value, /* model= */ false);
    }

    /** The call that is answered: by id, else by name, else the first one without an answer. */
    private String answeredCall(@Nullable String id, String name) {
        OpenCall found = null;
        for (OpenCall call : open) {
            if (!call.answered && id != null && call.id.equals(id)) {
                found = call;
                break;
            }
        }
        for (int i = 0; found == null && i < open.size(); i++) {
            OpenCall call = open.get(i);
            found = !call.answered && call.name.equals(name) ? call : null;
        }
        for (int i = 0; found == null && i < open.size(); i++) {
            found = open.get(i).answered ? null : open.get(i);
        }
        if (found == null) {
            return id == null || id.isEmpty() ? "call_" + turn + "_" + results.size() : id;
        }
        found.answered = true;
        return found.id;
    }

    private static String name(JsonSlice value, String of) throws MalformedRequestException {
        String name = GeminiNames.text(value, "name");
        if (name == null || name.isEmpty()) {
            throw new MalformedRequestException(
                    "a " + of + " has no name; it must be that of a function", "contents.parts." + of + ".name");
        }
        return name;
    }

    private static final class OpenCall {
        private final String id;
        private final String name;
        private boolean answered;

        OpenCall(String id, String name) {
            this.id = id;
            this.name = name;
        }
    }
}
