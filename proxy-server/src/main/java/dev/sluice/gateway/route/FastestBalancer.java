package dev.sluice.gateway.route;

import java.util.random.RandomGenerator;

/**
 * The sooner to its first token of two that are drawn at random: the power of two choices (Mitzenmacher 2001), which is
 * almost as good as looking at all and keeps event loops that know the same from all running to the same target.
 *
 * <p>What is compared is {@code average² * (open + 1)}. The average is {@link FirstTokenAverage}'s for prompts of this size.
 * Squared, because streams stay open for long after their first token: with thousands of them open a plain product would
 * settle where a target four times as slow has a quarter of the other's streams, a fifth of all, while the square leaves
 * it one in seventeen. The open requests are there so that targets that are equally fast share the load, and that one
 * that has stopped answering is avoided before its first late answer says so. Thread: any.
 */
final class FastestBalancer implements Balancer {
    @Override
    public int pick(Target[] targets, long eligible, Ask ask, RandomGenerator random, long nowNanos) {
        int count = Long.bitCount(eligible);
        if (count == 1) {
            return Long.numberOfTrailingZeros(eligible);
        }
        int first = random.nextInt(count);
        int second = random.nextInt(count - 1);
        int one = Balancer.nth(eligible, first);
        int other = Balancer.nth(eligible, second < first ? second : second + 1);
        double time = targets[one].health().ttftNanos(ask.band(), nowNanos);
        double otherTime = targets[other].health().ttftNanos(ask.band(), nowNanos);
        // One that nobody has tried is taken to be as fast as the other, so that it will be.
        if (time < 0 || otherTime < 0) {
            time = 1;
            otherTime = 1;
        }
        return score(time, targets[one]) <= score(otherTime, targets[other]) ? one : other;
    }

    private static double score(double ttftNanos, Target target) {
        return ttftNanos * ttftNanos * (target.health().open() + 1);
    }
}
