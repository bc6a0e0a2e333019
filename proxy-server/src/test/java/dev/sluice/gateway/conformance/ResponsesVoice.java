package dev.sluice.gateway.conformance;

import static dev.sluice.gateway.conformance.Voice.quoted;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** OpenAI's responses. */
final class ResponsesVoice implements Voice {

    @Override
    public String streamType() {
        return "text/event-stream; charset=utf-8";
    }

    @Override
    public List<byte[]> stream(Scenario scenario) {
        Events events = new Events();
        events.add("response.created", "\"response\":" + response("in_progress", List.of(), "null"));
        events.add("response.in_progress", "\"response\":" + response("in_progress", List.of(), "null"));
        List<String> items = items(scenario);
        int output = 0;
        if (!scenario.reasoning().isEmpty()) {
            String place = "\"item_id\":\"rs_1\",\"output_index\":" + output + ",\"summary_index\":0";
            events.added(output, "{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[]}");
            events.add(
                    "response.reasoning_summary_part.added",
                    place + ",\"part\":{\"type\":\"summary_text\",\"text\":\"\"}");
            for (String piece : scenario.reasoning()) {
                events.add("response.reasoning_summary_text.delta", place + ",\"delta\":" + quoted(piece));
            }
            String whole = quoted(scenario.wholeReasoning());
            events.add("response.reasoning_summary_text.done", place + ",\"text\":" + whole);
            events.add(
                    "response.reasoning_summary_part.done",
                    place + ",\"part\":{\"type\":\"summary_text\",\"text\":" + whole + "}");
            events.done(output, items.get(output++));
        }
        if (!scenario.text().isEmpty()) {
            String place = "\"item_id\":\"msg_1\",\"output_index\":" + output + ",\"content_index\":0";
            events.added(
                    output,
                    "{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"in_progress\",\"content\":[],"
                            + "\"role\":\"assistant\"}");
            events.add(
                    "response.content_part.added",
                    place + ",\"part\":{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":\"\"}");
            for (String piece : scenario.text()) {
                events.add("response.output_text.delta", place + ",\"delta\":" + quoted(piece) + ",\"logprobs\":[]");
            }
            events.add(
                    "response.output_text.done",
                    place + ",\"text\":" + quoted(scenario.wholeText()) + ",\"logprobs\":[]");
            events.add("response.content_part.done", place + ",\"part\":" + textPart(scenario));
            events.done(output, items.get(output++));
        }
        for (Scenario.Call call : scenario.calls()) {
            String place = "\"item_id\":" + quoted("fc_" + call.id()) + ",\"output_index\":" + output;
            events.added(output, call(call, "in_progress", ""));
            for (String piece : call.arguments().isEmpty() ? List.of("{}") : call.arguments()) {
                events.add("response.function_call_arguments.delta", place + ",\"delta\":" + quoted(piece));
            }
            events.add("response.function_call_arguments.done", place + ",\"arguments\":" + quoted(call.whole()));
            events.done(output, items.get(output++));
        }
        events.add("response.completed", "\"response\":" + response("completed", items, usage()));
        return events.bytes;
    }

    @Override
    public String body(Scenario scenario) {
        return response("completed", items(scenario), usage());
    }

    /** Flat, as it is specified; {@code response.failed} is the other way. */
    @Override
    public byte[] failure(String sentence) {
        return ("event: error\ndata: {\"type\":\"error\",\"sequence_number\":99,\"code\":\"server_is_overloaded\","
                        + "\"message\":" + quoted(sentence) + ",\"param\":null}\n\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String refusal(int status, String sentence) {
        return new OpenAiVoice().refusal(status, sentence);
    }

    private static List<String> items(Scenario scenario) {
        List<String> items = new ArrayList<>();
        if (!scenario.reasoning().isEmpty()) {
            items.add("{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":"
                    + quoted(scenario.wholeReasoning()) + "}]}");
        }
        if (!scenario.text().isEmpty()) {
            items.add("{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"completed\",\"content\":["
                    + textPart(scenario) + "],\"role\":\"assistant\"}");
        }
        for (Scenario.Call call : scenario.calls()) {
            items.add(call(call, "completed", call.whole()));
        }
        return items;
    }

    private static String textPart(Scenario scenario) {
        return "{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":" + quoted(scenario.wholeText())
                + "}";
    }

    private static String call(Scenario.Call call, String status, String arguments) {
        return "{\"id\":" + quoted("fc_" + call.id()) + ",\"type\":\"function_call\",\"status\":\"" + status
                + "\",\"arguments\":" + quoted(arguments) + ",\"call_id\":" + quoted(call.id()) + ",\"name\":"
                + quoted(call.name()) + "}";
    }

    private static String usage() {
        return "{\"input_tokens\":" + Scenario.INPUT_TOKENS + ",\"input_tokens_details\":{\"cached_tokens\":0},"
                + "\"output_tokens\":" + Scenario.OUTPUT_TOKENS + ",\"output_tokens_details\":{\"reasoning_tokens\":"
                + Scenario.REASONING_TOKENS + "},\"total_tokens\":" + (Scenario.INPUT_TOKENS + Scenario.OUTPUT_TOKENS)
                + "}";
    }

    private static String response(String status, List<String> items, String usage) {
        return "{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1790000000,\"status\":\"" + status
                + "\",\"error\":null,\"incomplete_details\":null,\"instructions\":null,\"metadata\":{},"
                + "\"model\":\"conformance\",\"output\":[" + String.join(",", items)
                + "],\"parallel_tool_calls\":true,\"temperature\":1.0,\"tool_choice\":\"auto\",\"tools\":[],"
                + "\"top_p\":1.0,\"usage\":" + usage + "}";
    }

    /** Numbers its events. */
    private static final class Events {
        private final List<byte[]> bytes = new ArrayList<>();

        void add(String type, String members) {
            bytes.add(("event: " + type + "\ndata: {\"type\":\"" + type + "\",\"sequence_number\":" + bytes.size() + ","
                            + members + "}\n\n")
                    .getBytes(StandardCharsets.UTF_8));
        }

        void added(int output, String item) {
            add("response.output_item.added", "\"output_index\":" + output + ",\"item\":" + item);
        }

        void done(int output, String item) {
            add("response.output_item.done", "\"output_index\":" + output + ",\"item\":" + item);
        }
    }
}
