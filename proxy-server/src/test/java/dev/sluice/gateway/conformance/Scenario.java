package dev.sluice.gateway.conformance;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

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
    REASONING(List.of("Let me ", "think."), List.of("42"), List.of()),
    /** The question carries {@link #IMAGE_BYTES}. */
    IMAGE(List.of(), List.of("A red ", "dot."), List.of()),
    /** The first answer asks for a tool, the second one, once {@link #TOOL_RESULT} is there, is {@link #LOOP_ENDED}. */
    TOOL_LOOP(
            List.of(),
            List.of(),
            List.of(new Call("call_loop", "get_weather", List.of("{\"city\":", "\"Zürich\",\"days\":3}")))),
    /** No caller asks for it by name. */
    LOOP_ENDED(List.of(), List.of("21 ", "degrees."), List.of()),
    /** Long enough to be stopped in the middle. No caller asks for it by name. */
    LONG_TEXT(List.of(), Collections.nCopies(400, " word"), List.of()),
    /** The same; its call is what takes so long. */
    LONG_CALL(
            List.of(),
            List.of("I look."),
            List.of(new Call(
                    "call_long",
                    "take_note",
                    Stream.of(List.of("{\"note\":\""), Collections.nCopies(400, " word"), List.of("\"}"))
                            .flatMap(List::stream)
                            .toList())));

    /** A picture of one red dot, PNG in base64. */
    static final String IMAGE_BYTES =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4z8AAAAMBAQD3A0FDAAAAAElF" + "TkSuQmCC";

    static final String TOOL_RESULT = "sunny, 21 degrees";

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
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The scenarios that a caller can ask for. */
    static List<Scenario> asked() {
        return Arrays.stream(values())
                .filter(scenario -> scenario != LOOP_ENDED && scenario != LONG_TEXT && scenario != LONG_CALL)
                .toList();
    }

    /** What a provider says to {@code body}; nothing when the request lacks what the scenario needs. */
    static Optional<Scenario> of(String model, String body) {
        return asked().stream()
                .filter(scenario -> scenario.model().equals(model))
                .findFirst()
                .flatMap(scenario -> switch (scenario) {
                    case IMAGE -> body.contains(IMAGE_BYTES) ? Optional.of(scenario) : Optional.empty();
                    case TOOL_LOOP -> Optional.of(body.contains(TOOL_RESULT) ? LOOP_ENDED : scenario);
                    case TEXT,
                            ONE_TOOL,
                            PARALLEL_TOOLS,
                            NO_ARGUMENTS,
                            STRUCTURED,
                            REASONING,
                            LOOP_ENDED,
                            LONG_TEXT,
                            LONG_CALL -> Optional.of(scenario);
                });
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

    /** For clients of other languages: what they are to ask for, and what they are to hear. */
    String json() {
        List<String> called = calls.stream()
                .map(call -> "{\"name\":" + Voice.quoted(call.name()) + ",\"arguments\":" + call.whole() + "}")
                .toList();
        return "{\"model\":" + Voice.quoted(model()) + ",\"text\":" + Voice.quoted(wholeText()) + ",\"reasoning\":"
                + Voice.quoted(wholeReasoning()) + ",\"calls\":[" + String.join(",", called) + "],\"inputTokens\":"
                + INPUT_TOKENS + ",\"outputTokens\":" + OUTPUT_TOKENS + "}";
    }
}
