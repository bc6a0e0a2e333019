package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Message;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.Role;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.chat.Tool;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the messages of a chat in OpenAI's words. Each result of a tool is a message of its own, and a text: what else
 * a tool gave back moves into the user's message behind. One a request. Thread: event loop.
 */
final class OpenAiChatWriterMessages {
    private static final String HINT = "Answer with a JSON object that follows this JSON Schema, and nothing else:\n";
    /** What the assistant says between the results of its tools and a user, where the host insists on something. */
    private static final String ACKNOWLEDGEMENT = "Understood.";

    private static final String IS_ERROR = "Error: ";
    /** Nothing is no JSON. */
    private static final JsonSlice NO_ARGUMENTS = JsonSlice.string("{}");

    private final JsonWriter json;
    private final OpenAiQuirks host;
    private final Set<String> dropped;
    private final OpenAiChatWriterParts parts;
    private final OpenAiChatWriterReasoning reasoning;
    /** Whether calls may carry Gemini's signatures, as on the surface of this dialect that it has itself. */
    private final boolean gemini;

    private List<Tool> tools = List.of();
    /** What results had beside texts, and no message has yet. */
    private final List<Part> moved = new ArrayList<>();

    private boolean behindResults;

    OpenAiChatWriterMessages(JsonWriter json, OpenAiQuirks host, String modelName, Set<String> dropped) {
        this.json = json;
        this.host = host;
        this.dropped = dropped;
        this.parts = new OpenAiChatWriterParts(json, host, dropped);
        this.reasoning = new OpenAiChatWriterReasoning(json, host, dropped);
        this.gemini = modelName.toLowerCase(Locale.ROOT).contains("gemini");
    }

    /**
     * @param tools by which it is known what calls are of
     * @param schema that the model is to be told of; null for none
     */
    void write(List<Message> messages, List<Tool> tools, @Nullable JsonSlice schema) throws MalformedRequestException {
        this.tools = tools;
        json.name("messages").beginArray();
        if (schema != null) {
            begin("system");
            json.name("content")
                    .beginString()
                    .text(HINT)
                    .text(schema.json())
                    .endString()
                    .endObject();
        }
        for (int i = 0; i < messages.size(); i++) {
            write(messages.get(i), i == messages.size() - 1);
        }
        if (!moved.isEmpty()) {
            writeUser(List.of(), null);
        }
        json.endArray();
    }

    private void write(Message message, boolean last) throws MalformedRequestException {
        if (message.role() != Role.USER && message.role() != Role.TOOL && !moved.isEmpty()) {
            writeUser(List.of(), null);
        }
        switch (message.role()) {
            case SYSTEM -> writeSystem("system", message);
            case DEVELOPER ->
                writeSystem(host.has(OpenAiProviderHabit.DEVELOPER_ROLE) ? "developer" : "system", message);
            case USER -> writeUser(message.parts(), message.name());
            case ASSISTANT -> writeAssistant(message, last);
            case TOOL -> {
                for (Part part : message.parts()) {
                    if (part instanceof Part.ToolResult result) {
                        writeResult(result);
                    }
                }
            }
        }
        behindResults = message.role() == Role.TOOL;
    }

    /** Many hosts take nothing but a string. */
    private void writeSystem(String role, Message message) throws MalformedRequestException {
        begin(role);
        json.name("content");
        parts.writeText(message.parts());
        writeName(message.name());
        json.endObject();
    }

    private void writeUser(List<Part> said, @Nullable JsonSlice name) throws MalformedRequestException {
        if (behindResults && host.has(OpenAiProviderHabit.NO_USER_BEHIND_RESULTS)) {
            begin("assistant");
            json.name("content").string(ACKNOWLEDGEMENT).endObject();
        }
        List<Part> all = new ArrayList<>(moved);
        all.addAll(said);
        moved.clear();
        behindResults = false;
        begin("user");
        json.name("content");
        parts.write(all);
        writeName(name);
        json.endObject();
    }

