package dev.sluice.codec.bedrock;

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
 * Where in an event, or in a whole answer, the things stand that the gateway must know. No event has a member that means
 * something else in another one, so that one map is enough for all. Thread: any.
 */
final class BedrockShapes {
    static final int OUTPUT = 1;
    static final int STOP_REASON = 2;
    static final int SERVICE_TIER = 3;
    static final int BLOCK_INDEX = 4;
    static final int BLOCK = 5;
    static final int MESSAGE = 6;
    static final int ORIGINAL_MESSAGE = 7;
    // What has been generated: everything from here on belongs to BedrockBlock.
    static final int FIRST_OF_BLOCK = 20;
    static final int TEXT = 20;
    static final int REASONING = 21;
    static final int SIGNATURE = 22;
    static final int REDACTED = 23;
    static final int TOOL_USE = 24;
    static final int TOOL_ID = 25;
    static final int TOOL_NAME = 26;
    static final int TOOL_TYPE = 27;
    static final int TOOL_INPUT = 28;
    static final int CITATION = 29;
    static final int CITATION_URL = 30;
    static final int CITATION_TITLE = 31;
    // Everything below zero belongs to UsageFigures.

    static final JsonShape ANSWER;

    static {
        Map<String, JsonShape> answer = new HashMap<>(UsageShape.BEDROCK_CONVERSE.members());
        JsonShape content = path().elements(value(BLOCK).members(wholeBlock()));
        answer.put("output", value(OUTPUT).members(Map.of("message", path().members(Map.of("content", content)))));
        answer.put("stopReason", text(STOP_REASON));
        answer.put("serviceTier", path().members(Map.of("type", text(SERVICE_TIER))));
        answer.put("contentBlockIndex", value(BLOCK_INDEX));
        answer.put("start", path().members(Map.of("toolUse", toolUse())));
        answer.put("delta", path().members(delta()));
        // Of errors; the model's own words are behind those of Bedrock.
        answer.put("message", text(MESSAGE));
        answer.put("Message", text(MESSAGE));
        answer.put("originalMessage", text(ORIGINAL_MESSAGE));
        ANSWER = path().members(answer);
    }

    private BedrockShapes() {}

    private static Map<String, JsonShape> delta() {
        JsonShape reasoning = path().members(Map.of(
                "text", streamed(REASONING), "signature", streamed(SIGNATURE), "redactedContent", streamed(REDACTED)));
        return Map.of(
                "text", streamed(TEXT),
                "toolUse", path().members(Map.of("input", raw(TOOL_INPUT))),
                "reasoningContent", reasoning,
                "citation", citation());
    }

    private static Map<String, JsonShape> wholeBlock() {
        JsonShape reasoningText = path().members(Map.of("text", streamed(REASONING), "signature", streamed(SIGNATURE)));
        JsonShape reasoning =
                path().members(Map.of("reasoningText", reasoningText, "redactedContent", streamed(REDACTED)));
        JsonShape cited = path().members(Map.of(
                "content", path().elements(path().members(Map.of("text", streamed(TEXT)))),
                "citations", path().elements(citation())));
        return Map.of(
                "text", streamed(TEXT), "toolUse", toolUse(), "reasoningContent", reasoning, "citationsContent", cited);
    }

    private static JsonShape toolUse() {
        return value(TOOL_USE)
                .members(Map.of(
                        "toolUseId", text(TOOL_ID),
                        "name", text(TOOL_NAME),
                        "type", text(TOOL_TYPE),
                        "input", raw(TOOL_INPUT)));
    }

    private static JsonShape citation() {
        JsonShape location = path().members(Map.of("web", path().members(Map.of("url", text(CITATION_URL)))));
        return value(CITATION).members(Map.of("title", text(CITATION_TITLE), "location", location));
    }
}
