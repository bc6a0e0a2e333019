package dev.sluice.codec.openai;

import static dev.sluice.codec.json.JsonShape.path;
import static dev.sluice.codec.json.JsonShape.streamed;
import static dev.sluice.codec.json.JsonShape.text;
import static dev.sluice.codec.json.JsonShape.value;

import dev.sluice.codec.json.JsonShape;
import dev.sluice.codec.usage.UsageShape;
import java.util.HashMap;
import java.util.Map;

/**
 * Where in an answer the things stand that the gateway must know: the map of the dialect, with the detours of its
 * hosts. Thread: any.
 */
final class OpenAiShapes {
    // The answer.
    static final int CHOICES = 1;
    static final int CHOICE = 2;
    static final int CHOICE_INDEX = 3;
    static final int FINISH_REASON = 4;
    static final int OUTPUT = 5;
    static final int OBJECT = 6;
    static final int MODEL = 7;
    static final int SERVICE_TIER = 8;
    // Everything below zero belongs to UsageFigures.

    // Errors: everything from here on belongs to OpenAiError.
    static final int FIRST_OF_ERROR = 30;
    static final int ERROR = 30;
    static final int ERROR_MESSAGE = 31;
    static final int MESSAGE = 32;
    static final int DETAIL = 33;
    static final int TYPE = 34;
    static final int CODE = 35;
    static final int PARAM = 36;
    static final int STATUS = 37;

    // What has been generated: everything from here on belongs to OpenAiText.
    static final int FIRST_OF_TEXT = 50;
    static final int DELTA = 50;
    static final int WHOLE_MESSAGE = 51;
    static final int TOOL_CALLS = 52;
    static final int TOOL_CALL = 53;
    static final int TOOL_INDEX = 54;

    // Of a delta. The places for reasoning stand in the order in which they are believed.
    private static final int FIRST_OF_DELTA = 60;
    static final int CONTENT = 60;
    static final int REFUSAL = 61;
    static final int REASONING_TEXT = 62;
    static final int REASONING_CONTENT = 63;
    static final int REASONING_DETAIL = 64;
    static final int THINKING = 65;
    static final int TOOL_NAME = 66;
    static final int TOOL_ARGUMENTS = 67;

    /** Of a message: the same places as in a delta, so much further on. */
    static final int FIRST_OF_MESSAGE = 70;

    private static final int FROM_DELTA_TO_MESSAGE = FIRST_OF_MESSAGE - FIRST_OF_DELTA;
    /** The text of a legacy completion, which counts as the content of a message. */
    static final int PLAIN_TEXT = 80;

    /** Of an answer that carries an error in place of, or beside, its output. */
    static final JsonShape ANSWER;

    /** Of the body of an error answer, which some hosts wrap into an array. */
    static final JsonShape ERROR_BODY;

    static {
        Map<String, JsonShape> error = errorMembers();
        JsonShape errorRoot = path().members(error);
        ERROR_BODY = errorRoot.elements(errorRoot);

        Map<String, JsonShape> answer = new HashMap<>(error);
        answer.put("object", text(OBJECT));
        answer.put("model", text(MODEL));
        answer.put("service_tier", text(SERVICE_TIER));
        answer.put("choices", value(CHOICES).elements(choice()));
        answer.put("data", value(OUTPUT));
        answer.put("results", value(OUTPUT));
        answer.putAll(UsageShape.OPENAI.members());
        answer.put("x_groq", path().members(UsageShape.OPENAI.echo()));
        ANSWER = path().members(answer);
    }

    private OpenAiShapes() {}

    /** The place in a delta that corresponds to a place of text in a message. */
    static int inDelta(int place) {
        if (place == PLAIN_TEXT) {
            return CONTENT;
        }
        return place < FIRST_OF_MESSAGE ? place : place - FROM_DELTA_TO_MESSAGE;
    }

    private static JsonShape choice() {
        Map<String, JsonShape> choice = new HashMap<>(UsageShape.OPENAI.echo());
        choice.put("index", value(CHOICE_INDEX));
        choice.put("finish_reason", value(FINISH_REASON));
        choice.put("delta", generated(DELTA, 0));
        choice.put("message", generated(WHOLE_MESSAGE, FROM_DELTA_TO_MESSAGE));
        choice.put("text", streamed(PLAIN_TEXT));
        return value(CHOICE).members(choice);
    }

    /** What a model says, in a delta or in a message. Transcripts of audio are left out: audio has a price of its own. */
    private static JsonShape generated(int id, int offset) {
        JsonShape thinking =
                streamed(THINKING + offset).elements(path().members(Map.of("text", streamed(THINKING + offset))));
        JsonShape part = path().members(Map.of(
                "text", streamed(CONTENT + offset), "refusal", streamed(REFUSAL + offset), "thinking", thinking));
        JsonShape detail = path().members(Map.of("text", streamed(REASONING_DETAIL + offset)));
        JsonShape function = value(OUTPUT)
                .members(Map.of("name", streamed(TOOL_NAME + offset), "arguments", streamed(TOOL_ARGUMENTS + offset)));
        JsonShape custom = path().members(
                        Map.of("name", streamed(TOOL_NAME + offset), "input", streamed(TOOL_ARGUMENTS + offset)));
        JsonShape call =
                value(TOOL_CALL).members(Map.of("index", value(TOOL_INDEX), "function", function, "custom", custom));
        return value(id)
                .members(Map.of(
                        "content", streamed(CONTENT + offset).elements(part),
                        "refusal", streamed(REFUSAL + offset),
                        "reasoning", streamed(REASONING_TEXT + offset),
                        "reasoning_content", streamed(REASONING_CONTENT + offset),
                        "reasoning_details", value(OUTPUT).elements(detail),
                        "tool_calls", value(TOOL_CALLS).elements(call),
                        "function_call", function,
                        "audio", value(OUTPUT),
                        "images", value(OUTPUT)));
    }

    /** {@code {"error":{…}}}, {@code {"error":"…"}}, {@code {"message":…}}, {@code {"detail":…}} and their mixtures. */
    private static Map<String, JsonShape> errorMembers() {
        JsonShape detail = text(DETAIL).elements(path().members(Map.of("msg", text(DETAIL))));
        JsonShape wrapped = text(ERROR)
                .members(Map.of(
                        "message", text(ERROR_MESSAGE),
                        "type", text(TYPE),
                        "code", text(CODE),
                        "param", text(PARAM),
                        "status", value(STATUS),
                        "status_code", value(STATUS)));
        return Map.of(
                "error", wrapped,
                "message", text(MESSAGE).members(Map.of("detail", detail)),
                "detail", detail,
                "type", text(TYPE),
                "code", text(CODE),
                "param", text(PARAM),
                "statusCode", value(STATUS),
                "raw_status_code", value(STATUS));
    }
}
