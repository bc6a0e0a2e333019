package dev.sluice.gateway.exchange;

import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import java.net.InetAddress;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of one connection: remembers the key that was last good on it, so that the requests of a
 * kept-alive connection cost one keyed hash and not one each. Under new rules, when something has been taken back, and when
 * what is remembered has expired, it is asked again.
 *
 * <p>The remembered key is compared with what the same peer sends, who knows it: the time it takes tells nobody
 * anything. Thread: event loop.
 */
public final class Caller {
    private static final long MILLIS_PER_SECOND = 1_000;

    private final InetAddress from;
    private final InstantSource clock;
    private @Nullable Rules askedUnder;
    private long generation;
    private @Nullable String key;
    private @Nullable Principal principal;
    /** For the next call that presents {@link #refusedKey}, and for no other. */
    private AuthResult.@Nullable Refused refusal;

    private @Nullable String refusedKey;

    /** @param from the address at the other end */
    public Caller(InetAddress from, InstantSource clock) {
        this.from = from;
        this.clock = clock;
    }

    /** Where it calls from. */
    public InetAddress from() {
        return from;
    }

    /** From memory. */
    AuthResult authenticate(Rules rules, @Nullable String presented) {
        Principal known = principal;
        if (known != null && isStillIn(rules) && presented != null && presented.equals(key) && isStillGood(known)) {
            return known;
        }
        AuthResult.Refused told = takeRefusal(presented);
        if (told != null) {
            return told;
        }
        // Asked for before, so that what is taken back in between is seen next time.
        long current = rules.authenticator().generation();
        AuthResult result = rules.authenticator().authenticate(presented, from);
        if (presented != null && result instanceof Principal good) {
            remember(rules, current, presented, good);
        }
        return result;
    }

    /** Whether memory does not tell who presents {@code presented}. What it does tell is kept for the call itself. */
    boolean isUnresolved(Rules rules, String presented) {
        return switch (authenticate(rules, presented)) {
            case Principal known -> false;
            case AuthResult.Refused refused -> {
                refuseOnce(presented, refused);
                yield false;
            }
            case AuthResult.Unresolved unresolved -> true;
        };
    }

    /**
     * What has been found out elsewhere.
     *
     * @param asked the rules it was asked under
     * @param when the generation before it was asked for
     */
    void onVerdict(Rules asked, long when, String presented, AuthResult verdict) {
        switch (verdict) {
            case Principal good -> remember(asked, when, presented, good);
            case AuthResult.Refused refused -> refuseOnce(presented, refused);
            case AuthResult.Unresolved none -> refuseOnce(presented, AuthResult.Refused.UNAVAILABLE);
        }
    }

    private void remember(Rules rules, long when, String presented, Principal good) {
        askedUnder = rules;
        generation = when;
        key = presented;
        principal = good;
    }

    private void refuseOnce(String presented, AuthResult.Refused why) {
        refusedKey = presented;
        refusal = why;
    }

    private AuthResult.@Nullable Refused takeRefusal(@Nullable String presented) {
        AuthResult.Refused told = presented != null && presented.equals(refusedKey) ? refusal : null;
        refusal = null;
        refusedKey = null;
        return told;
    }

    private boolean isStillGood(Principal known) {
        return known.validUntil() == Long.MAX_VALUE || clock.millis() / MILLIS_PER_SECOND <= known.validUntil();
    }

    /** The very snapshot, not one that is equal: rules are replaced whole. */
    @SuppressWarnings("ReferenceEquality")
    private boolean isStillIn(Rules rules) {
        return askedUnder == rules && generation == rules.authenticator().generation();
    }
}
