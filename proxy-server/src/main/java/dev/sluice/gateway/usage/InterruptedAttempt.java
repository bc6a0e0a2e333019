package dev.sluice.gateway.usage;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.Counted;
import dev.sluice.gateway.exchange.Settlement.Source;
import dev.sluice.gateway.usage.UsageRecordReader.Opened;
import dev.sluice.gateway.usage.UsageRecordReader.Progress;
import org.jspecify.annotations.Nullable;

/**
 * Bills an attempt that was open when the gateway was killed, from what the journal says of it: where it began, and how
 * far it had come when somebody last looked. What was generated after that nobody knows; it is not guessed at.
 *
 * <p>Thread: writer.
 */
final class InterruptedAttempt {

    private InterruptedAttempt() {}

    static UsageEvent event(Opened open, @Nullable Progress progress, Pricing pricing) {
        Counted counted = progress == null ? atOpening(open.counted()) : progress.counted();
        Usage reported = progress == null ? Usage.NONE : progress.usage();
        Usage usage = billed(reported, counted);
        long cost = usage.isReported()
                ? pricing.costNano(open.provider(), open.upstreamModel(), open.startedAtMicros(), usage)
                : UsageEvent.UNKNOWN;
        return new UsageEvent(
                open.eventId(),
                open.startedAtMicros(),
                open.requestId(),
                open.attempt(),
                open.keyId(),
                open.teamId(),
                open.endUser(),
                open.tags(),
                open.endpoint(),
                open.requestedModel(),
                open.provider(),
                open.upstreamModel(),
                open.stream(),
                AttemptStatus.INTERRUPTED.label(),
                UsageEvent.UNKNOWN,
                usage,
                counted.inputTokens(),
                counted.outputTokens(),
                source(reported, usage, counted).label(),
                counted.lowerBound(),
                null,
                cost,
                cost == UsageEvent.UNKNOWN ? UsageEvent.UNKNOWN : pricing.version(),
                progress == null ? UsageEvent.UNKNOWN : progress.ttftMillis(),
                progress == null ? UsageEvent.UNKNOWN : progress.elapsedMillis(),
                null);
    }

    /** Nothing had been generated when the request was sent: that is a count, and an exact one. */
    private static Counted atOpening(Counted counted) {
        return new Counted(counted.inputTokens(), counted.inputExact(), 0, true, counted.lowerBound());
    }

    /**
     * The provider's input, else the counted one. Of the output the larger: what a provider reports while it generates is
     * where it was then, and some begin with a token.
     */
    private static Usage billed(Usage reported, Counted counted) {
        Usage usage = reported.orElse(counted.inputTokens(), counted.outputTokens());
        if (usage.outputTokens() >= counted.outputTokens()) {
            return usage;
        }
        return new Usage(
                usage.inputTokens(),
                usage.cachedTokens(),
                usage.cacheWriteTokens(),
                usage.cacheWrite1hTokens(),
                usage.inputAudioTokens(),
                usage.cachedAudioTokens(),
                usage.inputImageTokens(),
                counted.outputTokens(),
                usage.reasoningTokens(),
                usage.outputAudioTokens(),
                usage.outputImageTokens(),
                usage.webSearches(),
                usage.costNano());
    }

    private static Source source(Usage reported, Usage billed, Counted counted) {
        boolean countedInput = billed.inputTokens() != reported.inputTokens();
        boolean countedOutput = billed.outputTokens() != reported.outputTokens();
        if (!countedInput && !countedOutput) {
            return reported.isReported() ? Source.PROVIDER : Source.NONE;
        }
        boolean exact = (!countedInput || counted.inputExact()) && (!countedOutput || counted.outputExact());
        if (!exact) {
            return Source.ESTIMATED;
        }
        return reported.isReported() ? Source.MIXED : Source.COUNTED;
    }
}
