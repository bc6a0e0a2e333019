package dev.sluice.gateway.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class LoginThrottleTest {
    private static final EmailAddress ADA = email("ada@example.com");
    private static final InetAddress HOME = address("192.0.2.1");

    private Instant now = Instant.parse("2026-03-01T12:00:00Z");
    private final LoginThrottle throttle = new LoginThrottle(() -> now);

    private static EmailAddress email(String text) {
        return Objects.requireNonNull(EmailAddress.of(text));
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private void pass(Duration time) {
        now = now.plus(time);
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            assertThat(throttle.enter(ADA, HOME)).isZero();
        }
    }

    @Test
    void tenTriesAreFreeAndTheEleventhHasToWait() {
        fail(LoginThrottle.FREE_OF_PERSON);

        assertThat(throttle.enter(ADA, HOME)).isEqualTo(15);
        assertThat(throttle.enter(ADA, address("198.51.100.7")))
                .as("from elsewhere")
                .isEqualTo(15);
        assertThat(throttle.enter(email("bob@example.com"), HOME))
                .as("somebody else")
                .isZero();
    }

    @Test
    void eachFurtherFailureDoublesTheWait() {
        fail(LoginThrottle.FREE_OF_PERSON);
        List<Integer> waits = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int wait = throttle.enter(ADA, HOME);
            waits.add(wait);
            pass(Duration.ofSeconds(wait));
            assertThat(throttle.enter(ADA, HOME)).isZero();
        }

        assertThat(waits).containsExactly(15, 30, 60, 120, 240, 480, 900, 900);
    }

    @Test
    void askingAgainTooEarlyDoesNotMakeItLonger() {
        fail(LoginThrottle.FREE_OF_PERSON);
        for (int i = 0; i < 100; i++) {
            assertThat(throttle.enter(ADA, HOME)).isEqualTo(15);
        }
        pass(Duration.ofMillis(14_001));
        assertThat(throttle.enter(ADA, HOME)).isEqualTo(1);
        pass(Duration.ofMillis(999));
        assertThat(throttle.enter(ADA, HOME)).isZero();
    }

    @Test
    void aQuarterOfAnHourWithoutATryForgivesEverything() {
        fail(LoginThrottle.FREE_OF_PERSON);
        pass(FailureCounts.MEMORY.plusMillis(1));

        fail(LoginThrottle.FREE_OF_PERSON);
        assertThat(throttle.enter(ADA, HOME)).isEqualTo(15);
    }

    @Test
    void whoGetsInHasNotFailed() {
        fail(LoginThrottle.FREE_OF_PERSON - 1);
        fail(1);
        throttle.succeeded(ADA, HOME);

        fail(LoginThrottle.FREE_OF_PERSON);
    }

    @Test
    void aTryThatDidNotTakePlaceDoesNotCount() {
        for (int i = 0; i < 3 * LoginThrottle.FREE_OF_ADDRESS; i++) {
            assertThat(throttle.enter(ADA, HOME)).isZero();
            throttle.withdrawn(ADA, HOME);
        }
    }

    @Test
    void manyPeopleFromOneAddressHaveToWaitToo() {
        for (int i = 0; i < LoginThrottle.FREE_OF_ADDRESS; i++) {
            assertThat(throttle.enter(email("p" + i + "@example.com"), HOME)).isZero();
        }

        assertThat(throttle.enter(email("another@example.com"), HOME)).isEqualTo(15);
        assertThat(throttle.enter(email("another@example.com"), address("192.0.2.2")))
                .isZero();
    }

    @Test
    void whoGetsInFromAnAddressDoesNotForgiveTheOthersThere() {
        for (int i = 0; i < LoginThrottle.FREE_OF_ADDRESS - 1; i++) {
            throttle.enter(email("p" + i + "@example.com"), HOME);
        }
        throttle.enter(ADA, HOME);
        throttle.succeeded(ADA, HOME);

        assertThat(throttle.enter(email("q@example.com"), HOME)).isZero();
        assertThat(throttle.enter(email("r@example.com"), HOME)).isEqualTo(15);
    }

    @Test
    void theAddressesOfOneNetworkOfIpv6AreOne() {
        for (int i = 0; i < LoginThrottle.FREE_OF_ADDRESS; i++) {
            throttle.enter(email("p" + i + "@example.com"), address("2001:db8:1:2::" + Integer.toHexString(i + 1)));
        }

        assertThat(throttle.enter(ADA, address("2001:db8:1:2:ffff::1"))).isEqualTo(15);
        assertThat(throttle.enter(ADA, address("2001:db8:1:3::1"))).isZero();
    }

    @Test
    void registeringIsCountedForTheAddressAlone() {
        for (int i = 0; i < LoginThrottle.FREE_REGISTRATIONS; i++) {
            assertThat(throttle.register(HOME)).isZero();
        }

        assertThat(throttle.register(HOME)).isEqualTo(15);
        assertThat(throttle.enter(ADA, HOME)).isZero();
        assertThat(throttle.register(address("192.0.2.2"))).isZero();
    }

    @Test
    void ofTooManyNamesTheOldestIsForgottenAndMemoryStaysBounded() {
        FailureCounts counts = new FailureCounts(1, () -> now);
        counts.add("first");
        assertThat(counts.secondsToWait("first")).isPositive();
        for (int i = 0; i < 50_000; i++) {
            counts.add("name " + i);
        }

        assertThat(counts.secondsToWait("first")).isZero();
        assertThat(counts.secondsToWait("name 49999")).isPositive();
    }
}
