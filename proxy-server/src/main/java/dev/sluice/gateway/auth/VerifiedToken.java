package dev.sluice.gateway.auth;

import org.jspecify.annotations.Nullable;

/**
 * What a token says, once its signature, its issuer, its audience and its times are known to be good. Immutable; thread:
 * any.
 *
 * @param sessionId the login it came from; null for tokens of other issuers
 * @param issuedAt Unix time in seconds
 */
public record VerifiedToken(Principal principal, @Nullable String sessionId, long issuedAt) {

    /** Whether it has been taken back. */
    public boolean isRevoked(Revocations revocations) {
        String user = principal.userId();
        return (sessionId != null && revocations.covers(sessionId, issuedAt))
                || (user != null && revocations.covers(user, issuedAt));
    }
}
