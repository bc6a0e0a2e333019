package dev.sluice.codec.usage;

/**
 * A place of a usage report: first the figures, which {@link UsageFigures} keeps an account of each for, then what only
 * says how to read them. Their ids are negative, so that dialects number their own places freely. Thread: any.
 */
@SuppressWarnings("EnumOrdinal") // An index within one run, never written down.
enum UsagePlace {
    /** The prompt: with or without what the cache served or took, as the shape has it. */
    INPUT,
    /** Prompt tokens beside {@link #INPUT} that results of the provider's own tools were. */
    INPUT_TOOLS,
    CACHED,
    /** The same where a host has put it elsewhere: asked for only when {@link #CACHED} is unknown. */
    CACHED_FLAT,
    CACHE_WRITE,
    CACHE_WRITE_5M,
    CACHE_WRITE_1H,
    /** Audio and images of the prompt, the cached share of each included. */
    INPUT_AUDIO,
    CACHED_AUDIO,
    INPUT_IMAGE,
    CACHED_IMAGE,
    /** What was generated: with or without reasoning, as the shape has it. */
    OUTPUT,
    REASONING,
    REASONING_FLAT,
    OUTPUT_AUDIO,
    OUTPUT_IMAGE,
    TOTAL,
    WEB_SEARCHES,
    /** In dollars; kept in nano-dollars. */
    COST,

    /** The cost in ten-billionths of a dollar. */
    COST_TICKS,
    /** Dollars that the provider behind the provider charges; owed beside {@link #COST} when {@link #OWN_KEY}. */
    UPSTREAM_COST,
    /** Whether the caller's own key with the provider behind paid for the request. */
    OWN_KEY,
    /** In which service tier the request was served. */
    SERVICE_TIER,

    // Counts with a label: [{"modality":"AUDIO","tokenCount":7}, …]
    LABEL,
    COUNT,
    INPUT_PART,
    CACHED_PART,
    CACHE_WRITE_PART,
    OUTPUT_PART,

    /** The object that is one report. */
    REPORT,
    /** One that only repeats what the payload reports elsewhere, where it does. */
    ECHO;

    /** How many of the first places are figures. */
    static final int FIGURES = COST_TICKS.ordinal();

    private static final UsagePlace[] PLACES = values();

    /** Where a figure is kept. */
    int index() {
        return ordinal();
    }

    /** In a {@link dev.sluice.codec.json.JsonShape}. */
    int id() {
        return -1 - ordinal();
    }

    static UsagePlace of(int id) {
        return PLACES[-1 - id];
    }

    /** Whether more than the whole part or the kind of a value matters. */
    boolean keepsText() {
        return this == COST || this == UPSTREAM_COST || this == SERVICE_TIER || this == LABEL;
    }
}
