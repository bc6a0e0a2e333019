package dev.sluice.codec.openai;

import static dev.sluice.codec.dialect.ConversationPlaces.MESSAGE;
import static dev.sluice.codec.dialect.ConversationPlaces.MESSAGES;
import static dev.sluice.codec.dialect.ConversationPlaces.ROLE;
import static dev.sluice.codec.dialect.ConversationPlaces.TEXT;
import static dev.sluice.codec.json.JsonShape.path;
import static dev.sluice.codec.json.JsonShape.streamed;
import static dev.sluice.codec.json.JsonShape.text;
import static dev.sluice.codec.json.JsonShape.value;

import dev.sluice.codec.dialect.ConversationPlaces;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.json.JsonShape;
import java.util.Map;

/** Where in a request a conversation begins. Thread: any. */
final class OpenAiConversation {
    private static final ConversationPlaces CHAT =
            places("messages", value(MESSAGES).elements(message()));
    private static final ConversationPlaces COMPLETION = places("prompt", texts());
    private static final ConversationPlaces OTHER = places("input", texts());

    private OpenAiConversation() {}

    static ConversationPlaces of(Endpoint endpoint) {
        if (endpoint == Endpoint.CHAT_COMPLETIONS) {
            return CHAT;
        }
        return endpoint == Endpoint.COMPLETIONS ? COMPLETION : OTHER;
    }

    private static ConversationPlaces places(String name, JsonShape shape) {
        return new ConversationPlaces(
                path().members(Map.of(name, shape)), /* systemApart= */ false, /* userUnlessSaid= */ false);
    }

    private static JsonShape message() {
        JsonShape image = streamed(TEXT).members(Map.of("url", streamed(TEXT)));
        JsonShape part = path().members(Map.of(
                "text", streamed(TEXT),
                "image_url", image,
                "input_audio", path().members(Map.of("data", streamed(TEXT))),
                "file", path().members(Map.of("file_id", streamed(TEXT), "file_data", streamed(TEXT)))));
        return value(MESSAGE)
                .announced()
                .members(Map.of("role", text(ROLE), "content", streamed(TEXT).elements(part)));
    }

    /** A text, or several, or the numbers of tokens, or several lists of them; a moderation has parts as well. */
    private static JsonShape texts() {
        JsonShape image = path().members(Map.of("url", streamed(TEXT)));
        JsonShape part = streamed(TEXT).members(Map.of("text", streamed(TEXT), "image_url", image));
        return streamed(MESSAGES).elements(part.elements(streamed(TEXT)));
    }
}
