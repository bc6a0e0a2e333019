package dev.sluice.gateway.route;

import java.util.random.RandomGenerator;

/**
 * The first in the order of the configuration; of several keys the one with the fewest requests open, any of them when
 * there are several such. Thread: any.
 */
final class FallbackBalancer implements Balancer {
    private final Balancer amongKeys = new LeastBusyBalancer();

    @Override
    public int pick(Target[] targets, long eligible, Ask ask, RandomGenerator random, long nowNanos) {
        int first = Long.numberOfTrailingZeros(eligible);
        long sameRank = 0;
        for (int i = first; i < targets.length && targets[i].rank() == targets[first].rank(); i++) {
            sameRank |= eligible & 1L << i;
        }
        return amongKeys.pick(targets, sameRank, ask, random, nowNanos);
    }
}
