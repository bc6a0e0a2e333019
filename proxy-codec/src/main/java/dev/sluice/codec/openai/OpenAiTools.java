package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Tool;
import dev.sluice.codec.chat.ToolChoice;
import dev.sluice.codec.chat.ToolChoice.Mode;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestObject;
import dev.sluice.codec.json.JsonSlice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads which tools a model may call and which it must, in today's words and in the legacy ones. Thread: any. */
final class OpenAiTools {
    private static final String TOOLS = "tools";
    private static final String CHOICE = "tool_choice";
    private static final String LEGACY_CHOICE = "function_call";

    private OpenAiTools() {}

    /** Takes the tools out of the request. */
    static List<Tool> take(RequestObject request) throws MalformedRequestException {
        List<Tool> tools = new ArrayList<>();
        for (RequestObject tool : request.objects(TOOLS)) {
            tools.add(tool(tool));
        }
        for (RequestObject function : request.objects("functions")) {
            tools.add(function(function, function));
        }
        request.drop(TOOLS);
        request.drop("functions");
        return tools;
    }

    /** Takes the choice out of the request, unless it is one that only this dialect knows. */
    static @Nullable ToolChoice takeChoice(RequestObject request) throws MalformedRequestException {
        if (!request.has(CHOICE)) {
            return takeLegacyChoice(request);
        }
        JsonSlice choice = request.get(CHOICE);
        ToolChoice read = choice != null && choice.isString() ? new ToolChoice(mode(request, CHOICE)) : object(request);
        if (read != null) {
            request.drop(CHOICE);
        }
        request.drop(LEGACY_CHOICE);
        return read;
    }

    private static Tool tool(RequestObject tool) throws MalformedRequestException {
        String type = tool.has("type") ? tool.word("type") : "function";
        return switch (type) {
            case "function" -> function(orItself(tool, type), tool);
            case "custom" -> {
                RequestObject custom = orItself(tool, type);
                yield new Tool.Custom(
                        custom.requiredText("name"), custom.string("description"), custom.objectSlice("format"));
            }
            default -> new Tool.Foreign(type, tool.slice());
        };
    }

    private static Tool function(RequestObject function, RequestObject tool) throws MalformedRequestException {
        JsonSlice cacheControl = OpenAiParts.cacheControl(tool);
        return new Tool.Function(
                function.requiredText("name"),
                function.string("description"),
                function.objectSlice("parameters"),
                function.bool("strict"),
                cacheControl == null ? OpenAiParts.cacheControl(function) : cacheControl);
    }

    private static @Nullable ToolChoice object(RequestObject request) throws MalformedRequestException {
        RequestObject choice = request.requiredObject(CHOICE);
        String type = choice.word("type");
        return switch (type) {
            case "function", "custom" ->
                new ToolChoice(Mode.REQUIRED, List.of(orItself(choice, type).requiredText("name")));
            case "allowed_tools" -> allowed(orItself(choice, type));
            default -> null;
        };
    }

    private static ToolChoice allowed(RequestObject allowed) throws MalformedRequestException {
        Mode mode = mode(allowed, "mode");
        List<String> names = new ArrayList<>();
        for (RequestObject tool : allowed.objects(TOOLS)) {
            String type = tool.word("type");
            if (!type.equals("function") && !type.equals("custom")) {
                throw tool.wrongWord("type", "\"function\" or \"custom\"");
            }
            names.add(orItself(tool, type).requiredText("name"));
        }
        if (names.isEmpty()) {
            throw new MalformedRequestException(
                    "'" + allowed.path(TOOLS) + "' must name at least one tool; it names none", allowed.path(TOOLS));
        }
        return new ToolChoice(mode, names);
    }

    private static @Nullable ToolChoice takeLegacyChoice(RequestObject request) throws MalformedRequestException {
        JsonSlice choice = request.get(LEGACY_CHOICE);
        if (choice == null) {
            return null;
        }
        ToolChoice read = choice.isString()
                ? new ToolChoice(mode(request, LEGACY_CHOICE))
                : new ToolChoice(
                        Mode.REQUIRED,
                        List.of(request.requiredObject(LEGACY_CHOICE).requiredText("name")));
        request.drop(LEGACY_CHOICE);
        return read;
    }

    private static Mode mode(RequestObject owner, String name) throws MalformedRequestException {
        return switch (owner.word(name)) {
            case "none" -> Mode.NONE;
            case "auto" -> Mode.AUTO;
            // "any" is what some hosts call it.
            case "required", "any" -> Mode.REQUIRED;
            default -> throw owner.wrongWord(name, "\"none\", \"auto\", \"required\" or an object");
        };
    }

    /** Of a choice or a tool what its type says; clients of the Responses API leave that level out. */
    private static RequestObject orItself(RequestObject owner, String type) throws MalformedRequestException {
        RequestObject inner = owner.object(type);
        return inner == null ? owner : inner;
    }
}
