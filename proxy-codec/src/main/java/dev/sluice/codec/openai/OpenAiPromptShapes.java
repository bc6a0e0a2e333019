package dev.sluice.codec.openai;

import static dev.sluice.codec.json.JsonShape.path;
import static dev.sluice.codec.json.JsonShape.streamed;
import static dev.sluice.codec.json.JsonShape.text;
import static dev.sluice.codec.json.JsonShape.tree;
import static dev.sluice.codec.json.JsonShape.value;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.json.JsonShape;
import java.util.Map;

/** Where in a request the things stand that a model gets to read. Thread: any. */
final class OpenAiPromptShapes {
    static final int MESSAGE = 1;
    static final int ROLE = 2;
    static final int NAME = 3;
    /** Any text that stands for itself. */
    static final int TEXT = 4;
    /** A part of a content or an input: an object, a text, or the number of a token. */
    static final int PART = 5;

    static final int PART_TEXT = 6;
    static final int IMAGE = 7;
    static final int IMAGE_URL = 8;
    static final int IMAGE_DETAIL = 9;
    /** Something that cannot be counted. */
    static final int UNKNOWN = 10;
    /** The number of a token in a list within a list. */
    static final int TOKEN = 11;
    /** What a model called, or said aloud, earlier: nobody knows how it gets to read that. */
    static final int PAST = 12;

    static final int TOOL = 21;
    static final int TOOL_NAME = 22;
    static final int DESCRIPTION = 23;
    static final int SCHEMA = 24;
    static final int TOOL_CHOICE = 25;
    static final int CHOSEN_TOOL = 26;
    static final int FORMAT = 27;

    private static final JsonShape INPUT = streamed(TEXT).elements(part());
    private static final JsonShape CHAT = chat();
    private static final JsonShape COMPLETION = path().members(Map.of("prompt", INPUT, "suffix", streamed(TEXT)));
    private static final JsonShape OTHER = path().members(Map.of("input", INPUT));

    private OpenAiPromptShapes() {}

    static JsonShape of(Endpoint endpoint) {
        if (endpoint == Endpoint.CHAT_COMPLETIONS) {
            return CHAT;
        }
        return endpoint == Endpoint.COMPLETIONS ? COMPLETION : OTHER;
    }

    private static JsonShape part() {
        JsonShape image = streamed(IMAGE).members(Map.of("url", streamed(IMAGE_URL), "detail", text(IMAGE_DETAIL)));
        return streamed(PART)
                .members(Map.of(
                        "text", streamed(PART_TEXT),
                        "refusal", streamed(PART_TEXT),
                        "image_url", image,
                        "input_audio", value(UNKNOWN),
                        "file", value(UNKNOWN)))
                .elements(value(TOKEN));
    }

    private static JsonShape chat() {
        JsonShape called = value(PAST)
                .members(Map.of("name", streamed(TEXT), "arguments", streamed(TEXT), "input", streamed(TEXT)));
        JsonShape message = value(MESSAGE)
                .announced()
                .members(Map.of(
                        "role", streamed(ROLE),
                        "name", streamed(NAME),
                        "content", INPUT,
                        "refusal", streamed(TEXT),
                        "audio", value(PAST),
                        "tool_calls", path().elements(path().members(Map.of("function", called, "custom", called))),
                        "function_call", called));
        Map<String, JsonShape> definition =
                Map.of("name", streamed(TOOL_NAME), "description", streamed(DESCRIPTION), "parameters", tree(SCHEMA));
        JsonShape grammar = path().members(Map.of(
                "definition", streamed(TEXT), "grammar", path().members(Map.of("definition", streamed(TEXT)))));
        JsonShape custom = path().members(
                        Map.of("name", streamed(TOOL_NAME), "description", streamed(DESCRIPTION), "format", grammar));
        JsonShape tool =
                value(TOOL).announced().members(Map.of("function", path().members(definition), "custom", custom));
        JsonShape chosen = path().members(Map.of("name", streamed(CHOSEN_TOOL)));
        Map<String, JsonShape> format =
                Map.of("name", streamed(TOOL_NAME), "description", streamed(DESCRIPTION), "schema", tree(SCHEMA));
        return path().members(Map.of(
                "messages", path().elements(message),
                "tools", path().elements(tool),
                "functions", path().elements(value(TOOL).announced().members(definition)),
                "tool_choice", text(TOOL_CHOICE).members(Map.of("function", chosen, "custom", chosen)),
                "function_call", text(TOOL_CHOICE).members(Map.of("name", streamed(CHOSEN_TOOL))),
                "response_format",
                        path().members(Map.of("json_schema", value(FORMAT).members(format)))));
    }
}
