package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.route.Simulation.Fate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Conversations that grow turn by turn, over five targets: how often they stay, and how even the load is. */
class StickySimulationTest {
    private static final int CONVERSATIONS = 10_000;
    private static final int TARGETS = 5;

    private final Simulation simulation =
            new Simulation((target, now) -> new Fate(Outcome.OK, Simulation.millis(300), Simulation.millis(4000)));

    /** One of many that talk at the same time. */
    private static final class Conversation {
        final long sticky;
        int turnsLeft;

        @Nullable
        Target first;

        Conversation(long sticky, int turns) {
            this.sticky = sticky;
            this.turnsLeft = turns;
        }
    }

    /** The conversations' turns, in no order, until all have been said. */
    private void talk(Route route, List<Conversation> open, double requestsPerSecond, Talk talk) {
        if (open.isEmpty()) {
            return;
        }
        simulation.in((long) (-Math.log(1 - simulation.random.nextDouble()) / requestsPerSecond * 1e9), () -> {
            int at = simulation.random.nextInt(open.size());
            Conversation conversation = open.get(at);
            Target target = simulation.request(route, Targets.ask(conversation.sticky));
            talk.onTurn(conversation, target);
            if (--conversation.turnsLeft == 0) {
                open.set(at, open.get(open.size() - 1));
                open.remove(open.size() - 1);
            }
            talk(route, open, requestsPerSecond, talk);
        });
    }

    /** What is counted. */
    private static final class Talk {
        final Target[] targets;
        final int[] load;
        int turns;
        int stayed;

        Talk(Target[] targets) {
            this.targets = targets;
            this.load = new int[targets.length];
        }

        void onTurn(Conversation conversation, Target target) {
            turns++;
            load[Arrays.asList(targets).indexOf(target)]++;
            conversation.first = conversation.first == null ? target : conversation.first;
            stayed += conversation.first == target ? 1 : 0;
        }

        double imbalance() {
            return (double) Arrays.stream(load).max().orElseThrow() * load.length / turns;
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {2, 50, 500})
    void conversationsStayAndTheLoadIsEven(double requestsPerSecond) {
        Target[] targets = Targets.targets(TARGETS);
        Route route = Targets.route(targets, new StickyBalancer(), null, 0);
        List<Conversation> open = new ArrayList<>();
        for (int i = 0; i < CONVERSATIONS; i++) {
            open.add(new Conversation(simulation.random.nextLong() | 1, simulation.random.nextInt(5, 21)));
        }
        Talk talk = new Talk(targets);
        talk(route, open, requestsPerSecond, talk);
        simulation.run();

        double stayed = (double) talk.stayed / talk.turns;
        System.out.printf(
                "affinity at %.0f requests/s: %d turns, %.3f %% at the target of the first, max/mean %.3f%n",
                requestsPerSecond, talk.turns, 100 * stayed, talk.imbalance());
        assertThat(stayed).isGreaterThanOrEqualTo(0.99);
        assertThat(talk.imbalance()).isLessThanOrEqualTo(1.25);
    }

    @Test
    void onlyTheConversationsOfATargetThatIsTakenAwayMove() {
        Target[] five = Targets.targets(TARGETS);
        Target[] four = Arrays.copyOf(five, TARGETS - 1);
        Balancer balancer = new StickyBalancer();
        int moved = 0;
        int[] takenBy = new int[TARGETS];
        for (int i = 0; i < CONVERSATIONS; i++) {
            Ask ask = Targets.ask(simulation.random.nextLong() | 1);
            int before = balancer.pick(five, Targets.all(five), ask, simulation.random, simulation.now());
            int after = balancer.pick(four, Targets.all(four), ask, simulation.random, simulation.now());
            // The same happens when its circuit opens.
            int without = balancer.pick(five, 0b01111, ask, simulation.random, simulation.now());
            assertThat(without).isEqualTo(after);
            if (before != after) {
                moved++;
                takenBy[after]++;
                assertThat(before).isEqualTo(TARGETS - 1);
            }
        }
        System.out.printf(
                "affinity: one of five taken away moves %.1f %%, to the others %s%n",
                100.0 * moved / CONVERSATIONS, Arrays.toString(takenBy));
        assertThat(moved).isBetween(CONVERSATIONS * 18 / 100, CONVERSATIONS * 25 / 100);
        for (int i = 0; i < TARGETS - 1; i++) {
            assertThat(takenBy[i]).isBetween(moved * 20 / 100, moved * 30 / 100);
        }
    }

    /** The system prompt of one application is longer than what is hashed: all of its conversations are one key. */
    @ParameterizedTest
    @ValueSource(doubles = {50, 500})
    void onePromptThatMostBeginWithDoesNotOverrunItsTarget(double requestsPerSecond) {
        Target[] targets = Targets.targets(TARGETS);
        Route route = Targets.route(targets, new StickyBalancer(), null, 0);
        int[] load = new int[TARGETS];
        int[] ofTheOne = new int[TARGETS];
        simulation.arrivals(requestsPerSecond, 200, () -> {
            boolean one = simulation.random.nextDouble() < 0.6;
            Target target = simulation.request(route, Targets.ask(one ? 4711 : simulation.random.nextLong() | 1));
            int at = Arrays.asList(targets).indexOf(target);
            load[at]++;
            ofTheOne[at] += one ? 1 : 0;
        });
        simulation.run();

        double imbalance = (double) Arrays.stream(load).max().orElseThrow() * TARGETS / simulation.requests;
        double slack = 32 / (requestsPerSecond * 30 / TARGETS);
        System.out.printf(
                "affinity at %.0f requests/s, 60 %% of them with one prompt: max/mean %.3f, the one at %s%n",
                requestsPerSecond, imbalance, Arrays.toString(ofTheOne));
        assertThat(imbalance).isLessThanOrEqualTo(1.25 + slack);
    }
}
