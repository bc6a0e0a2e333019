package dev.sluice.gateway.route;

import java.util.random.RandomGenerator;

/** At random, each as often as it weighs. Thread: any. */
final class WeightedBalancer implements Balancer {
    @Override
    public int pick(Target[] targets, long eligible, Ask ask, RandomGenerator random, long nowNanos) {
        double all = 0;
        for (long left = eligible; left != 0; left &= left - 1) {
            all += targets[Long.numberOfTrailingZeros(left)].weight();
        }
        double drawn = random.nextDouble() * all;
        long left = eligible;
        while (Long.bitCount(left) > 1) {
            int i = Long.numberOfTrailingZeros(left);
            drawn -= targets[i].weight();
            if (drawn < 0) {
                return i;
            }
            left &= left - 1;
        }
        return Long.numberOfTrailingZeros(left);
    }
}
