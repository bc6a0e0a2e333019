package dev.sluice.codec.openai;

import static dev.sluice.codec.openai.OpenAiProviderHabit.ALLOWED_TOOLS;
import static dev.sluice.codec.openai.OpenAiProviderHabit.ANY_TOOL;
import static dev.sluice.codec.openai.OpenAiProviderHabit.BASE64_VECTORS;
import static dev.sluice.codec.openai.OpenAiProviderHabit.CACHE_CONTROL;
import static dev.sluice.codec.openai.OpenAiProviderHabit.CANDIDATES;
import static dev.sluice.codec.openai.OpenAiProviderHabit.COMPLETIONS;
import static dev.sluice.codec.openai.OpenAiProviderHabit.CUSTOM_TOOLS;
import static dev.sluice.codec.openai.OpenAiProviderHabit.DEVELOPER_ROLE;
import static dev.sluice.codec.openai.OpenAiProviderHabit.EFFORT;
import static dev.sluice.codec.openai.OpenAiProviderHabit.EMBEDDINGS;
import static dev.sluice.codec.openai.OpenAiProviderHabit.END_USER;
import static dev.sluice.codec.openai.OpenAiProviderHabit.FILES;
import static dev.sluice.codec.openai.OpenAiProviderHabit.FILE_URLS;
import static dev.sluice.codec.openai.OpenAiProviderHabit.FOUR_STOPS;
import static dev.sluice.codec.openai.OpenAiProviderHabit.JSON_SCHEMA;
import static dev.sluice.codec.openai.OpenAiProviderHabit.MARKED_PREFIX;
import static dev.sluice.codec.openai.OpenAiProviderHabit.MAX_COMPLETION_TOKENS;
import static dev.sluice.codec.openai.OpenAiProviderHabit.MODERATIONS;
import static dev.sluice.codec.openai.OpenAiProviderHabit.NAMES;
import static dev.sluice.codec.openai.OpenAiProviderHabit.NINE_CHARACTER_IDS;
import static dev.sluice.codec.openai.OpenAiProviderHabit.NO_USER_BEHIND_RESULTS;
import static dev.sluice.codec.openai.OpenAiProviderHabit.OUTPUT_DIMENSION;
import static dev.sluice.codec.openai.OpenAiProviderHabit.PARALLEL_TOOL_CALLS;
import static dev.sluice.codec.openai.OpenAiProviderHabit.RANDOM_SEED;
import static dev.sluice.codec.openai.OpenAiProviderHabit.REASONING_CONTENT;
import static dev.sluice.codec.openai.OpenAiProviderHabit.REASONING_DETAILS;
import static dev.sluice.codec.openai.OpenAiProviderHabit.REASONING_OBJECT;
import static dev.sluice.codec.openai.OpenAiProviderHabit.REFUSALS;
import static dev.sluice.codec.openai.OpenAiProviderHabit.SERVICE_TIER;
import static dev.sluice.codec.openai.OpenAiProviderHabit.SWITCHED_EFFORT;
import static dev.sluice.codec.openai.OpenAiProviderHabit.TEMPLATE_SWITCH;
import static dev.sluice.codec.openai.OpenAiProviderHabit.THINKING_SWITCH;
import static dev.sluice.codec.openai.OpenAiProviderHabit.TOP_K;
import static dev.sluice.codec.openai.OpenAiProviderHabit.UPLOADED_FILES;
import static dev.sluice.codec.openai.OpenAiProviderHabit.USAGE_REQUEST;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How the hosts that speak OpenAI's dialect differ, as data: a host is a row, not a class. How they differ in their
 * answers needs no row: {@link OpenAiAnswer} understands every shape of usage and error from all of them.
 *
 * <p>Thread: any.
 */
public final class OpenAiQuirks {
    private static final Set<String> SCORES = Set.of("logit_bias", "logprobs", "top_logprobs");
    private static final Set<String> OPENAI_MEMBERS = with(
            SCORES,
            "metadata",
            "store",
            "prompt_cache_key",
            "prompt_cache_retention",
            "prompt_cache_options",
            "safety_identifier",
            "verbosity",
            "prediction",
            "modalities",
            "audio",
            "web_search_options",
            "moderation");
    private static final Set<String> SAMPLERS = with(SCORES, "min_p", "repetition_penalty");

