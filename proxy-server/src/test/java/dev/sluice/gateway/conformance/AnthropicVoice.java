package dev.sluice.gateway.conformance;

import static dev.sluice.gateway.conformance.Voice.quoted;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Anthropic's messages. */
final class AnthropicVoice implements Voice {
    private static final String SIGNATURE = "c2lnbmF0dXJl";

    @Override
    public String streamType() {
        return "text/event-stream; charset=utf-8";
    }

    @Override
    public List<byte[]> stream(Scenario scenario) {
        List<String> events = new ArrayList<>();
        events.add(event(
                "message_start",
                "\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"conformance\","
                        + "\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":"
                        + Scenario.INPUT_TOKENS + ",\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,"
                        + "\"output_tokens\":1}}"));
        int index = 0;
        if (!scenario.reasoning().isEmpty()) {
            events.add(start(index, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"));
            for (String piece : scenario.reasoning()) {
                events.add(delta(index, "{\"type\":\"thinking_delta\",\"thinking\":" + quoted(piece) + "}"));
            }
            events.add(delta(index, "{\"type\":\"signature_delta\",\"signature\":\"" + SIGNATURE + "\"}"));
            events.add(stop(index++));
        }
        if (!scenario.text().isEmpty()) {
            events.add(start(index, "{\"type\":\"text\",\"text\":\"\"}"));
            events.add(event("ping", ""));
            for (String piece : scenario.text()) {
                events.add(delta(index, "{\"type\":\"text_delta\",\"text\":" + quoted(piece) + "}"));
            }
            events.add(stop(index++));
        }
        for (Scenario.Call call : scenario.calls()) {
            events.add(start(
                    index,
                    "{\"type\":\"tool_use\",\"id\":" + quoted(call.id()) + ",\"name\":" + quoted(call.name())
                            + ",\"input\":{}}"));
            events.add(delta(index, "{\"type\":\"input_json_delta\",\"partial_json\":\"\"}"));
            for (String piece : call.arguments()) {
                events.add(delta(index, "{\"type\":\"input_json_delta\",\"partial_json\":" + quoted(piece) + "}"));
            }
            events.add(stop(index++));
        }
        events.add(event(
                "message_delta",
                "\"delta\":{\"stop_reason\":" + reason(scenario)
                        + ",\"stop_sequence\":null},\"usage\":{\"output_tokens\":"
                        + Scenario.OUTPUT_TOKENS + ",\"output_tokens_details\":{\"thinking_tokens\":"
                        + Scenario.REASONING_TOKENS + "}}"));
        events.add(event("message_stop", ""));
        return Voice.bytes(events);
    }

    @Override
    public String body(Scenario scenario) {
        List<String> blocks = new ArrayList<>();
        if (!scenario.reasoning().isEmpty()) {
            blocks.add("{\"type\":\"thinking\",\"thinking\":" + quoted(scenario.wholeReasoning()) + ",\"signature\":\""
                    + SIGNATURE + "\"}");
        }
        if (!scenario.text().isEmpty()) {
            blocks.add("{\"type\":\"text\",\"text\":" + quoted(scenario.wholeText()) + "}");
        }
        for (Scenario.Call call : scenario.calls()) {
            blocks.add("{\"type\":\"tool_use\",\"id\":" + quoted(call.id()) + ",\"name\":" + quoted(call.name())
                    + ",\"input\":" + call.whole() + "}");
        }
        return "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"conformance\",\"content\":["
                + String.join(",", blocks) + "],\"stop_reason\":" + reason(scenario)
                + ",\"stop_sequence\":null,\"usage\":{\"input_tokens\":" + Scenario.INPUT_TOKENS
                + ",\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":"
                + Scenario.OUTPUT_TOKENS + ",\"output_tokens_details\":{\"thinking_tokens\":"
                + Scenario.REASONING_TOKENS + "}}}";
    }

    @Override
    public byte[] failure(String sentence) {
        return ("event: error\ndata: " + error("overloaded_error", sentence) + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String refusal(int status, String sentence) {
        return error(
                switch (status) {
                    case 401 -> "authentication_error";
                    case 404 -> "not_found_error";
                    case 429 -> "rate_limit_error";
                    case 529 -> "overloaded_error";
                    default -> status < 500 ? "invalid_request_error" : "api_error";
                },
                sentence);
    }

    private static String error(String type, String sentence) {
        return "{\"type\":\"error\",\"error\":{\"type\":\"" + type + "\",\"message\":" + quoted(sentence)
                + "},\"request_id\":\"req_1\"}";
    }

    private static String reason(Scenario scenario) {
        return scenario.calls().isEmpty() ? "\"end_turn\"" : "\"tool_use\"";
    }

    private static String start(int index, String block) {
        return event("content_block_start", "\"index\":" + index + ",\"content_block\":" + block);
    }

    private static String delta(int index, String delta) {
        return event("content_block_delta", "\"index\":" + index + ",\"delta\":" + delta);
    }

    private static String stop(int index) {
        return event("content_block_stop", "\"index\":" + index);
    }

    private static String event(String type, String members) {
        return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + (members.isEmpty() ? "" : "," + members)
                + "}\n\n";
    }
}
