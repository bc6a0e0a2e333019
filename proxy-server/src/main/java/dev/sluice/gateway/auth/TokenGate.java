package dev.sluice.gateway.auth;

import java.util.function.Consumer;

/** Tells who a token speaks for. {@link CredentialAuthenticator} sends it what looks like one. Thread: any. */
public interface TokenGate {

    /**
     * From memory alone: never blocks, never fails.
     *
     * @param token as presented, of any length; nothing about it is checked yet
     * @return {@link AuthResult.Unresolved} only if {@link #resolve} can tell more
     */
    AuthResult authenticate(String token);

    /**
     * Checks the signature, off the calling thread.
     *
     * @param answer is called once, on whatever thread; never with {@link AuthResult.Unresolved}
     */
    void resolve(String token, Consumer<AuthResult> answer);

    /** Changes whenever a token that was good may not be any more; see {@link Authenticator#generation}. */
    default long generation() {
        return 0;
    }
}
