package dev.sluice.codec.ollama;

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
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes a request for a chat in Ollama's words. One a request. Thread: event loop. */
final class OllamaChatWriter {
    /** Members of Ollama's own that other dialects do not have: whoever sends them means Ollama. */
    private static final Set<String> OWN_MEMBERS = Set.of("keep_alive", "truncate", "shift");

    private static final String OPTIONS = "options";

    private final ChatRequest request;
    private final JsonWriter json;
    private final Set<String> dropped = new LinkedHashSet<>();

    private OllamaChatWriter(ChatRequest request, ByteBuf out) {
        this.request = request;
        this.json = new JsonWriter(out);
    }

    /** Gives the request's body. */
    static ProviderRequest write(ChatRequest request, String model, ByteBufAllocator allocator)
            throws MalformedRequestException {
        if (request.candidates() != 1) {
            throw new MalformedRequestException(
                    "Ollama gives one answer to a request, not " + request.candidates() + "; allowed: 1", "n");
        }
        ByteBuf out = allocator.buffer();
        boolean written = false;
        try {
            OllamaChatWriter writer = new OllamaChatWriter(request, out);
            writer.write(model);
            written = true;
            return new ProviderRequest(out, List.copyOf(writer.dropped));
        } finally {
            if (!written) {
                out.release();
            }
        }
    }

    private void write(String model) throws MalformedRequestException {
        json.beginObject().name("model").string(model);
        new OllamaMessages(json, dropped).write(request.messages());
        writeTools();
        writeFormat();
        writeThinking(model);
        // Without it the answer would be a stream.
        json.name("stream").bool(request.stream());
        JsonSlice options = writeOthers();
        writeOptions(options);
        json.endObject();
        drop(request.endUser(), "user");
        drop(request.serviceTier(), "service_tier");
    }

    private void writeTools() {
        ToolChoice choice = request.choice();
        boolean none = choice != null && choice.mode() == ToolChoice.Mode.NONE;
        if (choice != null && choice.mode() == ToolChoice.Mode.REQUIRED) {
            // It can offer fewer tools, but not insist on one.
            dropped.add("tool_choice");
        }
        if (Boolean.FALSE.equals(request.parallelToolCalls())) {
            dropped.add("parallel_tool_calls");
        }
        List<String> names = choice == null ? List.of() : choice.names();
        boolean any = false;
        for (Tool tool : request.tools()) {
            switch (tool) {
                case Tool.Function function -> {
                    if (!none && (names.isEmpty() || names.contains(function.name()))) {
                        if (!any) {
                            json.name("tools").beginArray();
                            any = true;
                        }
                        write(function);
                    }
                }
                case Tool.Custom custom -> dropped.add("tools[custom]");
                case Tool.Foreign foreign -> dropped.add("tools[" + foreign.what() + "]");
            }
        }
        if (any) {
            json.endArray();
        }
    }

    private void write(Tool.Function function) {
        json.beginObject().name("type").string("function").name("function").beginObject();
        json.name("name").string(function.name());
        member("description", function.description());
        json.name("parameters");
        if (function.parameters() == null) {
            json.raw("{\"type\":\"object\",\"properties\":{}}");
        } else {
            json.slice(function.parameters());
        }
        json.endObject().endObject();
        if (function.strict() != null && function.strict().isTrue()) {
            dropped.add("strict");
        }
        drop(function.cacheControl(), "cache_control");
    }

    private void writeFormat() {
        OutputFormat format = request.format();
        if (format != null) {
            json.name("format");
            switch (format) {
                case OutputFormat.JsonObject object -> json.string("json");
                case OutputFormat.JsonSchema schema -> json.slice(schema.schema());
            }
        }
    }

    /**
     * Levels are for one family of models; with the others they are an error, which only knows yes and no
     * (musistudio/claude-code-router#1093). Without a word the model does as it is used to.
     */
    private void writeThinking(String model) {
        Thinking thinking = request.thinking();
        if (thinking == null) {
            return;
        }
        String effort = thinking.effort();
        if ("none".equals(effort) || thinking.budgetTokens() == 0) {
            json.name("think").bool(false);
        } else if (effort != null && model.toLowerCase(Locale.ROOT).contains("gpt-oss")) {
            json.name("think").string(level(effort));
        } else if (effort != null || thinking.budgetTokens() > 0) {
            json.name("think").bool(true);
        }
    }

    private static String level(String effort) {
        return switch (effort) {
            case "minimal", "low" -> "low";
            case "medium" -> "medium";
            default -> "high";
        };
    }

    /** Returns the options that the caller gives in Ollama's own words. */
    private @Nullable JsonSlice writeOthers() {
        JsonSlice options = null;
        for (JsonSlice.Member other : request.others()) {
            if (OWN_MEMBERS.contains(other.name())) {
                json.name(other.name()).slice(other.value());
            } else if (other.name().equals(OPTIONS) && other.value().isObject()) {
                options = other.value();
            } else {
                dropped.add(other.name());
            }
        }
        return options;
    }

    private void writeOptions(@Nullable JsonSlice own) {
        Set<String> written = new HashSet<>();
        Sampling sampling = request.sampling();
        option(written, "temperature", sampling.temperature());
        option(written, "top_p", sampling.topP());
        option(written, "top_k", sampling.topK());
        option(written, "seed", sampling.seed());
        option(written, "presence_penalty", sampling.presencePenalty());
        option(written, "frequency_penalty", sampling.frequencyPenalty());
        if (request.maxOutputTokens() != ChatRequest.NO_LIMIT) {
            beginOption(written, "num_predict");
            json.number(request.maxOutputTokens());
        }
        if (!request.stop().isEmpty()) {
            beginOption(written, "stop");
            json.beginArray();
            for (JsonSlice stop : request.stop()) {
                json.slice(stop);
            }
            json.endArray();
        }
        if (own != null) {
            for (JsonSlice.Member member : own.members()) {
                if (!written.contains(member.name())) {
                    option(written, member.name(), member.value());
                }
            }
        }
        if (!written.isEmpty()) {
            json.endObject();
        }
    }

    private void option(Set<String> written, String name, @Nullable JsonSlice value) {
        if (value != null) {
            beginOption(written, name);
            json.slice(value);
        }
    }

    private void beginOption(Set<String> written, String name) {
        if (written.isEmpty()) {
            json.name(OPTIONS).beginObject();
        }
        written.add(name);
        json.name(name);
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
