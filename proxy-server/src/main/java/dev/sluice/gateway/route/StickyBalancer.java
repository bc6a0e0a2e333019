package dev.sluice.gateway.route;

import java.util.random.RandomGenerator;

/**
 * The same target for the same {@link Ask#sticky}, as long as it is there and not overrun; without remembering anybody.
 *
 * <p>Rendezvous hashing (Thaler and Ravishankar, <i>Using name-based mappings to increase hit rates</i>, 1998): key and
 * target are hashed together, and the target with the highest value wins. Take a target away, and only those move whose
 * highest it was, each to its own second choice, so that the others share them; give it back, and they return. Weights come
 * in by Mosharaf's form of it: {@code -weight / ln(hash)}, with the hash as a number between 0 and 1, is the highest for a
 * target with a chance of {@code weight / all weights}.
 *
 * <p>Bounded loads (Mirrokni, Thorup and Zadimoghaddam, <i>Consistent hashing with bounded loads</i>, 2016): one prompt
 * that most requests begin with would have one target do most of the work. So a target that has lately been given more than
 * 1.2 times its fair share is passed over for the next in the key's own order. The overflow of a key thus always goes to
 * the same second target, whose prompt cache is then warm, too. While there is little to do nobody is overrun: the bound
 * has some slack, or else the chance of a few requests would break up conversations.
 *
 * <p>A request without a key goes wherever {@link WeightedBalancer} sends it. Thread: any.
 */
final class StickyBalancer implements Balancer {
    private static final double FAIR_SHARES = 1.2;
    /** Requests above its bound that a target may have. */
    private static final double SLACK = 32;
    /** 2^64 divided by the golden ratio, odd: spreads what differs in few bits over all of them. */
    private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;

    private final Balancer withoutKey = new WeightedBalancer();

    @Override
    public int pick(Target[] targets, long eligible, Ask ask, RandomGenerator random, long nowNanos) {
        if (ask.sticky() == 0) {
            return withoutKey.pick(targets, eligible, ask, random, nowNanos);
        }
        double requests = 1;
        double weights = 0;
        for (long left = eligible; left != 0; left &= left - 1) {
            Target target = targets[Long.numberOfTrailingZeros(left)];
            requests += target.health().recentRequests(nowNanos);
            weights += target.weight();
        }
        int favourite = highest(targets, eligible, ask.sticky());
        int chosen = favourite;
        long left = eligible;
        while (isOverrun(targets[chosen], requests / weights, nowNanos)) {
            left &= ~(1L << chosen);
            if (left == 0) {
                return favourite;
            }
            chosen = highest(targets, left, ask.sticky());
        }
        return chosen;
    }

    private static boolean isOverrun(Target target, double requestsForEachWeight, long nowNanos) {
        return target.health().recentRequests(nowNanos) + 1
                > FAIR_SHARES * requestsForEachWeight * target.weight() + SLACK;
    }

    private static int highest(Target[] targets, long of, long sticky) {
        int chosen = -1;
        double highest = 0;
        int key = 0;
        for (int i = 0; i < targets.length; i++) {
            key = i > 0 && targets[i].rank() == targets[i - 1].rank() ? key + 1 : 0;
            if (((of >>> i) & 1) != 0) {
                double value = -targets[i].weight() / Math.log(fraction(mixed(sticky ^ identity(targets[i], key))));
                if (chosen < 0 || value > highest) {
                    highest = value;
                    chosen = i;
                }
            }
        }
        return chosen;
    }

    /** The same in every process and after every reload. Hash codes of strings are specified, and kept by them. */
    private static long identity(Target target, int key) {
        long name = (long) target.provider().name().hashCode() << 32;
        return mixed(name ^ (target.model().hashCode() & 0xffff_ffffL)) + key * GOLDEN;
    }

    /** The finisher of Stafford's variant 13, as in {@link java.util.SplittableRandom}. */
    private static long mixed(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
        return z ^ (z >>> 31);
    }

    /** Above 0 and below 1. */
    private static double fraction(long hash) {
        return ((hash >>> 12) + 0.5) * 0x1.0p-52;
    }
}
