package dev.sluice.gateway.conformance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;

/** What reached a provider, read in its own words: where each wire format puts a picture, and a tool's result. */
final class Arrived {
    private final String format;
    private final JsonNode turns;

    Arrived(String format, String body) throws JsonProcessingException {
        this.format = format;
        turns = Heard.JSON
                .readTree(body)
                .at(
                        switch (format) {
                            case "responses" -> "/input";
                            case "gemini" -> "/contents";
                            default -> "/messages";
                        });
    }

    /** The picture beside the text of the last turn, as a data URL; without its type where the format has none. */
    String image() {
        JsonNode turn = fromEnd(1);
        return switch (format) {
            case "openai" -> text(turn, "/content/1/image_url/url");
            case "responses" -> text(turn, "/content/1/image_url");
            case "anthropic" ->
                dataUrl(text(turn, "/content/1/source/media_type"), text(turn, "/content/1/source/data"));
            case "gemini" ->
                dataUrl(text(turn, "/parts/1/inlineData/mimeType"), text(turn, "/parts/1/inlineData/data"));
            case "bedrock" ->
                dataUrl("image/" + text(turn, "/content/1/image/format"), text(turn, "/content/1/image/source/bytes"));
            case "ollama" -> text(turn, "/images/0");
            default -> throw new AssertionError("no place for pictures is known in " + format);
        };
    }

    /**
     * The last two turns: a call and its result.
     *
     * @param call what the call is known by: its id, or its name where the format has no ids
     * @param answers what the result says it belongs to
     * @param result JSON text, because some formats wrap it
     * @param signature of the call, which Gemini demands back; else empty
     */
    record Loop(String call, String answers, String name, JsonNode arguments, String result, String signature) {
        Loop(String call, String answers, String name, JsonNode arguments, String result) {
            this(call, answers, name, arguments, result, "");
        }
    }

    Loop loop() throws JsonProcessingException {
        JsonNode asked = fromEnd(2);
        JsonNode answered = fromEnd(1);
        return switch (format) {
            case "openai" ->
                new Loop(
                        text(asked, "/tool_calls/0/id"),
                        text(answered, "/tool_call_id"),
                        text(asked, "/tool_calls/0/function/name"),
                        Heard.JSON.readTree(text(asked, "/tool_calls/0/function/arguments")),
                        answered.at("/content").toString());
            case "responses" ->
                new Loop(
                        text(asked, "/call_id"),
                        text(answered, "/call_id"),
                        text(asked, "/name"),
                        Heard.JSON.readTree(text(asked, "/arguments")),
                        answered.at("/output").toString());
            case "anthropic" ->
                new Loop(
                        text(asked, "/content/0/id"),
                        text(answered, "/content/0/tool_use_id"),
                        text(asked, "/content/0/name"),
                        asked.at("/content/0/input"),
                        answered.at("/content/0/content").toString());
            case "gemini" ->
                new Loop(
                        text(asked, "/parts/0/functionCall/name"),
                        text(answered, "/parts/0/functionResponse/name"),
                        text(asked, "/parts/0/functionCall/name"),
                        asked.at("/parts/0/functionCall/args"),
                        answered.at("/parts/0/functionResponse/response").toString(),
                        text(asked, "/parts/0/thoughtSignature"));
            case "bedrock" ->
                new Loop(
                        text(asked, "/content/0/toolUse/toolUseId"),
                        text(answered, "/content/0/toolResult/toolUseId"),
                        text(asked, "/content/0/toolUse/name"),
                        asked.at("/content/0/toolUse/input"),
                        answered.at("/content/0/toolResult/content").toString());
            case "ollama" ->
                new Loop(
                        text(asked, "/tool_calls/0/function/name"),
                        text(answered, "/tool_name"),
                        text(asked, "/tool_calls/0/function/name"),
                        asked.at("/tool_calls/0/function/arguments"),
                        answered.at("/content").toString());
            default -> throw new AssertionError("no place for calls is known in " + format);
        };
    }

    private JsonNode fromEnd(int turn) {
        return turns.at("/" + (turns.size() - turn));
    }

    private static String dataUrl(String type, String base64) {
        return "data:" + type + ";base64," + base64;
    }

    private static String text(JsonNode node, String pointer) {
        JsonNode found = node.at(pointer);
        if (!found.isTextual()) {
            throw new AssertionError("no text at " + pointer + " of " + node);
        }
        return found.textValue();
    }
}
