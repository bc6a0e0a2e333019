package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is remembered of times to first token: by route, and by target. */
class FirstTokensTest {
    private final FirstTokenTimes times = new FirstTokenTimes();
    private final FirstTokenAverage average = new FirstTokenAverage();
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(30);

    private static long millis(double millis) {
        return (long) (millis * 1e6);
    }

    private double percentile(int percentile) {
        return times.percentileNanos(percentile, 0, now) / 1e6;
    }

    private double faded(int band) {
        return average.fadedNanos(band, now) / 1e6;
    }

    @ParameterizedTest
    @ValueSource(doubles = {5, 50, 700, 20_000, 300_000})
    void percentilesAreWithinATenth(double median) {
        SplittableRandom random = new SplittableRandom(3);
        double[] exact = new double[5000];
        for (int i = 0; i < exact.length; i++) {
            exact[i] = median * Math.exp(0.3 * random.nextGaussian());
            times.add(0, millis(exact[i]), now);
        }
        Arrays.sort(exact);
        for (int percentile : new int[] {50, 90, 95, 99}) {
            double truth = exact[exact.length * percentile / 100];
            assertThat(percentile(percentile)).isBetween(truth * 0.9, truth * 1.1);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 1.2", "-5, 0, 1.2", "0.2, 0, 1.2", "10000000, 800000, 1200000"})
    void extremesAreNoTrouble(double millis, double from, double to) {
        for (int i = 0; i < 20; i++) {
            times.add(0, millis(millis), now);
        }
        assertThat(percentile(95)).isBetween(from, to);
    }

    @Test
    void tooFewSayNothing() {
        for (int i = 0; i < 19; i++) {
            times.add(0, millis(50), now);
        }
        assertThat(times.percentileNanos(95, 0, now)).isEqualTo(-1);
        times.add(0, millis(50), now);
        assertThat(percentile(95)).isBetween(45.0, 55.0);
        assertThat(times.percentileNanos(95, 1, now)).isEqualTo(-1);
    }

    @Test
    void onlyTheLastMinuteCounts() {
        for (int second = 0; second < 180; second++) {
            for (int i = 0; i < 10; i++) {
                times.add(0, millis(second < 90 ? 50 : 500), now);
            }
            now += TimeUnit.SECONDS.toNanos(1);
        }
        assertThat(percentile(1)).isBetween(450.0, 550.0);
        now += TimeUnit.SECONDS.toNanos(60);
        assertThat(times.percentileNanos(95, 0, now)).isEqualTo(-1);
    }

    @Test
    void anAverageRisesFasterThanItFalls() {
        assertThat(faded(0)).isNegative();
        average.add(0, millis(100), now);
        assertThat(faded(0)).isBetween(99.9, 100.1);
        average.add(0, millis(200), now);
        assertThat(faded(0)).isBetween(114.9, 115.1);
        average.add(0, millis(15), now);
        assertThat(faded(0)).isBetween(109.9, 110.1);
    }

    @Test
    void theRarerTheSamplesTheMoreTheyWeigh() {
        average.add(0, millis(1000), now);
        now += TimeUnit.SECONDS.toNanos(5);
        average.add(0, millis(100), now);
        assertThat(faded(0)).isBetween(420.0, 440.0);
        now += TimeUnit.SECONDS.toNanos(60);
        average.add(0, millis(100), now);
        assertThat(faded(0)).isBetween(99.0, 101.0);
    }

    @Test
    void whoIsNotAskedIsForgiven() {
        average.add(0, millis(400), now);
        now += TimeUnit.SECONDS.toNanos(35);
        assertThat(faded(0)).isBetween(95.0, 101.0);
        assertThat(average.nanos(0) / 1e6).isBetween(399.9, 400.1);
    }

    @Test
    void aSizeThatHasNotBeenSeenIsLikeTheOthersOfItsKind() {
        average.add(2, millis(300), now);
        assertThat(faded(0)).isBetween(299.9, 300.1);
        assertThat(faded(Ask.SIZES)).as("whole answers").isNegative();
        average.add(Ask.SIZES + 1, millis(9000), now);
        assertThat(faded(Ask.BANDS - 1)).isBetween(8999.0, 9001.0);
        assertThat(faded(0)).isBetween(299.9, 300.1);
    }

    @Test
    void recentLoadFades() {
        RecentLoad load = new RecentLoad();
        assertThat(load.requests(now)).isZero();
        for (int i = 0; i < 100; i++) {
            load.add(now);
        }
        assertThat(load.requests(now)).isEqualTo(100);
        now += TimeUnit.SECONDS.toNanos(30);
        assertThat(load.requests(now)).isBetween(36.0, 37.0);
        for (int i = 0; i < 12_000; i++) {
            now += TimeUnit.MILLISECONDS.toNanos(25);
            load.add(now);
        }
        assertThat(load.requests(now)).as("30 s of 40 a second").isBetween(1150.0, 1250.0);
    }
}
