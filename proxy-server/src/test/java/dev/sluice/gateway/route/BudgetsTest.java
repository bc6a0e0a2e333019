package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetsTest {
    private final HedgeBudget hedges = new HedgeBudget();
    private final RetryBudget retries = new RetryBudget();
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(30);

    private int request(int requests, double perSecond, double percent, boolean late) {
        int made = 0;
        for (int i = 0; i < requests; i++) {
            now += (long) (1e9 / perSecond);
            hedges.onRequest(percent, now);
            made += late && hedges.tryHedge(percent, now) ? 1 : 0;
        }
        return made;
    }

    @ParameterizedTest
    @CsvSource({"10000, 100, 3, 303", "10000, 100, 0.5, 53", "10000, 0.2, 3, 303", "20, 1, 100, 20", "10, 1, 3, 3"})
    void hedgesAreAShareOfTheRequestsAndAFew(int requests, double perSecond, double percent, int made) {
        assertThat(request(requests, perSecond, percent, true)).isBetween(made - 1, made);
    }

    @Test
    void whatWasNotUsedWithinTheLastMinuteCanBeUsedAtOnceAndNoMore() {
        request(60_000, 100, 3, false);
        int atOnce = request(1000, 1_000_000, 100, true);
        assertThat(atOnce).isEqualTo(1000);
        request(60_000, 100, 3, false);
        atOnce = 0;
        while (hedges.tryHedge(3, now)) {
            atOnce++;
        }
        assertThat(atOnce).isBetween(140, 203);
    }

    @Test
    void hedgesAreAShareOfTheSpend() {
        request(1000, 100, 50, false);
        hedges.onCost(1_000_000, false, now);
        assertThat(hedges.tryHedge(3, now)).isTrue();
        hedges.onCost(31_000, true, now);
        assertThat(hedges.tryHedge(3, now)).as("31,000 of 1,031,000").isFalse();
        assertThat(hedges.tryHedge(4, now)).isTrue();
        hedges.onCost(10_000, false, now);
        assertThat(hedges.tryHedge(3, now)).as("31,000 of 1,041,000").isTrue();
        hedges.onCost(1_000_000, true, now);
        assertThat(hedges.tryHedge(3, now)).isFalse();
        now += TimeUnit.SECONDS.toNanos(61);
        assertThat(hedges.tryHedge(3, now)).as("a minute later").isTrue();
    }

    @Test
    void retriesAreATenthOfTheRequestsAndAHundred() {
        int made = 0;
        for (int i = 0; i < 1000; i++) {
            retries.onRequest();
            made += retries.tryRetry() ? 1 : 0;
        }
        assertThat(made).isEqualTo(199);
        assertThat(retries.left()).isZero();
        retries.giveBack();
        assertThat(retries.tryRetry()).isTrue();
        assertThat(retries.tryRetry()).isFalse();
        for (int i = 0; i < 5000; i++) {
            retries.onRequest();
        }
        assertThat(retries.left()).isEqualTo(100);
    }
}
