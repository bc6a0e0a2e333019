package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.route.Simulation.Fate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients see, and what providers see, when targets fail. */
class OutageSimulationTest {
    private static final int PER_SECOND = 200;

    private final Target[] targets = Targets.targets(2);
    private final Route route = Targets.route(targets, new FallbackBalancer(), null, 0);

    /** At once, or after the first token has not come for so long. */
    @ParameterizedTest
    @ValueSource(ints = {5, 1000, 20_000})
    void aFirstTargetThatFailsOftenIsNotSeenByClients(int failsAfterMillis) {
        Simulation[] simulation = new Simulation[1];
        simulation[0] = new Simulation((target, now) -> target == targets[0] && simulation[0].random.nextDouble() < 0.3
                ? new Fate(Outcome.UNAVAILABLE, Simulation.millis(failsAfterMillis), 0)
                : new Fate(Outcome.OK, Simulation.millis(400), Simulation.millis(5000)));
        simulation[0].arrivals(PER_SECOND, 120, () -> simulation[0].request(route, Targets.ASK));
        simulation[0].run();

        double success = (double) simulation[0].answered / simulation[0].requests;
        System.out.printf(
                "first target fails 30 %% after %d ms: success %.3f %%, attempts/requests %.3f%n",
                failsAfterMillis, 100 * success, (double) simulation[0].attempts / simulation[0].requests);
        assertThat(simulation[0].answered + simulation[0].failed).isEqualTo(simulation[0].requests);
        assertThat(success).isGreaterThanOrEqualTo(0.999);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void withAllDownThereIsNoStormOfRetries(int attempts) {
        Route patient = Targets.route(targets, new FallbackBalancer(), null, attempts);
        Simulation simulation =
                new Simulation((target, now) -> new Fate(Outcome.UNAVAILABLE, Simulation.millis(20), 0));
        simulation.arrivals(PER_SECOND, 60, () -> simulation.request(patient, Targets.ASK));
        simulation.run();

        double ratio = (double) simulation.attempts / simulation.requests;
        System.out.printf("all down, %d attempts allowed: attempts/requests %.3f%n", attempts, ratio);
        assertThat(simulation.failed).isEqualTo(simulation.requests);
        assertThat(ratio).isBetween(1.01, 1.2);
    }

    @Test
    void afterAnOutageOfAllTheFirstAnswerEndsIt() {
        Simulation[] simulation = new Simulation[1];
        int[] failedLater = {0};
        simulation[0] = new Simulation((target, now) -> simulation[0].seconds() < 20
                ? new Fate(Outcome.UNAVAILABLE, Simulation.millis(20), 0)
                : new Fate(Outcome.OK, Simulation.millis(400), Simulation.millis(1000)));
        simulation[0].arrivals(PER_SECOND, 40, () -> simulation[0].request(route, Targets.ASK));
        simulation[0].in(Simulation.millis(20_100), () -> failedLater[0] = simulation[0].failed);
        simulation[0].run();

        assertThat(failedLater[0]).isBetween(3500, 4500).isEqualTo(simulation[0].failed);
    }
}
