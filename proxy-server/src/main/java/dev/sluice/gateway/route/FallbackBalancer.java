package dev.sluice.gateway.route;

import java.util.random.RandomGenerator;

/**
 * The first in the order of the configuration; of several keys the one with the fewest requests open, any of them when
 * there are several such. Thread: any.
 */
final class FallbackBalancer implements Balancer {
    @Override
    public int pick(Target[] targets, long eligible, Ask ask, RandomGenerator random, long nowNanos) {
        int chosen = Long.numberOfTrailingZeros(eligible);
        int rank = targets[chosen].rank();
        int fewest = targets[chosen].health().open();
        int equals = 1;
        for (int i = chosen + 1; i < targets.length && targets[i].rank() == rank; i++) {
            if ((eligible >>> i & 1) != 0) {
                int open = targets[i].health().open();
                equals = open < fewest ? 1 : open == fewest ? equals + 1 : equals;
                if (open < fewest || (open == fewest && random.nextInt(equals) == 0)) {
                    fewest = open;
                    chosen = i;
                }
            }
        }
        return chosen;
    }
}
