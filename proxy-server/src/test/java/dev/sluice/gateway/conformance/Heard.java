package dev.sluice.gateway.conformance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;

/**
 * What a client library made of an answer.
 *
 * @param calls name and arguments, in order
 * @param finish in the words of OpenAI's chat completions
 */
record Heard(String text, String reasoning, List<Called> calls, String finish, long inputTokens, long outputTokens) {
    static final ObjectMapper JSON = new ObjectMapper();

    record Called(String name, JsonNode arguments) {
        static Called of(String name, String arguments) {
            try {
                return new Called(name, JSON.readTree(arguments));
            } catch (JsonProcessingException e) {
                throw new AssertionError("arguments that are no JSON: " + arguments, e);
            }
        }
    }

    /** What a client is to hear of {@code scenario}. */
    static Heard expected(Scenario scenario, boolean reasoningIsShown) {
        List<Called> calls = new ArrayList<>();
        for (Scenario.Call call : scenario.calls()) {
            calls.add(Called.of(call.name(), call.whole()));
        }
        Scenario end = scenario == Scenario.TOOL_LOOP ? Scenario.LOOP_ENDED : scenario;
        return new Heard(
                end.wholeText(),
                reasoningIsShown ? end.wholeReasoning() : "",
                calls,
                end.calls().isEmpty() ? "stop" : "tool_calls",
                Scenario.INPUT_TOKENS,
                Scenario.OUTPUT_TOKENS);
    }

    /** The last answer of a loop, with the calls of the answer before it. */
    Heard after(Heard first) {
        return new Heard(text, reasoning, first.calls, finish, inputTokens, outputTokens);
    }
}
