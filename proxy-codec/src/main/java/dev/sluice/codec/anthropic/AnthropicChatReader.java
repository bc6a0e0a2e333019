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
import dev.sluice.codec.dialect.RequestObject;
import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what a request of Anthropic's dialect means, for a provider of another one. One a request. Thread: any. */
final class AnthropicChatReader {
    /** Members that are read, and of which nothing remains to be said. */
    private static final List<String> KNOWN = List.of(
            "model",
            "stream",
            "tool_choice",
            "output_config",
            "max_tokens",
            "metadata",
            "system",
            "messages",
            "tools",
            "temperature",
            "top_p",
            "top_k",
            "stop_sequences",
            "output_format",
            "thinking",
            "service_tier");

    private static final List<String> KNOWN_OF_TOOL =
            List.of("type", "name", "description", "input_schema", "strict", "cache_control");
    private static final List<String> KNOWN_OF_OUTPUT = List.of("effort", "format");

    private static final String CONTENT = "content";

    private final RequestObject root;
    private final List<JsonSlice.Member> others = new ArrayList<>();

    private AnthropicChatReader(RequestObject root) {
        this.root = root;
    }

    /** @param body whole; the request borrows it */
    static ChatRequest read(ByteBuf body) throws MalformedRequestException {
        return new AnthropicChatReader(RequestObject.of("", JsonSlice.of(body))).read();
    }

