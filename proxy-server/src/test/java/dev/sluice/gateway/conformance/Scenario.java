package dev.sluice.gateway.conformance;

import java.util.List;

/** What a provider answers, in nobody's dialect. The name of the model that is asked for chooses it. */
public enum Scenario {
    TEXT(List.of(), List.of("Hel", "lo, wör", "ld \uD83C\uDF0D", "\n\"quoted\" and \\ back"), List.of()),
    ONE_TOOL(
            List.of(),
            List.of(),
            List.of(new Call("call_one", "get_weather", List.of("{\"city\":", "\"Zürich\",\"days\":3}")))),
    PARALLEL_TOOLS(
            List.of(),
            List.of("I look."),
            List.of(
                    new Call("call_a", "get_weather", List.of("{\"city\":\"Paris\"}")),
                    new Call("call_b", "get_time", List.of("{\"zone\":", "\"Europe/Paris\"}")))),
    NO_ARGUMENTS(List.of(), List.of(), List.of(new Call("call_none", "ping", List.of()))),
    STRUCTURED(List.of(), List.of("{\"name\":\"Ada\"", ",\"age\":36}"), List.of()),
    REASONING(List.of("Let me ", "think."), List.of("42"), List.of());

    static final int INPUT_TOKENS = 11;
    static final int OUTPUT_TOKENS = 7;
    static final int REASONING_TOKENS = 3;

    /** @param arguments pieces of JSON text; none: the tool takes nothing */
    record Call(String id, String name, List<String> arguments) {
        String whole() {
            return arguments.isEmpty() ? "{}" : String.join("", arguments);
        }
    }

    private final List<String> reasoning;
    private final List<String> text;
    private final List<Call> calls;

    Scenario(List<String> reasoning, List<String> text, List<Call> calls) {
        this.reasoning = reasoning;
        this.text = text;
        this.calls = calls;
    }

    /** The model to ask for: {@code one-tool}. */
    String model() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    static Scenario ofModel(String model) {
        for (Scenario scenario : values()) {
            if (scenario.model().equals(model)) {
                return scenario;
            }
        }
        throw new IllegalArgumentException("no scenario is called '" + model + "'");
    }

    List<String> reasoning() {
        return reasoning;
    }

    List<String> text() {
        return text;
    }

    List<Call> calls() {
        return calls;
    }

    String wholeText() {
        return String.join("", text);
    }

    String wholeReasoning() {
        return String.join("", reasoning);
    }
}
