package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.Role;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.chat.ToolArguments;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the messages of a chat as turns of the user and the model, which alternate: neighbours of one role become one
 * turn. The calls of a model's turn are all answered in the user's turn directly behind it, in their order; the
 * provider refuses anything else. What nobody answered is answered here. One a request. Thread: event loop.
 */
final class GeminiContents {
    private static final String USER = "user";
    private static final String MODEL = "model";
    /** For calls that another provider's model made: without any signature they would be refused. */
    private static final String NO_SIGNATURE = "skip_thought_signature_validator";

    private final JsonWriter json;
    private final Set<String> dropped;
    private final boolean wantsSignatures;
    private final GeminiMedia media;

    /** Whose parts come next; null for the system's, which have no turn. */
    private @Nullable String speaker;
    /** The turn being written: there is none without a part. */
    private @Nullable String turn;

    private boolean anyTurn;
    /** Calls of the model's last turn, which have yet to be answered. */
    private final List<Part.ToolCall> calls = new ArrayList<>();

    private final List<Part.ToolResult> results = new ArrayList<>();

    /**
     * @param dropped what cannot be said, for the list of what was dropped
     * @param wantsSignatures whether the model refuses calls that nobody signed
     */
    GeminiContents(JsonWriter json, Set<String> dropped, boolean wantsSignatures) {
        this.json = json;
        this.dropped = dropped;
        this.wantsSignatures = wantsSignatures;
        this.media = new GeminiMedia(this::beginPart, dropped);
    }

    /** Writes {@code systemInstruction} and {@code contents}. */
    void write(List<Message> messages) throws MalformedRequestException {
        boolean onlySystem = true;
        boolean anySystem = false;
        for (Message message : messages) {
            onlySystem &= isSystem(message);
            anySystem |= isSystem(message) && !message.parts().isEmpty();
        }
        if (anySystem && !onlySystem) {
            json.name("systemInstruction").beginObject().name("parts").beginArray();
            for (Message message : messages) {
                if (isSystem(message)) {
                    writeParts(message);
                }
            }
            json.endArray().endObject();
        }
        json.name("contents").beginArray();
        for (Message message : messages) {
            // There must be something to answer, even if it is only the system that speaks.
            if (onlySystem || !isSystem(message)) {
                writeTurn(message);
            }
        }
        answerCalls();
        endTurn();
        json.endArray();
        if (!anyTurn) {
            throw new MalformedRequestException(
                    "the messages have nothing in them that Gemini could answer; there must be a part that it knows",
                    "messages");
        }
    }

    private void writeTurn(Message message) throws MalformedRequestException {
        if (message.name() != null) {
            dropped.add("name");
        }
        switch (message.role()) {
            case SYSTEM, DEVELOPER, USER -> {
                answerCalls();
                speaker = USER;
                writeParts(message);
            }
            case ASSISTANT -> {
                if (!results.isEmpty()) {
                    answerCalls();
                }
                writeModel(message);
            }
            case TOOL -> {
                for (Part part : message.parts()) {
                    if (part instanceof Part.ToolResult result) {
                        results.add(result);
                    }
                }
            }
        }
    }

    private void writeModel(Message message) throws MalformedRequestException {
        List<Part.ToolCall> made = new ArrayList<>();
        boolean signed = !calls.isEmpty();
        for (Part part : message.parts()) {
            if (part instanceof Part.ToolCall call) {
                made.add(call);
                signed |= isOwn(call.signature(), call.origin());
            }
        }
        if (!made.isEmpty() && !anyTurn) {
            // A call is only allowed behind a turn of the user's.
            speaker = USER;
            beginPart().name("text").string(".").endObject();
        }
        speaker = MODEL;
        for (Part part : message.parts()) {
            if (part instanceof Part.ToolCall call) {
                write(call, wantsSignatures && !signed);
                signed = true;
            } else {
                writePart(part);
            }
        }
        calls.addAll(made);
    }

    private void writeParts(Message message) throws MalformedRequestException {
        for (Part part : message.parts()) {
            writePart(part);
        }
    }

    private void writePart(Part part) throws MalformedRequestException {
        switch (part) {
            case Part.Text text -> {
                writeText(text.text());
                drop(text.cacheControl(), "cache_control");
            }
            case Part.Refusal refusal -> writeText(refusal.text());
            case Part.Image image -> media.write(image);
            case Part.Document document -> media.write(document);
            case Part.Audio audio -> media.write(audio);
            case Part.Reasoning reasoning -> write(reasoning);
            // Calls are the model's, results have messages of their own.
            case Part.ToolCall call -> dropped.add("messages[tool_call]");
            case Part.ToolResult result -> dropped.add("messages[tool_result]");
            case Part.Foreign foreign -> dropped.add("messages[" + foreign.what() + "]");
        }
    }

