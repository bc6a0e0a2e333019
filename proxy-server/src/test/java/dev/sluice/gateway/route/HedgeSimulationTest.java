package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.route.Simulation.Fate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** First tokens after 50 ms, one in twenty after two seconds: what a second attempt saves, and what it costs. */
class HedgeSimulationTest {
    private static final int PER_SECOND = 100;
    private static final double END = 600;

    private static Simulation simulate(double tail, GatewayConfig.Hedge hedge) {
        Simulation[] simulation = new Simulation[1];
        simulation[0] = new Simulation((target, now) -> {
            double millis = simulation[0].random.nextDouble() < tail
                    ? 2000
                    : 50 * Math.exp(0.1 * simulation[0].random.nextGaussian());
            return new Fate(Outcome.OK, Simulation.millis(millis), Simulation.millis(3000));
        });
        Route route = Targets.route(Targets.targets(2), new LeastBusyBalancer(), hedge, 0);
        simulation[0].arrivals(PER_SECOND, END, () -> simulation[0].request(route, Targets.ASK));
        simulation[0].run();
        return simulation[0];
    }

    @ParameterizedTest
    @CsvSource({
        // Of an independent tail of 5 % a budget of 3 % leaves 2 %: still more than one in a hundred.
        "0.05, 3, 95, 0",
        "0.05, 6, 95, 5",
        "0.05, 8, 95, 5",
        // Of one of 3 % it could save all, but two in five of the hedges go to those that are hardly late.
        "0.03, 3, 95, 0",
        "0.03, 3, 97, 5",
        "0.02, 3, 95, 5"
    })
    void aBudgetBuysShorterWaits(double tail, double budget, int percentile, double fold) {
        Simulation plain = simulate(tail, null);
        Simulation hedged = simulate(tail, new GatewayConfig.Hedge(percentile, null, budget));

        double share = 100.0 * hedged.hedges / hedged.requests;
        System.out.printf(
                "hedge p%d, tail %.0f %%, budget %.0f %%: %.2f %% extra, p95 %.0f -> %.0f ms, p99 %.0f -> %.0f ms,"
                        + " p99.9 %.0f -> %.0f ms%n",
                percentile,
                100 * tail,
                budget,
                share,
                plain.waitMillis(95),
                hedged.waitMillis(95),
                plain.waitMillis(99),
                hedged.waitMillis(99),
                plain.waitMillis(99.9),
                hedged.waitMillis(99.9));
        assertThat(plain.hedges).isZero();
        assertThat(share).isBetween(1.0, budget + 0.01);
        assertThat(plain.waitMillis(99)).isGreaterThanOrEqualTo(fold * hedged.waitMillis(99));
    }
}
