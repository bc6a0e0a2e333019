package dev.sluice.gateway.limit;

import dev.sluice.gateway.config.LimitSettings;

/**
 * The settings as {@link Reputation}s calculate with them. Immutable; thread: any.
 *
 * @param halveAtPoints in thousandths, like all points here
 * @param mostPoints no score rises higher, so that none takes for ever to fall
 */
record ReputationTerms(
        boolean enabled, HalfLife halfLife, long halveAtPoints, long blockAtPoints, long mostPoints, long blockMillis) {
    private static final int ALL_PERCENT = 100;
    private static final int MOST_HALVINGS = 6;
    /** So that it can be calculated with. */
    private static final long HIGHEST = Integer.MAX_VALUE;

    static ReputationTerms of(LimitSettings.Threats settings) {
        long blockAt = Math.min(HIGHEST / 2, (long) Math.max(1, settings.blockAt()) * Reputation.POINT);
        return new ReputationTerms(
                settings.enabled(),
                new HalfLife(settings.halfLife().toMillis()),
                (long) Math.max(1, settings.halveAt()) * Reputation.POINT,
                blockAt,
                2 * blockAt,
                settings.block().toMillis());
    }

    /** Of every limit, with such a score: 100, 50, 25, 12, 6, 3, 1. */
    int sharePercent(long points) {
        return ALL_PERCENT >> Math.min(MOST_HALVINGS, points / halveAtPoints);
    }
}
