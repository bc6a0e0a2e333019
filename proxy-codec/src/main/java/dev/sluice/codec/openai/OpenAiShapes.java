package dev.sluice.codec.openai;

import static dev.sluice.codec.json.JsonShape.path;
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

    private static JsonShape choice() {
        JsonShape output = path().members(Map.of(
                "content", value(OUTPUT),
                "refusal", value(OUTPUT),
                "reasoning", value(OUTPUT),
                "reasoning_content", value(OUTPUT),
                "reasoning_details", value(OUTPUT),
                "tool_calls", value(OUTPUT),
                "function_call", value(OUTPUT),
                "audio", value(OUTPUT),
                "images", value(OUTPUT)));
        Map<String, JsonShape> choice = new HashMap<>(UsageShape.OPENAI.echo());
        choice.put("index", value(CHOICE_INDEX));
        choice.put("finish_reason", value(FINISH_REASON));
        choice.put("delta", output);
        choice.put("message", output);
        choice.put("text", value(OUTPUT));
        return value(CHOICE).members(choice);
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
