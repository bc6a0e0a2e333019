package dev.sluice.codec.openai;

import static dev.sluice.codec.json.JsonShape.UNREPORTED;
import static dev.sluice.codec.json.JsonShape.path;
import static dev.sluice.codec.json.JsonShape.raw;
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
    static final int STOP_REASON = 5;
    static final int CHOICE_ERROR = 6;
    static final int OUTPUT = 7;
    static final int OBJECT = 8;
    static final int ID = 9;
    static final int MODEL = 10;
    static final int SERVICE_TIER = 11;
    static final int CREATED = 12;
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
    static final int THOUGHT = 52;
    static final int THOUGHT_FORMAT = 53;
    static final int CITATION = 54;
    static final int CITED_URL = 55;
    static final int CITED_TITLE = 56;
    static final int TOOL_CALLS = 57;
    static final int TOOL_CALL = 58;
    static final int TOOL_INDEX = 59;
    static final int CUSTOM_CALL = 60;
    static final int LEGACY_CALL = 61;

    // Its strings.
    static final int FIRST_OF_STRINGS = 70;
    static final int CONTENT = 70;
    static final int REFUSAL = 71;
    static final int REASONING_TEXT = 72;
    static final int REASONING_CONTENT = 73;
    static final int REASONING_DETAIL = 74;
    static final int THINKING = 75;
    /** The text of a legacy completion. */
    static final int PLAIN_TEXT = 76;

    static final int THOUGHT_SIGNATURE = 77;
    static final int THOUGHT_DATA = 78;
    static final int THOUGHT_ID = 79;
    static final int TEXT_SIGNATURE = 80;
    static final int TOOL_ID = 81;
    static final int TOOL_NAME = 82;
    static final int TOOL_ARGUMENTS = 83;
    static final int TOOL_SIGNATURE = 84;

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
        answer.put("id", text(ID));
        answer.put("model", text(MODEL));
        answer.put("created", value(CREATED));
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
        Map<String, JsonShape> choice = new HashMap<>(UsageShape.OPENAI.echo());
        choice.put("index", value(CHOICE_INDEX));
        choice.put("finish_reason", text(FINISH_REASON));
        choice.put("stop_reason", text(STOP_REASON));
        choice.put("matched_stop", text(STOP_REASON));
        choice.put("error", value(CHOICE_ERROR).members(wrapped()));
        choice.put("delta", generated(DELTA));
        choice.put("message", generated(WHOLE_MESSAGE));
        choice.put("text", streamed(PLAIN_TEXT));
        return value(CHOICE).members(choice);
    }

    /** What a model says, in a delta or in a message. Transcripts of audio are left out: audio has a price of its own. */
    private static JsonShape generated(int id) {
        JsonShape thinking = streamed(THINKING).elements(path().members(Map.of("text", streamed(THINKING))));
        JsonShape part =
                path().members(Map.of("text", streamed(CONTENT), "refusal", streamed(REFUSAL), "thinking", thinking));
        return value(id)
                .members(Map.ofEntries(
                        Map.entry("content", streamed(CONTENT).elements(part)),
                        Map.entry("refusal", streamed(REFUSAL)),
                        Map.entry("reasoning", streamed(REASONING_TEXT)),
                        Map.entry("reasoning_content", streamed(REASONING_CONTENT)),
                        Map.entry("reasoning_details", value(OUTPUT).elements(detail())),
                        Map.entry("annotations", path().elements(citation())),
                        Map.entry("tool_calls", value(TOOL_CALLS).elements(call())),
                        Map.entry("function_call", function(LEGACY_CALL)),
                        Map.entry("extra_content", google(TEXT_SIGNATURE)),
                        Map.entry("audio", value(OUTPUT)),
                        Map.entry("images", value(OUTPUT))))
                .announced();
    }

    /** OpenRouter's form of reasoning, in which it also tells who signed it. */
    private static JsonShape detail() {
        return value(THOUGHT)
                .members(Map.of(
                        "text", streamed(REASONING_DETAIL),
                        "summary", streamed(REASONING_DETAIL),
                        "signature", streamed(THOUGHT_SIGNATURE),
                        "data", streamed(THOUGHT_DATA),
                        "id", streamed(THOUGHT_ID),
                        "format", text(THOUGHT_FORMAT)));
    }

    private static JsonShape citation() {
        JsonShape url = text(CITED_URL);
        JsonShape title = text(CITED_TITLE);
        JsonShape wrapped = path().members(Map.of("url", url, "title", title));
        return value(CITATION).members(Map.of("url_citation", wrapped, "url", url, "title", title));
    }

    private static JsonShape call() {
        JsonShape custom =
                value(CUSTOM_CALL).members(Map.of("name", streamed(TOOL_NAME), "input", streamed(TOOL_ARGUMENTS)));
        return value(TOOL_CALL)
                .members(Map.of(
                        "index", value(TOOL_INDEX),
                        "id", streamed(TOOL_ID),
                        "function", function(UNREPORTED),
                        "custom", custom,
                        "extra_content", google(TOOL_SIGNATURE)));
    }

    /** Arguments are text; some hosts send the object itself. */
    private static JsonShape function(int id) {
        return value(id).members(Map.of("name", streamed(TOOL_NAME), "arguments", raw(TOOL_ARGUMENTS)));
    }

    private static JsonShape google(int signature) {
        return path().members(Map.of("google", path().members(Map.of("thought_signature", streamed(signature)))));
    }

    /** {@code {"error":{…}}}, {@code {"error":"…"}}, {@code {"message":…}}, {@code {"detail":…}} and their mixtures. */
    private static Map<String, JsonShape> errorMembers() {
        JsonShape detail = text(DETAIL).elements(path().members(Map.of("msg", text(DETAIL))));
        return Map.of(
                "error", text(ERROR).members(wrapped()),
                "message", text(MESSAGE).members(Map.of("detail", detail)),
                "detail", detail,
                "type", text(TYPE),
                "code", text(CODE),
                "param", text(PARAM),
                "statusCode", value(STATUS),
                "raw_status_code", value(STATUS));
    }

    private static Map<String, JsonShape> wrapped() {
        return Map.of(
                "message", text(ERROR_MESSAGE),
                "type", text(TYPE),
                "code", text(CODE),
                "param", text(PARAM),
                "status", value(STATUS),
                "status_code", value(STATUS));
    }
}
