package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.OutputFormat;
import dev.sluice.codec.chat.Sampling;
import dev.sluice.codec.chat.Thinking;
import dev.sluice.codec.chat.Tool;
import dev.sluice.codec.chat.ToolChoice;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes a request for a chat in Gemini's words. One a request. Thread: event loop. */
final class GeminiChatWriter {
    private static final int MAX_STOPS = 5;
    private static final int MAX_LABEL_CHARS = 63;

    private final ChatRequest request;
    private final GeminiModel model;
    private final boolean vertex;
    private final JsonWriter json;
    private final Set<String> dropped = new LinkedHashSet<>();
    private final List<Tool.Function> functions = new ArrayList<>();
    private boolean configBegun;

    private GeminiChatWriter(ChatRequest request, GeminiModel model, boolean vertex, ByteBuf out) {
        this.request = request;
        this.model = model;
        this.vertex = vertex;
        this.json = new JsonWriter(out);
    }

    /**
     * Gives the request's body.
     *
     * @param vertex whether it is for Vertex AI, which has labels
     */
    static ProviderRequest write(ChatRequest request, GeminiModel model, boolean vertex, ByteBufAllocator allocator)
            throws MalformedRequestException {
        ByteBuf out = allocator.buffer();
        boolean written = false;
        try {
            GeminiChatWriter writer = new GeminiChatWriter(request, model, vertex, out);
            writer.write();
            written = true;
            return new ProviderRequest(out, List.copyOf(writer.dropped));
        } finally {
            if (!written) {
                out.release();
            }
        }
    }

    private void write() throws MalformedRequestException {
        json.beginObject();
        new GeminiContents(json, dropped, model.isThird()).write(request.messages());
        writeTools();
        writeToolChoice();
        writeConfig();
        writeOthers();
        json.endObject();
        drop(request.endUser(), "user");
        drop(request.serviceTier(), "service_tier");
        if (Boolean.FALSE.equals(request.parallelToolCalls())) {
            dropped.add("parallel_tool_calls");
        }
    }

    private void writeTools() {
        for (Tool tool : request.tools()) {
            switch (tool) {
                case Tool.Function function -> functions.add(function);
                case Tool.Custom custom -> dropped.add("tools[custom]");
                case Tool.Foreign foreign -> dropped.add("tools[" + foreign.what() + "]");
            }
        }
        if (functions.isEmpty()) {
            return;
        }
        json.name("tools")
                .beginArray()
                .beginObject()
                .name("functionDeclarations")
                .beginArray();
        for (Tool.Function function : functions) {
            json.beginObject().name("name").string(function.name());
            member("description", function.description());
            JsonSlice parameters = function.parameters();
            if (parameters != null && GeminiSchema.saysSomething(parameters)) {
                json.name("parametersJsonSchema");
                GeminiSchema.write(json, parameters);
            }
            json.endObject();
            drop(function.cacheControl(), "cache_control");
        }
        json.endArray().endObject().endArray();
    }

    private void writeToolChoice() throws MalformedRequestException {
        ToolChoice choice = request.choice();
        List<String> names = allowedNames(choice);
        if (functions.isEmpty()) {
            return;
        }
        String mode = mode(choice, names);
        if (mode == null) {
            return;
        }
        json.name("toolConfig").beginObject().name("functionCallingConfig").beginObject();
        json.name("mode").string(mode);
        if (!names.isEmpty() && !mode.equals("NONE")) {
            json.name("allowedFunctionNames").beginArray();
            for (String name : names) {
                json.string(name);
            }
            json.endArray();
        }
        json.endObject().endObject();
    }

    /** What {@code choice} allows of the functions; a tool that must be called must be one of them. */
    private List<String> allowedNames(@Nullable ToolChoice choice) throws MalformedRequestException {
        if (choice == null) {
            return List.of();
        }
        List<String> allowed = new ArrayList<>();
        for (Tool.Function function : functions) {
            if (choice.names().contains(function.name())) {
                allowed.add(function.name());
            }
        }
        boolean none = functions.isEmpty() || (!choice.names().isEmpty() && allowed.isEmpty());
        if (none && choice.mode() == ToolChoice.Mode.REQUIRED) {
            throw new MalformedRequestException(
                    "a tool must be called, but there is none that Gemini could call; allowed: functions of 'tools'",
                    "tool_choice");
        }
        return allowed;
    }

