package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.Role;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestObject;
import dev.sluice.codec.json.JsonSlice;
import java.util.ArrayList;
import java.util.List;

/** Reads the conversation of a request. Thread: any. */
final class OpenAiMessages {
    private static final String ROLES = "\"system\", \"developer\", \"user\", \"assistant\" or \"tool\"";

    private final OpenAiCalls calls = new OpenAiCalls();
    private final List<Message> messages = new ArrayList<>();
    /** Results of the messages read last, which become one message. */
    private final List<Part> results = new ArrayList<>();

    private OpenAiMessages() {}

    static List<Message> read(RequestObject request) throws MalformedRequestException {
        if (!request.has("messages")) {
            throw request.missing("messages", "an array with at least one message");
        }
        OpenAiMessages reader = new OpenAiMessages();
        for (RequestObject message : request.objects("messages")) {
            reader.add(message);
        }
        reader.endResults();
        if (reader.messages.isEmpty()) {
            throw new MalformedRequestException("'messages' must have at least one message; it is empty", "messages");
        }
        return reader.messages;
    }

    private void add(RequestObject message) throws MalformedRequestException {
        switch (message.word("role")) {
            case "system" -> add(Role.SYSTEM, message, OpenAiParts.read(message));
            case "developer" -> add(Role.DEVELOPER, message, OpenAiParts.read(message));
            case "user" -> add(Role.USER, message, OpenAiParts.read(message));
            case "assistant" -> add(Role.ASSISTANT, message, assistant(message));
            case "tool", "function" -> results.add(calls.readResult(message));
            default -> throw message.wrongWord("role", ROLES);
        }
    }

    private List<Part> assistant(RequestObject message) throws MalformedRequestException {
        List<Part> parts = new ArrayList<>(OpenAiReasoning.read(message));
        parts.addAll(OpenAiParts.read(message));
        JsonSlice refusal = message.filledString("refusal");
        if (refusal != null) {
            parts.add(new Part.Refusal(refusal));
        }
        JsonSlice audio = message.get("audio");
        if (audio != null) {
            parts.add(new Part.Foreign("audio", audio));
        }
        calls.readCalls(message, parts);
        return parts;
    }

    private void add(Role role, RequestObject message, List<Part> parts) throws MalformedRequestException {
        endResults();
        messages.add(new Message(role, parts, message.filledString("name")));
    }

    private void endResults() {
        if (!results.isEmpty()) {
            messages.add(new Message(Role.TOOL, results));
            results.clear();
        }
    }
}
