package dev.sluice.gateway.usage;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.exchange.Counted;
import dev.sluice.gateway.exchange.Settlement;
import dev.sluice.gateway.exchange.Settlement.Source;

/**
 * Decides what an attempt is billed for: whose figures count.
 *
 * <p>The provider's own figures win. Where it reported none, or broke off before its last report, the gateway's counts
 * stand in: the prompt, which a provider processes whole before it answers, and what was generated until then. An
 * attempt that failed before anything was generated is billed for nothing, as providers do.
 *
 * <p>HOT: once for each attempt. Thread: any.
 */
final class Settler {
    private final Pricing pricing;

    Settler(Pricing pricing) {
        this.pricing = pricing;
    }

    Settlement settle(AttemptSummary attempt) {
        Source source = source(attempt);
        Usage billed = switch (source) {
            case NONE -> Usage.NONE;
            case PROVIDER -> attempt.usage();
            case MIXED -> mixed(attempt.usage(), attempt.counted());
            case COUNTED, ESTIMATED ->
                Usage.of(
                        attempt.counted().inputTokens(),
                        Usage.UNKNOWN,
                        Usage.UNKNOWN,
                        attempt.counted().outputTokens(),
                        Usage.UNKNOWN);
        };
        if (source == Source.NONE) {
            return Settlement.NONE;
        }
        long cost = pricing.cost(
                attempt.provider(),
                attempt.upstreamModel(),
                attempt.answeredModel(),
                attempt.serviceTier(),
                attempt.startedAtMicros(),
                billed);
        return new Settlement(billed, source, cost, cost == Usage.UNKNOWN ? Usage.UNKNOWN : pricing.version());
    }

    private static Source source(AttemptSummary attempt) {
        Usage reported = attempt.usage();
        Counted counted = attempt.counted();
        if (reported.isReported()) {
            boolean brokenOff = attempt.status() != AttemptStatus.OK
                    && (reported.inputTokens() == Usage.UNKNOWN || counted.outputTokens() > reported.outputTokens());
            return brokenOff ? Source.MIXED : Source.PROVIDER;
        }
        if (!isBilled(attempt)) {
            return Source.NONE;
        }
        return counted.inputExact() && counted.outputExact() ? Source.COUNTED : Source.ESTIMATED;
    }

    /** Without a report: whether the provider has done, or may be doing, what it charges for. */
    private static boolean isBilled(AttemptSummary attempt) {
        if (!attempt.written() || attempt.counted().inputTokens() == Usage.UNKNOWN) {
            return false;
        }
        boolean begun = attempt.httpStatus() >= 200 && attempt.httpStatus() <= 299;
        return switch (attempt.status()) {
            case OK, TRUNCATED -> begun;
            case UPSTREAM_ERROR -> begun && attempt.counted().outputTokens() > 0;
            case CLIENT_ABORT, TIMEOUT, BUDGET_STOP, INTERRUPTED -> begun || attempt.httpStatus() == 0;
            case REFUSED -> false;
        };
    }

    /** The report of a provider that was cut off: of the output it may hold a beginning only. */
    static Usage mixed(Usage reported, Counted counted) {
        Usage whole = reported.orElse(counted.inputTokens(), counted.outputTokens());
        return counted.outputTokens() <= whole.outputTokens() ? whole : whole.withOutput(counted.outputTokens());
    }
}
