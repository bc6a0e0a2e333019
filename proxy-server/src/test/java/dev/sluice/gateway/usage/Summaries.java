package dev.sluice.gateway.usage;

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

/** What the engine publishes, made by hand. */
final class Summaries {
    /** 2026-03-04T05:06:07.000089Z. */
    static final long STARTED_MICROS = 1_772_600_767_000_089L;

    private Summaries() {}

    static ExchangeSummary exchange(String requestId, AttemptSummary... attempts) {
        return exchange(requestId, "user-1", Map.of("team", "blue"), attempts);
    }

    static ExchangeSummary exchange(
            String requestId, @Nullable String endUser, Map<String, String> tags, AttemptSummary... attempts) {
        return new ExchangeSummary(
                requestId,
                "key-1",
                "team-1",
                endUser,
                tags,
                "chat.completions",
                "chat",
                true,
                AttemptStatus.OK,
                200,
                null,
                "HTTP/1.1",
                100,
                1_000,
                50_000,
                7_000_000,
                1_234_000_000,
                InetAddress.getLoopbackAddress(),
                /* contentRefused= */ false,
                List.of(attempts));
    }

    static AttemptSummary attempt(int number, AttemptStatus status, Usage usage) {
        return attempt(number, STARTED_MICROS, status, usage);
    }

    static AttemptSummary attempt(int number, long startedMicros, AttemptStatus status, Usage usage) {
        return new AttemptSummary(
                number,
                startedMicros,
                "openai",
                "gpt-4o-mini",
                "gpt-4o-mini-2024-07-18",
                null,
                status,
                /* written= */ true,
                status == AttemptStatus.OK,
                status == AttemptStatus.OK ? 200 : 0,
                usage,
                Counted.NOTHING,
                Settlement.NONE,
                status == AttemptStatus.OK ? 250_999_999 : -1,
                1_234_567_890,
                "req_abc",
                AttemptReason.FIRST,
                null);
    }
}
