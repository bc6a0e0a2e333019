package dev.sluice.gateway.exchange;

import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.limit.Misdeed;
import dev.sluice.gateway.limit.Reputations;
import org.jspecify.annotations.Nullable;

/**
 * Tells {@link Reputations} how each call ended. Bad keys they hear of from the {@link Caller}, who alone knows that it was
 * one. Thread: any.
 */
public final class ReputationFeed implements ExchangeListener {
    private final Reputations reputations;

    public ReputationFeed(Reputations reputations) {
        this.reputations = reputations;
    }

    @Override
    public void onExchange(ExchangeSummary summary) {
        String key = summary.keyId();
        String id = key == null || Principal.isAnybody(key) ? Reputations.idOf(summary.from()) : key;
        String team = key == null || Principal.isAnybody(key) ? null : team(summary.teamId());
        if (summary.status() == AttemptStatus.REFUSED && isBad(summary.httpStatus(), key != null)) {
            reputations.onMisdeed(id, team, Misdeed.BAD_REQUEST);
        }
        if (summary.contentRefused()) {
            reputations.onMisdeed(id, team, Misdeed.REFUSED_CONTENT);
        }
        if (key != null) {
            boolean well = summary.status() == AttemptStatus.OK && !summary.contentRefused();
            reputations.onCall(id, team, well);
        }
    }

    private static String team(@Nullable String teamId) {
        return teamId == null ? Principal.DEFAULT_TEAM : teamId;
    }

    /**
     * Whether a refusal is the fault of what was asked. Who had too much (402, 429), was too slow (408), or came too late
     * (409) did nothing bad.
     *
     * @param known whether it was known who asked: who was not has shown no key, or one that counts elsewhere
     */
    private static boolean isBad(int httpStatus, boolean known) {
        return switch (httpStatus) {
            case 400, 404, 405, 413, 414, 415, 417, 431 -> true;
            case 403 -> known;
            default -> false;
        };
    }
}
