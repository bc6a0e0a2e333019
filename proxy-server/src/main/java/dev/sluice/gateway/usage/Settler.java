package dev.sluice.gateway.usage;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.exchange.Counted;
import dev.sluice.gateway.exchange.Settlement;
import dev.sluice.gateway.exchange.Settlement.Source;
import dev.sluice.gateway.price.TokenRates;
import org.jspecify.annotations.Nullable;

/**
 * Decides what an attempt is billed for: whose figures count.
 *
 * <p>The provider's own figures win. Where it reported none, or broke off before its last report, the gateway's counts
 * stand in: the prompt, which a provider reads whole before it answers, and what was generated until then. An attempt
 * that failed before anything was generated is billed for nothing, as providers do.
 *
 * <p>HOT: once for each attempt. Thread: any.
 */
final class Settler {
    private final Pricing pricing;

    Settler(Pricing pricing) {
        this.pricing = pricing;
    }

    @Nullable
    TokenRates rates(String provider, String model, long promptTokens, long atMicros) {
        return pricing.forProvider(provider).rates(provider, model, promptTokens, atMicros);
    }

    Settlement settle(AttemptSummary attempt) {
        Usage reported = attempt.usage();
        Counted counted = attempt.counted();
        Usage billed;
        if (reported.isReported() && (attempt.finished() || attempt.status() == AttemptStatus.OK)) {
            billed = reported;
        } else if (reported.isReported() || isBilledUnreported(attempt)) {
            billed = billed(reported, counted);
        } else {
            return Settlement.NONE;
        }
        Pricing prices = pricing.forProvider(attempt.provider());
        long cost = prices.costNano(
                attempt.provider(),
                attempt.upstreamModel(),
                attempt.answeredModel(),
                attempt.serviceTier(),
                attempt.startedAtMicros(),
                billed);
        return new Settlement(billed, source(reported, billed, counted), cost, priceVersion(prices, billed, cost));
    }

    /** Which prices made {@code cost}: none where nobody knows it, nor where the provider itself said it. */
    static long priceVersion(Pricing prices, Usage billed, long cost) {
        return cost == Usage.UNKNOWN || billed.costNano() != Usage.UNKNOWN ? Usage.UNKNOWN : prices.version();
    }

    /** Without a report: whether the provider has done, or may be doing, what it charges for. */
    private static boolean isBilledUnreported(AttemptSummary attempt) {
        if (!attempt.written() || attempt.counted().inputTokens() == Usage.UNKNOWN) {
            return false;
        }
        boolean begun = attempt.httpStatus() >= 200 && attempt.httpStatus() <= 299;
        return switch (attempt.status()) {
            case OK, TRUNCATED -> begun;
            case UPSTREAM_ERROR -> begun && attempt.counted().outputTokens() > 0;
            case CLIENT_ABORT, CANCELLED, TIMEOUT, BUDGET_STOP, INTERRUPTED -> begun || attempt.httpStatus() == 0;
            case REFUSED -> false;
        };
    }

    /**
     * What an attempt that was cut off is billed for. The provider's input, else the counted one. Of the output the
     * larger: what a provider reports while it generates is where it was then, and some begin with a token.
     */
    static Usage billed(Usage reported, Counted counted) {
        Usage usage = reported.orElse(counted.inputTokens(), counted.outputTokens());
        return usage.withOutput(Math.max(usage.outputTokens(), counted.outputTokens()));
    }

    /** Whose figures {@code billed} holds. */
    static Source source(Usage reported, Usage billed, Counted counted) {
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
