package dev.sluice.gateway.route;

import java.util.random.RandomGenerator;

/** The one with the fewest requests open, for its weight; of equals any. Thread: any. */
final class LeastBusyBalancer implements Balancer {
    @Override
    public int pick(Target[] targets, long eligible, Ask ask, RandomGenerator random, long nowNanos) {
        int chosen = -1;
        int equals = 0;
        double least = Double.MAX_VALUE;
        for (long left = eligible; left != 0; left &= left - 1) {
            int i = Long.numberOfTrailingZeros(left);
            double busy = Balancer.busyness(targets[i]);
            if (busy < least) {
                least = busy;
                chosen = i;
                equals = 1;
            } else if (busy == least) {
                equals++;
                // The n-th of n equals takes over with a chance of 1/n: then all are equally likely.
                chosen = random.nextInt(equals) == 0 ? i : chosen;
            }
        }
        return chosen;
    }
}
