package dev.sluice.codec.anthropic;

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
import dev.sluice.codec.json.JsonShape;
import java.util.Map;

/** Where in a request a conversation begins. Thread: any. */
final class AnthropicConversation {
    static final ConversationPlaces PLACES = new ConversationPlaces(
            path().members(Map.of(
                    "system", streamed(SYSTEM).elements(path().members(Map.of("text", streamed(SYSTEM_TEXT)))),
                    "messages", value(MESSAGES).elements(message()))),
            /* systemApart= */ true,
            /* userUnlessSaid= */ false);

    private AnthropicConversation() {}

    /** Marks for caching move from block to block as a conversation grows: they are no part of what is said. */
    private static JsonShape message() {
        JsonShape source =
                path().members(Map.of("data", streamed(TEXT), "url", streamed(TEXT), "file_id", streamed(TEXT)));
        JsonShape block = path().members(Map.of("text", streamed(TEXT), "source", source));
        return value(MESSAGE)
                .announced()
                .members(Map.of("role", text(ROLE), "content", streamed(TEXT).elements(block)));
    }
}
