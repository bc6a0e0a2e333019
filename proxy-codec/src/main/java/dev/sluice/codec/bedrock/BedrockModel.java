package dev.sluice.codec.bedrock;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.Thinking;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a model wants said in its maker's words, by its id: Converse has none for it. An id that only names a profile of
 * the operator's tells nothing, and counts as {@link Maker#OTHER}. Thread: any.
 *
 * @param thinksAdaptively whether the model finds out itself how much to think
 * @param thinksByBudget whether it takes a budget
 * @param efforts whether it knows efforts above {@code high}
 */
record BedrockModel(Maker maker, boolean thinksAdaptively, boolean thinksByBudget, boolean efforts) {

    /** Whose words. */
    enum Maker {
        ANTHROPIC,
        AMAZON,
        OPENAI,
        OTHER
    }

    /** Less is no thinking at all. */
    static final long MIN_BUDGET = 1024;

    private static final long MAX_BUDGET = 64_000;

    private static final List<String> ADAPTIVE = List.of("opus-4-6", "sonnet-4-6");
    private static final List<String> ADAPTIVE_ONLY =
            List.of("opus-4-7", "opus-4-8", "opus-5", "sonnet-5", "fable-5", "mythos-5");

    static BedrockModel of(String id) {
        String name = id.toLowerCase(Locale.ROOT);
        if (name.contains("anthropic") || name.contains("claude")) {
            boolean only = containsAny(name, ADAPTIVE_ONLY);
            return new BedrockModel(Maker.ANTHROPIC, only || containsAny(name, ADAPTIVE), !only, only);
        }
        Maker maker = name.contains("openai.") ? Maker.OPENAI : name.contains("nova") ? Maker.AMAZON : Maker.OTHER;
        return new BedrockModel(maker, false, false, false);
    }

    /** Whether {@code thinking} is the wish not to think. */
    static boolean isOff(Thinking thinking) {
        return "none".equals(thinking.effort()) || thinking.budgetTokens() == 0;
    }

    /**
     * The tokens to think with; 0 when so few are allowed in all that there would be none, and when nothing is said.
     *
     * @param maxOutputTokens of which they are a part
     */
    static long budget(Thinking thinking, long maxOutputTokens) {
        long wanted = thinking.budgetTokens() > 0 ? thinking.budgetTokens() : budgetOf(thinking.effort());
        if (maxOutputTokens != ChatRequest.NO_LIMIT && maxOutputTokens <= wanted) {
            // Half of it is left for the answer.
            wanted = maxOutputTokens / 2;
        }
        return wanted < MIN_BUDGET ? 0 : Math.min(wanted, MAX_BUDGET);
    }

    private static long budgetOf(@Nullable String effort) {
        return switch (effort == null ? "" : effort) {
            case "minimal" -> MIN_BUDGET;
            case "low" -> 2048;
            case "medium" -> 8192;
            case "high" -> 16_384;
            case "xhigh" -> 32_768;
            case "max" -> MAX_BUDGET;
            default -> 0;
        };
    }

    /** The effort in the words of a model that thinks adaptively; null when nothing is said. */
    @Nullable
    String effort(Thinking thinking) {
        if (thinking.budgetTokens() > 0) {
            return effortOf(thinking.budgetTokens());
        }
        String effort = thinking.effort();
        return switch (effort == null ? "" : effort) {
            case "minimal", "low" -> "low";
            case "medium" -> "medium";
            case "high" -> "high";
            case "xhigh" -> efforts ? "xhigh" : "high";
            case "max" -> efforts ? "max" : "high";
            default -> null;
        };
    }

    private String effortOf(long budget) {
        if (budget <= 4096) {
            return "low";
        }
        if (budget <= 12_000) {
            return "medium";
        }
        return budget <= 24_000 || !efforts ? "high" : "xhigh";
    }

    private static boolean containsAny(String name, List<String> parts) {
        for (String part : parts) {
            if (name.contains(part)) {
                return true;
            }
        }
        return false;
    }
}
