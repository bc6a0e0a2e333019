package dev.sluice.gateway.route;

import java.util.random.RandomGenerator;

/**
 * The best by cost and speed, weighed as configured, among those that can do what the request needs.
 *
 * <p>Both are measured by the worst of the eligible: {@code weight * cost / dearest + (1 - weight) * time / slowest}. What
 * nobody knows the price of counts as the dearest; what nobody has tried counts as the fastest, so that it will be. Those
 * that come within a twentieth of the best share the load. Thread: any.
 */
final class AutoBalancer implements Balancer {
    private static final double PER_CENT = 100;
    private static final double AS_GOOD = 0.05;

    private final RouteMemory.TargetPrices prices;
    private final double costWeight;

    /** @param costPercent how much the cost weighs, the rest is speed */
    AutoBalancer(RouteMemory.TargetPrices prices, int costPercent) {
        this.prices = prices;
        this.costWeight = costPercent / PER_CENT;
    }

    @Override
    public int pick(Target[] targets, long eligible, Ask ask, RandomGenerator random, long nowNanos) {
        double[] costs = new double[targets.length];
        double[] times = new double[targets.length];
        double dearest = 0;
        double slowest = 0;
        double fastest = Double.MAX_VALUE;
        for (long left = eligible; left != 0; left &= left - 1) {
            int i = Long.numberOfTrailingZeros(left);
            costs[i] = prices.estimateNano(
                    targets[i].provider().name(), targets[i].model(), ask.promptTokens(), ask.usualOutputTokens());
            times[i] = targets[i].health().ttftNanos(ask.band(), nowNanos);
            dearest = Math.max(dearest, costs[i]);
            slowest = Math.max(slowest, times[i]);
            fastest = times[i] < 0 ? fastest : Math.min(fastest, times[i]);
        }
        double best = Double.MAX_VALUE;
        for (long left = eligible; left != 0; left &= left - 1) {
            int i = Long.numberOfTrailingZeros(left);
            double cost = costs[i] < 0 ? 1 : share(costs[i], dearest);
            double time = share(times[i] < 0 ? fastest : times[i], slowest);
            costs[i] = costWeight * cost + (1 - costWeight) * time;
            best = Math.min(best, costs[i]);
        }
        int chosen = -1;
        for (long left = eligible; left != 0; left &= left - 1) {
            int i = Long.numberOfTrailingZeros(left);
            if (costs[i] <= best + AS_GOOD
                    && (chosen < 0 || Balancer.busyness(targets[i]) < Balancer.busyness(targets[chosen]))) {
                chosen = i;
            }
        }
        return chosen;
    }

    private static double share(double of, double most) {
        return most == 0 ? 0 : of / most;
    }
}
