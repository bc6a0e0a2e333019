package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.Tool;
import dev.sluice.codec.chat.ToolChoice;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes the tools, and which of them are to be called. One a request. Thread: event loop. */
final class AnthropicTools {
    /** What the text of a call is called whose tool takes a text, where inputs are objects. */
    static final String CUSTOM_INPUT = "input";

    private static final String ANY_INPUT = "{\"type\":\"object\",\"properties\":{}}";

    private final JsonWriter json;
    private final ChatRequest request;
    private final ModelRules rules;
    private final Set<String> dropped;
    /** Those that may be called. */
    private final List<Tool.Function> functions = new ArrayList<>();

    private final Set<String> customNames = new LinkedHashSet<>();

    AnthropicTools(JsonWriter json, ChatRequest request, ModelRules rules, Set<String> dropped) {
        this.json = json;
        this.request = request;
        this.rules = rules;
        this.dropped = dropped;
        ToolChoice choice = request.choice();
        List<String> allowed = choice == null || isOne(choice) ? List.of() : choice.names();
        for (Tool tool : request.tools()) {
            switch (tool) {
                case Tool.Function function -> {
                    if (allowed.isEmpty() || allowed.contains(function.name())) {
                        functions.add(function);
                    }
                }
                case Tool.Custom custom -> {
                    customNames.add(custom.name());
                    dropped.add("tools[custom]");
                }
                case Tool.Foreign foreign -> dropped.add("tools[" + foreign.what() + "]");
            }
        }
    }

    Set<String> customNames() {
        return customNames;
    }

    void write(AnthropicParts parts) {
        if (functions.isEmpty()) {
            return;
        }
        json.name("tools").beginArray();
        for (Tool.Function function : functions) {
            write(function, parts);
        }
        json.endArray();
    }

    /**
     * Writes the choice, where it differs from what the model does anyway.
     *
     * @param thinks whether the model thinks by a budget: then nothing can be demanded of it
     */
    void writeChoice(boolean thinks) {
        ToolChoice choice = request.choice();
        boolean alone = Boolean.FALSE.equals(request.parallelToolCalls());
        if (functions.isEmpty()) {
            if (choice != null && choice.mode() == ToolChoice.Mode.REQUIRED) {
                dropped.add("tool_choice");
            }
            return;
        }
        if (choice == null && !alone) {
            return;
        }
        ToolChoice.Mode mode = choice == null ? ToolChoice.Mode.AUTO : choice.mode();
        String name = choice != null && isOne(choice) ? choice.names().get(0) : null;
        if (mode == ToolChoice.Mode.REQUIRED && (thinks || !rules.force() || isMissing(name))) {
            mode = ToolChoice.Mode.AUTO;
            dropped.add("tool_choice");
        }
        json.name("tool_choice").beginObject().name("type");
        switch (mode) {
            case NONE -> json.string("none");
            case AUTO -> json.string("auto");
            case REQUIRED -> {
                if (name == null) {
                    json.string("any");
                } else {
                    json.string("tool").name("name").string(name);
                }
            }
        }
        if (alone && mode != ToolChoice.Mode.NONE) {
            json.name("disable_parallel_tool_use").bool(true);
        }
        json.endObject();
    }

    /** Whether the choice is one very tool: the others stay, so that the prompt's beginning does not change. */
    private static boolean isOne(ToolChoice choice) {
        return choice.mode() == ToolChoice.Mode.REQUIRED && choice.names().size() == 1;
    }

    private boolean isMissing(@Nullable String name) {
        if (name == null) {
            return false;
        }
        for (Tool.Function function : functions) {
            if (function.name().equals(name)) {
                return false;
            }
        }
        return true;
    }

    private void write(Tool.Function function, AnthropicParts parts) {
        json.beginObject().name("name").string(function.name());
        if (function.description() != null && !function.description().isEmpty()) {
            json.name("description").slice(function.description());
        }
        boolean strict = function.strict() != null && function.strict().isTrue();
        json.name("input_schema");
        if (strict && rules.schema() && function.parameters() != null) {
            AnthropicSchema.write(json, function.parameters());
        } else {
            writeParameters(function.parameters());
        }
        if (strict && rules.schema()) {
            json.name("strict").bool(true);
        } else if (strict) {
            dropped.add("tools[].strict");
        }
        parts.writeCacheControl(function.cacheControl());
        json.endObject();
    }

    /** A schema must be one of an object, and say so. */
    private void writeParameters(@Nullable JsonSlice parameters) {
        if (parameters == null || !parameters.isObject()) {
            json.raw(ANY_INPUT);
            return;
        }
        List<JsonSlice.Member> members = parameters.members();
        boolean typed = false;
        boolean hasProperties = false;
        for (JsonSlice.Member member : members) {
            typed |= member.name().equals("type") && member.value().textEquals("object");
            hasProperties |=
                    member.name().equals("properties") && member.value().isObject();
        }
        if (typed && hasProperties) {
            json.slice(parameters);
            return;
        }
        json.beginObject().name("type").string("object");
        for (JsonSlice.Member member : members) {
            boolean replaced = member.name().equals("type")
                    || (!hasProperties && member.name().equals("properties"));
            if (!replaced) {
                json.name(member.name()).slice(member.value());
            }
        }
        if (!hasProperties) {
            json.name("properties").beginObject().endObject();
        }
        json.endObject();
    }
}
