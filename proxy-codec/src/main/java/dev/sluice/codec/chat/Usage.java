package dev.sluice.codec.chat;

/**
 * What a provider said an answer consumed. All figures are tokens; {@link #UNKNOWN} where the provider said
 * nothing, which is never the same as 0.
 *
 * <p>The shape is OpenAI's: {@code inputTokens} includes the cached and the cache-write share, {@code outputTokens}
 * includes reasoning. A wire format that reports exclusive figures adds them up before it builds this record.
 *
 * <p>Thread: any.
 *
 * @param inputTokens all prompt tokens, cached ones included
 * @param cachedTokens prompt tokens served from the provider's prompt cache
 * @param cacheWriteTokens prompt tokens written into the provider's prompt cache
 * @param outputTokens all generated tokens, reasoning included
 * @param reasoningTokens generated tokens that were hidden reasoning
 */
public record Usage(
        long inputTokens, long cachedTokens, long cacheWriteTokens, long outputTokens, long reasoningTokens) {

    /** A figure that nobody reported. */
    public static final long UNKNOWN = -1;

    /** Nothing was reported at all. */
    public static final Usage NONE = new Usage(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN);

    public Usage {
        if (inputTokens < UNKNOWN
                || cachedTokens < UNKNOWN
                || cacheWriteTokens < UNKNOWN
                || outputTokens < UNKNOWN
                || reasoningTokens < UNKNOWN) {
            throw new IllegalArgumentException("a token count is >= 0, or " + UNKNOWN + " for unknown: " + inputTokens
                    + ", " + cachedTokens + ", " + cacheWriteTokens + ", " + outputTokens + ", " + reasoningTokens);
        }
    }

    /** Whether the provider reported at least one figure. */
    public boolean isReported() {
        return inputTokens != UNKNOWN || outputTokens != UNKNOWN;
    }
}
