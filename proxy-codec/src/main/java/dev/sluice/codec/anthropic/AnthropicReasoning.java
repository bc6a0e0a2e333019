package dev.sluice.codec.anthropic;

import dev.sluice.codec.anthropic.ModelRules.EffortRule;
import dev.sluice.codec.anthropic.ModelRules.ThinkingRule;
import dev.sluice.codec.chat.Thinking;
import dev.sluice.codec.json.JsonWriter;
import org.jspecify.annotations.Nullable;

/**
 * How a model is to think, in the words that it understands. Thread: event loop.
 *
 * @param effort null when nothing is said about it
 * @param shown null when nothing is said about it
 */
record AnthropicReasoning(
        Mode mode,
        long budgetTokens,
        @Nullable String effort,
        @Nullable Boolean shown) {

    enum Mode {
        UNSAID,
        DISABLED,
        ADAPTIVE,
        BUDGET
    }

    static final AnthropicReasoning UNSAID = new AnthropicReasoning(Mode.UNSAID, 0, null, null);

    /** Smaller budgets are refused. */
    static final long MIN_BUDGET_TOKENS = 1024;

    private static final long MAX_BUDGET_TOKENS = 64_000;
    private static final AnthropicReasoning DISABLED = new AnthropicReasoning(Mode.DISABLED, 0, null, null);

    /**
     * The nearest to {@code wish} that the model accepts.
     *
     * @param maxTokens most tokens to generate, thinking included
     */
    static AnthropicReasoning of(@Nullable Thinking wish, ModelRules rules, long maxTokens) {
        if (wish == null || rules.thinking() == ThinkingRule.NONE) {
            return UNSAID;
        }
        String effort = wish.effort();
        if ("none".equals(effort) || wish.budgetTokens() == 0) {
            return DISABLED;
        }
        boolean budgeted = rules.thinking() == ThinkingRule.BUDGET
                || (rules.thinking() == ThinkingRule.EITHER && wish.budgetTokens() > 0);
        if (budgeted) {
            return budget(wish, rules, maxTokens);
        }
        String level = effort == null && wish.budgetTokens() > 0 ? effortOf(wish.budgetTokens()) : effort;
        return new AnthropicReasoning(
                Mode.ADAPTIVE, 0, level == null ? null : accepted(level, rules.effort()), wish.shown());
    }

    /** Whether the model will think before it answers, because we asked it to. */
    boolean isOn() {
        return mode == Mode.ADAPTIVE || mode == Mode.BUDGET;
    }

    /** Writes the member {@code thinking}, if there is anything to say. */
    void write(JsonWriter json) {
        if (mode == Mode.UNSAID) {
            return;
        }
        json.name("thinking").beginObject().name("type");
        switch (mode) {
            case UNSAID, DISABLED -> json.string("disabled");
            case ADAPTIVE -> {
                json.string("adaptive");
                if (shown != null) {
                    json.name("display").string(shown ? "summarized" : "omitted");
                }
            }
            case BUDGET -> json.string("enabled").name("budget_tokens").number(budgetTokens);
        }
        json.endObject();
    }

    /** A budget leaves room for an answer; where not even the smallest does, there is no thinking. */
    private static AnthropicReasoning budget(Thinking wish, ModelRules rules, long maxTokens) {
        long wanted = wish.budgetTokens() > 0 ? wish.budgetTokens() : budgetOf(wish.effort(), rules);
        if (wanted == Thinking.NO_BUDGET) {
            return UNSAID;
        }
        long budget = Math.max(MIN_BUDGET_TOKENS, wanted);
        if (budget >= maxTokens) {
            budget = Math.max(MIN_BUDGET_TOKENS, maxTokens / 2);
        }
        return budget < maxTokens ? new AnthropicReasoning(Mode.BUDGET, budget, null, wish.shown()) : UNSAID;
    }

    private static long budgetOf(@Nullable String effort, ModelRules rules) {
        return switch (effort) {
            case null -> Thinking.NO_BUDGET;
            case "minimal" -> MIN_BUDGET_TOKENS;
            case "low" -> 2_048;
            case "high" -> 16_384;
            case "xhigh" -> 32_768;
            case "max" -> Math.min(MAX_BUDGET_TOKENS, rules.maxOutputTokens() / 2);
            default -> 8_192;
        };
    }

    private static String effortOf(long budgetTokens) {
        if (budgetTokens <= 4_096) {
            return "low";
        }
        if (budgetTokens <= 12_000) {
            return "medium";
        }
        return budgetTokens <= 24_000 ? "high" : "xhigh";
    }

    private static @Nullable String accepted(String effort, EffortRule rule) {
        String level = effort.equals("minimal") ? "low" : effort;
        return switch (rule) {
            case NONE -> null;
            case HIGH -> level.equals("xhigh") || level.equals("max") ? "high" : level;
            case MAX_BUT_XHIGH -> level.equals("xhigh") ? "high" : level;
            case MAX -> level;
        };
    }
}
