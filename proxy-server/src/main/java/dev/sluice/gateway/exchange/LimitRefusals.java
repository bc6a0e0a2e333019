package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.GatewayError.Source;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Refusal;
import dev.sluice.gateway.limit.Window.Period;
import dev.sluice.gateway.price.Money;
import java.util.concurrent.TimeUnit;

/** What callers are told whom a limit stops: which one, how far it is used, and when to come again. Thread: any. */
final class LimitRefusals {
    private static final int SOON_SECONDS = 1;
    private static final long MILLIS_PER_SECOND = 1_000;

    private LimitRefusals() {}

    static GatewayError of(Refusal refusal) {
        return switch (refusal.reason()) {
            case RATE -> error(rate(refusal.rule().measure()), refusal);
            case BUDGET -> error(ErrorKind.BUDGET_EXCEEDED, refusal);
            case TOO_LARGE -> tooLarge(refusal);
            case UNAVAILABLE ->
                new GatewayError(
                        ErrorKind.OVERLOADED,
                        Source.GATEWAY,
                        /* retryable= */ true,
                        "How much of the limit '" + refusal.rule().name()
                                + "' is used cannot be told at the moment, and it is a strict one. Please try again.",
                        null,
                        Math.max(SOON_SECONDS, seconds(refusal.retryAfterMillis())));
        };
    }

    /** As many wait as there may. */
    static GatewayError tooManyWait() {
        return new GatewayError(
                ErrorKind.OVERLOADED,
                Source.GATEWAY,
                /* retryable= */ true,
                Admission.MOST_WAITING + " calls are waiting for their limits already. Please try again.",
                null,
                SOON_SECONDS);
    }

    static GatewayError waitedTooLong(long patienceNanos) {
        return new GatewayError(
                ErrorKind.OVERLOADED,
                Source.GATEWAY,
                /* retryable= */ true,
                "The call has waited for its limits for " + TimeUnit.NANOSECONDS.toSeconds(patienceNanos)
                        + " s. Please try again.",
                null,
                SOON_SECONDS);
    }

    private static ErrorKind rate(Measure measure) {
        return switch (measure) {
            case TOKENS, INPUT_TOKENS, OUTPUT_TOKENS -> ErrorKind.TOKENS_LIMITED;
            case REQUESTS, COST, CONCURRENT, MAX_TOKENS, REQUEST_BYTES -> ErrorKind.RATE_LIMITED;
        };
    }

    private static GatewayError error(ErrorKind kind, Refusal refusal) {
        int retryAfter = seconds(refusal.retryAfterMillis());
        Measure measure = refusal.rule().measure();
        String message = "The limit '" + refusal.rule().name() + "' allows " + amount(measure, refusal.limit())
                + per(refusal.rule()) + "; " + figure(measure, refusal.used()) + " of it is used, this call asks for "
                + figure(measure, refusal.asked()) + "."
                + (retryAfter > 0 ? " Please try again in " + retryAfter + " s." : "");
        return new GatewayError(kind, Source.CALLER, /* retryable= */ retryAfter > 0, message, null, retryAfter);
    }

    private static GatewayError tooLarge(Refusal refusal) {
        String allowed = "The limit '" + refusal.rule().name() + "' allows "
                + amount(refusal.rule().measure(), refusal.limit()) + "; ";
        return refusal.rule().measure() == Measure.REQUEST_BYTES
                ? GatewayError.caller(ErrorKind.REQUEST_TOO_LARGE, allowed + "this one has " + refusal.asked() + ".")
                : GatewayError.caller(
                        ErrorKind.INVALID_REQUEST, allowed + refusal.asked() + " were asked for.", "max_tokens");
    }

    /** Money in dollars. */
    private static String amount(Measure measure, long amount) {
        return measure == Measure.COST ? figure(measure, amount) : amount + " " + measure.unit();
    }

    /** The same without its unit. */
    private static String figure(Measure measure, long amount) {
        return measure == Measure.COST ? "$" + Money.format(amount) : Long.toString(amount);
    }

    private static String per(LimitRule rule) {
        Period period = rule.window().period();
        if (rule.measure() == Measure.CONCURRENT || rule.measure().isOfOneCall()) {
            return "";
        }
        return period == Period.TOTAL ? " in all" : " per " + period.label();
    }

    private static int seconds(long millis) {
        return millis <= 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, (millis - 1) / MILLIS_PER_SECOND + 1);
    }
}
