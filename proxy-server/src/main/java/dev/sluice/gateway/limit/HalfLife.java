package dev.sluice.gateway.limit;

/**
 * How a score falls: to its half in each half-life, in {@value #STEPS} steps that are equal in proportion. Whole numbers
 * alone, so that a score that is looked at often falls as one that is not. Immutable; thread: any.
 */
final class HalfLife {
    private static final int STEPS = 64;
    private static final int SHIFT_OF_STEPS = 6;

    /** Beyond it nothing is left of any score. */
    private static final int MOST_HALVINGS = 62;

    /** What a step leaves, as a part of 2^62: the 64th root of a half. */
    private static final long STEP = 0x3f4f83033d21b05dL;

    private static final int UNIT_BITS = 31;

    /** By steps: what is left, as a part of 2^31. */
    private static final long[] LEFT = left();

    private final long millis;

    /** @param millis at least as many as there are steps */
    HalfLife(long millis) {
        this.millis = Math.max(STEPS, millis);
    }

    private static long[] left() {
        long[] parts = new long[STEPS];
        long part = 1L << 62;
        for (int i = 0; i < STEPS; i++) {
            parts[i] = part >> (62 - UNIT_BITS);
            part = Math.multiplyHigh(part, STEP) << 2;
        }
        return parts;
    }

    /** Whole steps that have passed. */
    long steps(long elapsedMillis) {
        return elapsedMillis <= 0 ? 0 : elapsedMillis / millis * STEPS + elapsedMillis % millis * STEPS / millis;
    }

    /** How long so many steps take. */
    long millis(long steps) {
        return steps / STEPS * millis + steps % STEPS * millis / STEPS;
    }

    /** What is left of {@code score}, which is below 2^31. */
    long after(long score, long steps) {
        long halvings = steps >> SHIFT_OF_STEPS;
        return halvings > MOST_HALVINGS ? 0 : ((score * LEFT[(int) (steps & (STEPS - 1))]) >> UNIT_BITS) >> halvings;
    }
}