    /** All rows, in the order in which they are shown to operators. */
    public static final List<OpenAiQuirks> ROWS = List.of(
            bearer(
                    "openai",
                    OPENAI_MEMBERS,
                    USAGE_REQUEST,
                    MAX_COMPLETION_TOKENS,
                    CANDIDATES,
                    FOUR_STOPS,
                    END_USER,
                    SERVICE_TIER,
                    JSON_SCHEMA,
                    DEVELOPER_ROLE,
                    NAMES,
                    REFUSALS,
                    FILES,
                    UPLOADED_FILES,
                    CUSTOM_TOOLS,
                    ALLOWED_TOOLS,
                    PARALLEL_TOOL_CALLS,
                    EFFORT,
                    COMPLETIONS,
                    EMBEDDINGS,
                    BASE64_VECTORS,
                    MODERATIONS),
            // Its key has a header of its own.
            new OpenAiQuirks(
                    "azure",
                    "api-key",
                    "",
                    OPENAI_MEMBERS,
                    USAGE_REQUEST,
                    MAX_COMPLETION_TOKENS,
                    CANDIDATES,
                    FOUR_STOPS,
                    END_USER,
                    SERVICE_TIER,
                    JSON_SCHEMA,
                    DEVELOPER_ROLE,
                    NAMES,
                    REFUSALS,
                    FILES,
                    UPLOADED_FILES,
                    CUSTOM_TOOLS,
                    ALLOWED_TOOLS,
                    PARALLEL_TOOL_CALLS,
                    EFFORT,
                    COMPLETIONS,
                    EMBEDDINGS,
                    BASE64_VECTORS),
            // Answers names and scores with 400.
            bearer(
                    "groq",
                    Set.of("documents", "citation_options", "search_settings", "compound_custom"),
                    USAGE_REQUEST,
                    MAX_COMPLETION_TOKENS,
                    FOUR_STOPS,
                    END_USER,
                    JSON_SCHEMA,
                    PARALLEL_TOOL_CALLS,
                    EFFORT,
                    SWITCHED_EFFORT),
            // Answers unknown members with 422; reports usage with the finish unasked.
            bearer(
                    "mistral",
                    Set.of("safe_prompt", "prompt_mode", "prediction", "metadata"),
                    CANDIDATES,
                    RANDOM_SEED,
                    JSON_SCHEMA,
                    NO_USER_BEHIND_RESULTS,
                    MARKED_PREFIX,
                    PARALLEL_TOOL_CALLS,
                    ANY_TOOL,
                    NINE_CHARACTER_IDS,
                    EMBEDDINGS,
                    OUTPUT_DIMENSION,
                    MODERATIONS),
            bearer(
                    "deepseek",
                    Set.of("logprobs", "top_logprobs"),
                    USAGE_REQUEST,
                    NAMES,
                    THINKING_SWITCH,
                    REASONING_CONTENT,
                    COMPLETIONS),
            bearer(
                    "xai",
                    with(SCORES, "search_parameters", "deferred", "web_search_options"),
                    USAGE_REQUEST,
                    MAX_COMPLETION_TOKENS,
                    CANDIDATES,
                    END_USER,
                    JSON_SCHEMA,
                    NAMES,
                    PARALLEL_TOOL_CALLS,
                    EFFORT,
                    COMPLETIONS,
                    EMBEDDINGS),
            bearer(
                    "openrouter",
                    with(
                            SAMPLERS,
                            "top_a",
                            "models",
                            "provider",
                            "route",
                            "transforms",
                            "plugins",
                            "usage",
                            "metadata",
                            "verbosity",
                            "prediction",
                            "modalities",
                            "audio",
                            "prompt_cache_key",
                            "web_search_options"),
                    USAGE_REQUEST,
                    TOP_K,
                    END_USER,
                    JSON_SCHEMA,
                    NAMES,
                    FILES,
                    FILE_URLS,
                    CACHE_CONTROL,
                    PARALLEL_TOOL_CALLS,
                    REASONING_OBJECT,
                    REASONING_DETAILS,
                    COMPLETIONS,
                    EMBEDDINGS),
            bearer(
                    "together",
                    with(SAMPLERS, "safety_model", "context_length_exceeded_behavior", "chat_template_kwargs"),
                    USAGE_REQUEST,
                    CANDIDATES,
                    TOP_K,
                    JSON_SCHEMA,
                    EFFORT,
                    COMPLETIONS,
                    EMBEDDINGS),
            bearer(
                    "fireworks",
                    with(SAMPLERS, "context_length_exceeded_behavior", "prompt_cache_key", "prediction"),
                    USAGE_REQUEST,
                    CANDIDATES,
                    TOP_K,
                    END_USER,
                    JSON_SCHEMA,
                    EFFORT,
                    COMPLETIONS,
                    EMBEDDINGS),
            // Reports usage on each chunk unasked.
            bearer(
                    "perplexity",
                    Set.of(
                            "search_mode",
                            "search_domain_filter",
                            "search_recency_filter",
                            "search_after_date_filter",
                            "search_before_date_filter",
                            "return_images",
                            "return_related_questions",
                            "disable_search",
                            "web_search_options"),
                    TOP_K,
                    JSON_SCHEMA,
                    EFFORT),
            bearer("ollama", with(SCORES), USAGE_REQUEST, JSON_SCHEMA, EFFORT, COMPLETIONS, EMBEDDINGS, BASE64_VECTORS),
            bearer(
                    "vllm",
                    with(
                            SAMPLERS,
                            "chat_template_kwargs",
                            "structured_outputs",
                            "guided_json",
                            "priority",
                            "ignore_eos"),
                    USAGE_REQUEST,
                    CANDIDATES,
                    TOP_K,
                    END_USER,
                    JSON_SCHEMA,
                    NAMES,
                    PARALLEL_TOOL_CALLS,
                    EFFORT,
                    TEMPLATE_SWITCH,
                    REASONING_CONTENT,
                    COMPLETIONS,
                    EMBEDDINGS,
                    BASE64_VECTORS),
            bearer("lmstudio", SAMPLERS, USAGE_REQUEST, TOP_K, JSON_SCHEMA, EFFORT, COMPLETIONS, EMBEDDINGS));