    private @Nullable String mode(@Nullable ToolChoice choice, List<String> names) {
        if (choice == null) {
            return anyIsStrict() ? "VALIDATED" : null;
        }
        return switch (choice.mode()) {
            case NONE -> "NONE";
            case AUTO -> names.isEmpty() && !anyIsStrict() ? "AUTO" : "VALIDATED";
            case REQUIRED -> "ANY";
        };
    }

    private boolean anyIsStrict() {
        for (Tool.Function function : functions) {
            if (function.strict() != null && function.strict().isTrue()) {
                return true;
            }
        }
        return false;
    }

    private void writeConfig() {
        Sampling sampling = request.sampling();
        if (request.maxOutputTokens() != ChatRequest.NO_LIMIT) {
            config("maxOutputTokens").number(request.maxOutputTokens());
        }
        config("temperature", sampling.temperature());
        config("topP", sampling.topP());
        config("topK", sampling.topK());
        if (request.candidates() != 1) {
            config("candidateCount").number(request.candidates());
        }
        writeStops();
        config("seed", sampling.seed());
        config("presencePenalty", sampling.presencePenalty());
        config("frequencyPenalty", sampling.frequencyPenalty());
        writeFormat();
        writeThinking();
        if (configBegun) {
            json.endObject();
        }
    }

    private void writeStops() {
        List<JsonSlice> stops = request.stop();
        if (stops.isEmpty()) {
            return;
        }
        config("stopSequences").beginArray();
        for (JsonSlice stop : stops.subList(0, Math.min(MAX_STOPS, stops.size()))) {
            json.slice(stop);
        }
        json.endArray();
        if (stops.size() > MAX_STOPS) {
            dropped.add("stop[" + MAX_STOPS + "]");
        }
    }

    private void writeFormat() {
        OutputFormat format = request.format();
        if (format == null) {
            return;
        }
        if (!functions.isEmpty() && !model.isThird()) {
            // Refused beside functions before the third generation.
            dropped.add("response_format");
            return;
        }
        config("responseMimeType").string("application/json");
        if (format instanceof OutputFormat.JsonSchema schema) {
            config("responseJsonSchema");
            GeminiSchema.write(json, schema.schema());
        }
    }

    private void writeThinking() {
        Thinking thinking = request.thinking();
        if (thinking != null) {
            if (!GeminiThinking.write(this::config, thinking, model)) {
                dropped.add("reasoning_effort");
            }
        }
    }

    /** What Google's dialect has under the same name, whoever sends it means Google; all else is dropped. */
    private void writeOthers() {
        for (JsonSlice.Member other : request.others()) {
            switch (other.name()) {
                case "safetySettings", "safety_settings" ->
                    json.name("safetySettings").slice(other.value());
                case "cachedContent", "cached_content" ->
                    json.name("cachedContent").slice(other.value());
                case "labels", "metadata" -> {
                    if (vertex && areLabels(other.value())) {
                        json.name("labels").slice(other.value());
                    } else {
                        dropped.add(other.name());
                    }
                }
                default -> dropped.add(other.name());
            }
        }
    }

    private static boolean areLabels(JsonSlice value) {
        for (JsonSlice.Member label : value.members()) {
            boolean legal = isLabel(label.name())
                    && label.value().isString()
                    && isLabel(label.value().text());
            if (!legal) {
                return false;
            }
        }
        return value.isObject() && !value.isEmpty();
    }

    private static boolean isLabel(String text) {
        for (int i = 0; i < text.length(); i++) {
            char next = text.charAt(i);
            boolean legal = (next >= 'a' && next <= 'z') || (next >= '0' && next <= '9') || next == '-' || next == '_';
            if (!legal) {
                return false;
            }
        }
        return !text.isEmpty() && text.length() <= MAX_LABEL_CHARS;
    }

    private void config(String name, @Nullable JsonSlice value) {
        if (value != null) {
            config(name).slice(value);
        }
    }

    private JsonWriter config(String name) {
        return config().name(name);
    }

    private JsonWriter config() {
        if (!configBegun) {
            configBegun = true;
            json.name("generationConfig").beginObject();
        }
        return json;
    }

    private void member(String name, @Nullable JsonSlice value) {
        if (value != null) {
            json.name(name).slice(value);
        }
    }

    private void drop(@Nullable JsonSlice value, String name) {
        if (value != null) {
            dropped.add(name);
        }
    }
}
