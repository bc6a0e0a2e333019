package dev.sluice.gateway.conformance;

import static dev.sluice.gateway.conformance.Voice.quoted;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** OpenAI's chat completions. */
final class OpenAiVoice implements Voice {
    private static final String USAGE = "{\"prompt_tokens\":" + Scenario.INPUT_TOKENS + ",\"completion_tokens\":"
            + Scenario.OUTPUT_TOKENS + ",\"total_tokens\":" + (Scenario.INPUT_TOKENS + Scenario.OUTPUT_TOKENS)
            + ",\"completion_tokens_details\":{\"reasoning_tokens\":" + Scenario.REASONING_TOKENS + "}}";

    @Override
    public String streamType() {
        return "text/event-stream; charset=utf-8";
    }

    @Override
    public List<byte[]> stream(Scenario scenario) {
        List<String> events = new ArrayList<>();
        events.add(chunk("{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", "null"));
        for (String piece : scenario.reasoning()) {
            events.add(chunk("{\"reasoning_content\":" + quoted(piece) + "}", "null"));
        }
        for (String piece : scenario.text()) {
            events.add(chunk("{\"content\":" + quoted(piece) + "}", "null"));
        }
        int index = 0;
        for (Scenario.Call call : scenario.calls()) {
            events.add(chunk(
                    "{\"tool_calls\":[{\"index\":" + index + ",\"id\":" + quoted(call.id())
                            + ",\"type\":\"function\",\"function\":{\"name\":" + quoted(call.name())
                            + ",\"arguments\":\"\"}}]}",
                    "null"));
            for (String piece : call.arguments().isEmpty() ? List.of("{}") : call.arguments()) {
                events.add(chunk(
                        "{\"tool_calls\":[{\"index\":" + index + ",\"function\":{\"arguments\":" + quoted(piece)
                                + "}}]}",
                        "null"));
            }
            index++;
        }
        events.add(chunk("{}", finish(scenario)));
        events.add("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,"
                + "\"model\":\"conformance\",\"choices\":[],\"usage\":" + USAGE + "}\n\n");
        events.add("data: [DONE]\n\n");
        return Voice.bytes(events);
    }

    @Override
    public String body(Scenario scenario) {
        StringBuilder calls = new StringBuilder();
        for (Scenario.Call call : scenario.calls()) {
            calls.append(calls.isEmpty() ? "" : ",")
                    .append("{\"id\":")
                    .append(quoted(call.id()))
                    .append(",\"type\":\"function\",\"function\":{\"name\":")
                    .append(quoted(call.name()))
                    .append(",\"arguments\":")
                    .append(quoted(call.whole()))
                    .append("}}");
        }
        String reasoning =
                scenario.reasoning().isEmpty() ? "" : ",\"reasoning_content\":" + quoted(scenario.wholeReasoning());
        return "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1790000000,\"model\":\"conformance\","
                + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                + (scenario.text().isEmpty() ? "null" : quoted(scenario.wholeText())) + ",\"refusal\":null" + reasoning
                + (calls.isEmpty() ? "" : ",\"tool_calls\":[" + calls + "]") + "},\"logprobs\":null,\"finish_reason\":"
                + finish(scenario) + "}],\"usage\":" + USAGE + "}";
    }

    @Override
    public byte[] failure(String sentence) {
        return ("data: " + error("service_unavailable_error", sentence) + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String refusal(int status, String sentence) {
        return error(
                switch (status) {
                    case 401 -> "authentication_error";
                    case 404 -> "model_not_found";
                    case 429 -> "rate_limit_exceeded";
                    default -> status < 500 ? "invalid_request_error" : "server_error";
                },
                sentence);
    }

    private static String error(String type, String sentence) {
        return "{\"error\":{\"message\":" + quoted(sentence) + ",\"type\":\"" + type + "\",\"param\":null,\"code\":\""
                + type + "\"}}";
    }

    private static String finish(Scenario scenario) {
        return scenario.calls().isEmpty() ? "\"stop\"" : "\"tool_calls\"";
    }

    private static String chunk(String delta, String finish) {
        return "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,"
                + "\"model\":\"conformance\",\"choices\":[{\"index\":0,\"delta\":" + delta
                + ",\"logprobs\":null,\"finish_reason\":" + finish + "}],\"usage\":null}\n\n";
    }
}
