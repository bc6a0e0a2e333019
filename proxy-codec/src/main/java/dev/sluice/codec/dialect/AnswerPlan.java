package dev.sluice.codec.dialect;

import org.jspecify.annotations.Nullable;

/**
 * What an answer in another dialect is to be like, and what it has to say that the provider does not.
 *
 * @param endpoint the caller's
 * @param stream whether it goes out as events
 * @param model what the caller asked for; said until the provider names its own
 * @param requestId ours; ids that the provider does not give are derived from it
 * @param createdSeconds since 1970
 * @param reportsUsage whether a stream ends with a usage report, where the dialect leaves that to the caller
 * @param promptTokens as counted, for a dialect that says it before the provider does; -1 when unknown
 * @param query of the caller's target, undecoded
 */
public record AnswerPlan(
        Endpoint endpoint,
        boolean stream,
        String model,
        String requestId,
        long createdSeconds,
        boolean reportsUsage,
        long promptTokens,
        @Nullable String query) {}
