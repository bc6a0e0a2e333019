package dev.sluice.codec.chat;

/**
 * What an answer consumed, as its provider reported it. All figures are tokens but for the last two; {@link #UNKNOWN}
 * where the provider said nothing, which is never the same as 0.
 *
 * <p>The figures overlap as OpenAI's do: {@code inputTokens} includes the cached, the written, the audio and the image
 * share, {@code outputTokens} includes reasoning, audio and images. A wire format that reports exclusive figures adds
 * them up before it builds this record. The methods take them apart again into buckets that share no token, which is
 * what is paid for: a share that is not known counts as none, a share larger than its whole is cut down to it.
 *
 * <p>Thread: any.
 *
 * @param inputTokens all prompt tokens
 * @param cachedTokens prompt tokens served from the provider's prompt cache, cached audio included
 * @param cacheWriteTokens prompt tokens written into the provider's prompt cache, for whatever time
 * @param cacheWrite1hTokens of those: written to be kept for an hour instead of five minutes
 * @param inputAudioTokens audio of the prompt, cached audio included
 * @param cachedAudioTokens audio of the prompt served from the cache
 * @param inputImageTokens images of the prompt, but for those that are known to have come from the cache
 * @param outputTokens all generated tokens
 * @param reasoningTokens generated tokens that were hidden reasoning
 * @param outputAudioTokens generated audio
 * @param outputImageTokens generated images
 * @param webSearches calls of the provider's own web search
 * @param costNano what the provider itself says it charges, in nano-dollars
 */
