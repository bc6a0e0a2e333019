package dev.sluice.codec.anthropic;

import dev.sluice.codec.anthropic.ModelRules.SamplingRule;
import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.OutputFormat;
import dev.sluice.codec.chat.Part;
import dev.sluice.codec.chat.Sampling;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.dialect.StableIds;
import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a request for a chat in Anthropic's words, by the rules of the model that it is for. What stays the same from
 * turn to turn comes first, in the order in which prompts are cached. One a request. Thread: event loop.
 */
final class AnthropicChatWriter {
    /** Members of Anthropic's own: whoever sends them means Anthropic. */
    private static final Set<String> OWN_MEMBERS = Set.of("cache_control", "inference_geo", "mcp_servers");

    private static final int MAX_USER_ID_CHARS = 256;

    private final ChatRequest request;
    private final ModelRules rules;
    private final JsonWriter json;
    private final Set<String> dropped = new LinkedHashSet<>();

    private AnthropicChatWriter(ChatRequest request, ModelRules rules, ByteBuf out) {
        this.request = request;
        this.rules = rules;
        this.json = new JsonWriter(out);
    }

    /** Gives the request's body. */
    static ProviderRequest write(ChatRequest request, String model, ByteBufAllocator allocator)
            throws MalformedRequestException {
        if (request.candidates() != 1) {
            throw new MalformedRequestException(
                    "this provider gives one answer to a request, not " + request.candidates() + "; allowed: 1", "n");
        }
        ByteBuf out = allocator.buffer();
        boolean written = false;
        try {
            AnthropicChatWriter writer = new AnthropicChatWriter(request, ModelRules.of(model), out);
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
        AnthropicTurns turns = AnthropicTurns.of(request, rules.prefill(), dropped);
        if (turns.turns().isEmpty()) {
            throw new MalformedRequestException(
                    "'messages' has nothing to say; it must hold at least one message that is not empty", "messages");
        }
        long maxTokens = maxTokens();
        AnthropicReasoning reasoning = reasoning(turns, maxTokens);
        boolean budgeted = reasoning.mode() == AnthropicReasoning.Mode.BUDGET;

        json.beginObject().name("model").string(model).name("max_tokens").number(maxTokens);
        if (request.stream()) {
            json.name("stream").bool(true);
        }
        AnthropicTools tools = new AnthropicTools(json, request, rules, dropped);
        AnthropicParts parts = new AnthropicParts(json, tools.customNames(), dropped);
        tools.write(parts);
        tools.writeChoice(budgeted);
        writeSystem(turns, parts);
        writeMessages(turns, parts);
        reasoning.write(json);
        writeOutput(reasoning.effort());
        writeSampling(reasoning.isOn());
        writeStop();
        writeUser();
        writeServiceTier();
        for (JsonSlice.Member other : request.others()) {
            if (OWN_MEMBERS.contains(other.name())) {
                json.name(other.name()).slice(other.value());
            } else {
                dropped.add(other.name());
            }
        }
        json.endObject();
    }

    private long maxTokens() {
        long asked = request.maxOutputTokens();
        if (asked == ChatRequest.NO_LIMIT) {
            return rules.maxOutputTokens();
        }
        return rules.isKnown() ? Math.min(asked, rules.maxOutputTokens()) : asked;
    }

    private AnthropicReasoning reasoning(AnthropicTurns turns, long maxTokens) {
        AnthropicReasoning reasoning = AnthropicReasoning.of(request.thinking(), rules, maxTokens);
        if (reasoning.mode() == AnthropicReasoning.Mode.BUDGET && turns.goesOnWithoutThinking()) {
            reasoning = AnthropicReasoning.UNSAID;
        }
        boolean wished = request.thinking() != null
                && !"none".equals(request.thinking().effort())
                && request.thinking().budgetTokens() != 0
                && (request.thinking().effort() != null || request.thinking().budgetTokens() > 0);
        if (wished && !reasoning.isOn()) {
            dropped.add("reasoning_effort");
        }
        return reasoning;
    }

    private void writeSystem(AnthropicTurns turns, AnthropicParts parts) {
        String hint = formatHint();
        if (turns.system().isEmpty() && hint == null) {
            return;
        }
        json.name("system").beginArray();
        for (Part.Text text : turns.system()) {
            parts.writeText(text);
        }
        if (hint != null) {
            json.beginObject().name("type").string("text").name("text").string(hint);
            json.endObject();
        }
        json.endArray();
    }

    /** Where an answer cannot be held to a form, the model is asked to keep to it. */
    private @Nullable String formatHint() {
        return switch (request.format()) {
            case null -> null;
            case OutputFormat.JsonObject object -> {
                dropped.add("response_format");
                yield "Answer with one JSON object, and nothing before or behind it.";
            }
            case OutputFormat.JsonSchema schema -> {
                if (rules.schema()) {
                    yield null;
                }
                dropped.add("response_format");
                yield "Answer with JSON that follows this JSON Schema, and nothing before or behind it: "
                        + schema.schema().json();
            }
        };
    }

    private void writeMessages(AnthropicTurns turns, AnthropicParts parts) throws MalformedRequestException {
        json.name("messages").beginArray();
        Iterator<AnthropicTurns.Turn> left = turns.turns().iterator();
        while (left.hasNext()) {
            AnthropicTurns.Turn turn = left.next();
            json.beginObject().name("role").string(turn.user() ? "user" : "assistant");
            json.name("content").beginArray();
            for (AnthropicTurns.Block result : turn.results()) {
                parts.write(result, /* last= */ false);
            }
            int blocks = turn.blocks().size();
            for (int i = 0; i < blocks; i++) {
                boolean last = i == blocks - 1 && !left.hasNext() && !turn.user();
                parts.write(turn.blocks().get(i), last);
            }
            json.endArray().endObject();
        }
        json.endArray();
    }

    private void writeOutput(@Nullable String effort) {
        boolean formatted = rules.schema() && request.format() instanceof OutputFormat.JsonSchema;
        if (effort == null && !formatted) {
            return;
        }
        json.name("output_config").beginObject();
        if (effort != null) {
            json.name("effort").string(effort);
        }
        if (formatted && request.format() instanceof OutputFormat.JsonSchema schema) {
            json.name("format").beginObject().name("type").string("json_schema").name("schema");
            AnthropicSchema.write(json, schema.schema());
            json.endObject();
        }
        json.endObject();
    }

    private void writeSampling(boolean thinks) {
        Sampling sampling = request.sampling();
        boolean allowed = !thinks && rules.sampling() != SamplingRule.NONE;
        if (sampling.temperature() != null && allowed) {
            json.name("temperature");
            if (isAboveOne(sampling.temperature())) {
                json.number(1);
            } else {
                json.slice(sampling.temperature());
            }
        } else {
            drop(sampling.temperature(), "temperature");
        }
        boolean beside = rules.sampling() == SamplingRule.ANY || sampling.temperature() == null;
        member("top_p", sampling.topP(), allowed && beside);
        member("top_k", sampling.topK(), allowed);
        drop(sampling.seed(), "seed");
        drop(sampling.presencePenalty(), "presence_penalty");
        drop(sampling.frequencyPenalty(), "frequency_penalty");
    }

    /** Others go up to 2. */
    private static boolean isAboveOne(JsonSlice temperature) {
        boolean number = temperature.kind() == JsonKind.INTEGER || temperature.kind() == JsonKind.DECIMAL;
        return number && Double.parseDouble(temperature.json()) > 1;
    }

    /** Sequences of white space alone are refused. */
    private void writeStop() {
        boolean begun = false;
        for (JsonSlice stop : request.stop()) {
            if (stop.isEmpty() || AnthropicTurns.isBlank(stop)) {
                dropped.add("stop");
                continue;
            }
            if (!begun) {
                json.name("stop_sequences").beginArray();
                begun = true;
            }
            json.slice(stop);
        }
        if (begun) {
            json.endArray();
        }
    }

    private void writeUser() {
        JsonSlice user = request.endUser();
        if (user == null || user.isEmpty()) {
            return;
        }
        json.name("metadata").beginObject().name("user_id");
        if (user.sizeBytes() - 2 <= MAX_USER_ID_CHARS) {
            json.slice(user);
        } else {
            json.string(StableIds.hex(user.text(), StableIds.MAX_HEX_CHARS));
        }
        json.endObject();
    }

    private void writeServiceTier() {
        JsonSlice tier = request.serviceTier();
        if (tier == null) {
            return;
        }
        switch (tier.text()) {
            case "auto", "standard_only" -> json.name("service_tier").slice(tier);
            case "default" -> json.name("service_tier").string("standard_only");
            default -> dropped.add("service_tier");
        }
    }

    private void member(String name, @Nullable JsonSlice value, boolean allowed) {
        if (value != null && allowed) {
            json.name(name).slice(value);
        } else {
            drop(value, name);
        }
    }

    private void drop(@Nullable JsonSlice value, String name) {
        if (value != null) {
            dropped.add(name);
        }
    }
}
