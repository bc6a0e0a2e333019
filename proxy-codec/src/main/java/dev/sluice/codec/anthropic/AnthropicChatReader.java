package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.OutputFormat;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.Role;
import dev.sluice.codec.chat.Sampling;
import dev.sluice.codec.chat.Thinking;
import dev.sluice.codec.chat.Tool;
import dev.sluice.codec.chat.ToolChoice;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what a request of Anthropic's dialect means, for a provider of another one. One a request. Thread: any. */
final class AnthropicChatReader {
    private final AnthropicObject root;
    private final List<JsonSlice.Member> others = new ArrayList<>();

    private AnthropicChatReader(AnthropicObject root) {
        this.root = root;
    }

    /** @param body whole; the request borrows it */
    static ChatRequest read(ByteBuf body) throws MalformedRequestException {
        return new AnthropicChatReader(AnthropicObject.of("", JsonSlice.of(body))).read();
    }

    private ChatRequest read() throws MalformedRequestException {
        root.take("model");
        JsonSlice stream = root.take("stream");
        AnthropicObject choice = root.takeObject("tool_choice");
        AnthropicObject output = root.takeObject("output_config");
        JsonSlice effort = output == null ? null : output.takeText("effort");
        JsonSlice maxTokens = root.takeNumber("max_tokens");
        AnthropicObject metadata = root.takeObject("metadata");
        List<Message> messages = messages();
        List<Tool> tools = tools();
        Sampling sampling = new Sampling(
                root.takeNumber("temperature"), root.takeNumber("top_p"), root.takeNumber("top_k"), null, null, null);
        List<JsonSlice> stop = stop();
        OutputFormat format = format(output);
        Thinking thinking = thinking(effort);
        JsonSlice tier = serviceTier();
        addRest("output_config.", output);
        others.addAll(root.rest());
        return new ChatRequest(
                stream != null && stream.isTrue(),
                messages,
                tools,
                choice == null ? null : choice(choice),
                choice == null ? null : parallel(choice),
                sampling,
                maxTokens == null ? ChatRequest.NO_LIMIT : maxTokens.longValue(ChatRequest.NO_LIMIT),
                stop,
                /* candidates= */ 1,
                format,
                thinking,
                metadata == null ? null : metadata.takeText("user_id"),
                tier,
                others);
    }

    private List<Message> messages() throws MalformedRequestException {
        List<Message> messages = new ArrayList<>();
        JsonSlice system = root.take("system");
        if (system != null) {
            addSystem("system", system, messages);
        }
        JsonSlice list = root.take("messages");
        if (list == null || !list.isArray()) {
            throw AnthropicObject.wrong(
                    "messages",
                    "an array",
                    list == null ? "absent" : list.kind().phrase());
        }
        AnthropicBlockReader blocks = new AnthropicBlockReader();
        int index = 0;
        for (JsonSlice element : list.elements()) {
            add("messages[" + index++ + "]", element, blocks, messages);
        }
        return messages;
    }

    private static void add(String path, JsonSlice element, AnthropicBlockReader blocks, List<Message> messages)
            throws MalformedRequestException {
        AnthropicObject message = AnthropicObject.of(path, element);
        String role = message.takeRequired("role").text();
        JsonSlice content = message.take("content");
        String place = message.path("content");
        if (content == null) {
            throw AnthropicObject.wrong(place, "a string or an array", "absent");
        }
        switch (role) {
            case "user" -> {
                List<Part> results = new ArrayList<>();
                List<Part> parts = new ArrayList<>();
                blocks.readUser(place, content, results, parts);
                addUnlessEmpty(Role.TOOL, results, messages);
                addUnlessEmpty(Role.USER, parts, messages);
            }
            case "assistant" -> addUnlessEmpty(Role.ASSISTANT, blocks.readAssistant(place, content), messages);
            case "system" -> addSystem(place, content, messages);
            default ->
                throw AnthropicObject.wrong(message.path("role"), "user, assistant or system", "'" + shown(role) + "'");
        }
    }

    private static void addSystem(String path, JsonSlice content, List<Message> messages)
            throws MalformedRequestException {
        addUnlessEmpty(Role.SYSTEM, new AnthropicBlockReader().readTexts(path, content), messages);
    }

    private static void addUnlessEmpty(Role role, List<Part> parts, List<Message> messages) {
        if (!parts.isEmpty()) {
            messages.add(new Message(role, parts));
        }
    }

