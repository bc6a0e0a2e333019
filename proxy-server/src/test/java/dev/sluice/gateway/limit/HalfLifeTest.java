package dev.sluice.gateway.limit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class HalfLifeTest {
    private static final long MILLIS = 300_000;

    private final HalfLife halfLife = new HalfLife(MILLIS);

    @Test
    void leavesHalfAfterEachHalfLife() {
        assertThat(halfLife.after(200_000, halfLife.steps(0))).isEqualTo(200_000);
        assertThat(halfLife.after(200_000, halfLife.steps(MILLIS))).isEqualTo(100_000);
        assertThat(halfLife.after(200_000, halfLife.steps(3 * MILLIS))).isEqualTo(25_000);
        assertThat(halfLife.after(200_000, halfLife.steps(1_000 * MILLIS))).isZero();
        assertThat(halfLife.after(Integer.MAX_VALUE, halfLife.steps(MILLIS / 2)))
                .isBetween(1_518_500_000L, 1_518_500_500L);
    }

    @Test
    void leavesAsMuchOfAScoreThatIsLookedAtOftenAsOfOneThatIsNot() {
        long often = 200_000_000;
        long asOf = 0;
        for (long now = 0; now <= MILLIS; now += 700) {
            long steps = halfLife.steps(now - asOf);
            often = halfLife.after(often, steps);
            asOf += halfLife.millis(steps);
        }

        // One step of 64 may be open yet.
        assertThat(often).isBetween(100_000_000L, 102_000_000L);
    }

    @Test
    void aTimeThatRunsBackwardsLeavesEverything() {
        assertThat(halfLife.after(5, halfLife.steps(-1))).isEqualTo(5);
    }
}
