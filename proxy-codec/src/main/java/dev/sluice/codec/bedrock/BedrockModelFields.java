package dev.sluice.codec.bedrock;

import dev.sluice.codec.bedrock.BedrockModel.Maker;
import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.Thinking;
import dev.sluice.codec.chat.ToolChoice;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes what only the model's maker has a word for: how to think, the number of tokens to choose from, whether calls may
 * come together. One a request. Thread: event loop.
 */
final class BedrockModelFields {
    static final String MEMBER = "additionalModelRequestFields";

    private enum Mode {
        UNSAID,
        OFF,
        BUDGET,
        ADAPTIVE
    }

    private final ChatRequest request;
    private final BedrockModel model;
    private final JsonWriter json;
    private final Set<String> dropped;
    private final Mode mode;
    private final long budget;
    private final @Nullable String effort;
    private final Set<String> written = new HashSet<>();

    BedrockModelFields(ChatRequest request, BedrockModel model, JsonWriter json, Set<String> dropped) {
        this.request = request;
        this.model = model;
        this.json = json;
        this.dropped = dropped;
        Thinking thinking = request.thinking();
        this.budget = thinking == null ? 0 : BedrockModel.budget(thinking, request.maxOutputTokens());
        this.effort = thinking == null ? null : model.effort(thinking);
        this.mode = thinking == null ? Mode.UNSAID : mode(thinking);
    }

    private Mode mode(Thinking thinking) {
        if (model.maker() != Maker.ANTHROPIC) {
            return Mode.UNSAID;
        }
        if (BedrockModel.isOff(thinking)) {
            return Mode.OFF;
        }
        boolean adaptively = model.thinksAdaptively() && (thinking.budgetTokens() <= 0 || !model.thinksByBudget());
        if (adaptively) {
            return Mode.ADAPTIVE;
        }
        return budget > 0 ? Mode.BUDGET : Mode.UNSAID;
    }

    /** Whether the model is told to think. */
    boolean isThinking() {
        return mode == Mode.BUDGET || mode == Mode.ADAPTIVE;
    }

    /** The effort, for models that Converse itself may tell of it. */
    @Nullable
    String effort() {
        return mode == Mode.ADAPTIVE ? effort : null;
    }

    void write() {
        writeThinking();
        writeTopK();
        writeParallelCalls();
        for (JsonSlice.Member other : request.others()) {
            if (other.name().equals(MEMBER)) {
                writeOwn(other.value());
            }
        }
        if (!written.isEmpty()) {
            json.endObject();
        }
    }

    private void writeThinking() {
        Thinking thinking = request.thinking();
        if (thinking == null) {
            return;
        }
        switch (mode) {
            case OFF -> begin("thinking").raw("{\"type\":\"disabled\"}");
            case BUDGET ->
                begin("thinking")
                        .beginObject()
                        .name("type")
                        .string("enabled")
                        .name("budget_tokens")
                        .number(budget)
                        .endObject();
            case ADAPTIVE -> {
                begin("thinking").beginObject().name("type").string("adaptive");
                if (Boolean.TRUE.equals(thinking.shown())) {
                    json.name("display").string("summarized");
                }
                json.endObject();
            }
            case UNSAID -> writeElsewhere(thinking);
        }
    }

    private void writeElsewhere(Thinking thinking) {
        if (model.maker() == Maker.OPENAI && effort != null) {
            begin("reasoning_effort").string(effort);
        } else if (!BedrockModel.isOff(thinking)) {
            dropped.add(thinking.effort() == null ? "thinking" : "reasoning_effort");
        }
    }

    private void writeTopK() {
        JsonSlice topK = request.sampling().topK();
        if (topK == null) {
            return;
        }
        switch (model.maker()) {
            case AMAZON ->
                begin("inferenceConfig").beginObject().name("topK").slice(topK).endObject();
            case ANTHROPIC -> {
                if (isThinking()) {
                    dropped.add("top_k");
                } else {
                    begin("top_k").slice(topK);
                }
            }
            case OPENAI, OTHER -> begin("top_k").slice(topK);
        }
    }

    private void writeParallelCalls() {
        if (!Boolean.FALSE.equals(request.parallelToolCalls())
                || request.tools().isEmpty()) {
            return;
        }
        ToolChoice choice = request.choice();
        if (model.maker() != Maker.ANTHROPIC || (choice != null && choice.mode() == ToolChoice.Mode.NONE)) {
            dropped.add("parallel_tool_calls");
            return;
        }
        begin("tool_choice").beginObject();
        boolean forced = choice != null && choice.mode() == ToolChoice.Mode.REQUIRED && !isThinking();
        if (choice != null && forced && choice.names().size() == 1) {
            json.name("type").string("tool").name("name").string(choice.names().getFirst());
        } else {
            json.name("type").string(forced ? "any" : "auto");
        }
        json.name("disable_parallel_tool_use").bool(true).endObject();
    }

    /** What the caller says in the words of Converse counts, where nothing of it has been said yet. */
    private void writeOwn(JsonSlice own) {
        for (JsonSlice.Member member : own.members()) {
            if (!written.contains(member.name())) {
                begin(member.name()).slice(member.value());
            }
        }
    }

    private JsonWriter begin(String name) {
        if (written.isEmpty()) {
            json.name(MEMBER).beginObject();
        }
        written.add(name);
        return json.name(name);
    }
}
