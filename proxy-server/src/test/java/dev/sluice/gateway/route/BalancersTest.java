package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BalancersTest {
    private static final long NOW = 1_000_000_000_000L;
    private static final int DRAWS = 20_000;

    private final SplittableRandom random = new SplittableRandom(7);

    private static Target weighing(String name, double weight) {
        return Targets.target(name, 0, weight, GatewayConfig.Abilities.UNKNOWN);
    }

    private static void open(Target target, int requests) {
        for (int i = 0; i < requests; i++) {
            target.health().begin(0, NOW);
        }
    }

    private static void firstTokenAfterMillis(Target target, long millis) {
        target.health().onFirstContent(Targets.ASK.band(), TimeUnit.MILLISECONDS.toNanos(millis), NOW);
    }

    private int pick(Balancer balancer, Target[] targets, long eligible) {
        return balancer.pick(targets, eligible, Targets.ASK, random, NOW);
    }

    /** How often each is picked, as a share of all. */
    private double[] shares(Balancer balancer, Target[] targets, long eligible) {
        double[] shares = new double[targets.length];
        for (int i = 0; i < DRAWS; i++) {
            shares[pick(balancer, targets, eligible)] += 1.0 / DRAWS;
        }
        return shares;
    }

    @ParameterizedTest
    @CsvSource({"0b111, 0", "0b110, 1", "0b100, 2"})
    void fallbackTakesTheFirstInTheOrderOfTheFile(String eligible, int picked) {
        Target[] targets = Targets.targets(3);
        open(targets[0], 100);

        assertThat(pick(new FallbackBalancer(), targets, Long.parseLong(eligible.substring(2), 2)))
                .isEqualTo(picked);
    }

    @Test
    void fallbackTakesAnyOfTheKeysThatAreEquallyBusy() {
        Target[] targets = {
            Targets.target("a", 0), Targets.target("b", 0), Targets.target("c", 0), Targets.target("d", 1)
        };
        int[] picked = new int[targets.length];
        for (int i = 0; i < 3000; i++) {
            picked[pick(new FallbackBalancer(), targets, 0b1111)]++;
        }

        assertThat(picked[0]).isBetween(900, 1100);
        assertThat(picked[1]).isBetween(900, 1100);
        assertThat(picked[2]).isBetween(900, 1100);
        assertThat(picked[3]).isZero();
    }

    @Test
    void fallbackSharesAmongTheKeysOfATarget() {
        Target[] targets = {Targets.target("a", 0), Targets.target("a", 0), Targets.target("b", 1)};
        open(targets[0], 2);
        assertThat(pick(new FallbackBalancer(), targets, 0b111)).isEqualTo(1);
        open(targets[1], 3);
        assertThat(pick(new FallbackBalancer(), targets, 0b111)).isZero();
        assertThat(pick(new FallbackBalancer(), targets, 0b110)).isEqualTo(1);
    }

    @Test
    void weightedPicksEachAsOftenAsItWeighs() {
        Target[] targets = {weighing("a", 1), weighing("b", 2), weighing("c", 5)};

        double[] shares = shares(new WeightedBalancer(), targets, 0b111);
        assertThat(shares[0]).isBetween(0.115, 0.135);
        assertThat(shares[1]).isBetween(0.24, 0.26);
        assertThat(shares[2]).isBetween(0.615, 0.635);
        assertThat(shares(new WeightedBalancer(), targets, 0b011)[1]).isBetween(0.65, 0.68);
        assertThat(shares(new WeightedBalancer(), targets, 0b100)[2]).isBetween(0.9999, 1.0001);
    }

    @Test
    void leastBusyCountsOpenRequestsByWeight() {
        Target[] targets = {weighing("a", 1), weighing("b", 3)};
        int[] picked = new int[2];
        for (int i = 0; i < 400; i++) {
            int pick = pick(new LeastBusyBalancer(), targets, 0b11);
            picked[pick]++;
            open(targets[pick], 1);
        }
        assertThat(picked).containsExactly(100, 300);
    }

    @Test
    void leastBusyPicksAnyOfEquals() {
        Target[] targets = Targets.targets(4);
        open(targets[1], 1);

        double[] shares = shares(new LeastBusyBalancer(), targets, 0b1111);
        assertThat(shares[1]).isZero();
        assertThat(List.of(shares[0], shares[2], shares[3])).allMatch(share -> share > 0.32 && share < 0.35);
    }

    @Test
    void fastestPrefersTheSoonerByTheSquareAndSharesAmongEquals() {
        Target[] targets = Targets.targets(2);
        firstTokenAfterMillis(targets[0], 100);
        firstTokenAfterMillis(targets[1], 400);
        open(targets[0], 14);
        assertThat(shares(new FastestBalancer(), targets, 0b11)[0]).isBetween(0.9999, 1.0001);
        open(targets[0], 2);
        assertThat(shares(new FastestBalancer(), targets, 0b11)[0]).isZero();
    }

    @Test
    void fastestTriesWhatNobodyHasTried() {
        Target[] targets = Targets.targets(2);
        firstTokenAfterMillis(targets[0], 1);
        open(targets[0], 1);
        assertThat(shares(new FastestBalancer(), targets, 0b11)[1]).isBetween(0.9999, 1.0001);
        open(targets[1], 2);
        assertThat(shares(new FastestBalancer(), targets, 0b11)[1]).isZero();
    }

    @Test
    void fastestDrawsTwoOfMany() {
        Target[] targets = Targets.targets(4);
        for (int i = 0; i < 4; i++) {
            firstTokenAfterMillis(targets[i], 100L << i);
        }
        double[] shares = shares(new FastestBalancer(), targets, 0b1111);
        // The fastest wins each draw it is in, three of six; the next two of six, and so on.
        assertThat(shares[0]).isBetween(0.48, 0.52);
        assertThat(shares[1]).isBetween(0.31, 0.35);
        assertThat(shares[2]).isBetween(0.15, 0.18);
        assertThat(shares[3]).isZero();
        assertThat(shares(new FastestBalancer(), targets, 0b1010)[1]).isBetween(0.9999, 1.0001);
    }

    @Test
    void cheapestAsksForThePriceOfThisRequest() {
        // a: dear prompts, b: dear answers, c: unknown.
        RouteMemory.TargetPrices prices = (provider, model, input, output) -> switch (provider) {
            case "a" -> input * 10 + output;
            case "b" -> input + output * 10;
            default -> -1;
        };
        Target[] targets = Targets.targets(3);
        Balancer balancer = new CheapestBalancer(prices);
        Ask longPrompt = Targets.ask(1_000_000, 0);
        Ask shortPrompt = Targets.ask(100, 0);

        assertThat(balancer.pick(targets, 0b111, longPrompt, random, NOW)).isEqualTo(1);
        assertThat(balancer.pick(targets, 0b111, shortPrompt, random, NOW)).isZero();
        assertThat(balancer.pick(targets, 0b110, shortPrompt, random, NOW)).isEqualTo(1);
        assertThat(balancer.pick(targets, 0b100, shortPrompt, random, NOW)).isEqualTo(2);
    }

    @Test
    void cheapestSharesAmongThoseThatCostTheSame() {
        Target[] targets = Targets.targets(3);
        open(targets[0], 2);
        open(targets[2], 1);
        assertThat(pick(new CheapestBalancer((provider, model, input, output) -> 5), targets, 0b111))
                .isEqualTo(1);
        assertThat(pick(new CheapestBalancer((provider, model, input, output) -> -1), targets, 0b101))
                .isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"100, 1", "60, 1", "40, 0", "0, 0"})
    void autoWeighsCostAgainstSpeed(int costPercent, int picked) {
        // a is twice as fast, b costs half.
        Map<String, Long> prices = Map.of("a", 200L, "b", 100L);
        Target[] targets = Targets.targets(2);
        firstTokenAfterMillis(targets[0], 100);
        firstTokenAfterMillis(targets[1], 200);
        Balancer balancer =
                new AutoBalancer((provider, model, input, output) -> prices.getOrDefault(provider, -1L), costPercent);

        assertThat(pick(balancer, targets, 0b11)).isEqualTo(picked);
    }

    @Test
    void autoTakesTheUnpricedForTheDearestAndTheUntriedForTheFastest() {
        Map<String, Long> prices = Map.of("b", 100L);
        Target[] targets = Targets.targets(3);
        Balancer byCost = new AutoBalancer((provider, model, input, output) -> prices.getOrDefault(provider, -1L), 100);
        assertThat(pick(byCost, targets, 0b101)).isZero();
        open(targets[1], 50);
        // The only one with a price is the dearest of those that have one, and the others are taken to be no dearer.
        assertThat(pick(byCost, targets, 0b011)).isZero();

        firstTokenAfterMillis(targets[0], 100);
        firstTokenAfterMillis(targets[1], 500);
        Balancer bySpeed = new AutoBalancer((provider, model, input, output) -> -1, 0);
        open(targets[0], 1);
        assertThat(pick(bySpeed, targets, 0b111)).isEqualTo(2);
    }

    @Test
    void withoutAKeyStickyRequestsAreSpreadByWeight() {
        Target[] targets = {weighing("a", 1), weighing("b", 3)};
        assertThat(shares(new StickyBalancer(), targets, 0b11)[1]).isBetween(0.74, 0.76);
    }

    @Test
    void stickyTargetsGetTheirSharesByWeightAndKeysAreTargetsOfTheirOwn() {
        Target[] targets = {
            weighing("a", 1), weighing("a", 1), Targets.target("b", 1, 2, GatewayConfig.Abilities.UNKNOWN)
        };
        double[] shares = new double[3];
        for (int i = 0; i < DRAWS; i++) {
            shares[new StickyBalancer().pick(targets, 0b111, Targets.ask(random.nextLong() | 1), random, NOW)] +=
                    1.0 / DRAWS;
        }
        assertThat(shares[0]).isBetween(0.24, 0.26);
        assertThat(shares[1]).isBetween(0.24, 0.26);
        assertThat(shares[2]).isBetween(0.49, 0.51);
    }
}
