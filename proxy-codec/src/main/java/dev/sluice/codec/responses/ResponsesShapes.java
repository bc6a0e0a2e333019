package dev.sluice.codec.responses;

import static dev.sluice.codec.json.JsonShape.path;
import static dev.sluice.codec.json.JsonShape.streamed;
import static dev.sluice.codec.json.JsonShape.text;
import static dev.sluice.codec.json.JsonShape.value;

import dev.sluice.codec.json.JsonShape;
import dev.sluice.codec.usage.UsageShape;
import java.util.HashMap;
import java.util.Map;

/** Where in an answer the things stand that the gateway must know: the map of the dialect. Thread: any. */
final class ResponsesShapes {
    // An event. Everything below zero belongs to UsageFigures.
    static final int TYPE = 1;
    static final int OUTPUT_INDEX = 2;
    static final int CONTENT_INDEX = 3;
    static final int SUMMARY_INDEX = 4;
    static final int DELTA = 5;
    /** All of a text, in the event that ends it. */
    static final int WHOLE_TEXT = 6;

    static final int ITEM = 7;
    static final int ANNOTATION = 8;
    /** Generated, but nothing that a chat knows. */
    static final int OTHER_OUTPUT = 9;

    static final int SEQUENCE_NUMBER = 10;

    // A response: in its own events, or the whole answer.
    static final int RESPONSE_ID = 11;
    static final int MODEL = 12;
    static final int STATUS = 13;
    static final int SERVICE_TIER = 14;
    static final int INCOMPLETE_REASON = 15;
    static final int OUTPUT = 16;
    static final int OUTPUT_ITEM = 17;

    // An item: everything from here on belongs to HeldItem.
    static final int FIRST_OF_ITEM = 20;
    static final int ITEM_ID = 20;
    static final int ITEM_TYPE = 21;
    static final int CALL_ID = 22;
    static final int NAME = 23;
    static final int ARGUMENTS = 24;
    static final int INPUT = 25;
    static final int ENCRYPTED = 26;
    static final int PART = 27;
    static final int PART_TEXT = 28;
    static final int PART_REFUSAL = 29;
    static final int SUMMARY = 30;
    static final int SUMMARY_TEXT = 31;
    static final int PART_ANNOTATION = 32;
    static final int ANNOTATION_TYPE = 33;
    static final int ANNOTATION_URL = 34;
    static final int ANNOTATION_TITLE = 35;

    // Errors: everything from here on belongs to ResponsesError.
    static final int FIRST_OF_ERROR = 40;
    static final int ERROR = 40;
    static final int ERROR_MESSAGE = 41;
    static final int MESSAGE = 42;
    static final int DETAIL = 43;
    static final int ERROR_TYPE = 44;
    static final int CODE = 45;
    static final int PARAM = 46;
    static final int ERROR_STATUS = 47;

    static final JsonShape EVENT;
    static final JsonShape WHOLE;
    /** Of the body of an error answer. */
    static final JsonShape ERROR_BODY = path().members(errors(ERROR_TYPE));

    static {
        Map<String, JsonShape> event = new HashMap<>(errors(TYPE));
        event.put("sequence_number", value(SEQUENCE_NUMBER));
        event.put("output_index", value(OUTPUT_INDEX));
        event.put("content_index", value(CONTENT_INDEX));
        event.put("summary_index", value(SUMMARY_INDEX));
        event.put("delta", streamed(DELTA));
        event.put("text", streamed(WHOLE_TEXT));
        event.put("refusal", streamed(WHOLE_TEXT));
        event.put("arguments", streamed(WHOLE_TEXT));
        event.put("input", streamed(WHOLE_TEXT));
        event.put("partial_image_b64", value(OTHER_OUTPUT));
        event.put("item", value(ITEM).members(item()));
        event.put("annotation", value(ANNOTATION).members(annotation()));
        Map<String, JsonShape> response = new HashMap<>(response());
        response.put("error", error());
        event.put("response", path().members(response));
        EVENT = path().members(event);

        Map<String, JsonShape> whole = new HashMap<>(errors(ERROR_TYPE));
        whole.putAll(response());
        WHOLE = path().members(whole);
    }

    private ResponsesShapes() {}

    private static Map<String, JsonShape> response() {
        Map<String, JsonShape> response = new HashMap<>(UsageShape.OPENAI_RESPONSES.members());
        response.put("id", text(RESPONSE_ID));
        response.put("model", text(MODEL));
        response.put("status", text(STATUS));
        response.put("service_tier", text(SERVICE_TIER));
        response.put("incomplete_details", path().members(Map.of("reason", text(INCOMPLETE_REASON))));
        response.put(
                "output",
                value(OUTPUT).elements(value(OUTPUT_ITEM).members(item())).announced());
        return response;
    }

    private static Map<String, JsonShape> item() {
        JsonShape part = value(PART)
                .members(Map.of(
                        "text", streamed(PART_TEXT),
                        "refusal", streamed(PART_REFUSAL),
                        "annotations", path().elements(value(PART_ANNOTATION).members(annotation()))));
        JsonShape summary = value(SUMMARY).members(Map.of("text", streamed(SUMMARY_TEXT)));
        return Map.of(
                "id", text(ITEM_ID),
                "type", text(ITEM_TYPE),
                "call_id", text(CALL_ID),
                "name", text(NAME),
                "arguments", streamed(ARGUMENTS),
                "input", streamed(INPUT),
                "encrypted_content", streamed(ENCRYPTED),
                "content", path().elements(part),
                "summary", path().elements(summary));
    }

    private static Map<String, JsonShape> annotation() {
        return Map.of("type", text(ANNOTATION_TYPE), "url", text(ANNOTATION_URL), "title", text(ANNOTATION_TITLE));
    }

    /** {@code {"error":{…}}}, and the same flat: in an event, in an answer, and in what hosts and their proxies send. */
    private static Map<String, JsonShape> errors(int type) {
        JsonShape detail = text(DETAIL).elements(path().members(Map.of("msg", text(DETAIL))));
        return Map.of(
                "error", error(),
                "message", text(MESSAGE),
                "detail", detail,
                "type", text(type),
                "code", text(CODE),
                "param", text(PARAM),
                "statusCode", value(ERROR_STATUS));
    }

    private static JsonShape error() {
        return text(ERROR)
                .members(Map.of(
                        "message", text(ERROR_MESSAGE),
                        "type", text(ERROR_TYPE),
                        "code", text(CODE),
                        "param", text(PARAM),
                        "status", value(ERROR_STATUS),
                        "status_code", value(ERROR_STATUS)));
    }
}
