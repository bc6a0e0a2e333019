package dev.sluice.gateway.admin;

import dev.sluice.gateway.limit.Misdeed;
import dev.sluice.gateway.limit.Reputations;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a caller has behaved, as the API shows it; see {@link Json}. Immutable; thread: any.
 *
 * @param id of a key, {@code user:<id>}, or {@code ip:<address>}
 * @param team null for an address
 * @param sharePercent of every limit that it has at present
 * @param blockedUntil null when it is not
 */
record ReputationView(
        String id,
        @Nullable String team,
        long score,
        int sharePercent,
        @Nullable Instant blockedUntil,
        Misdeeds misdeeds) {

    /** How often, since it is remembered. */
    record Misdeeds(int badRequest, int badKey, int refusedContent, int burst) {}

    static ReputationView of(Reputations.Seen seen) {
        return new ReputationView(
                seen.id(),
                seen.team(),
                seen.score(),
                seen.sharePercent(),
                seen.blockedUntilMillis() == 0 ? null : Instant.ofEpochMilli(seen.blockedUntilMillis()),
                new Misdeeds(
                        count(seen, Misdeed.BAD_REQUEST),
                        count(seen, Misdeed.BAD_KEY),
                        count(seen, Misdeed.REFUSED_CONTENT),
                        count(seen, Misdeed.BURST)));
    }

    private static int count(Reputations.Seen seen, Misdeed misdeed) {
        return seen.misdeeds().getOrDefault(misdeed, 0);
    }
}
