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
}
