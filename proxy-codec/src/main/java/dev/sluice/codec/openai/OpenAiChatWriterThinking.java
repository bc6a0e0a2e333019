package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Thinking;
import dev.sluice.codec.json.JsonWriter;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes how much a model is to reason, in the way of its host. One a request. Thread: event loop. */
final class OpenAiChatWriterThinking {
    private static final String MEMBER = "reasoning_effort";
    private static final String NONE = "none";

    // Up to how many tokens of a budget are what effort.
    private static final int MINIMAL_TOKENS = 1024;
    private static final int LOW_TOKENS = 4096;
    private static final int MEDIUM_TOKENS = 12_000;
    private static final int HIGH_TOKENS = 24_000;

    private final JsonWriter json;
    private final OpenAiQuirks host;
    private final String modelName;
    private final Set<String> dropped;

    OpenAiChatWriterThinking(JsonWriter json, OpenAiQuirks host, String modelName, Set<String> dropped) {
        this.json = json;
        this.host = host;
        this.modelName = modelName;
        this.dropped = dropped;
    }

    /** The effort that is asked for, in words; null when nothing is said of it. */
    static @Nullable String effort(Thinking thinking) {
        long budget = thinking.budgetTokens();
        if (thinking.effort() != null || budget == Thinking.NO_BUDGET) {
            return thinking.effort();
        }
        if (budget == 0) {
            return NONE;
        }
        if (budget <= MINIMAL_TOKENS) {
            return "minimal";
        }
        if (budget <= LOW_TOKENS) {
            return "low";
        }
        if (budget <= MEDIUM_TOKENS) {
            return "medium";
        }
        return budget <= HIGH_TOKENS ? "high" : "xhigh";
    }

    void write(@Nullable Thinking thinking) {
        if (thinking == null) {
            return;
        }
        String effort = effort(thinking);
        if (host.has(OpenAiProviderHabit.REASONING_OBJECT)) {
            writeObject(thinking, effort);
        } else if (effort != null) {
            writeEffort(effort);
        }
    }

    private void writeEffort(String effort) {
        if (host.has(OpenAiProviderHabit.THINKING_SWITCH)) {
            String type = effort.equals(NONE) ? "disabled" : "enabled";
            json.name("thinking").beginObject().name("type").string(type).endObject();
            return;
        }
        OpenAiProviderModel model = OpenAiProviderModel.of(modelName);
        if (!host.has(OpenAiProviderHabit.EFFORT) || !model.knowsEffort()) {
            dropped.add(MEMBER);
        } else if (effort.equals(NONE) && host.has(OpenAiProviderHabit.TEMPLATE_SWITCH)) {
            json.name("chat_template_kwargs").beginObject();
            json.name("enable_thinking").bool(false).endObject();
        } else if (!host.has(OpenAiProviderHabit.SWITCHED_EFFORT)
                || !model.prefix().isEmpty()) {
            json.name(MEMBER).string(model.effort(effort));
        } else if (modelName.toLowerCase(Locale.ROOT).contains("qwen")) {
            json.name(MEMBER).string(effort.equals(NONE) ? NONE : "default");
        } else {
            dropped.add(MEMBER);
        }
    }

    private void writeObject(Thinking thinking, @Nullable String effort) {
        boolean hidden = Boolean.FALSE.equals(thinking.shown());
        if (effort == null && !hidden) {
            return;
        }
        json.name("reasoning").beginObject();
        if (NONE.equals(effort)) {
            json.name("enabled").bool(false);
        } else if (thinking.budgetTokens() > 0) {
            json.name("max_tokens").number(thinking.budgetTokens());
        } else if (effort != null) {
            json.name("effort").string(effort.equals("max") ? "xhigh" : effort);
        }
        if (hidden) {
            json.name("exclude").bool(true);
        }
        json.endObject();
    }
}