    private List<Tool> tools() throws MalformedRequestException {
        List<Tool> tools = new ArrayList<>();
        int index = 0;
        for (JsonSlice element : root.takeArray("tools")) {
            AnthropicObject tool = AnthropicObject.of("tools[" + index++ + "]", element);
            JsonSlice type = tool.takeString("type");
            if (type != null && !type.textEquals("custom")) {
                tools.add(new Tool.Foreign(AnthropicBlockReader.word(type), tool.slice()));
                continue;
            }
            tools.add(new Tool.Function(
                    tool.takeRequired("name").text(),
                    tool.takeText("description"),
                    tool.take("input_schema"),
                    tool.take("strict"),
                    tool.take("cache_control")));
            addRest("tools[].", tool);
        }
        return tools;
    }

    private static @Nullable ToolChoice choice(AnthropicObject choice) throws MalformedRequestException {
        String type = choice.takeRequired("type").text();
        return switch (type) {
            case "auto" -> new ToolChoice(ToolChoice.Mode.AUTO);
            case "any" -> new ToolChoice(ToolChoice.Mode.REQUIRED);
            case "none" -> new ToolChoice(ToolChoice.Mode.NONE);
            case "tool" ->
                new ToolChoice(
                        ToolChoice.Mode.REQUIRED,
                        List.of(choice.takeRequired("name").text()));
            default ->
                throw AnthropicObject.wrong(choice.path("type"), "auto, any, tool or none", "'" + shown(type) + "'");
        };
    }

    private static @Nullable Boolean parallel(AnthropicObject choice) {
        JsonSlice alone = choice.take("disable_parallel_tool_use");
        return alone == null ? null : Boolean.valueOf(!alone.isTrue());
    }

    private List<JsonSlice> stop() throws MalformedRequestException {
        List<JsonSlice> stop = root.takeArray("stop_sequences");
        for (JsonSlice sequence : stop) {
            if (!sequence.isString()) {
                throw AnthropicObject.wrong(
                        "stop_sequences",
                        "an array of strings",
                        "of " + sequence.kind().phrase());
            }
        }
        return stop;
    }

    /** It once stood beside the other members. */
    private @Nullable OutputFormat format(@Nullable AnthropicObject output) throws MalformedRequestException {
        AnthropicObject older = root.takeObject("output_format");
        AnthropicObject newer = output == null ? null : output.takeObject("format");
        AnthropicObject format = newer == null ? older : newer;
        JsonSlice schema = format == null ? null : format.take("schema");
        return schema == null || !schema.isObject() ? null : new OutputFormat.JsonSchema(null, null, schema, null);
    }

    private @Nullable Thinking thinking(@Nullable JsonSlice effort) throws MalformedRequestException {
        String level = effort == null ? null : effort.text();
        AnthropicObject thinking = root.takeObject("thinking");
        if (thinking == null) {
            return level == null ? null : new Thinking(level, Thinking.NO_BUDGET, null);
        }
        String type = thinking.takeRequired("type").text();
        JsonSlice display = thinking.takeString("display");
        Boolean shown = display == null ? null : Boolean.valueOf(!display.textEquals("omitted"));
        JsonSlice budget = thinking.takeNumber("budget_tokens");
        return switch (type) {
            case "disabled" -> new Thinking("none", Thinking.NO_BUDGET, null);
            case "enabled" ->
                budget == null
                        ? new Thinking(level, Thinking.NO_BUDGET, shown)
                        : new Thinking(null, Math.max(1, budget.longValue(Long.MAX_VALUE)), shown);
            case "adaptive" -> new Thinking(level, Thinking.NO_BUDGET, shown);
            default ->
                throw AnthropicObject.wrong("thinking.type", "enabled, adaptive or disabled", "'" + shown(type) + "'");
        };
    }

    /** In the words that most others use. */
    private @Nullable JsonSlice serviceTier() throws MalformedRequestException {
        JsonSlice tier = root.takeText("service_tier");
        return tier != null && tier.textEquals("standard_only") ? JsonSlice.string("default") : tier;
    }

    private void addRest(String prefix, @Nullable AnthropicObject object) {
        if (object != null) {
            for (JsonSlice.Member member : object.rest()) {
                others.add(new JsonSlice.Member(prefix + member.name(), member.value()));
            }
        }
    }

    private static String shown(String word) {
        return word.length() <= 32 ? word : word.substring(0, 32);
    }
}
