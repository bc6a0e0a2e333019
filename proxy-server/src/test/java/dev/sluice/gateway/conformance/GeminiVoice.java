package dev.sluice.gateway.conformance;

import static dev.sluice.gateway.conformance.Voice.quoted;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Gemini's generateContent: no ids of calls, arguments at once, thoughts beside the output. */
final class GeminiVoice implements Voice {
    /** Of the first call. */
    static final String SIGNATURE = "c2ln";

    private static final String USAGE = ",\"usageMetadata\": {\"promptTokenCount\": " + Scenario.INPUT_TOKENS
            + ",\"candidatesTokenCount\": " + (Scenario.OUTPUT_TOKENS - Scenario.REASONING_TOKENS)
            + ",\"thoughtsTokenCount\": " + Scenario.REASONING_TOKENS + ",\"totalTokenCount\": "
            + (Scenario.INPUT_TOKENS + Scenario.OUTPUT_TOKENS)
            + "},\"modelVersion\": \"conformance\",\"responseId\": \"r1\"}";

    @Override
    public String streamType() {
        return "text/event-stream";
    }

    @Override
    public List<byte[]> stream(Scenario scenario) {
        List<String> events = new ArrayList<>();
        for (String part : parts(scenario, scenario.reasoning(), scenario.text())) {
            events.add("data: {\"candidates\": [{\"content\": {\"parts\": [" + part
                    + "],\"role\": \"model\"},\"index\": 0}]" + USAGE + "\r\n\r\n");
        }
        events.add("data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"\"}],\"role\": \"model\"},"
                + "\"finishReason\": \"STOP\",\"index\": 0}]" + USAGE + "\r\n\r\n");
        return Voice.bytes(events);
    }

    @Override
    public String body(Scenario scenario) {
        List<String> reasoning = scenario.reasoning().isEmpty() ? List.of() : List.of(scenario.wholeReasoning());
        List<String> text = scenario.text().isEmpty() ? List.of() : List.of(scenario.wholeText());
        return "{\"candidates\": [{\"content\": {\"parts\": [" + String.join(",", parts(scenario, reasoning, text))
                + "],\"role\": \"model\"},\"finishReason\": \"STOP\",\"index\": 0}]" + USAGE;
    }

    @Override
    public byte[] failure(String sentence) {
        return ("data: " + error(503, "UNAVAILABLE", sentence) + "\r\n\r\n").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String refusal(int status, String sentence) {
        return error(
                status,
                switch (status) {
                    case 401 -> "UNAUTHENTICATED";
                    case 404 -> "NOT_FOUND";
                    case 429 -> "RESOURCE_EXHAUSTED";
                    default -> status < 500 ? "INVALID_ARGUMENT" : "INTERNAL";
                },
                sentence);
    }

    private static String error(int code, String status, String sentence) {
        return "{\"error\": {\"code\": " + code + ",\"message\": " + quoted(sentence) + ",\"status\": \"" + status
                + "\"}}";
    }

    private static List<String> parts(Scenario scenario, List<String> reasoning, List<String> text) {
        List<String> parts = new ArrayList<>();
        for (String piece : reasoning) {
            parts.add("{\"text\": " + quoted(piece) + ",\"thought\": true}");
        }
        for (String piece : text) {
            parts.add("{\"text\": " + quoted(piece) + "}");
        }
        boolean first = true;
        for (Scenario.Call call : scenario.calls()) {
            String arguments = call.arguments().isEmpty() ? "" : ",\"args\": " + call.whole();
            parts.add("{\"functionCall\": {\"name\": " + quoted(call.name()) + arguments + "}"
                    + (first ? ",\"thoughtSignature\": " + quoted(SIGNATURE) : "") + "}");
            first = false;
        }
        return parts;
    }
}
