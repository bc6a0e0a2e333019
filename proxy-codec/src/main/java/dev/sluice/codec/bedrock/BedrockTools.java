package dev.sluice.codec.bedrock;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.Tool;
import dev.sluice.codec.chat.ToolChoice;
import dev.sluice.codec.chat.ToolChoice.Mode;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes which tools there are and whether to call one. There is no word for calling none: then none are offered, unless
 * the conversation has calls in it, which is refused without the tools. One a request. Thread: event loop.
 */
final class BedrockTools {
    private static final String ANY_OBJECT = "{\"type\":\"object\",\"properties\":{}}";
    private static final String UNKNOWN_TOOL = "tool";

    private final ChatRequest request;
    private final JsonWriter json;
    private final Set<String> dropped;
    private final ToolChoice choice;
    private final List<Tool.Function> offered = new ArrayList<>();

    BedrockTools(ChatRequest request, JsonWriter json, Set<String> dropped) {
        this.request = request;
        this.json = json;
        this.dropped = dropped;
        this.choice = request.choice() == null ? new ToolChoice(Mode.AUTO) : request.choice();
        for (Tool tool : request.tools()) {
            switch (tool) {
                case Tool.Function function -> {
                    if (choice.names().isEmpty() || choice.names().contains(function.name()) || isOneOfMany()) {
                        offered.add(function);
                    }
                }
                case Tool.Custom custom -> dropped.add("tools[custom]");
                case Tool.Foreign foreign -> dropped.add("tools[" + foreign.what() + "]");
            }
        }
    }

    /** @param mayForce whether the model can be made to call a tool; while it thinks, it cannot */
    void write(boolean mayForce) {
        Set<String> called = toolsOfHistory();
        if (called.isEmpty() && (offered.isEmpty() || choice.mode() == Mode.NONE)) {
            return;
        }
        json.name("toolConfig").beginObject().name("tools").beginArray();
        for (Tool.Function function : offered) {
            write(function);
        }
        if (offered.isEmpty()) {
            for (String name : called) {
                beginTool(name, null).raw(ANY_OBJECT);
                endTool();
            }
        }
        json.endArray();
        if (!offered.isEmpty()) {
            writeChoice(mayForce);
        } else if (choice.mode() == Mode.REQUIRED) {
            dropped.add("tool_choice");
        }
        json.endObject();
    }

    /** Whether one tool is to be called, which Bedrock can say without hiding the others. */
    private boolean isOneOfMany() {
        return choice.mode() == Mode.REQUIRED && choice.names().size() == 1;
    }

    private void writeChoice(boolean mayForce) {
        String only = isOneOfMany() ? choice.names().getFirst() : null;
        switch (choice.mode()) {
            case NONE -> dropped.add("tool_choice");
            case AUTO -> {
                if (request.choice() != null) {
                    writeChoice("auto", null);
                }
            }
            case REQUIRED -> {
                if (!mayForce) {
                    dropped.add("tool_choice");
                    writeChoice("auto", null);
                } else {
                    writeChoice(only == null ? "any" : "tool", only);
                }
            }
        }
    }

    private void writeChoice(String kind, @Nullable String name) {
        json.name("toolChoice").beginObject().name(kind).beginObject();
        if (name != null) {
            json.name("name").string(name);
        }
        json.endObject().endObject();
    }

    private void write(Tool.Function function) {
        beginTool(function.name(), function.description());
        writeSchema(function.parameters());
        if (function.strict() != null && function.strict().isTrue()) {
            // Behind the object that holds the schema.
            json.endObject().name("strict").bool(true).endObject().endObject();
        } else {
            endTool();
        }
        BedrockMessages.cachePoint(json, function.cacheControl());
    }

    private JsonWriter beginTool(String name, @Nullable JsonSlice description) {
        json.beginObject().name("toolSpec").beginObject().name("name").string(name);
        if (description != null && !description.isEmpty()) {
            json.name("description").slice(description);
        }
        return json.name("inputSchema").beginObject().name("json");
    }

    private void endTool() {
        json.endObject().endObject().endObject();
    }

    /** As it stands, but that a schema of arguments must say that it is one of an object. */
    private void writeSchema(@Nullable JsonSlice schema) {
        if (schema == null || !schema.isObject() || schema.isEmpty()) {
            json.raw(ANY_OBJECT);
        } else if (schema.member("type") == null) {
            json.beginObject().name("type").string("object");
            for (JsonSlice.Member member : schema.members()) {
                if (!member.name().equals("type")) {
                    json.name(member.name()).slice(member.value());
                }
            }
            json.endObject();
        } else {
            json.slice(schema);
        }
    }

    /** The names of tools that have been called, as far as they are known. */
    private Set<String> toolsOfHistory() {
        Set<String> names = new LinkedHashSet<>();
        boolean nameless = false;
        for (Message message : request.messages()) {
            for (Part part : message.parts()) {
                if (part instanceof Part.ToolCall call) {
                    names.add(call.name());
                } else if (part instanceof Part.ToolResult result) {
                    if (result.name() == null) {
                        nameless = true;
                    } else {
                        names.add(result.name());
                    }
                }
            }
        }
        if (nameless && names.isEmpty()) {
            names.add(UNKNOWN_TOOL);
        }
        return names;
    }
}
