package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.route.TargetHealth.Availability;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the heads of answers say of limits. */
class LimitHeadersTest {
    private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");

    private final TargetHealth health = new TargetHealth(GatewayConfig.Breaker.DEFAULT, () -> NOON);
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(30);

    private static HttpHeaders headers(String... namesAndValues) {
        HttpHeaders headers = new DefaultHttpHeaders();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return headers;
    }

    private Availability availability(long tokens) {
        return health.availability(tokens, now);
    }

    private void pass(double seconds) {
        now += (long) (seconds * 1e9);
    }

    @ParameterizedTest
    @CsvSource({
        "1s, 1",
        "6m0s, 360",
        "20ms, 0.02",
        "1h2m3.5s, 3723.5",
        "2m59.56s, 179.56",
        "500us, 0.0005",
        "500µs, 0.0005",
        "7ns, 0.000000007",
        "1d, 86400",
        "0s, 0",
        "17, 17",
        "0.25, 0.25",
        "1795262410, 10",
        "1795262410000, 10",
        "1795262390, 0",
        "2026-11-21T12:00:10Z, 10",
        "2026-11-21T12:00:10.5Z, 10.5",
        "2026-11-21T13:00:10+01:00, 10",
        "2026-11-21T11:00:00Z, 0",
        "9999-12-31T23:59:59Z, 2678400",
        "99999999h, 2678400"
    })
    void timesOfResetAreUnderstood(String text, double seconds) {
        assertThat(NOON.getEpochSecond()).isEqualTo(1_795_262_400L);
        assertThat(ResetTime.nanos(text, NOON.toEpochMilli()) / 1e9).isEqualTo(seconds);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "s",
                "soon",
                "-1",
                "-1s",
                "1.2.3",
                "1x",
                ".",
                ".s",
                "1 s",
                "NaN",
                "1e9",
                "2026-13-40T99:00Z",
                "T"
            })
    void whatIsNoTimeIsNone(String text) {
        assertThat(ResetTime.nanos(text, NOON.toEpochMilli())).isEqualTo(ResetTime.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({
        "retry-after, 2, 2",
        "retry-after, 0.5, 0.5",
        "retry-after, 0, 0",
        "retry-after, 1000000000, 86400",
        "retry-after, -5, 0",
        "retry-after, later, 0",
        "retry-after, '', 0",
        "retry-after, 'Sat, 21 Nov 2026 12:00:30 GMT', 30",
        "retry-after, 'Sat, 21 Nov 2026 11:00:00 GMT', 0",
        "retry-after-ms, 1500, 1.5",
        "retry-after-ms, 12.5, 0.0125",
        "x-other, 5, 0"
    })
    void theTimeToWaitIsUnderstood(String name, String value, double seconds) {
        assertThat(RetryAfter.nanos(headers(name, value), NOON.toEpochMilli()) / 1e9)
                .isEqualTo(seconds);
    }

    @Test
    void millisecondsCountBeforeSecondsIfTheyAreAny() {
        assertThat(RetryAfter.nanos(headers("retry-after", "2", "retry-after-ms", "1200"), 0) / 1e9)
                .isEqualTo(1.2);
        assertThat(RetryAfter.nanos(headers("retry-after", "2", "retry-after-ms", "x"), 0) / 1e9)
                .isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "x-ratelimit-remaining-requests, x-ratelimit-reset-requests, 2s",
        "anthropic-ratelimit-requests-remaining, anthropic-ratelimit-requests-reset, 2026-11-21T12:00:02Z",
        "anthropic-ratelimit-tokens-remaining, anthropic-ratelimit-tokens-reset, 2026-11-21T12:00:02Z",
        "anthropic-ratelimit-input-tokens-remaining, anthropic-ratelimit-input-tokens-reset, 2026-11-21T12:00:02Z",
        "anthropic-ratelimit-output-tokens-remaining, anthropic-ratelimit-output-tokens-reset, 2026-11-21T12:00:02Z",
        "x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens, 2"
    })
    void aLimitThatIsUsedUpIsAvoidedUntilItsReset(String remaining, String reset, String at) {
        health.onHead(200, headers(remaining, "0", reset, at), now);

        assertThat(availability(10)).isEqualTo(Availability.LIMITED);
        assertThat(health.readyInNanos(now)).isEqualTo(TimeUnit.SECONDS.toNanos(2));
        pass(1.9);
        assertThat(availability(10)).isEqualTo(Availability.LIMITED);
        pass(0.1);
        assertThat(availability(10)).isEqualTo(Availability.READY);
    }

    @Test
    void tokensMustDoForTheRequest() {
        health.onHead(200, headers("x-ratelimit-remaining-tokens", "100", "x-ratelimit-reset-tokens", "10s"), now);

        assertThat(availability(100)).isEqualTo(Availability.READY);
        assertThat(availability(101)).isEqualTo(Availability.LIMITED);
    }

    /** Heads without limits are not all looked at; one that refuses is, and so is each once limits have been told. */
    @Test
    void whoHasNotToldOfLimitsIsLookedAtNowAndThen() {
        HttpHeaders limits = headers("x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", "5s");
        health.onHead(200, headers("content-type", "application/json"), now);
        health.onHead(200, limits, now);
        assertThat(availability(1)).isEqualTo(Availability.READY);

        pass(0.1);
        health.onHead(200, limits, now);
        assertThat(availability(1)).isEqualTo(Availability.LIMITED);

        health.onHead(200, headers("content-type", "application/json"), now);
        health.onHead(200, headers("x-ratelimit-remaining-requests", "9"), now);
        assertThat(availability(1)).isEqualTo(Availability.READY);
    }

    @Test
    void aRefusalIsLookedAtInAnyCase() {
        health.onHead(200, headers("content-type", "application/json"), now);

        health.onHead(429, headers("anthropic-ratelimit-requests-remaining", "0"), now);

        assertThat(availability(1)).isEqualTo(Availability.LIMITED);
    }

    @Test
    void whatIsSentCountsUntilTheNextHeadSaysOtherwise() {
        HttpHeaders two = headers("x-ratelimit-remaining-requests", "2", "x-ratelimit-reset-requests", "30s");
        health.onHead(200, two, now);
        health.begin(10, now);
        assertThat(availability(10)).isEqualTo(Availability.READY);
        health.begin(10, now);
        assertThat(availability(10)).isEqualTo(Availability.LIMITED);
        assertThat(health.view(now).remainingRequests()).isZero();
        health.onHead(200, two, now);
        assertThat(availability(10)).isEqualTo(Availability.READY);
        assertThat(health.view(now).remainingRequests()).isEqualTo(2);
    }

    @Test
    void aLimitOfWhichTheSizeIsToldFillsUpWithTime() {
        // 60 a minute, all used: one is back after a second, the whole after a minute.
        health.onHead(
                200,
                headers(
                        "x-ratelimit-limit-requests", "60",
                        "x-ratelimit-remaining-requests", "0",
                        "x-ratelimit-reset-requests", "1m0s"),
                now);
        assertThat(availability(10)).isEqualTo(Availability.LIMITED);
        assertThat(health.readyInNanos(now)).isBetween(999_000_000L, 1_001_000_000L);
        pass(1.01);
        assertThat(availability(10)).isEqualTo(Availability.READY);
        health.begin(10, now);
        assertThat(availability(10)).isEqualTo(Availability.LIMITED);
    }

    @Test
    void aLimitForTheDayIsTriedOnceAMinuteByOneRequest() {
        health.onHead(
                200, headers("x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", "13h0m0s"), now);
        for (int minute = 0; minute < 3; minute++) {
            assertThat(availability(10)).isEqualTo(Availability.LIMITED);
            assertThat(health.readyInNanos(now)).isEqualTo(TimeUnit.SECONDS.toNanos(60));
            pass(60);
            assertThat(availability(10)).isEqualTo(Availability.PROBE);
            health.begin(10, now);
        }
        assertThat(availability(10)).isEqualTo(Availability.LIMITED);
    }

    @ParameterizedTest
    @CsvSource({"-1, 5", "none, 5", "'', 5"})
    void whatIsNoNumberIsNoLimit(String remaining, String reset) {
        health.onHead(
                200, headers("x-ratelimit-remaining-requests", remaining, "x-ratelimit-reset-requests", reset), now);
        assertThat(availability(10)).isEqualTo(Availability.READY);
        assertThat(health.view(now).remainingRequests()).isEqualTo(-1);
    }

    @Test
    void aLimitWithoutAResetIsBelievedForASecond() {
        health.onHead(200, headers("x-ratelimit-remaining-requests", "0"), now);
        assertThat(availability(10)).isEqualTo(Availability.LIMITED);
        pass(1);
        assertThat(availability(10)).isEqualTo(Availability.READY);
    }

    @Test
    void hedgesLeaveTheLastTenthOfALimitAlone() {
        health.onHead(
                200,
                headers(
                        "x-ratelimit-remaining-requests",
                        "9",
                        "x-ratelimit-limit-requests",
                        "100",
                        "x-ratelimit-reset-requests",
                        "30s"),
                now);
        assertThat(availability(10)).isEqualTo(Availability.READY);
        assertThat(health.isAtEase(10, now)).isFalse();
        health.onHead(
                200,
                headers(
                        "x-ratelimit-remaining-requests",
                        "10",
                        "x-ratelimit-limit-requests",
                        "100",
                        "x-ratelimit-reset-requests",
                        "30s"),
                now);
        assertThat(health.isAtEase(10, now)).isTrue();
    }
}
