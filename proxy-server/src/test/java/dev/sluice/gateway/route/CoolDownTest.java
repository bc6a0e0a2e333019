package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.route.TargetHealth.Availability;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CoolDownTest {
    private final CoolDown coolDown = new CoolDown();
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(30);

    private static long nanos(double seconds) {
        return (long) (seconds * 1e9);
    }

    @Test
    void eachRefusalDoublesTheRestUpToAMinute() {
        for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            coolDown.onRefused(0, now);
            assertThat(coolDown.leftNanos(now)).isEqualTo(nanos(seconds));
            now += nanos(seconds);
            assertThat(coolDown.availability(now)).isEqualTo(Availability.PROBE);
            coolDown.onBegin(now);
        }
        coolDown.onAnswered();
        coolDown.onRefused(0, now);
        assertThat(coolDown.leftNanos(now)).isEqualTo(nanos(1));
    }

    @ParameterizedTest
    @CsvSource({"0.5, 0.5", "7, 7", "60, 60", "61, 60", "86400, 60"})
    void theProviderSaysHowLongButNotMoreThanAMinute(double asked, double rests) {
        coolDown.onRefused(nanos(asked), now);
        assertThat(coolDown.availability(now)).isEqualTo(Availability.LIMITED);
        assertThat(coolDown.leftNanos(now)).isEqualTo(nanos(rests));
    }

    @Test
    void ofManyThatAreRefusedTogetherOnlyTheFirstCounts() {
        for (int i = 0; i < 50; i++) {
            coolDown.onRefused(0, now);
            now += nanos(0.001);
        }
        assertThat(coolDown.leftNanos(now)).isEqualTo(nanos(0.95));
        coolDown.onRefused(nanos(5), now);
        assertThat(coolDown.leftNanos(now)).isEqualTo(nanos(5));
        coolDown.onRefused(nanos(2), now);
        assertThat(coolDown.leftNanos(now)).isEqualTo(nanos(5));
    }

    @Test
    void answersOfWhatWasUnderWayDoNotEndIt() {
        coolDown.onRefused(nanos(5), now);
        coolDown.onAnswered();
        assertThat(coolDown.leftNanos(now)).isEqualTo(nanos(5));
    }

    @Test
    void afterItOneRequestASecondFindsOut() {
        coolDown.onRefused(0, now);
        now += nanos(1);
        assertThat(coolDown.availability(now)).isEqualTo(Availability.PROBE);
        coolDown.onBegin(now);
        assertThat(coolDown.availability(now)).isEqualTo(Availability.LIMITED);
        now += nanos(1);
        assertThat(coolDown.availability(now)).isEqualTo(Availability.PROBE);
        coolDown.onBegin(now);
        coolDown.onAnswered();
        assertThat(coolDown.availability(now)).isEqualTo(Availability.READY);
    }

    @Test
    void aResetEndsIt() {
        coolDown.onRefused(nanos(60), now);
        coolDown.reset();
        assertThat(coolDown.availability(now)).isEqualTo(Availability.READY);
    }
}