public record Usage(
        long inputTokens,
        long cachedTokens,
        long cacheWriteTokens,
        long cacheWrite1hTokens,
        long inputAudioTokens,
        long cachedAudioTokens,
        long inputImageTokens,
        long outputTokens,
        long reasoningTokens,
        long outputAudioTokens,
        long outputImageTokens,
        long webSearches,
        long costNano) {

    /** A figure that nobody reported. */
    public static final long UNKNOWN = -1;

    /** Nothing was reported at all. */
    public static final Usage NONE = of(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN);

    public Usage {
        requireCount(inputTokens, "inputTokens");
        requireCount(cachedTokens, "cachedTokens");
        requireCount(cacheWriteTokens, "cacheWriteTokens");
        requireCount(cacheWrite1hTokens, "cacheWrite1hTokens");
        requireCount(inputAudioTokens, "inputAudioTokens");
        requireCount(cachedAudioTokens, "cachedAudioTokens");
        requireCount(inputImageTokens, "inputImageTokens");
        requireCount(outputTokens, "outputTokens");
        requireCount(reasoningTokens, "reasoningTokens");
        requireCount(outputAudioTokens, "outputAudioTokens");
        requireCount(outputImageTokens, "outputImageTokens");
        requireCount(webSearches, "webSearches");
        requireCount(costNano, "costNano");
    }

    private static void requireCount(long figure, String name) {
        if (figure < UNKNOWN) {
            throw new IllegalArgumentException(
                    name + " is " + figure + "; allowed: 0 or more, or " + UNKNOWN + " for unknown");
        }
    }

    /** Usage of text alone. */
    public static Usage of(
            long inputTokens, long cachedTokens, long cacheWriteTokens, long outputTokens, long reasoningTokens) {
        return new Usage(
                inputTokens,
                cachedTokens,
                cacheWriteTokens,
                UNKNOWN,
                UNKNOWN,
                UNKNOWN,
                UNKNOWN,
                outputTokens,
                reasoningTokens,
                UNKNOWN,
                UNKNOWN,
                UNKNOWN,
                UNKNOWN);
    }

    /** The same with {@code input} and {@code output} in place of these two figures where they are unknown. */
    public Usage orElse(long input, long output) {
        return withTotals(
                inputTokens == UNKNOWN ? input : inputTokens, outputTokens == UNKNOWN ? output : outputTokens);
    }

    /** Both together: what two answers consumed. A figure that only one of them has counts as it is. */
    public Usage plus(Usage other) {
        return new Usage(
                sum(inputTokens, other.inputTokens),
                sum(cachedTokens, other.cachedTokens),
                sum(cacheWriteTokens, other.cacheWriteTokens),
                sum(cacheWrite1hTokens, other.cacheWrite1hTokens),
                sum(inputAudioTokens, other.inputAudioTokens),
                sum(cachedAudioTokens, other.cachedAudioTokens),
                sum(inputImageTokens, other.inputImageTokens),
                sum(outputTokens, other.outputTokens),
                sum(reasoningTokens, other.reasoningTokens),
                sum(outputAudioTokens, other.outputAudioTokens),
                sum(outputImageTokens, other.outputImageTokens),
                sum(webSearches, other.webSearches),
                sum(costNano, other.costNano));
    }

    private static long sum(long one, long other) {
        if (one == UNKNOWN || other == UNKNOWN) {
            return Math.max(one, other);
        }
        return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
    }

    /** The same with another figure for the whole output. */
    public Usage withOutput(long output) {
        return withTotals(inputTokens, output);
    }

    private Usage withTotals(long input, long output) {
        if (input == inputTokens && output == outputTokens) {
            return this;
        }
        return new Usage(
                input,
                cachedTokens,
                cacheWriteTokens,
                cacheWrite1hTokens,
                inputAudioTokens,
                cachedAudioTokens,
                inputImageTokens,
                output,
                reasoningTokens,
                outputAudioTokens,
                outputImageTokens,
                webSearches,
                costNano);
    }

    /** Whether the provider reported how much went in or came out. */
    public boolean isReported() {
        return inputTokens != UNKNOWN || outputTokens != UNKNOWN;
    }

    /** Plain prompt tokens: neither cached nor written nor audio nor images. {@link #UNKNOWN} without the whole. */
    public long inText() {
        return inputTokens == UNKNOWN
                ? UNKNOWN
                : inputTokens - inCached() - inCachedAudio() - inWrite5m() - inWrite1h() - inAudio() - inImage();
    }

    /** Prompt tokens from the cache that are no audio. */
    public long inCached() {
        return share(cachedTokens, whole(inputTokens)) - inCachedAudio();
    }

    /** Audio of the prompt from the cache. */
    public long inCachedAudio() {
        return share(
                Math.min(known(cachedAudioTokens), known(inputAudioTokens)), share(cachedTokens, whole(inputTokens)));
    }

    /** Prompt tokens written into the cache for five minutes. */
    public long inWrite5m() {
        return inWritten() - inWrite1h();
    }

    /** Prompt tokens written into the cache for an hour. */
    public long inWrite1h() {
        return share(cacheWrite1hTokens, inWritten());
    }

    /** Audio of the prompt that was neither cached nor written. */
    public long inAudio() {
        return share(known(inputAudioTokens) - inCachedAudio(), afterCache());
    }

    /** Images of the prompt that were neither cached nor written. */
    public long inImage() {
        return share(inputImageTokens, afterCache() - inAudio());
    }

    /** Generated text that could be seen. {@link #UNKNOWN} without the whole. */
    public long outText() {
        return outputTokens == UNKNOWN ? UNKNOWN : outputTokens - outReasoning() - outAudio() - outImage();
    }

    public long outReasoning() {
        return share(reasoningTokens, whole(outputTokens));
    }

    public long outAudio() {
        return share(outputAudioTokens, whole(outputTokens) - outReasoning());
    }

    public long outImage() {
        return share(outputImageTokens, whole(outputTokens) - outReasoning() - outAudio());
    }

    private long inWritten() {
        long whole = whole(inputTokens);
        return share(cacheWriteTokens, whole - share(cachedTokens, whole));
    }

    /** Prompt tokens that were neither cached nor written. */
    private long afterCache() {
        long whole = whole(inputTokens);
        return whole - share(cachedTokens, whole) - inWritten();
    }

    private static long known(long figure) {
        return Math.max(figure, 0);
    }

    private static long whole(long figure) {
        return figure == UNKNOWN ? Long.MAX_VALUE : figure;
    }

    private static long share(long part, long whole) {
        return Math.min(known(part), known(whole));
    }
}
