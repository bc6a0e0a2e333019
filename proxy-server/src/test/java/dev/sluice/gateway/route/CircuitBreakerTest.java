package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.route.TargetHealth.Availability;
import dev.sluice.gateway.route.TargetHealth.Circuit;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CircuitBreakerTest {
    private static final GatewayConfig.Breaker SLOW_AFTER_A_SECOND =
            new GatewayConfig.Breaker(5, 50, 20, Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(1));

    private final CircuitBreaker breaker = new CircuitBreaker(GatewayConfig.Breaker.DEFAULT);
    /** Not far from where the counter of nanoseconds comes round. */
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(30);

    private static CircuitBreaker open(GatewayConfig.Breaker limits, long now) {
        CircuitBreaker breaker = new CircuitBreaker(limits);
        for (int i = 0; i < limits.failures(); i++) {
            breaker.end(breaker.begin(now), Outcome.UNAVAILABLE, now);
        }
        assertThat(breaker.circuit(now)).isEqualTo(Circuit.OPEN);
        return breaker;
    }

    private void pass(double seconds) {
        now += (long) (seconds * 1e9);
    }

    /** U: unavailable, S: slow, O: answered, C: the caller's fault, L: limited, D: denied, A: abandoned. */
    private static Outcome outcome(char c) {
        return switch (c) {
            case 'U' -> Outcome.UNAVAILABLE;
            case 'S' -> Outcome.SLOW;
            case 'O' -> Outcome.OK;
            case 'C' -> Outcome.CALLER_ERROR;
            case 'L' -> Outcome.LIMITED;
            case 'D' -> Outcome.DENIED;
            case 'A' -> Outcome.ABANDONED;
            default -> throw new IllegalArgumentException("no outcome is '" + c + "'");
        };
    }

    @ParameterizedTest
    @CsvSource({
        // Five in a row, whatever kind of failure,
        "UUUU, CLOSED",
        "UUUUU, OPEN",
        "USUSU, OPEN",
        // and whatever says nothing in between,
        "UUCLDAUUU, OPEN",
        "CCCCCCCC, CLOSED",
        "LLLLLLLL, CLOSED",
        "DDDDDDDD, CLOSED",
        "AAAAAAAA, CLOSED",
        // but an answer begins the row anew.
        "UUUUOUUUU, CLOSED",
        // Half of twenty, or more, when there are twenty.
        "OUOUOUOUOUOUOUOUOUO, CLOSED",
        "OUOUOUOUOUOUOUOUOUOU, OPEN",
        "OUUOOUUOOUUOOUUOOUUO, CLOSED",
        "OUUOOUUOOUUOOUUOOUUOU, OPEN",
        "OOUOOUOOUOOUOOUOOUOOUOOUOOU, CLOSED",
        "OUOUOUOUOUOUOUOUOUOCU, OPEN"
    })
    void opensAfterTooManyFailures(String outcomes, Circuit expected) {
        for (char c : outcomes.toCharArray()) {
            pass(0.01);
            breaker.end(breaker.begin(now), outcome(c), now);
        }
        assertThat(breaker.circuit(now)).isEqualTo(expected);
    }

    @Test
    void onlyTheLastTenSecondsCount() {
        for (int i = 0; i < 60; i++) {
            pass(1);
            breaker.end(breaker.begin(now), i % 2 == 0 ? Outcome.OK : Outcome.UNAVAILABLE, now);
        }
        assertThat(breaker.circuit(now)).isEqualTo(Circuit.CLOSED);
        assertThat(breaker.failureRatio(now)).isEqualTo(0.5);
        pass(11);
        assertThat(breaker.failureRatio(now)).isZero();
    }

    @Test
    void isHalfOpenAfterAMinuteAndLetsOneProbeThrough() {
        CircuitBreaker breaker = open(GatewayConfig.Breaker.DEFAULT, now);
        assertThat(breaker.readyInNanos(now)).isEqualTo(TimeUnit.SECONDS.toNanos(60));
        pass(59.9);
        assertThat(breaker.availability(now)).isEqualTo(Availability.OPEN);
        pass(0.1);
        assertThat(breaker.circuit(now)).isEqualTo(Circuit.HALF_OPEN);
        assertThat(breaker.availability(now)).isEqualTo(Availability.PROBE);
        assertThat(breaker.readyInNanos(now)).isZero();

        long probe = breaker.begin(now);
        pass(30);
        assertThat(breaker.availability(now)).isEqualTo(Availability.OPEN);
        breaker.end(probe, Outcome.OK, now);
        assertThat(breaker.availability(now)).isEqualTo(Availability.READY);
        assertThat(breaker.failuresInARow()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "O, CLOSED, READY",
        "U, OPEN, OPEN",
        "S, OPEN, OPEN",
        "A, HALF_OPEN, OPEN",
        "C, HALF_OPEN, OPEN",
        "L, HALF_OPEN, OPEN",
        "D, HALF_OPEN, OPEN"
    })
    void whatAProbeSays(char outcome, Circuit circuit, Availability availability) {
        CircuitBreaker breaker = open(GatewayConfig.Breaker.DEFAULT, now);
        pass(60);
        long probe = breaker.begin(now);
        pass(1);
        breaker.end(probe, outcome(outcome), now);

        assertThat(breaker.circuit(now)).isEqualTo(circuit);
        assertThat(breaker.availability(now)).isEqualTo(availability);
        pass(0.25);
        assertThat(breaker.availability(now))
                .isEqualTo(circuit == Circuit.HALF_OPEN ? Availability.PROBE : availability);
    }

    @Test
    void aProbeThatFailsOpensItForAnotherMinute() {
        CircuitBreaker breaker = open(GatewayConfig.Breaker.DEFAULT, now);
        pass(60);
        breaker.end(breaker.begin(now), Outcome.UNAVAILABLE, now);
        pass(59);
        assertThat(breaker.circuit(now)).isEqualTo(Circuit.OPEN);
        pass(1);
        assertThat(breaker.circuit(now)).isEqualTo(Circuit.HALF_OPEN);
    }

    @Test
    void aProbeThatNobodyEndsIsGivenUpForLost() {
        CircuitBreaker breaker = open(GatewayConfig.Breaker.DEFAULT, now);
        pass(60);
        breaker.begin(now);
        pass(59);
        assertThat(breaker.availability(now)).isEqualTo(Availability.OPEN);
        pass(1);
        assertThat(breaker.availability(now)).isEqualTo(Availability.PROBE);
    }

    @Test
    void whatBeganBeforeItOpenedSaysNothingAfterwards() {
        long early = breaker.begin(now);
        long another = breaker.begin(now);
        for (int i = 0; i < 5; i++) {
            breaker.end(breaker.begin(now), Outcome.UNAVAILABLE, now);
        }
        pass(60);
        breaker.end(early, Outcome.OK, now);
        assertThat(breaker.circuit(now)).isEqualTo(Circuit.HALF_OPEN);
        breaker.onFirstContent(TimeUnit.SECONDS.toNanos(61), true, now);
        assertThat(breaker.circuit(now)).isEqualTo(Circuit.HALF_OPEN);

        breaker.end(breaker.begin(now), Outcome.OK, now);
        breaker.end(another, Outcome.UNAVAILABLE, now);
        assertThat(breaker.failuresInARow()).isZero();
        assertThat(breaker.failureRatio(now)).isZero();
    }

    @Test
    void aProbesFirstTokenClosesItHoweverLongTheAnswerIs() {
        CircuitBreaker breaker = open(GatewayConfig.Breaker.DEFAULT, now);
        pass(60);
        long probe = breaker.begin(now);
        pass(0.5);
        breaker.onFirstContent(TimeUnit.MILLISECONDS.toNanos(500), true, now);
        assertThat(breaker.circuit(now)).isEqualTo(Circuit.CLOSED);
        pass(100);
        breaker.end(probe, Outcome.UNAVAILABLE, now);
        assertThat(breaker.failuresInARow()).isZero();
    }

    @Test
    void anAnswerOfTheLastOneStandingClosesItAtOnceAndAFailureChangesNothing() {
        CircuitBreaker breaker = open(GatewayConfig.Breaker.DEFAULT, now);
        pass(30);
        long failing = breaker.begin(now);
        long answering = breaker.begin(now);
        breaker.end(failing, Outcome.UNAVAILABLE, now);
        assertThat(breaker.readyInNanos(now)).isEqualTo(TimeUnit.SECONDS.toNanos(30));
        breaker.end(answering, Outcome.OK, now);
        assertThat(breaker.circuit(now)).isEqualTo(Circuit.CLOSED);
    }

    @Test
    void firstTokensThatAreTooLateAreFailures() {
        CircuitBreaker breaker = new CircuitBreaker(SLOW_AFTER_A_SECOND);
        for (int i = 0; i < 5; i++) {
            assertThat(breaker.circuit(now)).isEqualTo(Circuit.CLOSED);
            long ticket = breaker.begin(now);
            pass(1.5);
            breaker.onFirstContent(TimeUnit.MILLISECONDS.toNanos(1500), true, now);
            breaker.end(ticket, Outcome.OK, now);
        }
        assertThat(breaker.circuit(now)).isEqualTo(Circuit.OPEN);
        pass(60);
        breaker.begin(now);
        pass(1.5);
        breaker.onFirstContent(TimeUnit.MILLISECONDS.toNanos(1500), true, now);
        assertThat(breaker.circuit(now)).isEqualTo(Circuit.OPEN);
        pass(60);
        breaker.begin(now);
        pass(0.5);
        breaker.onFirstContent(TimeUnit.MILLISECONDS.toNanos(500), true, now);
        assertThat(breaker.circuit(now)).isEqualTo(Circuit.CLOSED);
    }

    @Test
    void halfOfThemTooLateIsTooMany() {
        CircuitBreaker breaker = new CircuitBreaker(SLOW_AFTER_A_SECOND);
        for (int i = 0; i < 40 && breaker.circuit(now) == Circuit.CLOSED; i++) {
            long ticket = breaker.begin(now);
            pass(0.1);
            breaker.onFirstContent(TimeUnit.MILLISECONDS.toNanos(i % 2 == 0 ? 100 : 1100), true, now);
            breaker.end(ticket, Outcome.OK, now);
            assertThat(i).isLessThan(22);
        }
        assertThat(breaker.circuit(now)).isEqualTo(Circuit.OPEN);
    }

    @Test
    void aResetClosesItAndForgets() {
        CircuitBreaker breaker = open(GatewayConfig.Breaker.DEFAULT, now);
        long before = breaker.begin(now);
        breaker.reset();
        assertThat(breaker.availability(now)).isEqualTo(Availability.READY);
        breaker.end(before, Outcome.UNAVAILABLE, now);
        assertThat(breaker.failuresInARow()).isZero();
    }
}