    private void writeText(JsonSlice text) {
        if (!text.isEmpty()) {
            beginPart().name("text").slice(text).endObject();
        }
    }

    /** The thoughts themselves are not wanted back, nor anybody else's signatures. */
    private void write(Part.Reasoning reasoning) {
        JsonSlice signature = reasoning.signature();
        if (signature != null && isOwn(signature, reasoning.origin())) {
            beginPart().name("text").string("").name("thoughtSignature").slice(signature);
            json.endObject();
        }
    }

    private void write(Part.ToolCall call, boolean unsigned) {
        beginPart().name("functionCall").beginObject().name("name").string(call.name());
        json.name("args");
        ToolArguments.write(json, call.arguments());
        json.endObject();
        JsonSlice signature = call.signature();
        if (signature != null && isOwn(signature, call.origin())) {
            json.name("thoughtSignature").slice(signature);
        } else if (unsigned) {
            json.name("thoughtSignature").string(NO_SIGNATURE);
        }
        json.endObject();
        drop(call.cacheControl(), "cache_control");
    }

    private void answerCalls() throws MalformedRequestException {
        if (calls.isEmpty() && results.isEmpty()) {
            return;
        }
        speaker = USER;
        List<Part.ToolResult> unmatched = new ArrayList<>(results);
        List<Part.ToolResult> answers = new ArrayList<>();
        for (Part.ToolCall call : calls) {
            Part.ToolResult result = take(unmatched, call.id());
            beginPart().name("functionResponse").beginObject().name("name").string(call.name());
            json.name("response");
            if (result == null) {
                json.beginObject().name("error").string("no result").endObject();
            } else {
                writeResponse(result);
                answers.add(result);
            }
            json.endObject().endObject();
        }
        for (Part.ToolResult answer : answers) {
            for (Part part : answer.content()) {
                if (!(part instanceof Part.Text)) {
                    writePart(part);
                }
            }
        }
        for (Part.ToolResult result : unmatched) {
            writeUncalled(result);
        }
        calls.clear();
        results.clear();
    }

    private static Part.@Nullable ToolResult take(List<Part.ToolResult> results, String id) {
        for (int i = 0; i < results.size(); i++) {
            if (results.get(i).id().equals(id)) {
                return results.remove(i);
            }
        }
        return null;
    }

    /** A response is an object: what the tool said, or an object around it. */
    private void writeResponse(Part.ToolResult result) {
        drop(result.cacheControl(), "cache_control");
        JsonSlice whole = result.json();
        if (whole == null && !result.error()) {
            whole = object(result.content());
        }
        if (whole != null && whole.isObject()) {
            json.slice(whole);
            return;
        }
        json.beginObject().name(result.error() ? "error" : "output");
        if (whole != null) {
            json.slice(whole);
        } else {
            json.beginString();
            for (Part part : result.content()) {
                if (part instanceof Part.Text text) {
                    json.text(text.text());
                }
            }
            json.endString();
        }
        json.endObject();
    }

    /** The object that {@code content} is the text of; null when it is none. */
    private static @Nullable JsonSlice object(List<Part> content) {
        if (content.size() == 1
                && content.getFirst() instanceof Part.Text text
                && text.text().textStartsWith("{")) {
            ByteBuf unescaped = Unpooled.buffer(text.text().sizeBytes());
            new JsonWriter(unescaped).unwrapped(text.text());
            return JsonSlice.checked(unescaped);
        }
        return null;
    }

    /** A result of no call that is known is what the user says. */
    private void writeUncalled(Part.ToolResult result) throws MalformedRequestException {
        if (result.json() != null) {
            beginPart().name("text").wrapped(result.json()).endObject();
        }
        for (Part part : result.content()) {
            writePart(part);
        }
    }

    private JsonWriter beginPart() {
        String role = speaker;
        if (role != null && !role.equals(turn)) {
            endTurn();
            turn = role;
            anyTurn = true;
            json.beginObject().name("role").string(role).name("parts").beginArray();
        }
        return json.beginObject();
    }

    private void endTurn() {
        if (turn != null) {
            turn = null;
            json.endArray().endObject();
        }
    }

    private static boolean isSystem(Message message) {
        return message.role() == Role.SYSTEM || message.role() == Role.DEVELOPER;
    }

    private static boolean isOwn(@Nullable JsonSlice signature, @Nullable SignatureOrigin origin) {
        return signature != null && origin == SignatureOrigin.GEMINI;
    }

    private void drop(@Nullable JsonSlice value, String name) {
        if (value != null) {
            dropped.add(name);
        }
    }
}
