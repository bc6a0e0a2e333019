package dev.sluice.gateway.observe;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.AttemptReason;
import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.exchange.Counted;
import dev.sluice.gateway.exchange.ExchangeSummary;
import dev.sluice.gateway.exchange.Settlement;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Summaries as an exchange would publish them, for the tests of this room. */
final class Summaries {
    static final Usage USAGE = Usage.of(120, 100, 0, 34, 5);

    private Summaries() {}

    /** A streamed chat answer that went well at the first attempt. */
    static ExchangeSummary served(String model) {
        return exchange("req-1", model, AttemptStatus.OK, 200, null, attempt("openai", AttemptStatus.OK, 200, USAGE));
    }

    static ExchangeSummary refused(@Nullable String model, int httpStatus, String errorCode) {
        return exchange("req-1", model, AttemptStatus.REFUSED, httpStatus, errorCode);
    }

    /** Settled as what the provider reported, at 1,500,000 nano-dollars. */
    static AttemptSummary attempt(String provider, AttemptStatus status, int httpStatus, Usage usage) {
        return attempt(
                provider,
                status,
                httpStatus,
                usage,
                usage.isReported() ? new Settlement(usage, Settlement.Source.PROVIDER, 1_500_000, 1) : Settlement.NONE);
    }

    /** Refused by its provider. */
    static AttemptSummary failed(String provider, int httpStatus, String errorCode) {
        return attempt(provider, AttemptStatus.UPSTREAM_ERROR, httpStatus, Usage.NONE, Settlement.NONE, errorCode);
    }

    static AttemptSummary attempt(
            String provider, AttemptStatus status, int httpStatus, Usage usage, Settlement settlement) {
        return attempt(provider, status, httpStatus, usage, settlement, null);
    }

    private static AttemptSummary attempt(
            String provider,
            AttemptStatus status,
            int httpStatus,
            Usage usage,
            Settlement settlement,
            @Nullable String errorCode) {
        return new AttemptSummary(
                1,
                1_790_000_000_000_000L,
                provider,
                "upstream-model",
                null,
                null,
                status,
                /* written= */ true,
                status == AttemptStatus.OK,
                httpStatus,
                usage,
                new Counted(110, true, 33, true, false),
                settlement,
                250_000_000,
                900_000_000,
                null,
                AttemptReason.FIRST,
                errorCode);
    }

    static ExchangeSummary exchange(
            String requestId,
            @Nullable String model,
            AttemptStatus status,
            int httpStatus,
            @Nullable String errorCode,
            AttemptSummary... attempts) {
        return exchange(requestId, model, status, httpStatus, errorCode, List.of(attempts));
    }

    static ExchangeSummary exchange(
            String requestId,
            @Nullable String model,
            AttemptStatus status,
            int httpStatus,
            @Nullable String errorCode,
            List<AttemptSummary> attempts) {
        boolean tried = !attempts.isEmpty();
        return new ExchangeSummary(
                requestId,
                "key_1",
                "team_1",
                "canary-end-user",
                Map.of("note", "canary-tag"),
                "chat.completions",
                model,
                true,
                status,
                httpStatus,
                errorCode,
                "HTTP/1.1",
                512,
                2_048,
                tried ? 61_500 : -1,
                tried ? 251_234_567L : -1,
                1_000_500_000L,
                InetAddress.getLoopbackAddress(),
                /* contentRefused= */ false,
                attempts);
    }
}
