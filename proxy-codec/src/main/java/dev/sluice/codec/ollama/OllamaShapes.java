package dev.sluice.codec.ollama;

import static dev.sluice.codec.json.JsonShape.path;
import static dev.sluice.codec.json.JsonShape.raw;
import static dev.sluice.codec.json.JsonShape.streamed;
import static dev.sluice.codec.json.JsonShape.text;
import static dev.sluice.codec.json.JsonShape.value;

import dev.sluice.codec.json.JsonShape;
import dev.sluice.codec.usage.UsageShape;
import java.util.HashMap;
import java.util.Map;

/** Where in a line, or in a whole answer, the things stand that the gateway must know. Thread: any. */
final class OllamaShapes {
    static final int MODEL = 1;
    static final int DONE = 2;
    static final int DONE_REASON = 3;
    static final int MESSAGE = 4;
    static final int EMBEDDINGS = 5;
    static final int ERROR = 6;
    static final int ERROR_MESSAGE = 7;
    static final int CONTENT = 8;
    static final int THINKING = 9;
    static final int CALL = 10;
    static final int CALL_ID = 11;
    static final int CALL_NAME = 12;
    static final int ARGUMENTS = 13;
    // Everything below zero belongs to UsageFigures.

    static final JsonShape ANSWER;

    static {
        Map<String, JsonShape> answer = new HashMap<>(UsageShape.OLLAMA.members());
        answer.put("model", text(MODEL));
        answer.put("done", value(DONE));
        answer.put("done_reason", text(DONE_REASON));
        answer.put("message", message());
        answer.put("embeddings", value(EMBEDDINGS));
        // A string, but an object where something in between has its own idea of errors.
        answer.put("error", text(ERROR).members(Map.of("message", text(ERROR_MESSAGE))));
        ANSWER = path().members(answer);
    }

    private OllamaShapes() {}

    private static JsonShape message() {
        JsonShape function = path().members(Map.of("name", text(CALL_NAME), "arguments", raw(ARGUMENTS)));
        JsonShape call = value(CALL).members(Map.of("id", text(CALL_ID), "function", function));
        return value(MESSAGE)
                .members(Map.of(
                        "content", streamed(CONTENT),
                        "thinking", streamed(THINKING),
                        "tool_calls", path().elements(call)));
    }
}
