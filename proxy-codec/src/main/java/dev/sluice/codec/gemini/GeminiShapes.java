package dev.sluice.codec.gemini;

import static dev.sluice.codec.json.JsonShape.path;
import static dev.sluice.codec.json.JsonShape.raw;
import static dev.sluice.codec.json.JsonShape.streamed;
import static dev.sluice.codec.json.JsonShape.text;
import static dev.sluice.codec.json.JsonShape.value;

import dev.sluice.codec.json.JsonShape;
import dev.sluice.codec.usage.UsageShape;
import java.util.HashMap;
import java.util.Map;

/** Where in an answer the things stand that the gateway must know: the map of the dialect. Thread: any. */
final class GeminiShapes {
    // The answer. Everything below zero belongs to UsageFigures.
    /** One answer of several: a stream that is asked for without {@code alt=sse} comes as an array of them. */
    static final int CHUNK = 1;

    static final int CANDIDATE = 2;
    static final int CANDIDATE_INDEX = 3;
    static final int FINISH_REASON = 4;
    static final int BLOCK_REASON = 5;
    static final int BLOCK_MESSAGE = 6;
    static final int MODEL = 7;
    static final int RESPONSE_ID = 8;
    /** Vectors. */
    static final int OUTPUT = 9;

    // Errors: everything from here on belongs to GeminiError.
    static final int FIRST_OF_ERROR = 30;
    static final int ERROR = 30;
    static final int ERROR_CODE = 31;
    static final int ERROR_MESSAGE = 32;
    static final int ERROR_STATUS = 33;
    static final int ERROR_REASON = 34;
    static final int RETRY_DELAY = 35;

    // Of a candidate: everything from here on belongs to GeminiParts.
    static final int FIRST_OF_CANDIDATE = 50;
    static final int PART = 50;
    static final int TEXT = 51;
    static final int THOUGHT = 52;
    static final int SIGNATURE = 53;
    static final int CALL = 54;
    static final int CALL_ID = 55;
    static final int CALL_NAME = 56;
    static final int ARGUMENTS = 57;
    /** Code, its results, images, calls of the provider's own tools: output that is not told. */
    static final int OTHER_PART = 58;

    static final int SOURCE = 59;
    static final int SOURCE_URL = 60;
    static final int SOURCE_TITLE = 61;

    static final JsonShape ANSWER;

    /** Of the body of an error answer, which may be wrapped into an array. */
    static final JsonShape ERROR_BODY;

    static {
        JsonShape errorRoot = path().members(Map.of("error", error()));
        ERROR_BODY = errorRoot.elements(errorRoot);

        Map<String, JsonShape> chunk = new HashMap<>(UsageShape.GEMINI.members());
        chunk.put("candidates", path().elements(candidate()));
        chunk.put(
                "promptFeedback",
                path().members(Map.of("blockReason", text(BLOCK_REASON), "blockReasonMessage", text(BLOCK_MESSAGE))));
        chunk.put("modelVersion", text(MODEL));
        chunk.put("responseId", text(RESPONSE_ID));
        chunk.put("error", error());
        chunk.put("embedding", value(OUTPUT));
        chunk.put("embeddings", value(OUTPUT));
        ANSWER = path().members(chunk).elements(value(CHUNK).members(chunk));
    }

    private GeminiShapes() {}

    private static JsonShape candidate() {
        JsonShape call =
                value(CALL).members(Map.of("id", text(CALL_ID), "name", text(CALL_NAME), "args", raw(ARGUMENTS)));
        Map<String, JsonShape> part = Map.of(
                "text", streamed(TEXT),
                "thought", value(THOUGHT),
                "thoughtSignature", streamed(SIGNATURE),
                "functionCall", call,
                "inlineData", value(OTHER_PART),
                "fileData", value(OTHER_PART),
                "executableCode", value(OTHER_PART),
                "codeExecutionResult", value(OTHER_PART),
                "toolCall", value(OTHER_PART),
                "toolResponse", value(OTHER_PART));
        JsonShape parts = path().elements(value(PART).members(part));
        JsonShape source = value(SOURCE).members(Map.of("uri", text(SOURCE_URL), "title", text(SOURCE_TITLE)));
        JsonShape sources = path().elements(path().members(Map.of("web", source)));
        return value(CANDIDATE)
                .members(Map.of(
                        "index", value(CANDIDATE_INDEX),
                        "content", path().members(Map.of("parts", parts)),
                        "finishReason", text(FINISH_REASON),
                        "groundingMetadata", path().members(Map.of("groundingChunks", sources))));
    }

    /** Named as google.rpc.Status has it; the details name a reason in an ErrorInfo, a delay in a RetryInfo. */
    private static JsonShape error() {
        JsonShape detail = path().members(Map.of("reason", text(ERROR_REASON), "retryDelay", text(RETRY_DELAY)));
        return text(ERROR)
                .members(Map.of(
                        "code", text(ERROR_CODE),
                        "message", text(ERROR_MESSAGE),
                        "status", text(ERROR_STATUS),
                        "details", path().elements(detail)));
    }
}