    private void writeAssistant(Message message, boolean last) throws MalformedRequestException {
        List<Part> said = new ArrayList<>();
        List<Part.ToolCall> calls = new ArrayList<>();
        List<Part.Reasoning> thoughts = new ArrayList<>();
        JsonSlice refusal = null;
        for (Part part : message.parts()) {
            switch (part) {
                case Part.ToolCall call -> calls.add(call);
                case Part.Reasoning thought -> thoughts.add(thought);
                case Part.Refusal refused -> {
                    if (refusal == null && host.has(OpenAiProviderHabit.REFUSALS)) {
                        refusal = refused.text();
                    } else {
                        said.add(new Part.Text(refused.text()));
                    }
                }
                case Part.Text text -> said.add(text);
                case Part.Foreign foreign -> dropped.add("messages[" + foreign.what() + "]");
                case Part.Image image -> dropped.add("messages[image]");
                case Part.Document document -> dropped.add("messages[document]");
                case Part.Audio audio -> dropped.add("messages[audio]");
                case Part.ToolResult result -> {}
            }
        }
        begin("assistant");
        json.name("content");
        if (said.isEmpty() && (!calls.isEmpty() || refusal != null)) {
            json.nullValue();
        } else {
            parts.writeText(said);
        }
        if (refusal != null) {
            json.name("refusal").slice(refusal);
        }
        reasoning.write(thoughts, calls);
        if (!calls.isEmpty()) {
            json.name("tool_calls").beginArray();
            for (Part.ToolCall call : calls) {
                writeCall(call);
            }
            json.endArray();
        } else if (last && host.has(OpenAiProviderHabit.MARKED_PREFIX)) {
            json.name("prefix").bool(true);
        }
        writeName(message.name());
        json.endObject();
    }

    private void writeCall(Part.ToolCall call) {
        boolean custom = host.has(OpenAiProviderHabit.CUSTOM_TOOLS) && isCustom(call.name());
        String type = custom ? "custom" : "function";
        json.beginObject().name("id").string(id(call.id()));
        json.name("type").string(type).name(type).beginObject();
        json.name("name").string(call.name());
        JsonSlice arguments = call.arguments();
        if (custom) {
            JsonSlice input = arguments.member("input");
            json.name("input");
            writeText(input != null && input.isString() ? input : arguments);
        } else {
            json.name("arguments");
            writeText(arguments.isString() && arguments.isEmpty() ? NO_ARGUMENTS : arguments);
        }
        json.endObject();
        if (gemini && call.signature() != null && call.origin() == SignatureOrigin.GEMINI) {
            json.name("extra_content").beginObject().name("google").beginObject();
            json.name("thought_signature").slice(call.signature()).endObject().endObject();
        } else if (call.signature() != null && !host.has(OpenAiProviderHabit.REASONING_DETAILS)) {
            dropped.add("signature");
        }
        json.endObject();
        if (call.cacheControl() != null) {
            dropped.add("cache_control");
        }
    }

    private void writeResult(Part.ToolResult result) throws MalformedRequestException {
        begin("tool");
        json.name("tool_call_id").string(id(result.id()));
        List<JsonSlice> texts = new ArrayList<>();
        boolean more = false;
        for (Part part : result.content()) {
            JsonSlice text = OpenAiChatWriterParts.plain(part);
            if (text != null) {
                texts.add(text);
            } else if (part instanceof Part.Foreign foreign) {
                dropped.add("messages[" + foreign.what() + "]");
            } else {
                if (!more) {
                    moved.add(new Part.Text(JsonSlice.string("What the tool "
                            + (result.name() == null ? "call " + id(result.id()) : result.name())
                            + " gave back:")));
                    more = true;
                }
                moved.add(part);
            }
        }
        json.name("content").beginString();
        if (result.error()) {
            json.text(IS_ERROR);
        }
        if (result.json() != null) {
            json.text(result.json().json());
        } else if (texts.isEmpty() && more) {
            json.text("See the next message.");
        } else {
            OpenAiChatWriterParts.join(json, texts);
        }
        json.endString().endObject();
        if (result.cacheControl() != null) {
            dropped.add("cache_control");
        }
    }

    private void begin(String role) {
        json.beginObject().name("role").string(role);
    }

    private void writeName(@Nullable JsonSlice name) {
        if (name == null) {
            return;
        }
        if (host.has(OpenAiProviderHabit.NAMES)) {
            json.name("name").slice(name);
        } else {
            dropped.add("name");
        }
    }

    private String id(String id) {
        return host.has(OpenAiProviderHabit.NINE_CHARACTER_IDS)
                ? OpenAiProviderIds.shortCall(id)
                : OpenAiProviderIds.call(id);
    }

    private boolean isCustom(String name) {
        for (Tool tool : tools) {
            if (tool instanceof Tool.Custom custom && custom.name().equals(name)) {
                return true;
            }
        }
        return false;
    }

    /** Arguments are a text in this dialect. */
    private void writeText(JsonSlice arguments) {
        if (arguments.isString()) {
            json.slice(arguments);
        } else {
            json.wrapped(arguments);
        }
    }
}
