package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.route.Simulation.Fate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two targets of which one becomes four times as slow, and recovers. */
class FastestSimulationTest {
    private static final double SLOW_FROM = 60;
    private static final double SLOW_UNTIL = 120;
    private static final double END = 210;

    private final Target[] targets = Targets.targets(2);
    /** Requests in each second, at each target. */
    private final int[][] load = new int[2][(int) END + 1];

    private double shareOfA(double from, double until) {
        double a = 0;
        double all = 0;
        for (int second = (int) from; second < until; second++) {
            a += load[0][second];
            all += load[0][second] + load[1][second];
        }
        return a / all;
    }

    /**
     * @param spread of the times: the standard deviation of their logarithm
     * @param streamMillis how long an answer goes on after its first token
     */
    @ParameterizedTest
    @CsvSource({"50, 0.2, 0", "100, 0.2, 2000", "200, 0.2, 0", "200, 0.4, 2000", "50, 0.4, 20000", "5, 0.3, 5000"})
    void theLoadGoesToTheFasterAndComesBack(double requestsPerSecond, double spread, double streamMillis) {
        Simulation[] simulation = new Simulation[1];
        Simulation.Behaviour behaviour = (target, now) -> {
            double seconds = simulation[0].seconds();
            boolean slow = target == targets[0] && seconds >= SLOW_FROM && seconds < SLOW_UNTIL;
            double noise = Math.exp(spread * simulation[0].random.nextGaussian());
            return new Fate(Outcome.OK, Simulation.millis((slow ? 400 : 100) * noise), Simulation.millis(streamMillis));
        };
        simulation[0] = new Simulation(behaviour);
        Route route = Targets.route(targets, new FastestBalancer(), null, 0);
        simulation[0].arrivals(requestsPerSecond, END, () -> {
            Target target = simulation[0].request(route, Targets.ASK);
            load[target == targets[0] ? 0 : 1][(int) simulation[0].seconds()]++;
        });
        simulation[0].run();

        double before = shareOfA(10, SLOW_FROM);
        double first = 1 - shareOfA(SLOW_FROM, SLOW_FROM + 5);
        double slow = 1 - shareOfA(SLOW_FROM + 5, SLOW_UNTIL);
        double after = shareOfA(SLOW_UNTIL + 60, END);
        System.out.printf(
                "fastest at %.0f/s, spread %.1f, streams of %.0f s: before %.0f %%, faster one at first %.0f %%,"
                        + " after 5 s %.1f %%, recovered after 20 s %.0f %%, after 60 s %.0f %%%n",
                requestsPerSecond,
                spread,
                streamMillis / 1000,
                100 * before,
                100 * first,
                100 * slow,
                100 * shareOfA(SLOW_UNTIL + 20, SLOW_UNTIL + 40),
                100 * after);
        assertThat(before).isBetween(0.4, 0.6);
        assertThat(slow).isGreaterThanOrEqualTo(0.9);
        assertThat(after).isBetween(0.4, 0.6);
    }
}
