package dev.sluice.codec.chat;

import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request in the words of the vocabulary, as JSON, for golden files of what providers are sent.
 *
 * <pre>
 * {"model":"m", "stream":true,
 *  "messages":[{"role":"USER", "name":"n", "parts":[
 *     {"text":"Hi", "cache":{…}}, {"refusal":"No"}, {"audio":"base64", "format":"wav"}, {"foreign":"what"},
 *     {"image":"base64 or data: URL or address", "type":"image/png", "detail":"low"},
 *     {"document":"base64 or address", "type":"application/pdf", "name":"a.pdf"}, {"plain":"text", "name":"a"},
 *     {"reasoning":"text", "signature":"s", "origin":"ANTHROPIC", "redacted":false},
 *     {"call":"id", "name":"look", "arguments":{…}}, {"result":"id", "name":"look", "parts":[…], "json":{…}, "error":true}]}],
 *  "tools":[{"function":"look", "description":"d", "parameters":{…}, "strict":true}, {"custom":"x"}, {"foreign":"web"}],
 *  "choice":"REQUIRED", "names":["look"], "parallel":false, "temperature":0.50, "topP":1, "topK":40, "seed":7,
 *  "presencePenalty":0, "frequencyPenalty":0, "max":100, "stop":["END"], "candidates":2,
 *  "jsonObject":true, "schema":{…}, "schemaName":"n", "effort":"high", "budget":2000, "shown":true,
 *  "endUser":"u", "serviceTier":"flex", "others":{"logit_bias":{}}}
 * </pre>
 */
public final class ChatRequestJson {

    /** A request, and the model that the provider is to be asked for. */
    public record Asked(String model, ChatRequest request) {}

    private ChatRequestJson() {}

    public static Asked read(String json) {
        JsonSlice all = Objects.requireNonNull(
                JsonSlice.checked(Unpooled.wrappedBuffer(json.getBytes(StandardCharsets.UTF_8))), "not JSON");
        List<Message> messages = new ArrayList<>();
        for (JsonSlice message : elements(all, "messages")) {
            messages.add(new Message(Role.valueOf(string(message, "role")), parts(message), message.member("name")));
        }
        List<Tool> tools = new ArrayList<>();
        for (JsonSlice tool : elements(all, "tools")) {
            tools.add(tool(tool));
        }
        JsonSlice parallel = all.member("parallel");
        ChatRequest request = new ChatRequest(
                isTrue(all, "stream"),
                messages,
                tools,
                choice(all),
                parallel == null ? null : (Boolean) parallel.isTrue(),
                new Sampling(
                        all.member("temperature"),
                        all.member("topP"),
                        all.member("topK"),
                        all.member("seed"),
                        all.member("presencePenalty"),
                        all.member("frequencyPenalty")),
                number(all, "max", ChatRequest.NO_LIMIT),
                elements(all, "stop"),
                (int) number(all, "candidates", 1),
                format(all),
                thinking(all),
                all.member("endUser"),
                all.member("serviceTier"),
                others(all));
        JsonSlice model = all.member("model");
        return new Asked(model == null ? "m" : model.text(), request);
    }

    private static List<Part> parts(JsonSlice parent) {
        List<Part> parts = new ArrayList<>();
        for (JsonSlice part : elements(parent, "parts")) {
            parts.add(part(part));
        }
        return parts;
    }

    private static Part part(JsonSlice part) {
        JsonSlice.Member first = part.members().getFirst();
        JsonSlice value = first.value();
        JsonSlice cache = part.member("cache");
        return switch (first.name()) {
            case "text" -> new Part.Text(value, cache);
            case "refusal" -> new Part.Refusal(value);
            case "image" -> new Part.Image(media(part, value), part.member("detail"), cache);
            case "document" -> new Part.Document(media(part, value), part.member("name"), cache);
            case "plain" -> new Part.Document(new Media.Plain(value), part.member("name"), cache);
            case "audio" -> new Part.Audio(new Media.Inline("audio/wav", value, 0), string(part, "format"));
            case "foreign" -> new Part.Foreign(value.text(), value);
            case "reasoning" ->
                new Part.Reasoning(
                        value.isNull() ? null : value,
                        part.member("signature"),
                        isTrue(part, "redacted"),
                        part.member("origin") == null ? null : SignatureOrigin.valueOf(string(part, "origin")));
            case "call" ->
                new Part.ToolCall(
                        value.text(),
                        string(part, "name"),
                        Objects.requireNonNull(part.member("arguments"), "arguments"),
                        part.member("signature"),
                        null,
                        cache);
            case "result" ->
                new Part.ToolResult(
                        value.text(),
                        part.member("name") == null ? null : string(part, "name"),
                        parts(part),
                        part.member("json"),
                        isTrue(part, "error"),
                        cache);
            default -> throw new IllegalArgumentException("no such part: " + first.name());
        };
    }

    private static Media media(JsonSlice part, JsonSlice value) {
        if (isTrue(part, "uploaded")) {
            return new Media.Uploaded(value);
        }
        return part.member("type") == null ? Media.ofUrl(value) : new Media.Inline(string(part, "type"), value, 0);
    }

    private static Tool tool(JsonSlice tool) {
        JsonSlice.Member first = tool.members().getFirst();
        String name = first.value().text();
        return switch (first.name()) {
            case "function" ->
                new Tool.Function(
                        name,
                        tool.member("description"),
                        tool.member("parameters"),
                        tool.member("strict"),
                        tool.member("cache"));
            case "custom" -> new Tool.Custom(name, null, null);
            case "foreign" -> new Tool.Foreign(name, first.value());
            default -> throw new IllegalArgumentException("no such tool: " + first.name());
        };
    }

    private static @Nullable ToolChoice choice(JsonSlice all) {
        if (all.member("choice") == null) {
            return null;
        }
        List<String> names = new ArrayList<>();
        for (JsonSlice name : elements(all, "names")) {
            names.add(name.text());
        }
        return new ToolChoice(ToolChoice.Mode.valueOf(string(all, "choice")), names);
    }

    private static @Nullable OutputFormat format(JsonSlice all) {
        JsonSlice schema = all.member("schema");
        if (schema != null) {
            return new OutputFormat.JsonSchema(all.member("schemaName"), all.member("schemaDescription"), schema, null);
        }
        return isTrue(all, "jsonObject") ? new OutputFormat.JsonObject() : null;
    }

    private static @Nullable Thinking thinking(JsonSlice all) {
        JsonSlice effort = all.member("effort");
        JsonSlice shown = all.member("shown");
        long budget = number(all, "budget", Thinking.NO_BUDGET);
        if (effort == null && shown == null && budget == Thinking.NO_BUDGET) {
            return null;
        }
        return new Thinking(
                effort == null ? null : effort.text(), budget, shown == null ? null : (Boolean) shown.isTrue());
    }

    private static List<JsonSlice.Member> others(JsonSlice all) {
        JsonSlice others = all.member("others");
        return others == null ? List.of() : others.members();
    }

    private static List<JsonSlice> elements(JsonSlice parent, String name) {
        JsonSlice array = parent.member(name);
        return array == null ? List.of() : array.elements();
    }

    private static String string(JsonSlice parent, String name) {
        return Objects.requireNonNull(parent.member(name), name).text();
    }

    private static boolean isTrue(JsonSlice parent, String name) {
        JsonSlice value = parent.member(name);
        return value != null && value.isTrue();
    }

    private static long number(JsonSlice parent, String name, long otherwise) {
        JsonSlice value = parent.member(name);
        return value == null ? otherwise : value.longValue(otherwise);
    }
}
