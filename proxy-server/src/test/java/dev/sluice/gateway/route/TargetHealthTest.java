package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.route.TargetHealth.Availability;
import dev.sluice.gateway.route.TargetHealth.Circuit;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetHealthTest {
    private final TargetHealth health =
            new TargetHealth(GatewayConfig.Breaker.DEFAULT, () -> Instant.parse("2026-11-21T12:00:00Z"));
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(30);

    private void end(Outcome outcome, double retryAfterSeconds) {
        health.end(health.begin(10, now), outcome, (long) (retryAfterSeconds * 1e9), now);
    }

    private void head(int status) {
        health.onHead(status, new DefaultHttpHeaders(), now);
    }

    @ParameterizedTest
    @CsvSource({
        "OK, READY, 0",
        "CALLER_ERROR, READY, 0",
        "UNAVAILABLE, READY, 0",
        "SLOW, READY, 0",
        "ABANDONED, READY, 0",
        "LIMITED, LIMITED, 1000",
        "DENIED, LIMITED, 1000"
    })
    void whatOneEndSays(Outcome outcome, Availability availability, long readyInMillis) {
        end(outcome, 0);
        assertThat(health.availability(10, now)).isEqualTo(availability);
        assertThat(health.readyInNanos(now)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(readyInMillis));
        assertThat(health.open()).isZero();
        assertThat(health.view(now).failures()).isEqualTo(outcome.isFailure() ? 1 : 0);
    }

    @ParameterizedTest
    @CsvSource({"401, 60", "402, 60", "403, 1", "404, 1"})
    void aRevokedKeyIsLeftAloneForAMinuteButNotForWhatOneCallerAskedFor(int status, int seconds) {
        long ticket = health.begin(10, now);
        head(status);
        health.end(ticket, Outcome.ofStatus(status), 0, now);
        assertThat(health.readyInNanos(now)).isEqualTo(TimeUnit.SECONDS.toNanos(seconds));
    }

    @Test
    void theHeadOfAnAnswerEndsARestWhoseTimeIsUp() {
        end(Outcome.LIMITED, 5);
        head(200);
        assertThat(health.availability(10, now)).as("of an earlier one").isEqualTo(Availability.LIMITED);
        now += TimeUnit.SECONDS.toNanos(5);
        assertThat(health.availability(10, now)).isEqualTo(Availability.PROBE);
        health.begin(10, now);
        assertThat(health.availability(10, now)).isEqualTo(Availability.LIMITED);
        head(200);
        assertThat(health.availability(10, now)).isEqualTo(Availability.READY);
    }

    @Test
    void theWorstOfAllCounts() {
        end(Outcome.LIMITED, 5);
        for (int i = 0; i < 5; i++) {
            end(Outcome.UNAVAILABLE, 0);
        }
        assertThat(health.availability(10, now)).isEqualTo(Availability.OPEN);
        assertThat(health.readyInNanos(now)).isEqualTo(TimeUnit.SECONDS.toNanos(60));
        assertThat(health.isOnlyOpen(now)).isFalse();
        now += TimeUnit.SECONDS.toNanos(5);
        assertThat(health.isOnlyOpen(now)).isTrue();
        assertThat(health.isAtEase(10, now)).isFalse();
    }

    @Test
    void wholeAnswersAreNeverTooSlow() {
        TargetHealth slow = new TargetHealth(new GatewayConfig.Breaker(
                1, 50, 20, Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(1)));
        slow.onFirstContent(Ask.SIZES, TimeUnit.SECONDS.toNanos(2), now);
        assertThat(slow.view(now).circuit()).isEqualTo(Circuit.CLOSED);
        slow.onFirstContent(0, TimeUnit.SECONDS.toNanos(2), now);
        assertThat(slow.view(now).circuit()).isEqualTo(Circuit.OPEN);
    }

    @Test
    void whatWasOvertakenOnlyEverMakesItLookSlower() {
        health.onOvertaken(0, TimeUnit.MILLISECONDS.toNanos(100), now);
        assertThat(health.view(now).ttftMillis().get(0)).isEqualTo(100);
        health.onOvertaken(0, TimeUnit.MILLISECONDS.toNanos(50), now);
        assertThat(health.view(now).ttftMillis().get(0)).isEqualTo(100);
        health.onOvertaken(0, TimeUnit.MILLISECONDS.toNanos(200), now);
        assertThat(health.view(now).ttftMillis().get(0)).isGreaterThan(100);
    }

    @Test
    void peopleSeeAllOfIt() {
        health.onHead(
                200,
                new DefaultHttpHeaders()
                        .add("x-ratelimit-remaining-requests", "7")
                        .add("x-ratelimit-remaining-tokens", "900"),
                now);
        long running = health.begin(100, now);
        health.onFirstContent(1, TimeUnit.MILLISECONDS.toNanos(250), now);
        end(Outcome.OK, 0);
        end(Outcome.UNAVAILABLE, 0);
        end(Outcome.LIMITED, 2.5);

        assertThat(health.view(now))
                .isEqualTo(new TargetHealth.State(
                        Circuit.CLOSED,
                        1,
                        List.of(-1L, 250L, -1L, -1L, -1L, -1L, -1L, -1L),
                        1,
                        0.5,
                        2500,
                        3,
                        770,
                        4,
                        1));
        health.end(running, Outcome.OK, 0, now);
        assertThat(health.open()).isZero();
        assertThat(health).hasToString("0 open, 4 requests, 1 failures");
    }

    @Test
    void aResetForgetsWhatWasBad() {
        health.onHead(429, new DefaultHttpHeaders().add("x-ratelimit-remaining-requests", "0"), now);
        end(Outcome.LIMITED, 30);
        for (int i = 0; i < 5; i++) {
            end(Outcome.UNAVAILABLE, 0);
        }
        health.onFirstContent(0, 1, now);
        long running = health.begin(10, now);
        health.reset();
        assertThat(health.availability(10, now)).isEqualTo(Availability.READY);
        assertThat(health.readyInNanos(now)).isZero();
        assertThat(health.ttftNanos(0, now)).isNegative();
        assertThat(health.open()).as("what runs, runs").isEqualTo(1);
        health.end(running, Outcome.UNAVAILABLE, 0, now);
        assertThat(health.view(now).failuresInARow()).isZero();
    }
}
