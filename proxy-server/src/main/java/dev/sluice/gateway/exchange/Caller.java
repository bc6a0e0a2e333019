package dev.sluice.gateway.exchange;

import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of one connection: remembers the key that was last good on it, so that the requests of a
 * kept-alive connection cost one keyed hash and not one each. Under new rules everybody is asked again.
 *
 * <p>The remembered key is compared with what the same peer sends, who knows it: the time it takes tells nobody
 * anything. Thread: event loop.
 */
public final class Caller {
    private @Nullable Rules askedUnder;
    private @Nullable String key;
    private @Nullable Principal principal;

    AuthResult authenticate(Rules rules, @Nullable String presented) {
        Principal known = principal;
        if (known != null && isStillIn(rules) && presented != null && presented.equals(key)) {
            return known;
        }
        AuthResult result = rules.authenticator().authenticate(presented);
        if (result instanceof Principal good) {
            askedUnder = rules;
            key = presented;
            principal = good;
        }
        return result;
    }

    /** The very snapshot, not one that is equal: rules are replaced whole. */
    @SuppressWarnings("ReferenceEquality")
    private boolean isStillIn(Rules rules) {
        return askedUnder == rules;
    }
}
