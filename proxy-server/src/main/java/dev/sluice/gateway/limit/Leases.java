package dev.sluice.gateway.limit;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** All {@link LeasePool pools} of this node that somebody has to look after. Thread: any. */
final class Leases {
    private final LimitClock clock;
    private final long originNanos;
    private final Set<LeasePool> pools = ConcurrentHashMap.newKeySet();
    private volatile @Nullable LeaseBroker broker;
    private volatile int nodes = 1;

    Leases(LimitClock clock, long originNanos) {
        this.clock = clock;
        this.originNanos = originNanos;
    }

    @Nullable
    LeaseBroker broker() {
        return broker;
    }

    void shareThrough(@Nullable LeaseBroker next) {
        broker = next;
        giveBack();
    }

    int nodes() {
        return nodes;
    }

    void nodes(int count) {
        nodes = Math.max(1, count);
    }

    long nanos() {
        return clock.nanoTime() - originNanos;
    }

    void keep(LeasePool pool) {
        if (!pools.contains(pool)) {
            pools.add(pool);
        }
    }

    void tend() {
        long nanos = nanos();
        for (LeasePool pool : pools.toArray(new LeasePool[0])) {
            // Gone from here first: whoever takes from it meanwhile brings it back.
            if (!pool.tend(nanos)) {
                pools.remove(pool);
                if (pool.tend(nanos)) {
                    pools.add(pool);
                }
            }
        }
    }

    /** Reports everything, and gives back what is left. */
    void giveBack() {
        for (LeasePool pool : pools) {
            pool.retire();
            pool.tend(nanos());
        }
    }
}
