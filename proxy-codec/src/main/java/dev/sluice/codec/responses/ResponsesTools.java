package dev.sluice.codec.responses;

import dev.sluice.codec.chat.Tool;
import dev.sluice.codec.chat.ToolChoice;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonSlice.Member;
import dev.sluice.codec.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code tools} and {@code tool_choice}, which are flat in this dialect. Thread: any. */
final class ResponsesTools {
    private final List<Tool> tools = new ArrayList<>();
    private final List<Member> others = new ArrayList<>();
    private @Nullable ToolChoice choice;

    List<Tool> tools() {
        return tools;
    }

    @Nullable
    ToolChoice choice() {
        return choice;
    }

    /** What of the choice has no other word. */
    List<Member> others() {
        return others;
    }

    void readTools(JsonSlice list) throws MalformedRequestException {
        int index = 0;
        for (JsonSlice tool : list.elements()) {
            String path = "tools[" + index++ + "]";
            String type = Expected.text(Expected.object(tool, path).member("type"), path + ".type");
            switch (type) {
                case "function" ->
                    tools.add(new Tool.Function(
                            Expected.name(tool.member("name"), path + ".name"),
                            tool.member("description"),
                            tool.member("parameters"),
                            tool.member("strict"),
                            null));
                case "custom" ->
                    tools.add(new Tool.Custom(
                            Expected.name(tool.member("name"), path + ".name"),
                            tool.member("description"),
                            grammar(tool.member("format"))));
                default -> tools.add(new Tool.Foreign(type, tool));
            }
        }
    }

    void readChoice(JsonSlice value) throws MalformedRequestException {
        if (value.isString()) {
            choice = new ToolChoice(mode(value, "tool_choice"));
            return;
        }
        String type = Expected.text(Expected.object(value, "tool_choice").member("type"), "tool_choice.type");
        switch (type) {
            case "function", "custom" ->
                choice = new ToolChoice(
                        ToolChoice.Mode.REQUIRED, List.of(Expected.name(value.member("name"), "tool_choice.name")));
            case "allowed_tools" -> readAllowed(value);
            // A tool that runs at OpenAI: it goes, and so does the wish for it.
            default -> others.add(new Member("tool_choice[" + type + "]", value));
        }
    }

    private void readAllowed(JsonSlice value) throws MalformedRequestException {
        JsonSlice mode = value.member("mode");
        List<String> names = new ArrayList<>();
        for (JsonSlice tool :
                Expected.array(value.member("tools"), "tool_choice.tools").elements()) {
            JsonSlice name = tool.member("name");
            if (name != null && name.isString()) {
                names.add(name.text());
            } else {
                String type = Expected.text(tool.member("type"), "tool_choice.tools[].type");
                others.add(new Member("tool_choice.tools[" + type + "]", tool));
            }
        }
        choice = new ToolChoice(mode == null ? ToolChoice.Mode.AUTO : mode(mode, "tool_choice.mode"), names);
    }

    private static ToolChoice.Mode mode(JsonSlice value, String path) throws MalformedRequestException {
        String mode = Expected.text(value, path);
        return switch (mode) {
            case "none" -> ToolChoice.Mode.NONE;
            case "auto" -> ToolChoice.Mode.AUTO;
            case "required" -> ToolChoice.Mode.REQUIRED;
            default -> throw Expected.oneOf(path, mode, "'none', 'auto', 'required' and an object that names a tool");
        };
    }

    /** Chats have the grammar in an object of its own within the format. */
    private static @Nullable JsonSlice grammar(@Nullable JsonSlice format) {
        if (format == null || !format.isObject()) {
            return null;
        }
        JsonSlice type = format.member("type");
        JsonSlice syntax = format.member("syntax");
        JsonSlice definition = format.member("definition");
        if (type == null || syntax == null || definition == null) {
            return format;
        }
        JsonWriter json = new JsonWriter().beginObject().name("type").slice(type);
        json.name("grammar").beginObject();
        json.name("syntax").slice(syntax).name("definition").slice(definition);
        return JsonSlice.raw(json.endObject().endObject().toString());
    }
}
