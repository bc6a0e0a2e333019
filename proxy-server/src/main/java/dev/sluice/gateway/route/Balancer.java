package dev.sluice.gateway.route;

import java.util.random.RandomGenerator;

/** Chooses one of several targets that all could serve a request. Thread: any. */
interface Balancer {

    /**
     * @param targets of the route, by rank
     * @param eligible bit i is set when {@code targets[i]} may be chosen; at least one is
     * @return the index of the chosen one
     */
    int pick(Target[] targets, long eligible, Ask ask, RandomGenerator random, long nowNanos);

    /** The index of the bit that has {@code before} others below it. */
    static int nth(long bits, int before) {
        long left = bits;
        for (int i = 0; i < before; i++) {
            left &= left - 1;
        }
        return Long.numberOfTrailingZeros(left);
    }

    /** Requests open at a target for its weight, as if it had one more: so that an idle one's weight counts, too. */
    static double busyness(Target target) {
        return (target.health().open() + 1) / target.weight();
    }
}