    private ChatRequest read() throws MalformedRequestException {
        JsonSlice stream = root.get("stream");
        RequestObject choice = root.object("tool_choice");
        RequestObject output = root.object("output_config");
        JsonSlice effort = output == null ? null : output.filledString("effort");
        JsonSlice maxTokens = root.number("max_tokens");
        RequestObject metadata = root.object("metadata");
        List<Message> messages = messages();
        List<Tool> tools = tools();
        Sampling sampling =
                new Sampling(root.number("temperature"), root.number("top_p"), root.number("top_k"), null, null, null);
        List<JsonSlice> stop = stop();
        OutputFormat format = format(output);
        Thinking thinking = thinking(effort);
        JsonSlice tier = serviceTier();
        addRest("output_config.", output, KNOWN_OF_OUTPUT);
        root.drop(KNOWN);
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
                metadata == null ? null : metadata.filledString("user_id"),
                tier,
                others);
    }

    private List<Message> messages() throws MalformedRequestException {
        List<Message> messages = new ArrayList<>();
        addSystem(root, "system", messages);
        if (!root.has("messages")) {
            throw root.missing("messages", JsonKind.ARRAY.phrase());
        }
        AnthropicBlockReader blocks = new AnthropicBlockReader();
        for (RequestObject message : root.objects("messages")) {
            add(message, blocks, messages);
        }
        return messages;
    }

    private static void add(RequestObject message, AnthropicBlockReader blocks, List<Message> messages)
            throws MalformedRequestException {
        String role = message.word("role");
        if (!message.has(CONTENT)) {
            throw message.missing(CONTENT, AnthropicBlockReader.STRING_OR_ARRAY);
        }
        switch (role) {
            case "user" -> {
                List<Part> results = new ArrayList<>();
                List<Part> parts = new ArrayList<>();
                blocks.readUser(message, results, parts);
                addUnlessEmpty(Role.TOOL, results, messages);
                addUnlessEmpty(Role.USER, parts, messages);
            }
            case "assistant" -> addUnlessEmpty(Role.ASSISTANT, blocks.readAssistant(message), messages);
            case "system" -> addSystem(message, CONTENT, messages);
            default -> throw message.wrongWord("role", "\"user\", \"assistant\" or \"system\"");
        }
    }

    private static void addSystem(RequestObject owner, String name, List<Message> messages)
            throws MalformedRequestException {
        addUnlessEmpty(Role.SYSTEM, new AnthropicBlockReader().readTexts(owner, name), messages);
    }

    private static void addUnlessEmpty(Role role, List<Part> parts, List<Message> messages) {
        if (!parts.isEmpty()) {
            messages.add(new Message(role, parts));
        }
    }

    private List<Tool> tools() throws MalformedRequestException {
        List<Tool> tools = new ArrayList<>();
        for (RequestObject tool : root.objects("tools")) {
            JsonSlice type = tool.string("type");
            if (type != null && !type.textEquals("custom")) {
                tools.add(new Tool.Foreign(tool.word("type"), tool.slice()));
                continue;
            }
            tools.add(new Tool.Function(
                    tool.requiredString("name").text(),
                    tool.filledString("description"),
                    tool.get("input_schema"),
                    tool.get("strict"),
                    tool.get("cache_control")));
            addRest("tools[].", tool, KNOWN_OF_TOOL);
        }
        return tools;
    }

    private static @Nullable ToolChoice choice(RequestObject choice) throws MalformedRequestException {
        return switch (choice.word("type")) {
            case "auto" -> new ToolChoice(ToolChoice.Mode.AUTO);
            case "any" -> new ToolChoice(ToolChoice.Mode.REQUIRED);
            case "none" -> new ToolChoice(ToolChoice.Mode.NONE);
            case "tool" ->
                new ToolChoice(
                        ToolChoice.Mode.REQUIRED,
                        List.of(choice.requiredString("name").text()));
            default -> throw choice.wrongWord("type", "\"auto\", \"any\", \"tool\" or \"none\"");
        };
    }

    private static @Nullable Boolean parallel(RequestObject choice) {
        JsonSlice alone = choice.get("disable_parallel_tool_use");
        return alone == null ? null : Boolean.valueOf(!alone.isTrue());
    }

    private List<JsonSlice> stop() throws MalformedRequestException {
        List<JsonSlice> stop = root.elements("stop_sequences");
        for (int i = 0; i < stop.size(); i++) {
            if (!stop.get(i).isString()) {
                throw root.wrong("stop_sequences[" + i + ']', JsonKind.STRING.phrase(), stop.get(i));
            }
        }
        return stop;
    }

    /** It once stood beside the other members. */
    private @Nullable OutputFormat format(@Nullable RequestObject output) throws MalformedRequestException {
        RequestObject older = root.object("output_format");
        RequestObject newer = output == null ? null : output.object("format");
        RequestObject format = newer == null ? older : newer;
        JsonSlice schema = format == null ? null : format.get("schema");
        return schema == null || !schema.isObject() ? null : new OutputFormat.JsonSchema(null, null, schema, null);
    }

    private @Nullable Thinking thinking(@Nullable JsonSlice effort) throws MalformedRequestException {
        String level = effort == null ? null : effort.text();
        RequestObject thinking = root.object("thinking");
        if (thinking == null) {
            return level == null ? null : new Thinking(level, Thinking.NO_BUDGET, null);
        }
        String type = thinking.word("type");
        JsonSlice display = thinking.string("display");
        Boolean shown = display == null ? null : Boolean.valueOf(!display.textEquals("omitted"));
        JsonSlice budget = thinking.number("budget_tokens");
        return switch (type) {
            case "disabled" -> new Thinking("none", Thinking.NO_BUDGET, null);
            case "enabled" ->
                budget == null
                        ? new Thinking(level, Thinking.NO_BUDGET, shown)
                        : new Thinking(null, Math.max(1, budget.longValue(Long.MAX_VALUE)), shown);
            case "adaptive" -> new Thinking(level, Thinking.NO_BUDGET, shown);
            default -> throw thinking.wrongWord("type", "\"enabled\", \"adaptive\" or \"disabled\"");
        };
    }

    /** In the words that most others use. */
    private @Nullable JsonSlice serviceTier() throws MalformedRequestException {
        JsonSlice tier = root.filledString("service_tier");
        return tier != null && tier.textEquals("standard_only") ? JsonSlice.string("default") : tier;
    }

    private void addRest(String prefix, @Nullable RequestObject object, List<String> known) {
        if (object != null) {
            object.drop(known);
            for (JsonSlice.Member member : object.rest()) {
                others.add(new JsonSlice.Member(prefix + member.name(), member.value()));
            }
        }
    }
}
