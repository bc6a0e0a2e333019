package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Thinking;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestObject;
import dev.sluice.codec.json.JsonSlice;
import org.jspecify.annotations.Nullable;

/**
 * Reads how much a model is to reason: OpenAI's {@code reasoning_effort}; OpenRouter's {@code reasoning}; Anthropic's
 * {@code thinking}, as LiteLLM passes it on. Where several say it, the first of them counts. Thread: any.
 */
final class OpenAiThinking {
    private static final String EFFORTS = "\"none\", \"minimal\", \"low\", \"medium\", \"high\", \"xhigh\" or \"max\"";
    private static final String DEFAULT_EFFORT = "medium";

    private OpenAiThinking() {}

    /** Takes all of it out of the request. */
    static @Nullable Thinking take(RequestObject request) throws MalformedRequestException {
        RequestObject reasoning = request.object("reasoning");
        RequestObject thinking = request.object("thinking");
        Boolean shown = shown(request, reasoning);
        Thinking read = null;
        if (request.has("reasoning_effort")) {
            read = new Thinking(effort(request, "reasoning_effort"), Thinking.NO_BUDGET, shown);
        } else if (reasoning != null) {
            read = reasoning(reasoning, shown);
        }
        if (read == null && thinking != null) {
            read = thinking(thinking, shown);
        }
        if (read == null && shown != null) {
            read = new Thinking(null, Thinking.NO_BUDGET, shown);
        }
        request.drop("reasoning_effort");
        request.drop("reasoning");
        request.drop("thinking");
        request.drop("include_reasoning");
        return read;
    }

    private static @Nullable Boolean shown(RequestObject request, @Nullable RequestObject reasoning)
            throws MalformedRequestException {
        JsonSlice exclude = reasoning == null ? null : reasoning.bool("exclude");
        if (exclude != null) {
            return exclude.isFalse();
        }
        JsonSlice include = request.bool("include_reasoning");
        return include == null ? null : include.isTrue();
    }

    private static @Nullable Thinking reasoning(RequestObject reasoning, @Nullable Boolean shown)
            throws MalformedRequestException {
        JsonSlice enabled = reasoning.bool("enabled");
        if (enabled != null && enabled.isFalse()) {
            return new Thinking("none", Thinking.NO_BUDGET, shown);
        }
        if (reasoning.has("effort")) {
            return new Thinking(effort(reasoning, "effort"), Thinking.NO_BUDGET, shown);
        }
        long budget = budget(reasoning, "max_tokens");
        if (budget != Thinking.NO_BUDGET) {
            return new Thinking(null, budget, shown);
        }
        return enabled == null ? null : new Thinking(DEFAULT_EFFORT, Thinking.NO_BUDGET, shown);
    }

    private static Thinking thinking(RequestObject thinking, @Nullable Boolean shown) throws MalformedRequestException {
        return switch (thinking.word("type")) {
            case "disabled" -> new Thinking(null, 0, shown);
            case "enabled" -> new Thinking(null, budget(thinking, "budget_tokens"), shown);
            case "adaptive" -> new Thinking(null, Thinking.NO_BUDGET, shown);
            default -> throw thinking.wrongWord("type", "\"enabled\", \"adaptive\" or \"disabled\"");
        };
    }

    private static long budget(RequestObject owner, String name) throws MalformedRequestException {
        JsonSlice budget = owner.integer(name);
        return budget == null ? Thinking.NO_BUDGET : Math.max(Thinking.NO_BUDGET, budget.longValue(Long.MAX_VALUE));
    }

    private static String effort(RequestObject owner, String name) throws MalformedRequestException {
        String effort = owner.word(name);
        return switch (effort) {
            case "none", "minimal", "low", "medium", "high", "xhigh", "max" -> effort;
            default -> throw owner.wrongWord(name, EFFORTS);
        };
    }
}
