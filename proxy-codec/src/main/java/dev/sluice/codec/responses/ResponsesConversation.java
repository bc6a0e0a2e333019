package dev.sluice.codec.responses;

import static dev.sluice.codec.dialect.ConversationPlaces.MESSAGE;
import static dev.sluice.codec.dialect.ConversationPlaces.MESSAGES;
import static dev.sluice.codec.dialect.ConversationPlaces.ROLE;
import static dev.sluice.codec.dialect.ConversationPlaces.SYSTEM;
import static dev.sluice.codec.dialect.ConversationPlaces.TEXT;
import static dev.sluice.codec.json.JsonShape.path;
import static dev.sluice.codec.json.JsonShape.streamed;
import static dev.sluice.codec.json.JsonShape.text;
import static dev.sluice.codec.json.JsonShape.value;

import dev.sluice.codec.dialect.ConversationPlaces;
import dev.sluice.codec.json.JsonShape;
import java.util.Map;

/** Where in a request a conversation begins. An item without role is no message of anybody's. Thread: any. */
final class ResponsesConversation {
    static final ConversationPlaces PLACES = new ConversationPlaces(
            path().members(Map.of(
                    "instructions", streamed(SYSTEM),
                    "input", streamed(MESSAGES).elements(item()))),
            /* systemApart= */ true,
            /* userUnlessSaid= */ false);

    private ResponsesConversation() {}

    private static JsonShape item() {
        JsonShape part = path().members(Map.of(
                "text", streamed(TEXT),
                "image_url", streamed(TEXT),
                "file_id", streamed(TEXT),
                "file_url", streamed(TEXT),
                "file_data", streamed(TEXT),
                "input_audio", path().members(Map.of("data", streamed(TEXT)))));
        return value(MESSAGE)
                .announced()
                .members(Map.of("role", text(ROLE), "content", streamed(TEXT).elements(part)));
    }
}
