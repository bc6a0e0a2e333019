package dev.sluice.gateway.auth;

import com.nimbusds.jwt.SignedJWT;
import org.jspecify.annotations.Nullable;

/**
 * Verifies the tokens of some issuers. May block, to fetch an issuer's keys; never on an event loop. Thread: any that may
 * block.
 */
public interface TokenVerifier {

    /** Whether tokens that name {@code issuer} are its business. The name is not proven yet. */
    boolean knows(String issuer);

    /** Checks everything: algorithm, signature, audience, times. */
    Verdict verify(SignedJWT token);

    /** Changes whenever a token that was good may not be any more for what it is signed with. */
    default long generation() {
        return 0;
    }

    /** Either of the two is null: a token that is good, or why it is not. */
    record Verdict(@Nullable VerifiedToken token, AuthResult.@Nullable Refused refusal) {

        public static Verdict good(VerifiedToken token) {
            return new Verdict(token, null);
        }

        public static Verdict refused(AuthResult.Refused why) {
            return new Verdict(null, why);
        }
    }
}
