package dev.sluice.codec.openai;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.Tool;
import dev.sluice.codec.chat.ToolChoice;
import dev.sluice.codec.chat.ToolChoice.Mode;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes which tools a model may call and which it must. One a request. Thread: event loop. */
final class OpenAiChatWriterTools {
    private static final String NO_PARAMETERS = "{\"type\":\"object\",\"properties\":{}}";
    /** Of a custom tool that has become a function: what {@link OpenAiAnswerCalls} tells of custom ones. */
    private static final String TEXT_PARAMETERS =
            "{\"type\":\"object\",\"properties\":{\"input\":{\"type\":\"string\"}},\"required\":[\"input\"],"
                    + "\"additionalProperties\":false}";

    private final JsonWriter json;
    private final OpenAiQuirks host;
    private final OpenAiProviderModel model;
    private final Set<String> dropped;

    OpenAiChatWriterTools(JsonWriter json, OpenAiQuirks host, OpenAiProviderModel model, Set<String> dropped) {
        this.json = json;
        this.host = host;
        this.model = model;
        this.dropped = dropped;
    }

    /** Without tools a choice is refused, and says nothing. */
    void write(ChatRequest request) {
        ToolChoice choice = request.choice();
        List<String> only = choice == null || choice.mode() == Mode.NONE ? List.of() : choice.names();
        boolean named = only.size() == 1 && choice != null && choice.mode() == Mode.REQUIRED;
        boolean listed = host.has(OpenAiProviderHabit.ALLOWED_TOOLS);
        List<Tool> tools = offered(request.tools(), named || listed ? List.of() : only);
        if (tools.isEmpty()) {
            return;
        }
        json.name("tools").beginArray();
        for (Tool tool : tools) {
            switch (tool) {
                case Tool.Function function -> write(function);
                case Tool.Custom custom -> write(custom);
                // Not among those that are offered.
                case Tool.Foreign foreign -> {}
            }
        }
        json.endArray();
        if (choice != null) {
            json.name("tool_choice");
            if (named) {
                write(request.tools(), only.getFirst());
            } else if (!only.isEmpty() && listed) {
                writeAllowed(choice, request.tools());
            } else {
                json.string(word(choice.mode()));
            }
        }
        writeParallel(request.parallelToolCalls());
    }

    private List<Tool> offered(List<Tool> tools, List<String> only) {
        List<Tool> offered = new ArrayList<>();
        for (Tool tool : tools) {
            String name = name(tool);
            if (tool instanceof Tool.Foreign foreign) {
                dropped.add("tools[" + foreign.what() + "]");
            } else if (name != null && (only.isEmpty() || only.contains(name))) {
                offered.add(tool);
            }
        }
        return offered;
    }

    private void write(Tool.Function function) {
        json.beginObject().name("type").string("function").name("function").beginObject();
        json.name("name").string(function.name());
        if (function.description() != null) {
            json.name("description").slice(function.description());
        }
        parameters(function.parameters());
        if (function.strict() != null) {
            json.name("strict").slice(function.strict());
        }
        json.endObject();
        if (function.cacheControl() != null) {
            if (host.has(OpenAiProviderHabit.CACHE_CONTROL)) {
                json.name("cache_control").slice(function.cacheControl());
            } else {
                dropped.add("cache_control");
            }
        }
        json.endObject();
    }

    private void parameters(@Nullable JsonSlice schema) {
        json.name("parameters");
        if (schema == null) {
            json.raw(NO_PARAMETERS);
        } else {
            json.slice(schema);
        }
    }

    private void write(Tool.Custom custom) {
        boolean known = host.has(OpenAiProviderHabit.CUSTOM_TOOLS);
        String type = known ? "custom" : "function";
        json.beginObject().name("type").string(type).name(type).beginObject();
        json.name("name").string(custom.name());
        if (custom.description() != null) {
            json.name("description").slice(custom.description());
        }
        if (!known) {
            json.name("parameters").raw(TEXT_PARAMETERS);
        }
        if (custom.format() != null) {
            if (known) {
                json.name("format").slice(custom.format());
            } else {
                dropped.add("tools[custom].format");
            }
        }
        json.endObject().endObject();
    }

    private void writeAllowed(ToolChoice choice, List<Tool> tools) {
        json.beginObject().name("type").string("allowed_tools");
        json.name("allowed_tools").beginObject();
        json.name("mode").string(choice.mode() == Mode.REQUIRED ? "required" : "auto");
        json.name("tools").beginArray();
        for (String name : choice.names()) {
            write(tools, name);
        }
        json.endArray().endObject().endObject();
    }

    /** That very tool. */
    private void write(List<Tool> tools, String name) {
        boolean custom = false;
        for (Tool tool : tools) {
            custom |= tool instanceof Tool.Custom && name.equals(name(tool));
        }
        String type = custom && host.has(OpenAiProviderHabit.CUSTOM_TOOLS) ? "custom" : "function";
        json.beginObject().name("type").string(type).name(type).beginObject();
        json.name("name").string(name).endObject().endObject();
    }

    private void writeParallel(@Nullable Boolean parallel) {
        if (parallel == null) {
            return;
        }
        if (host.has(OpenAiProviderHabit.PARALLEL_TOOL_CALLS) && !model.serialCalls()) {
            json.name("parallel_tool_calls").bool(parallel);
        } else {
            dropped.add("parallel_tool_calls");
        }
    }

    private String word(Mode mode) {
        return switch (mode) {
            case NONE -> "none";
            case AUTO -> "auto";
            case REQUIRED -> host.has(OpenAiProviderHabit.ANY_TOOL) ? "any" : "required";
        };
    }

    private static @Nullable String name(Tool tool) {
        return switch (tool) {
            case Tool.Function function -> function.name();
            case Tool.Custom custom -> custom.name();
            case Tool.Foreign foreign -> null;
        };
    }
}
