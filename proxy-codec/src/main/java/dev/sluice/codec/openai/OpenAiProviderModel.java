package dev.sluice.codec.openai;

import java.util.List;
import java.util.Locale;

/**
 * What the models of a family refuse, as data: the first row whose prefix a model's name begins with. Names may have a
 * vendor before them ({@code openai/o3}). Thread: any.
 *
 * @param prefix of the name
 * @param efforts of reasoning that it takes, from the least; empty: it knows none
 * @param fixedSampling whether it refuses a temperature and what else steers its choice of tokens
 * @param serialCalls whether it refuses {@code parallel_tool_calls}
 */
record OpenAiProviderModel(String prefix, List<String> efforts, boolean fixedSampling, boolean serialCalls) {
    private static final List<String> ALL = List.of("none", "minimal", "low", "medium", "high", "xhigh", "max");
    private static final List<String> USUAL = List.of("low", "medium", "high");
    private static final List<String> FROM_NONE = List.of("none", "low", "medium", "high");
    private static final List<String> TO_XHIGH = List.of("none", "low", "medium", "high", "xhigh");

    private static final List<OpenAiProviderModel> ROWS = List.of(
            new OpenAiProviderModel("gpt-5-chat", List.of(), false, false),
            new OpenAiProviderModel("gpt-5-pro", List.of("high"), true, false),
            new OpenAiProviderModel("gpt-5.1-codex-max", TO_XHIGH, true, false),
            new OpenAiProviderModel("gpt-5.1", FROM_NONE, true, false),
            new OpenAiProviderModel("gpt-5.", TO_XHIGH, true, false),
            new OpenAiProviderModel("gpt-5", List.of("minimal", "low", "medium", "high"), true, false),
            new OpenAiProviderModel("o1-mini", List.of(), true, true),
            new OpenAiProviderModel("o1-preview", List.of(), true, true),
            new OpenAiProviderModel("o1", USUAL, true, true),
            new OpenAiProviderModel("o3", USUAL, true, true),
            new OpenAiProviderModel("o4", USUAL, true, true),
            new OpenAiProviderModel("codex-mini", USUAL, true, false),
            new OpenAiProviderModel("gpt-oss", USUAL, false, false),
            new OpenAiProviderModel("gpt-4", List.of(), false, false),
            new OpenAiProviderModel("gpt-3.5", List.of(), false, false),
            new OpenAiProviderModel("chatgpt-", List.of(), false, false),
            new OpenAiProviderModel("grok-3-mini", List.of("low", "high"), false, false),
            new OpenAiProviderModel("grok-", List.of(), false, false),
            new OpenAiProviderModel("llama-", List.of(), false, false));

    /** A model that is not in the table: what the caller says is said. */
    private static final OpenAiProviderModel UNKNOWN = new OpenAiProviderModel("", ALL, false, false);

    static OpenAiProviderModel of(String model) {
        String name = model.substring(model.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        for (OpenAiProviderModel row : ROWS) {
            if (name.startsWith(row.prefix)) {
                return row;
            }
        }
        return UNKNOWN;
    }

    /** Whether it is one of OpenAI's that reason. */
    boolean isReasoning() {
        return fixedSampling;
    }

    boolean knowsEffort() {
        return !efforts.isEmpty();
    }

    /** The effort that it takes in place of {@code asked}: the same, else the next one up, else its greatest. */
    String effort(String asked) {
        int wanted = ALL.indexOf(asked);
        for (String effort : efforts) {
            if (ALL.indexOf(effort) >= wanted) {
                return effort;
            }
        }
        return efforts.getLast();
    }
}
