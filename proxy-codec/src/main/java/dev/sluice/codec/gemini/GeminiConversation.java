package dev.sluice.codec.gemini;

import static dev.sluice.codec.dialect.ConversationPlaces.MESSAGE;
import static dev.sluice.codec.dialect.ConversationPlaces.MESSAGES;
import static dev.sluice.codec.dialect.ConversationPlaces.ROLE;
import static dev.sluice.codec.dialect.ConversationPlaces.SYSTEM;
import static dev.sluice.codec.dialect.ConversationPlaces.SYSTEM_TEXT;
import static dev.sluice.codec.dialect.ConversationPlaces.TEXT;
import static dev.sluice.codec.json.JsonShape.path;
import static dev.sluice.codec.json.JsonShape.streamed;
import static dev.sluice.codec.json.JsonShape.text;
import static dev.sluice.codec.json.JsonShape.value;

import dev.sluice.codec.dialect.ConversationPlaces;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.json.JsonShape;
import java.util.HashMap;
import java.util.Map;

/** Where in a request a conversation begins. A turn without role is the user's. Thread: any. */
final class GeminiConversation {
    private static final ConversationPlaces CHAT =
            new ConversationPlaces(chat(), /* systemApart= */ true, /* userUnlessSaid= */ true);
    private static final ConversationPlaces EMBEDDING =
            new ConversationPlaces(embedding(), /* systemApart= */ false, /* userUnlessSaid= */ true);

    private GeminiConversation() {}

    static ConversationPlaces of(Endpoint endpoint) {
        return endpoint.operation() == Endpoint.Operation.EMBED ? EMBEDDING : CHAT;
    }

    private static JsonShape chat() {
        JsonShape words = path().members(Map.of("text", streamed(SYSTEM_TEXT)));
        JsonShape system = streamed(SYSTEM).members(Map.of("parts", words.elements(words)));
        Map<String, JsonShape> members = new HashMap<>();
        members.put("systemInstruction", system);
        members.put("system_instruction", system);
        members.put("contents", value(MESSAGES).elements(turn()));
        // What is asked of countTokens.
        JsonShape counted = path().members(members);
        members.put("generateContentRequest", counted);
        members.put("generate_content_request", counted);
        return path().members(members);
    }

    /** Of a batch, the first text. */
    private static JsonShape embedding() {
        JsonShape content = turn();
        return path().members(Map.of(
                "content", content, "requests", value(MESSAGES).elements(path().members(Map.of("content", content)))));
    }

    private static JsonShape turn() {
        JsonShape blob = path().members(Map.of("data", streamed(TEXT)));
        JsonShape file = path().members(Map.of("fileUri", streamed(TEXT), "file_uri", streamed(TEXT)));
        JsonShape part = path().members(Map.of(
                "text", streamed(TEXT),
                "inlineData", blob,
                "inline_data", blob,
                "fileData", file,
                "file_data", file));
        return value(MESSAGE).announced().members(Map.of("role", text(ROLE), "parts", part.elements(part)));
    }
}
