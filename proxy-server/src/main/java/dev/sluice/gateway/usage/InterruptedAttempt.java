package dev.sluice.gateway.usage;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.Counted;
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
        Usage usage = Settler.billed(reported, counted);
        Pricing prices = pricing.forProvider(open.provider());
        long cost = usage.isReported()
                ? prices.costNano(open.provider(), open.upstreamModel(), null, null, open.startedAtMicros(), usage)
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
                Settler.source(reported, usage, counted).label(),
                counted.lowerBound(),
                null,
                cost,
                Settler.priceVersion(prices, usage, cost),
                progress == null ? UsageEvent.UNKNOWN : progress.ttftMillis(),
                progress == null ? UsageEvent.UNKNOWN : progress.elapsedMillis(),
                null);
    }

    /** Nothing had been generated when the request was sent: that is a count, and an exact one. */
    private static Counted atOpening(Counted counted) {
        if (counted.inputTokens() == Usage.UNKNOWN) {
            // Nobody counts here.
            return counted;
        }
        return new Counted(counted.inputTokens(), counted.inputExact(), 0, true, counted.lowerBound());
    }
}
