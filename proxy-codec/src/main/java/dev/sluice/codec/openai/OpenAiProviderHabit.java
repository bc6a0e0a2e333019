package dev.sluice.codec.openai;

/** What a host of OpenAI's dialect takes, or wants, in its own way. Columns of {@link OpenAiQuirks}. */
enum OpenAiProviderHabit {
    /** {@code stream_options} is known, and a stream reports no usage unasked. */
    USAGE_REQUEST,
    /** The limit is {@code max_completion_tokens}; else {@code max_tokens}. */
    MAX_COMPLETION_TOKENS,
    /** Takes more than one answer to a request: {@code n}. */
    CANDIDATES,
    TOP_K,
    /** {@code random_seed} in place of {@code seed}. */
    RANDOM_SEED,
    /** At most four stop sequences. */
    FOUR_STOPS,
    /** {@code user}. */
    END_USER,
    SERVICE_TIER,
    /** {@code response_format} has schemas; else they are put in words. */
    JSON_SCHEMA,

    /** The role {@code developer}; else it is {@code system}. */
    DEVELOPER_ROLE,
    /** {@code name} in messages. */
    NAMES,
    /** {@code refusal} in an assistant's messages; else it is a text. */
    REFUSALS,
    /** Documents in a request. */
    FILES,
    /** Documents that were uploaded before. */
    UPLOADED_FILES,
    /** Documents at an address. */
    FILE_URLS,
    /** Anthropic's marks in a prompt pass through. */
    CACHE_CONTROL,
    /** Refuses a user's message behind the results of tools. */
    NO_USER_BEHIND_RESULTS,
    /** A message of the assistant's at the end must be marked as what the answer begins with. */
    MARKED_PREFIX,

    /** Tools whose input is a text; else they become functions of one argument. */
    CUSTOM_TOOLS,
    /** {@code allowed_tools}; else fewer tools are offered. */
    ALLOWED_TOOLS,
    PARALLEL_TOOL_CALLS,
    /** {@code any} in place of {@code required}. */
    ANY_TOOL,
    /** Ids of calls have nine letters and digits. */
    NINE_CHARACTER_IDS,

    /** {@code reasoning_effort}. */
    EFFORT,
    /** Of efforts only some models know anything, and the others of those only {@code none} and {@code default}. */
    SWITCHED_EFFORT,
    /** {@code reasoning}, OpenRouter's object. */
    REASONING_OBJECT,
    /** {@code thinking}, DeepSeek's switch. */
    THINKING_SWITCH,
    /** {@code chat_template_kwargs} can switch reasoning off. */
    TEMPLATE_SWITCH,
    /** What led to a tool call is to be sent back as {@code reasoning_content}. */
    REASONING_CONTENT,
    /** All reasoning is to be sent back as {@code reasoning_details}, signatures included. */
    REASONING_DETAILS,

    COMPLETIONS,
    EMBEDDINGS,
    MODERATIONS,
    /** Vectors come as base64 where that is asked for. */
    BASE64_VECTORS,
    /** {@code output_dimension} in place of {@code dimensions}. */
    OUTPUT_DIMENSION
}
