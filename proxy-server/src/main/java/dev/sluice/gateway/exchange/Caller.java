package dev.sluice.gateway.exchange;

import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import java.net.InetAddress;
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
    private final InetAddress from;
    private @Nullable Rules askedUnder;
    private long generation;
    private @Nullable String key;
    private @Nullable Principal principal;

    /** @param from the address at the other end */
    public Caller(InetAddress from) {
        this.from = from;
    }

    /** Where it calls from. */
    public InetAddress from() {
        return from;
    }

    AuthResult authenticate(Rules rules, @Nullable String presented) {
        Principal known = principal;
        if (known != null && isStillIn(rules) && presented != null && presented.equals(key) && isStillGood(known)) {
            return known;
        }
        // Asked for before, so that what is taken back in between is seen next time.
        long current = rules.authenticator().generation();
        AuthResult result = rules.authenticator().authenticate(presented, from);
        if (result instanceof Principal good) {
            askedUnder = rules;
            generation = current;
            key = presented;
            principal = good;
        }
        return result;
    }

    private static boolean isStillGood(Principal known) {
        return known.validUntil() == Long.MAX_VALUE || System.currentTimeMillis() / 1_000 <= known.validUntil();
    }

    /** The very snapshot, not one that is equal: rules are replaced whole. */
    @SuppressWarnings("ReferenceEquality")
    private boolean isStillIn(Rules rules) {
        return askedUnder == rules && generation == rules.authenticator().generation();
    }
}
