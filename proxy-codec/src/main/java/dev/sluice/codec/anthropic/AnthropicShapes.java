package dev.sluice.codec.anthropic;

import static dev.sluice.codec.json.JsonShape.path;
import static dev.sluice.codec.json.JsonShape.raw;
import static dev.sluice.codec.json.JsonShape.streamed;
import static dev.sluice.codec.json.JsonShape.text;
import static dev.sluice.codec.json.JsonShape.value;

import dev.sluice.codec.json.JsonShape;
import dev.sluice.codec.usage.UsageShape;
import java.util.HashMap;
import java.util.Map;

/** Where in an answer the things stand that the gateway must know. Thread: any. */
final class AnthropicShapes {
    // An event, or the message itself. Everything below zero belongs to UsageFigures.
    static final int TYPE = 1;
    static final int INDEX = 2;
    static final int MESSAGE = 3;
    static final int MESSAGE_ID = 4;
    static final int MODEL = 5;
    static final int STOP_REASON = 6;
    static final int STOP_SEQUENCE = 7;
    /** What a count of tokens has instead of a message. */
    static final int INPUT_TOKENS = 8;

    // What blocks say: everything from here on belongs to AnthropicBlocks.
    static final int FIRST_OF_BLOCKS = 20;
    /** A block that begins, and whose deltas follow. */
    static final int START_BLOCK = 20;
    /** A block that stands in a message. */
    static final int WHOLE_BLOCK = 21;

    static final int BLOCK_TYPE = 22;
    static final int TOOL_ID = 23;
    static final int TOOL_NAME = 24;
    static final int INPUT = 25;
    static final int CITATION = 26;
    static final int CITATION_TYPE = 27;
    static final int CITATION_URL = 28;
    static final int CITATION_TITLE = 29;
    static final int TEXT = 30;
    static final int THINKING = 31;
    static final int ARGUMENTS = 32;
    static final int SIGNATURE = 33;
    static final int REDACTED = 34;
    /** Why the model refuses. */
    static final int EXPLANATION = 35;

    // Errors: everything from here on belongs to AnthropicError.
    static final int FIRST_OF_ERROR = 40;
    static final int ERROR = 40;
    static final int ERROR_TYPE = 41;
    static final int ERROR_MESSAGE = 42;
    /** Of hosts that have their own ideas. */
    static final int OTHER_MESSAGE = 43;

    /** Of the data of one event. */
    static final JsonShape EVENT;

    /** Of a whole answer. */
    static final JsonShape BODY;

    /** Of the body of an error answer, which some hosts wrap into an array. */
    static final JsonShape ERROR_BODY;

    static {
        JsonShape error = text(ERROR).members(Map.of("type", text(ERROR_TYPE), "message", text(ERROR_MESSAGE)));

        Map<String, JsonShape> opening = message();
        opening.putAll(UsageShape.ANTHROPIC.opening());
        Map<String, JsonShape> event = new HashMap<>(UsageShape.ANTHROPIC.members());
        event.put("type", text(TYPE));
        event.put("index", value(INDEX));
        event.put("message", value(MESSAGE).members(opening));
        event.put("content_block", block(START_BLOCK));
        event.put("delta", path().members(delta()));
        event.put("error", error);
        EVENT = path().members(event);

        Map<String, JsonShape> body = message();
        body.putAll(UsageShape.ANTHROPIC.members());
        body.put("type", text(TYPE));
        body.put("error", error);
        body.put("input_tokens", value(INPUT_TOKENS));
        BODY = path().members(body);

        JsonShape detail = text(OTHER_MESSAGE).elements(path().members(Map.of("msg", text(OTHER_MESSAGE))));
        JsonShape errorBody = path().members(Map.of("error", error, "message", text(OTHER_MESSAGE), "detail", detail));
        ERROR_BODY = errorBody.elements(errorBody);
    }

    private AnthropicShapes() {}

    private static Map<String, JsonShape> message() {
        Map<String, JsonShape> message = new HashMap<>(ending());
        message.put("id", text(MESSAGE_ID));
        message.put("model", text(MODEL));
        message.put("content", path().elements(block(WHOLE_BLOCK)));
        return message;
    }

    private static JsonShape block(int id) {
        return value(id)
                .announced()
                .members(Map.of(
                        "type", text(BLOCK_TYPE),
                        "id", text(TOOL_ID),
                        "name", text(TOOL_NAME),
                        "input", raw(INPUT),
                        "text", streamed(TEXT),
                        "thinking", streamed(THINKING),
                        "signature", streamed(SIGNATURE),
                        "data", streamed(REDACTED),
                        "citations", path().elements(citation())));
    }

    /** The names of the members tell the kinds of deltas apart. */
    private static Map<String, JsonShape> delta() {
        Map<String, JsonShape> delta = new HashMap<>(ending());
        delta.put("text", streamed(TEXT));
        delta.put("thinking", streamed(THINKING));
        delta.put("partial_json", streamed(ARGUMENTS));
        delta.put("signature", streamed(SIGNATURE));
        delta.put("citation", citation());
        return delta;
    }

    private static Map<String, JsonShape> ending() {
        return Map.of(
                "stop_reason", text(STOP_REASON),
                "stop_sequence", text(STOP_SEQUENCE),
                "stop_details", path().members(Map.of("explanation", streamed(EXPLANATION))));
    }

    private static JsonShape citation() {
        return value(CITATION)
                .members(Map.of("type", text(CITATION_TYPE), "url", text(CITATION_URL), "title", text(CITATION_TITLE)));
    }
}
