package dev.sluice.gateway.route;

import java.util.random.RandomGenerator;

/**
 * The one that costs least for a prompt of this length and a usual answer; one whose price nobody knows comes last; of
 * equals the one with the fewest requests open. Thread: any.
 */
final class CheapestBalancer implements Balancer {
    private final RouteMemory.TargetPrices prices;

    CheapestBalancer(RouteMemory.TargetPrices prices) {
        this.prices = prices;
    }

    @Override
    public int pick(Target[] targets, long eligible, Ask ask, RandomGenerator random, long nowNanos) {
        int chosen = -1;
        long least = 0;
        for (long left = eligible; left != 0; left &= left - 1) {
            int i = Long.numberOfTrailingZeros(left);
            long cost = costNano(targets[i], ask);
            if (chosen < 0
                    || cost < least
                    || (cost == least && Balancer.busyness(targets[i]) < Balancer.busyness(targets[chosen]))) {
                least = cost;
                chosen = i;
            }
        }
        return chosen;
    }

    private long costNano(Target target, Ask ask) {
        long cost = prices.estimateNano(
                target.provider().name(), target.model(), ask.promptTokens(), ask.usualOutputTokens());
        return cost < 0 ? Long.MAX_VALUE : cost;
    }
}
