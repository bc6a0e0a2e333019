package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.Thinking;
import dev.sluice.codec.json.JsonWriter;
import java.util.function.Supplier;

/**
 * How much a model is to reason, in the words of its generation: a budget up to 2.5, a level from 3 on. Thread: any.
 */
final class GeminiThinking {
    private static final int SMALLEST_PRO = 128;
    private static final int SMALLEST_LITE = 512;
    private static final int LARGEST = 24_576;
    private static final int LARGEST_PRO = 32_768;

    private GeminiThinking() {}

    /**
     * Writes the member, if there is something to say; whether the model could be told.
     *
     * @param config asked for when there is; begins what the member stands in
     */
    static boolean write(Supplier<JsonWriter> config, Thinking thinking, GeminiModel model) {
        String effort = thinking.effort();
        boolean said = effort != null || thinking.budgetTokens() != Thinking.NO_BUDGET;
        if (!model.reasons()) {
            return !said && !Boolean.TRUE.equals(thinking.shown());
        }
        boolean off = "none".equals(effort) || thinking.budgetTokens() == 0;
        boolean shown = thinking.shown() == null ? said && !off : thinking.shown() && !off;
        if (!said && !shown) {
            return true;
        }
        JsonWriter json = config.get();
        json.name("thinkingConfig").beginObject();
        if (shown) {
            json.name("includeThoughts").bool(true);
        }
        if (said && model.isThird()) {
            json.name("thinkingLevel").string(level(effort == null ? effort(thinking.budgetTokens()) : effort, model));
        } else if (said) {
            json.name("thinkingBudget")
                    .number(effort == null ? allowed(thinking.budgetTokens(), model) : budget(effort, model));
        }
        json.endObject();
        return true;
    }

    /** The first of the third generation knows only two levels, its larger models cannot do with the least. */
    private static String level(String effort, GeminiModel model) {
        return switch (effort) {
            case "none", "minimal" -> model.isPro() ? "LOW" : "MINIMAL";
            case "low" -> "LOW";
            case "medium" -> model.isPro() && model.generation() == 30 ? "HIGH" : "MEDIUM";
            default -> "HIGH";
        };
    }

    private static long budget(String effort, GeminiModel model) {
        return allowed(
                switch (effort) {
                    case "none" -> 0;
                    case "minimal" -> model.isLite() ? SMALLEST_LITE : 1024;
                    case "low" -> 1024;
                    case "medium" -> 8192;
                    case "high" -> LARGEST;
                    default -> LARGEST_PRO;
                },
                model);
    }

    /** The nearest budget that the model accepts: more would be refused. */
    private static long allowed(long budget, GeminiModel model) {
        if (model.isPro()) {
            return Math.clamp(budget, SMALLEST_PRO, LARGEST_PRO);
        }
        long smallest = model.isLite() && budget > 0 ? SMALLEST_LITE : 0;
        return Math.clamp(budget, smallest, LARGEST);
    }

    private static String effort(long budgetTokens) {
        if (budgetTokens == 0) {
            return "none";
        }
        if (budgetTokens <= 1024) {
            return "minimal";
        }
        if (budgetTokens <= 4096) {
            return "low";
        }
        return budgetTokens <= 12_000 ? "medium" : "high";
    }
}