    private final String name;
    private final String credentialHeader;
    private final String credentialPrefix;
    private final Set<String> ownMembers;
    private final EnumSet<OpenAiProviderHabit> habits;

    private OpenAiQuirks(
            String name,
            String credentialHeader,
            String credentialPrefix,
            Set<String> ownMembers,
            OpenAiProviderHabit... habits) {
        this.name = name;
        this.credentialHeader = credentialHeader;
        this.credentialPrefix = credentialPrefix;
        this.ownMembers = ownMembers;
        this.habits = EnumSet.noneOf(OpenAiProviderHabit.class);
        this.habits.addAll(Arrays.asList(habits));
    }

    /** The row called {@code name}. */
    public static OpenAiQuirks of(String name) {
        for (OpenAiQuirks row : ROWS) {
            if (row.name().equals(name)) {
                return row;
            }
        }
        throw new IllegalArgumentException("no host of the OpenAI dialect is called '" + name + "'");
    }

    private static OpenAiQuirks bearer(String name, Set<String> ownMembers, OpenAiProviderHabit... habits) {
        return new OpenAiQuirks(name, "authorization", "Bearer ", ownMembers, habits);
    }

    private static Set<String> with(Set<String> some, String... more) {
        Set<String> all = new HashSet<>(some);
        all.addAll(Arrays.asList(more));
        return Set.copyOf(all);
    }

    /** The name used in {@code providers.*.dialect} and {@code providers.*.quirks}. */
    public String name() {
        return name;
    }

    /** Lower-case name of the header that carries the key. */
    public String credentialHeader() {
        return credentialHeader;
    }

    /** What stands before the key. */
    public String credentialPrefix() {
        return credentialPrefix;
    }

    boolean has(OpenAiProviderHabit habit) {
        return habits.contains(habit);
    }

    /** Whether the host knows the member of a request, for which the vocabulary of chats has no word. */
    boolean knows(String member) {
        return ownMembers.contains(member);
    }

    /** The same without these habits: an older version of the host. */
    OpenAiQuirks without(OpenAiProviderHabit... lost) {
        OpenAiQuirks older = new OpenAiQuirks(name, credentialHeader, credentialPrefix, ownMembers);
        older.habits.addAll(habits);
        Arrays.asList(lost).forEach(older.habits::remove);
        return older;
    }
}
