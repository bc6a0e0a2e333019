package dev.sluice.gateway.exchange;

import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.limit.Misdeed;
import dev.sluice.gateway.limit.Reputations;
import java.net.InetAddress;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of one connection: remembers the key that was last good on it, so that the requests of a
 * kept-alive connection cost one keyed hash and not one each. Under new rules, when something has been taken back, and when
 * what is remembered has expired, it is asked again.
 *
 * <p>At an address that is blocked for its bad keys, whom memory does not know to be good is not looked up, and refused.
 *
 * <p>The remembered key is compared with what the same peer sends, who knows it: the time it takes tells nobody
 * anything. Thread: event loop.
 */
public final class Caller {
    private static final long MILLIS_PER_SECOND = 1_000;

    private final InetAddress from;
    private final InstantSource clock;
    private final @Nullable Reputations reputations;
    private @Nullable String addressId;
    private @Nullable Rules askedUnder;
    private long generation;
    private @Nullable String key;
    private @Nullable Principal principal;
    /** For the next call that presents {@link #refusedKey}, and for no other. */
    private @Nullable AuthResult refusal;

    private @Nullable String refusedKey;

    /** @param from the address at the other end */
    public Caller(InetAddress from, InstantSource clock) {
        this(from, clock, null);
    }

    /** @param reputations null: nobody has one */
    Caller(InetAddress from, InstantSource clock, @Nullable Reputations reputations) {
        this.from = from;
        this.clock = clock;
        this.reputations = reputations;
    }

    /** Where it calls from. */
    public InetAddress from() {
        return from;
    }

    /**
     * The key that was last good on this connection, if it is what the peer presents now: the text of a key that is the same
     * again need not be made again.
     *
     * @param bytes borrowed: the presented key is {@code length} of them, from {@code from} on
     * @return null when it is another one; whether it is still good is for the call to ask
     */
    public @Nullable String remembered(byte[] bytes, int from, int length) {
        String known = key;
        if (known == null || known.length() != length) {
            return null;
        }
        for (int i = 0; i < length; i++) {
            if (known.charAt(i) != (bytes[from + i] & 0xff)) {
                return null;
            }
        }
        return known;
    }

    /** From memory. */
    AuthResult authenticate(Rules rules, @Nullable String presented) {
        Principal known = principal;
        if (known != null && isStillIn(rules) && presented != null && presented.equals(key) && isStillGood(known)) {
            return known;
        }
        AuthResult told = takeRefusal(presented);
        if (told != null) {
            return told;
        }
        // Asked for before, so that what is taken back in between is seen next time.
        long current = rules.authenticator().generation();
        AuthResult result = rules.authenticator().authenticate(presented, from);
        if (presented != null && result instanceof Principal good) {
            remember(rules, current, presented, good);
        }
        return guarded(result);
    }

    /** What is not known to be good is looked into no further where too much of it has been bad. */
    private AuthResult guarded(AuthResult result) {
        boolean guess = result == AuthResult.Unresolved.INSTANCE || result == AuthResult.Refused.INVALID;
        int seconds = guess && reputations != null ? reputations.blockedSeconds(addressId()) : 0;
        if (seconds == 0 || reputations == null) {
            return result;
        }
        return result == AuthResult.Unresolved.INSTANCE && reputations.mayLookUp(addressId())
                ? result
                : new AuthResult.Blocked(seconds);
    }

    /** The same for one call: what came of it has consequences for whoever it was, and earlier calls have for this one. */
    AuthResult judge(AuthResult result) {
        if (reputations == null) {
            return result;
        }
        if (result instanceof Principal known) {
            int seconds = reputations.blockedSeconds(reputationId(known));
            if (seconds == 0) {
                return result;
            }
            reputations.onRefused();
            return new AuthResult.Blocked(seconds);
        }
        if (result instanceof AuthResult.Blocked) {
            reputations.onRefused();
        } else if (result == AuthResult.Refused.INVALID || result == AuthResult.Refused.ADDRESS) {
            reputations.onMisdeed(addressId(), null, Misdeed.BAD_KEY);
        }
        return result;
    }

    /** Of every limit that {@code known} has at present. */
    int sharePercent(Principal known) {
        return reputations == null ? 100 : reputations.sharePercent(reputationId(known));
    }

    private String reputationId(Principal known) {
        return known.isAnybody() ? addressId() : known.keyId();
    }

    private String addressId() {
        String id = addressId;
        if (id == null) {
            id = Reputations.idOf(from);
            addressId = id;
        }
        return id;
    }

    /** Whether memory does not tell who presents {@code presented}. What it does tell is kept for the call itself. */
    boolean isUnresolved(Rules rules, String presented) {
        return switch (authenticate(rules, presented)) {
            case Principal known -> false;
            case AuthResult.Refused refused -> {
                refuseOnce(presented, refused);
                yield false;
            }
            case AuthResult.Blocked blocked -> {
                refuseOnce(presented, blocked);
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
            case AuthResult.Blocked blocked -> refuseOnce(presented, blocked);
            case AuthResult.Unresolved none -> refuseOnce(presented, AuthResult.Refused.UNAVAILABLE);
        }
    }

    private void remember(Rules rules, long when, String presented, Principal good) {
        askedUnder = rules;
        generation = when;
        key = presented;
        principal = good;
    }

    private void refuseOnce(String presented, AuthResult why) {
        refusedKey = presented;
        refusal = why;
    }

    private @Nullable AuthResult takeRefusal(@Nullable String presented) {
        AuthResult told = presented != null && presented.equals(refusedKey) ? refusal : null;
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
