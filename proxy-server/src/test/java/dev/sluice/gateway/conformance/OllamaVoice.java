package dev.sluice.gateway.conformance;

import static dev.sluice.gateway.conformance.Voice.quoted;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Ollama's own chat: a JSON object a line, arguments as objects, no ids of calls. */
final class OllamaVoice implements Voice {
    private static final String END = "\"done\":true,\"done_reason\":\"stop\",\"total_duration\":9,"
            + "\"prompt_eval_count\":" + Scenario.INPUT_TOKENS + ",\"eval_count\":" + Scenario.OUTPUT_TOKENS + "}";

    @Override
    public String streamType() {
        return "application/x-ndjson";
    }

    @Override
    public List<byte[]> stream(Scenario scenario) {
        List<String> lines = new ArrayList<>();
        for (String piece : scenario.reasoning()) {
            lines.add(line("\"content\":\"\",\"thinking\":" + quoted(piece), "\"done\":false}\n"));
        }
        for (String piece : scenario.text()) {
            lines.add(line("\"content\":" + quoted(piece), "\"done\":false}\n"));
        }
        if (!scenario.calls().isEmpty()) {
            lines.add(line("\"content\":\"\",\"tool_calls\":[" + calls(scenario) + "]", "\"done\":false}\n"));
        }
        lines.add(line("\"content\":\"\"", END + "\n"));
        return Voice.bytes(lines);
    }

    @Override
    public String body(Scenario scenario) {
        String thinking = scenario.reasoning().isEmpty() ? "" : ",\"thinking\":" + quoted(scenario.wholeReasoning());
        String calls = scenario.calls().isEmpty() ? "" : ",\"tool_calls\":[" + calls(scenario) + "]";
        return line("\"content\":" + quoted(scenario.wholeText()) + thinking + calls, END);
    }

    /** In place of a line; of what kind it is, is not said. */
    @Override
    public byte[] failure(String sentence) {
        return (refusal(500, sentence) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String refusal(int status, String sentence) {
        return "{\"error\":" + quoted(sentence) + "}";
    }

    private static String calls(Scenario scenario) {
        List<String> calls = new ArrayList<>();
        for (Scenario.Call call : scenario.calls()) {
            calls.add("{\"function\":{\"name\":" + quoted(call.name()) + ",\"arguments\":" + call.whole() + "}}");
        }
        return String.join(",", calls);
    }

    private static String line(String members, String end) {
        return "{\"model\":\"conformance\",\"created_at\":\"2026-11-21T10:00:00.1Z\",\"message\":{\"role\":\"assistant\","
                + members + "}," + end;
    }
}
